//! The definition: to look at, or to edit before the first start.

use std::cell::RefCell;

use gettextrs::gettext;
use relm4::{
    Component, ComponentController, Controller,
    adw::{self, prelude::*},
    gtk::{self, glib},
};
use sourceview5::prelude::*;

use super::{Frame, Sender};
use crate::ui::{
    create::{Create, CreateInput, draft::Page},
    guest::devices_page::{DevicesInit, DevicesInput, DevicesOutput, DevicesPage},
};

/// The page.
#[derive(Debug)]
pub(in crate::ui::create) struct XmlPage {
    frame: Frame,
    buffer: sourceview5::Buffer,
    handler: glib::SignalHandlerId,
    view: sourceview5::View,
    scroller: gtk::ScrolledWindow,
    /// What stands between header and button: the text, or the hardware with
    /// the text as its last entry.
    place: adw::Bin,
    hardware: RefCell<Option<Controller<DevicesPage>>>,
    sender: Sender,
    shown: RefCell<String>,
}

impl XmlPage {
    /// The page's widgets.
    pub(in crate::ui::create) fn new(sender: &Sender) -> Self {
        let frame = Frame::filled(Page::Xml.tag(), &gettext("Definition"), &gettext("Create"));
        let tx = sender.clone();
        frame.next.connect_clicked(move |_| tx.emit(CreateInput::NextClicked));
        let buffer = sourceview5::Buffer::new(None);
        if let Some(language) = sourceview5::LanguageManager::default().language("xml") {
            buffer.set_language(Some(&language));
        }
        follow_colour_scheme(&buffer);
        let tx = sender.clone();
        let handler = buffer.connect_changed(move |buffer| {
            let (start, end) = buffer.bounds();
            tx.emit(CreateInput::XmlEdited(buffer.text(&start, &end, true).into()));
        });
        let view = sourceview5::View::builder()
            .buffer(&buffer)
            .monospace(true)
            .show_line_numbers(true)
            .auto_indent(true)
            .insert_spaces_instead_of_tabs(true)
            .tab_width(2)
            .top_margin(6)
            .bottom_margin(6)
            .accepts_tab(false)
            .build();
        view.upcast_ref::<gtk::Widget>()
            .update_property(&[gtk::accessible::Property::Label(&gettext("Definition"))]);
        let first = view.clone();
        frame.page.connect_shown(move |_| {
            first.grab_focus();
        });
        let scroller = gtk::ScrolledWindow::builder().vexpand(true).child(&view).build();
        let place = adw::Bin::builder().vexpand(true).child(&scroller).build();
        frame.content.append(&place);
        let copy = gtk::Button::builder()
            .icon_name("edit-copy-symbolic")
            .tooltip_text(gettext("Copy"))
            .build();
        copy.update_property(&[gtk::accessible::Property::Label(&gettext("Copy"))]);
        let tx = sender.clone();
        copy.connect_clicked(move |_| tx.emit(CreateInput::CopyXmlClicked));
        frame.header.pack_end(&copy);
        Self {
            frame,
            buffer,
            handler,
            view,
            scroller,
            place,
            hardware: RefCell::default(),
            sender: sender.clone(),
            shown: RefCell::default(),
        }
    }

    /// The navigation page.
    pub(in crate::ui::create) fn page(&self) -> &adw::NavigationPage {
        &self.frame.page
    }

    /// The button that goes on.
    pub(in crate::ui::create) fn next(&self) -> &gtk::Button {
        &self.frame.next
    }

    /// Shows the model.
    pub(in crate::ui::create) fn show(&self, model: &Create) {
        let hint = model.xml_notice();
        self.frame.show_problem(model.problem_on(Page::Xml).or(hint.as_ref()));
        let (text, editable) = model.xml_text();
        self.show_hardware(model, text, editable);
        if *self.shown.borrow() != text {
            let (start, end) = self.buffer.bounds();
            if self.buffer.text(&start, &end, true) != text {
                self.buffer.block_signal(&self.handler);
                self.buffer.set_text(text);
                self.buffer.place_cursor(&self.buffer.start_iter());
                self.buffer.unblock_signal(&self.handler);
            }
            self.shown.replace(text.to_owned());
        }
        self.view.set_editable(editable);
        let title = if editable { gettext("Customise") } else { gettext("Definition") };
        self.frame.page.set_title(&title);
        self.frame.next.set_label(&if editable { gettext("Create") } else { gettext("Done") });
    }

    /// The hardware page stands around the text where it can be edited.
    fn show_hardware(&self, model: &Create, text: &str, editable: bool) {
        let mut hardware = self.hardware.borrow_mut();
        let Some(handle) = model.host.as_ref().map(|host| host.handle.clone()) else { return };
        if editable && hardware.is_none() {
            self.place.set_child(None::<&gtk::Widget>);
            let xml = self.scroller.clone().upcast();
            let made = DevicesPage::builder()
                .launch(DevicesInit { handle, id: None, xml })
                .forward(&self.sender, |DevicesOutput::Edited(text, volumes)| {
                    CreateInput::HardwareEdited(text, volumes)
                });
            self.place.set_child(Some(made.widget()));
            *hardware = Some(made);
        } else if !editable && hardware.take().is_some() {
            self.place.set_child(None::<&gtk::Widget>);
            if let Some(stack) = self.scroller.parent().and_downcast::<gtk::Stack>() {
                stack.remove(&self.scroller);
            }
            self.place.set_child(Some(&self.scroller));
        }
        if let Some(hardware) = &*hardware {
            hardware.emit(DevicesInput::Definition(text.to_owned()));
        }
    }

    /// Puts the cursor on a line, counted from 1.
    pub(in crate::ui::create) fn go_to_line(&self, line: u32) {
        let line = i32::try_from(line.saturating_sub(1)).unwrap_or(i32::MAX);
        if let Some(mut at) = self.buffer.iter_at_line(line) {
            self.buffer.place_cursor(&at);
            self.view.scroll_to_iter(&mut at, 0.1, false, 0.0, 0.0);
            self.view.grab_focus();
        }
    }
}

/// Keeps the colours of the text in step with light and dark.
fn follow_colour_scheme(buffer: &sourceview5::Buffer) {
    fn apply(manager: &adw::StyleManager, buffer: &sourceview5::Buffer) {
        let name = if manager.is_dark() { "Adwaita-dark" } else { "Adwaita" };
        buffer.set_style_scheme(sourceview5::StyleSchemeManager::default().scheme(name).as_ref());
    }
    let manager = adw::StyleManager::default();
    apply(&manager, buffer);
    let weak = buffer.downgrade();
    manager.connect_dark_notify(move |manager| {
        if let Some(buffer) = weak.upgrade() {
            apply(manager, &buffer);
        }
    });
}
