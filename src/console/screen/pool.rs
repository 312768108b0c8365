//! Memory shared with the X server, kept from one frame to the next.
//!
//! Without a graphics card GTK draws with cairo, and cairo hands its pictures to
//! an X server in memory that both share. It gives such memory back as soon as none
//! of it is in use, which between two frames is always so: each frame would get new
//! memory, which the kernel fills page by page. A frame of 1920 × 1080 over SPICE took
//! 11.3 and 11.5 ms of processor time, and takes 9.8 and 10.3 (`build-aux/dev bench
//! console`).

#![allow(unsafe_code)]

use gdk4_x11::X11Display;
use gtk::{
    cairo::{self, ImageSurface, Surface, ffi},
    gsk,
    prelude::*,
};
use relm4::gtk;

/// While there is one, cairo keeps what it shares with the X server.
#[derive(Debug)]
pub(super) struct SharedPool {
    /// The part that is always in use.
    _part: ImageSurface,
}

impl SharedPool {
    /// That of a widget's window; nothing where it is drawn in another way.
    pub(super) fn of(widget: &impl IsA<gtk::Widget>) -> Option<Self> {
        let native = widget.native()?;
        let display = widget.display().downcast::<X11Display>().ok()?;
        native.renderer()?.downcast::<gsk::CairoRenderer>().ok()?;
        let monitor = display.monitor_at_surface(&native.surface()?)?;
        let (size, scale) = (monitor.geometry(), monitor.scale_factor());
        let root = root_of(&display).ok()?;
        let part = |width, height| root.create_similar_image(cairo::Format::Rgb24, width, height);
        // The first makes room for several pictures of the whole screen; the second
        // is from there, and stays.
        let first = part(size.width() * scale, size.height() * scale).ok()?;
        let second = part(PART, PART).ok()?;
        drop(first);
        Some(Self { _part: second })
    }
}

/// In pixels, each way.
const PART: i32 = 64;

/// The display's root window for cairo; nothing is drawn there.
fn root_of(display: &X11Display) -> Result<Surface, cairo::Error> {
    // SAFETY: GDK's display is open, and with it Xlib's own record of its screen;
    // both outlive the call. cairo takes its own hold of the display.
    unsafe {
        let screen = display.xscreen();
        let (root, visual) = ((*screen).root, (*screen).root_visual);
        let surface = ffi::cairo_xlib_surface_create(display.xdisplay(), root, visual, 1, 1);
        Surface::from_raw_full(surface)
    }
}

#[cfg(test)]
mod tests {
    use relm4::gtk::{self, glib, prelude::*};

    use super::SharedPool;
    use crate::console::testing::on_gtk;

    /// What this process shares: numbers and sizes in bytes.
    fn shared() -> Vec<(u64, u64)> {
        let me = u64::from(std::process::id());
        let table = std::fs::read_to_string("/proc/sysvipc/shm").expect("the kernel's table");
        let line = |line: &str| -> Option<(u64, u64)> {
            let numbers: Vec<u64> =
                line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            let [_, id, _, size, creator, ..] = numbers[..] else { return None };
            (creator == me).then_some((id, size))
        };
        table.lines().filter_map(line).collect()
    }

    #[test]
    fn it_stays_while_it_is_held() {
        on_gtk(|| {
            let picture = gtk::DrawingArea::new();
            let window = gtk::Window::builder().child(&picture).build();
            window.present();
            let turn = || while glib::MainContext::default().iteration(false) {};
            while !picture.is_mapped() {
                glib::MainContext::default().iteration(true);
            }
            let pool = SharedPool::of(&picture).expect("drawn without a card, on an X server");
            let monitor = picture.display().monitor_at_surface(&window.surface().expect("one"));
            let size = monitor.expect("one").geometry();
            let whole = u64::try_from(size.width() * size.height() * 4).expect("a size");
            let kept = shared().into_iter().find(|(_, size)| *size >= 2 * whole).expect("room");
            for width in 200..210 {
                window.set_default_size(width, width);
                picture.queue_draw();
                turn();
            }
            assert!(shared().contains(&kept), "{kept:?} of {:?}", shared());
            drop(pool);
            window.destroy();
        });
    }
}
