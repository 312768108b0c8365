//! Firmware, machine, architecture, emulation, what the screen speaks.

use gettextrs::gettext;
use relm4::adw::{self, prelude::*};

use super::{Frame, Notice, Sender, fields::Combo, group};
use crate::ui::create::{Create, CreateInput, draft::Page};

/// The page.
#[derive(Debug)]
pub(in crate::ui::create) struct AdvancedPage {
    frame: Frame,
    virt_type: Combo,
    virt_notice: Notice,
    arch: Combo,
    machine: Combo,
    firmware: Combo,
    firmware_notice: Notice,
    screen: Combo,
}

impl AdvancedPage {
    /// The page's widgets.
    pub(in crate::ui::create) fn new(sender: &Sender) -> Self {
        let frame = Frame::new(Page::Advanced.tag(), &gettext("Advanced"), &gettext("Done"));
        let tx = sender.clone();
        frame.next.connect_clicked(move |_| tx.emit(CreateInput::NextClicked));
        let tx = sender.clone();
        let virt_type = Combo::new(&gettext("Virtualisation"), move |at| {
            tx.emit(CreateInput::VirtTypePicked(at));
        });
        let tx = sender.clone();
        let arch = Combo::new(&gettext("Architecture"), move |at| {
            tx.emit(CreateInput::ArchPicked(at));
        });
        let tx = sender.clone();
        let machine = Combo::new(&gettext("Machine type"), move |at| {
            tx.emit(CreateInput::MachinePicked(at));
        });
        machine.row.set_enable_search(true);
        machine.row.set_expression(Some(&relm4::gtk::PropertyExpression::new(
            relm4::gtk::StringObject::static_type(),
            relm4::gtk::Expression::NONE,
            "string",
        )));
        let tx = sender.clone();
        let firmware = Combo::new(&gettext("Firmware"), move |at| {
            tx.emit(CreateInput::FirmwarePicked(at));
        });
        let tx = sender.clone();
        let screen = Combo::new(&gettext("Screen"), move |at| {
            tx.emit(CreateInput::ScreenPicked(at));
        });
        let virt_notice = Notice::new();
        let firmware_notice = Notice::new();
        let platform = group("", "");
        platform.add(&virt_type.row);
        platform.add(&arch.row);
        platform.add(&machine.row);
        let boot = group("", "");
        boot.add(&firmware.row);
        let console = group("", "");
        console.add(&screen.row);
        for part in [&platform, &virt_notice.group, &boot, &firmware_notice.group, &console] {
            frame.content.append(part);
        }
        Self { frame, virt_type, virt_notice, arch, machine, firmware, firmware_notice, screen }
    }

    /// The navigation page.
    pub(in crate::ui::create) fn page(&self) -> &adw::NavigationPage {
        &self.frame.page
    }

    /// The button that goes back.
    pub(in crate::ui::create) fn next(&self) -> &relm4::gtk::Button {
        &self.frame.next
    }

    /// Shows the model.
    pub(in crate::ui::create) fn show(&self, model: &Create) {
        let (names, at) = model.virt_type_choices();
        self.virt_type.show(&names, at);
        self.virt_notice.show(model.virt_type_notice().as_ref());
        let (names, at) = model.arch_choices();
        self.arch.show(&names, at);
        let (names, at) = model.machine_choices();
        self.machine.show(&names, at);
        let (names, at) = model.firmware_choices();
        self.firmware.show(&names, at);
        self.firmware.set_subtitle(&model.firmware_hint());
        let (names, at) = model.screen_choices();
        self.screen.show(&names, at);
        self.screen.set_subtitle(&model.screen_hint());
        self.firmware_notice.show(model.firmware_notice().as_ref());
    }
}
