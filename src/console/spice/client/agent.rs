//! The guest's agent: its clipboard and its screen's size; and the pointer's
//! mode, which depends on it.

use std::rc::Rc;

use spice_client_glib::{ClipboardFormat, MainChannel};

use super::{connection::Client, library};
use crate::console::{
    remote::{Content, Contents},
    spice::line::{Agent, Extra, LONGEST_CONTENT, Report},
};

/// The agent's abilities that matter here (`vd_agent.h`).
pub(super) const MONITORS_CONFIG: u32 = 1;
const CLIPBOARD_BY_DEMAND: u32 = 5;
const LINE_ENDS_CRLF: u32 = 9;
const NO_FILES: u32 = 13;

/// The clipboard, as opposed to the selection.
const CLIPBOARD: u32 = 0;

/// What is known of both clipboards.
#[derive(Debug, Default)]
pub(super) struct Clipboard {
    /// The guest may ask for this.
    offered: Contents,
    /// The guest has asked for this.
    asked: Option<Content>,
}

fn format(content: Content) -> u32 {
    match content {
        Content::Text => ClipboardFormat::Utf8 as u32,
        Content::Picture => ClipboardFormat::Png as u32,
    }
}

fn content(format: u32) -> Option<Content> {
    [Content::Text, Content::Picture].into_iter().find(|one| self::format(*one) == format)
}

fn formats(contents: Contents) -> Vec<u32> {
    let both = [(contents.text, Content::Text), (contents.picture, Content::Picture)];
    both.into_iter().filter(|(has, _)| *has).map(|(_, content)| format(content)).collect()
}

impl Client {
    pub(super) fn watch_agent(self: &Rc<Self>, main: &MainChannel) {
        // What is larger the library does not pass on.
        main.set_max_clipboard(i32::try_from(LONGEST_CONTENT).unwrap_or(i32::MAX));
        let with = |act: fn(&Self, &MainChannel)| {
            let weak = Rc::downgrade(self);
            move |main: &MainChannel| {
                if let Some(this) = weak.upgrade() {
                    act(&this, main);
                }
            }
        };
        main.connect_main_mouse_update(with(|this, main| this.tell_mouse_mode(main.mouse_mode())));
        main.connect_main_agent_update(with(Self::agent_changed));
        main.connect_agent_caps_0_notify(with(Self::agent_changed));
        let weak = Rc::downgrade(self);
        main.connect_main_clipboard_selection_grab(move |_, selection, formats| {
            if let Some(this) = weak.upgrade()
                && selection == CLIPBOARD
            {
                let has = |content| formats.contains(&format(content));
                let contents =
                    Contents { text: has(Content::Text), picture: has(Content::Picture) };
                this.clipboard.borrow_mut().offered = Contents::default();
                this.say(&Report::Offer(contents));
            }
        });
        let weak = Rc::downgrade(self);
        main.connect_main_clipboard_selection_release(move |_, selection| {
            if let Some(this) = weak.upgrade()
                && selection == CLIPBOARD
            {
                this.say(&Report::Offer(Contents::default()));
            }
        });
        let weak = Rc::downgrade(self);
        main.connect_main_clipboard_selection_request(move |_, selection, format| {
            let Some(this) = weak.upgrade() else { return false };
            let wanted = content(format).filter(|_| selection == CLIPBOARD);
            let offered = formats(this.clipboard.borrow().offered).contains(&format);
            let Some(wanted) = wanted.filter(|_| offered) else { return false };
            this.clipboard.borrow_mut().asked = Some(wanted);
            this.say(&Report::Fetch(wanted));
            true
        });
        let weak = Rc::downgrade(self);
        main.connect_main_clipboard_selection(move |main, selection, format, bytes| {
            if let Some(this) = weak.upgrade()
                && let Some(content) = content(format).filter(|_| selection == CLIPBOARD)
            {
                this.guest_gave(main, content, bytes);
            }
        });
    }

    fn agent_changed(&self, main: &MainChannel) {
        let connected = main.is_agent_connected();
        let can = |ability| connected && main.agent_test_capability(ability);
        let (clipboard, size) = (can(CLIPBOARD_BY_DEMAND), can(MONITORS_CONFIG));
        self.say(&Report::Agent(Agent { connected, clipboard, size }));
        self.tell(Extra::Files(connected && !can(NO_FILES)));
        self.tell_screens();
        self.agent_takes_sizes(size);
        if connected && let Some(session) = self.session() {
            // Before the library does it in its own way.
            library::audio(&session);
        }
        if !connected {
            *self.clipboard.borrow_mut() = Clipboard::default();
            self.say(&Report::Offer(Contents::default()));
        }
    }

    fn guest_gave(&self, main: &MainChannel, content: Content, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        if content == Content::Text {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_end_matches('\0');
            let crlf = main.agent_test_capability(LINE_ENDS_CRLF);
            bytes = if crlf { text.replace("\r\n", "\n") } else { text.to_owned() }.into_bytes();
        }
        if bytes.len() <= LONGEST_CONTENT {
            self.say(&Report::Give { content, bytes });
        }
    }

    pub(super) fn with_agent(&self, ability: u32, act: impl FnOnce(&MainChannel)) {
        let main = self.channels.borrow().main.clone();
        if let Some(main) = main
            && main.is_agent_connected()
            && main.agent_test_capability(ability)
        {
            act(&main);
        }
    }

    pub(super) fn offer(&self, contents: Contents) {
        let before = std::mem::replace(&mut self.clipboard.borrow_mut().offered, contents);
        self.with_agent(CLIPBOARD_BY_DEMAND, |main| {
            let formats = formats(contents);
            if !formats.is_empty() {
                main.clipboard_selection_grab(CLIPBOARD, &formats);
            } else if before != contents {
                main.clipboard_selection_release(CLIPBOARD);
            }
        });
    }

    pub(super) fn fetch(&self, content: Content) {
        self.with_agent(CLIPBOARD_BY_DEMAND, |main| {
            main.clipboard_selection_request(CLIPBOARD, format(content));
        });
    }

    pub(super) fn give(&self, content: Content, bytes: &[u8]) {
        if self.clipboard.borrow_mut().asked.take_if(|asked| *asked == content).is_none() {
            // An answer without a question would confuse the agent.
            return;
        }
        self.with_agent(CLIPBOARD_BY_DEMAND, |main| {
            let crlf = main.agent_test_capability(LINE_ENDS_CRLF);
            match std::str::from_utf8(bytes) {
                Ok(text) if content == Content::Text && crlf => {
                    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
                    main.clipboard_selection_notify(CLIPBOARD, format(content), text.as_bytes());
                }
                _ => main.clipboard_selection_notify(CLIPBOARD, format(content), bytes),
            }
        });
    }
}
