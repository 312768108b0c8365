//! Which screens the guest has, which are shown, and how large they are to be.
//!
//! A screen is a video device of its own, with a channel of its own, or one of
//! several monitors on the first device's surface. Its number is that of the
//! channel, or of the monitor.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    os::fd::OwnedFd,
};

use spice_client_glib::{
    Channel, ChannelEvent, ChannelType, CursorChannel, DisplayChannel, MainChannel, prelude::*,
};

use super::{
    agent::MONITORS_CONFIG,
    channels::{Channels, number},
    connection::Client,
    picture::{Picture, monitors_on},
};
use crate::console::{
    frame::LONGEST,
    helper::Memory,
    remote::{CursorImage, Screens as Told},
    spice::line::{MOST_SCREENS, Report},
};

/// What is known of the screens besides their pixels.
#[derive(Debug, Default)]
pub(super) struct Screens {
    /// The sizes that the program wishes for.
    wishes: RefCell<BTreeMap<u32, (u32, u32)>>,
    /// The pointer's pictures, by the channels' numbers.
    cursors: RefCell<BTreeMap<u32, CursorImage>>,
    /// What was told last.
    told: RefCell<Option<Told>>,
    /// The guest's agent takes sizes.
    able: Cell<bool>,
}

impl Channels {
    /// The number of the channel that has a screen.
    fn channel_of(&self, screen: u32) -> u32 {
        if self.displays.contains_key(&screen) { screen } else { 0 }
    }

    /// The channel that has a screen.
    pub(super) fn display_of(&self, screen: u32) -> Option<&DisplayChannel> {
        self.displays.get(&self.channel_of(screen))
    }

    /// Whether a screen is on this channel.
    pub(super) fn shows(&self, display: &DisplayChannel, screen: u32) -> bool {
        self.display_of(screen) == Some(display)
    }
}

impl Client {
    /// Whether a channel is to be connected: those of the further screens are
    /// while these are shown.
    pub(super) fn is_wanted(&self, channel: &Channel) -> bool {
        let (kind, number) = number(channel);
        let of_screen = [ChannelType::Display, ChannelType::Cursor]
            .iter()
            .any(|of_screen| u32::try_from(*of_screen as i32) == Ok(kind));
        !of_screen || self.pictures.borrow().contains_key(&number)
    }

    /// Tells which screens there are, if that has changed.
    pub(super) fn tell_screens(&self) {
        let channels = self.channels.borrow();
        let Some(first) = channels.displays.get(&0) else { return };
        let mut there: Vec<u32> = channels.displays.keys().copied().collect();
        let monitors = monitors_on(first);
        there.extend(monitors.iter().map(|(id, _)| *id).filter(|id| *id < MOST_SCREENS));
        there.sort_unstable();
        there.dedup();
        let shared = channels.displays.len() == 1;
        let next = (0..first.monitors_max()).find(|number| !there.contains(number));
        drop(channels);
        let mut more = None;
        self.with_agent(MONITORS_CONFIG, |_| more = next.filter(|next| *next < MOST_SCREENS));
        there.truncate(MOST_SCREENS as usize);
        let now = Told { there, more, shared };
        if self.screens.told.replace(Some(now.clone())).as_ref() != Some(&now) {
            self.say(&Report::Screens(now));
        }
    }

    pub(super) fn show_screen(&self, screen: u32, size: (u32, u32), memory: OwnedFd) {
        let Ok(memory) = Memory::attach(memory) else { return };
        if screen >= MOST_SCREENS {
            return;
        }
        self.pictures.borrow_mut().insert(screen, Picture::new(memory));
        self.for_channels(screen, |channel| {
            ChannelExt::connect(channel);
        });
        let channels = self.channels.borrow();
        let (display, own) = (channels.display_of(screen).cloned(), channels.channel_of(screen));
        drop(channels);
        let is_on = |display: &DisplayChannel| {
            own != screen && monitors_on(display).iter().any(|(id, _)| *id == screen)
        };
        if !display.as_ref().is_some_and(is_on) {
            self.ask_for_size(screen, size);
        }
        if let Some(display) = display {
            self.lay_out(&display, true);
        }
        if let Some(image) = self.screens.cursors.borrow().get(&own) {
            self.say(&Report::Cursor { screen, image: image.clone() });
        }
    }

    pub(super) fn hide_screen(&self, screen: u32) {
        if screen == 0 || self.pictures.borrow_mut().remove(&screen).is_none() {
            return;
        }
        self.screens.wishes.borrow_mut().remove(&screen);
        self.send_sizes();
        self.for_channels(screen, |channel| {
            ChannelExt::disconnect(channel, ChannelEvent::None);
        });
    }

    /// Does something with the channels of a screen that has its own.
    fn for_channels(&self, screen: u32, act: impl Fn(&Channel)) {
        let channels = self.channels.borrow();
        let display = channels.displays.get(&screen).cloned();
        let cursor = channels.cursors.get(&screen).cloned();
        drop(channels);
        if screen != 0 {
            let both = [display.map(Cast::upcast), cursor.map(Cast::upcast)];
            both.iter().flatten().for_each(act);
        }
    }

    pub(super) fn ask_for_size(&self, screen: u32, size: (u32, u32)) {
        if screen < MOST_SCREENS && size.0 > 0 && size.1 > 0 {
            self.screens.wishes.borrow_mut().insert(screen, size);
            self.send_sizes();
        }
    }

    /// The guest's agent takes sizes, or no longer. What was wished for before
    /// it came, it hears now.
    pub(super) fn agent_takes_sizes(&self, able: bool) {
        let before = self.screens.able.replace(able);
        if able && !before && !self.screens.wishes.borrow().is_empty() {
            self.send_sizes();
        }
    }

    /// Has the guest turn on the screens that are shown, side by side, and the
    /// others off: what lands there could not be seen.
    fn send_sizes(&self) {
        self.with_agent(MONITORS_CONFIG, |main| {
            main.update_display_enabled(-1, false, false);
            let wishes = self.screens.wishes.borrow();
            let edge = |edge: u32| i32::try_from(edge.clamp(1, LONGEST)).unwrap_or(1);
            let mut left = 0;
            for (number, picture) in self.pictures.borrow().iter() {
                let now = picture.area().map(|area| (area.width, area.height));
                let Some((width, height)) = wishes.get(number).copied().or(now) else { continue };
                let id = edge(*number + 1) - 1;
                main.update_display_enabled(id, true, false);
                main.update_display(id, left, 0, edge(width), edge(height), false);
                left = left.saturating_add(edge(width));
            }
            main.send_monitor_config();
        });
    }

    /// Where positions on a screen count from. The agent counts from the
    /// screen's own corner; the server, from that of the first surface.
    pub(super) fn origin(&self, screen: u32) -> (u32, u32) {
        let channels = self.channels.borrow();
        if channels.main.as_ref().is_some_and(MainChannel::is_agent_connected) {
            return (0, 0);
        }
        let pictures = self.pictures.borrow();
        let area = pictures.get(&screen).and_then(Picture::area);
        area.map_or((0, 0), |area| (area.x, area.y))
    }

    /// The pointer has another picture, on all screens of a channel.
    pub(super) fn show_cursor(&self, cursor: &CursorChannel, image: CursorImage) {
        let (_, own) = number(cursor.upcast_ref());
        let shown: Vec<u32> = self.pictures.borrow().keys().copied().collect();
        for screen in shown {
            if self.channels.borrow().channel_of(screen) == own {
                self.say(&Report::Cursor { screen, image: image.clone() });
            }
        }
        self.screens.cursors.borrow_mut().insert(own, image);
    }
}
