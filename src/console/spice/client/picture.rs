//! The guest's screens: from the library's memory into the shared one.
//!
//! The library draws whenever the server sends something. What changed is
//! copied, and told, once the program has shown what was told before that: a server
//! that draws faster than the program shows costs nothing there. A picture comes
//! in many parts, so it is told when no more of it came for a while.

use std::{rc::Rc, time::Duration};

use spice_client_glib::{DisplayChannel, DisplayPrimary, SurfaceFormat, glib, prelude::*};

use super::{card::Card, connection::Client};
use crate::console::{
    frame::{LONGEST, PIXEL, Rect},
    helper::{Memory, Why},
    spice::line::Report,
};

/// More changed areas than this are told as one.
const MOST_AREAS: usize = 32;

/// How often it is looked whether more of a picture still comes: QEMU sends a screen
/// of 1920 × 1080 in some 70 strips, within 8 ms.
const LOOK: Duration = Duration::from_millis(1);

/// A server that never stops sending is shown after so many looks.
const MOST_LOOKS: u32 = 8;

/// So many updates are told that are not shown yet: the rest of a picture, of which
/// the first part is on its way, does not wait for that.
const MOST_AHEAD: u32 = 2;

/// The surface that screens are on: QEMU's only one.
const SURFACE: u32 = 0;

/// What is known of one of the guest's screens.
pub(super) struct Picture {
    memory: Memory,
    /// The part of the library's surface that is shown.
    pub(super) area: Option<Rect>,
    /// What changed since the last update, on the library's surface.
    changed: Vec<Rect>,
    /// How many updates the program was told of since it has shown one.
    pub(super) ahead: u32,
    /// Something more came since the last look.
    more: bool,
    /// It is being looked whether more comes.
    watched: bool,
    /// How far a picture in a graphics card's memory is.
    pub(super) card: Card,
}

impl Picture {
    pub(super) fn new(memory: Memory) -> Self {
        Self {
            memory,
            area: None,
            changed: Vec::new(),
            ahead: 0,
            more: false,
            watched: false,
            card: Card::default(),
        }
    }

    /// What is shown of the surface.
    pub(super) fn area(&self) -> Option<Rect> {
        self.area
    }

    /// Notes a change of the surface.
    fn change(&mut self, rect: Rect) {
        let Some(rect) = self.area.and_then(|area| area.common(rect)) else { return };
        // What is drawn again before it was shown is copied once.
        if !self.changed.iter().any(|known| known.common(rect) == Some(rect)) {
            self.changed.retain(|known| known.common(rect) != Some(*known));
            self.changed.push(rect);
        }
        if self.changed.len() > MOST_AREAS {
            self.changed = self.changed.drain(..).reduce(Rect::around).into_iter().collect();
        }
    }

    /// Whether there is something to show for which nobody waits yet.
    fn is_due(&self) -> bool {
        self.ahead < MOST_AHEAD && !self.watched && !self.changed.is_empty()
    }
}

fn size(primary: &DisplayPrimary) -> Option<(u32, u32)> {
    let edge = |edge: usize| u32::try_from(edge).ok();
    Some((edge(primary.width())?, edge(primary.height())?))
}

impl Client {
    pub(super) fn watch_display(self: &Rc<Self>, display: &DisplayChannel) {
        let with = |act: fn(&Self, &DisplayChannel)| {
            let weak = Rc::downgrade(self);
            move |display: &DisplayChannel| {
                if let Some(this) = weak.upgrade() {
                    act(&this, display);
                }
            }
        };
        display.connect_display_primary_create(with(|this, display| {
            this.leave_card(display);
            this.lay_out(display, false);
        }));
        display.connect_display_primary_destroy(with(|this, display| {
            for (number, picture) in this.pictures.borrow_mut().iter_mut() {
                if this.channels.borrow().shows(display, *number) {
                    picture.area = None;
                }
            }
        }));
        display.connect_monitors_notify(with(|this, display| {
            if !this.is_on_card(&this.shown_on(display)) {
                this.lay_out(display, true);
            }
            this.tell_screens();
        }));
        display.connect_monitors_max_notify(with(|this, _| this.tell_screens()));
        display.connect_gl_scanout_notify(with(Self::scan_out));
        let drawn = with(Self::drawn_on_card);
        display.connect_gl_draw(move |display, _, _, _, _| drawn(display));
        let weak = Rc::downgrade(self);
        display.connect_display_invalidate(move |display, x, y, width, height| {
            let Some(this) = weak.upgrade() else { return };
            let number = |value: i32| u32::try_from(value).ok().filter(|value| *value < 1 << 16);
            if let (Some(x), Some(y), Some(width), Some(height)) =
                (number(x), number(y), number(width), number(height))
            {
                this.changed(display, Rect { x, y, width, height });
            }
        });
    }

    /// The shown screens that are on this channel.
    pub(super) fn shown_on(&self, display: &DisplayChannel) -> Vec<u32> {
        let channels = self.channels.borrow();
        let shown = self.pictures.borrow();
        shown.keys().copied().filter(|number| channels.shows(display, *number)).collect()
    }

    /// Finds out which part of the surface each screen is: the monitors on it,
    /// if the server has told them since it made the surface.
    pub(super) fn lay_out(&self, display: &DisplayChannel, told: bool) {
        let Some(primary) = display.primary(SURFACE) else { return };
        let Some((width, height)) = size(&primary) else { return };
        if width == 0 || height == 0 {
            return;
        }
        if width > LONGEST || height > LONGEST {
            self.fail(Why::TooLarge, &format!("{width}x{height}"));
            return;
        }
        let whole = Rect { x: 0, y: 0, width, height };
        let monitors = if told { monitors_on(display) } else { Vec::new() };
        for number in self.shown_on(display) {
            let first = number == 0 || display.channel_id() != 0;
            let monitor = if first { monitors.first() } else { None };
            let own = monitors.iter().find(|(id, _)| !first && *id == number);
            let area = monitor.or(own).and_then(|(_, area)| area.common(whole));
            if let Some(area) = area.or(first.then_some(whole)) {
                self.place(display, number, area);
            } else if told && let Some(picture) = self.pictures.borrow_mut().get_mut(&number) {
                picture.area = None;
            }
        }
    }

    /// A screen is this part of the surface now.
    fn place(&self, display: &DisplayChannel, number: u32, area: Rect) {
        let mut pictures = self.pictures.borrow_mut();
        let Some(picture) = pictures.get_mut(&number) else { return };
        if picture.area == Some(area) {
            // Told again.
            return;
        }
        picture.area = Some(area);
        picture.changed = vec![area];
        picture.ahead = 0;
        if picture.memory.clear().is_err() {
            drop(pictures);
            self.fail(Why::Protocol, "the screen has no memory");
            return;
        }
        drop(pictures);
        self.say(&Report::Size { screen: number, width: area.width, height: area.height });
        if number == 0 && !self.open.replace(true) {
            self.say(&Report::Open);
        }
        self.show(display, number);
    }

    fn changed(&self, display: &DisplayChannel, rect: Rect) {
        let shown = self.shown_on(display);
        if self.is_on_card(&shown) {
            // The guest draws with the processor again.
            self.draw_again(display);
        }
        for number in shown {
            if let Some(picture) = self.pictures.borrow_mut().get_mut(&number) {
                picture.change(rect);
                picture.more = true;
            }
            self.show_soon(display, number);
        }
    }

    fn show_soon(&self, display: &DisplayChannel, number: u32) {
        let mut pictures = self.pictures.borrow_mut();
        let Some(picture) = pictures.get_mut(&number).filter(|picture| picture.is_due()) else {
            return;
        };
        (picture.watched, picture.more) = (true, false);
        let (weak, display, mut looks) = (self.weak(), display.clone(), 0);
        let look = move || {
            let Some(this) = weak.upgrade() else { return glib::ControlFlow::Break };
            looks += 1;
            if let Some(picture) = this.pictures.borrow_mut().get_mut(&number) {
                picture.watched = std::mem::take(&mut picture.more) && looks < MOST_LOOKS;
                if picture.watched {
                    return glib::ControlFlow::Continue;
                }
            }
            this.show(&display, number);
            glib::ControlFlow::Break
        };
        glib::timeout_add_local_full(LOOK, glib::Priority::HIGH, look);
    }

    /// The program has shown the last update of a screen.
    pub(super) fn update(&self, number: u32) {
        if let Some(picture) = self.pictures.borrow_mut().get_mut(&number) {
            picture.ahead = 0;
        }
        let display = self.channels.borrow().display_of(number).cloned();
        if let Some(display) = display {
            self.shown_from_card(&display, number);
            self.show_soon(&display, number);
        }
    }

    /// Copies what changed on a screen, and tells it.
    fn show(&self, display: &DisplayChannel, number: u32) {
        let mut pictures = self.pictures.borrow_mut();
        let Some(picture) = pictures.get_mut(&number) else { return };
        let Some(area) = picture.area.filter(|_| !picture.changed.is_empty()) else { return };
        let Some(primary) = display.primary(SURFACE) else { return };
        picture.ahead += 1;
        let changed = std::mem::take(&mut picture.changed);
        for rect in &changed {
            copy(&primary, &picture.memory, area, *rect);
        }
        drop(pictures);
        for Rect { x, y, width, height } in changed {
            let area = Rect { x: x - area.x, y: y - area.y, width, height };
            self.say(&Report::Damage { screen: number, area });
        }
        self.say(&Report::Updated { screen: number });
    }
}

/// The monitors on the surface, with their numbers.
pub(super) fn monitors_on(display: &DisplayChannel) -> Vec<(u32, Rect)> {
    let edge = |edge: usize| u32::try_from(edge).ok().filter(|edge| *edge <= LONGEST);
    let on_it = |monitor: &spice_client_glib::DisplayMonitorConfig| {
        let (x, y, width, height) = monitor.geometry();
        let rect = Rect { x: edge(x)?, y: edge(y)?, width: edge(width)?, height: edge(height)? };
        let shown = monitor.surface_id() == SURFACE && width > 0 && height > 0;
        shown.then_some((monitor.id(), rect))
    };
    display.monitors().unwrap_or_default().iter().filter_map(on_it).collect()
}

/// Copies `rect` of the library's surface into the memory, which holds `area`
/// of it.
fn copy(primary: &DisplayPrimary, memory: &Memory, area: Rect, rect: Rect) {
    let Some((width, height)) = size(primary) else { return };
    let Some(rect) = rect.common(Rect { x: 0, y: 0, width, height }) else { return };
    // Checked before the slice is made: the library's is unchecked.
    if primary.stride() < primary.width() * PIXEL || width > LONGEST || height > LONGEST {
        return;
    }
    let (data, stride) = (primary.data(), primary.stride());
    let mut line = Vec::new();
    for y in rect.y..rect.y + rect.height {
        let row = &data[y as usize * stride..][..stride];
        let (from, count) = (rect.x as usize, rect.width as usize);
        let pixels = match primary.format() {
            Ok(SurfaceFormat::_16_555) => {
                widen(&row[from * 2..][..count * 2], &mut line, from_555);
                &line
            }
            Ok(SurfaceFormat::_16_565) => {
                widen(&row[from * 2..][..count * 2], &mut line, from_565);
                &line
            }
            _ => &row[from * PIXEL..][..count * PIXEL],
        };
        let to = (y - area.y) as usize * area.width as usize + (rect.x - area.x) as usize;
        memory.write(to * PIXEL, pixels);
    }
}

/// Makes four bytes of each two.
fn widen(row: &[u8], line: &mut Vec<u8>, pixel: fn(u16) -> [u8; 3]) {
    line.clear();
    for two in row.chunks_exact(2) {
        let [blue, green, red] = pixel(u16::from_ne_bytes([two[0], two[1]]));
        line.extend_from_slice(&[blue, green, red, 0]);
    }
}

/// A part of `bits` bits in eight.
fn spread(value: u16, bits: u32) -> u8 {
    let value = u32::from(value) & ((1 << bits) - 1);
    let wide = (value << (8 - bits)) | (value >> (2 * bits - 8));
    u8::try_from(wide).unwrap_or(u8::MAX)
}

fn from_555(pixel: u16) -> [u8; 3] {
    [spread(pixel, 5), spread(pixel >> 5, 5), spread(pixel >> 10, 5)]
}

fn from_565(pixel: u16) -> [u8; 3] {
    [spread(pixel, 5), spread(pixel >> 5, 6), spread(pixel >> 11, 5)]
}

#[cfg(test)]
mod tests {
    use super::{from_555, from_565};

    #[test]
    fn few_bits_become_many() {
        assert_eq!(from_555(0x7fff), [255; 3]);
        assert_eq!(from_555(0x7c00), [0, 0, 255]);
        assert_eq!(from_565(0xffff), [255; 3]);
        assert_eq!(from_565(0x07e0), [0, 255, 0]);
        assert_eq!(from_565(0x001f), [255, 0, 0]);
    }
}
