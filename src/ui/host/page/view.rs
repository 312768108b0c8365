//! The widgets of a host's page.

use gettextrs::gettext;
use relm4::{Component, ComponentController, ComponentSender, adw, adw::prelude::*, gtk};

use super::{HostPage, HostPageInput};
use crate::{
    i18n::{gettext_f, ngettext_f},
    model::{Failure, HostState},
    ui::{
        guests::{GuestsInit, GuestsOutput, GuestsPage, Scope},
        host::{advice, failure_page, summary::Summary},
    },
};

/// What the widgets show now.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Shown {
    failure: Option<(Failure, String)>,
    summary: Option<Summary>,
}

/// The widgets of a host's page.
#[derive(Debug)]
pub(crate) struct HostPageWidgets {
    title: adw::WindowTitle,
    header: adw::HeaderBar,
    switcher: adw::ViewSwitcher,
    bottom: adw::ViewSwitcherBar,
    new_guest: gtk::Button,
    banner: adw::Banner,
    stack: gtk::Stack,
    disconnected: adw::StatusPage,
    connecting: adw::StatusPage,
    failed: adw::StatusPage,
    views: adw::ViewStack,
    guests_bin: adw::Bin,
    summary_bin: adw::Bin,
}

impl HostPageWidgets {
    pub(super) fn new(
        root: &adw::NavigationPage,
        jobs: &gtk::MenuButton,
        sender: &ComponentSender<HostPage>,
    ) -> Self {
        let views = adw::ViewStack::builder().vexpand(true).build();
        let guests_bin = adw::Bin::new();
        let summary_bin = adw::Bin::new();
        views.add_titled_with_icon(
            &guests_bin,
            Some("guests"),
            &gettext("Guests"),
            "video-display-symbolic",
        );
        views.add_titled_with_icon(
            &summary_bin,
            Some("host"),
            &gettext("Host"),
            "network-server-symbolic",
        );
        let switcher = adw::ViewSwitcher::builder()
            .policy(adw::ViewSwitcherPolicy::Wide)
            .stack(&views)
            .build();
        let bottom = adw::ViewSwitcherBar::builder().stack(&views).build();
        let title = adw::WindowTitle::default();
        let new_guest = icon_button("list-add-symbolic", &gettext("New Guest"));
        clicked(&new_guest, sender, || HostPageInput::CreateGuest(None));
        let header = adw::HeaderBar::new();
        header.pack_start(&new_guest);
        header.pack_end(jobs);
        let banner = adw::Banner::builder().button_label(gettext("Try Now")).build();
        banner.connect_button_clicked({
            let input = sender.input_sender().clone();
            move |_| input.emit(HostPageInput::ConnectClicked)
        });

        let disconnected = adw::StatusPage::builder()
            .icon_name("network-offline-symbolic")
            .title(gettext("Not Connected"))
            .child(&pill(&gettext("Connect"), true, sender, || HostPageInput::ConnectClicked))
            .build();
        let connecting = adw::StatusPage::builder()
            .paintable(&adw::SpinnerPaintable::new(None::<&gtk::Widget>))
            .title(gettext("Connecting…"))
            .child(&pill(&gettext("Cancel"), false, sender, || HostPageInput::DisconnectClicked))
            .build();
        connecting.set_paintable(Some(&adw::SpinnerPaintable::new(Some(&connecting))));
        let failed = adw::StatusPage::builder().icon_name("computer-fail-symbolic").build();

        let stack = gtk::Stack::new();
        stack.add_named(&disconnected, Some("disconnected"));
        stack.add_named(&connecting, Some("connecting"));
        stack.add_named(&failed, Some("failed"));
        stack.add_named(&views, Some("ready"));
        let view = adw::ToolbarView::builder().content(&stack).build();
        view.add_top_bar(&header);
        view.add_top_bar(&banner);
        view.add_bottom_bar(&bottom);
        root.set_child(Some(&view));
        Self {
            title,
            header,
            switcher,
            bottom,
            new_guest,
            banner,
            stack,
            disconnected,
            connecting,
            failed,
            views,
            guests_bin,
            summary_bin,
        }
    }

    pub(super) fn show_summary(&self) {
        self.views.set_visible_child_name("host");
    }
}

impl HostPage {
    /// Brings the widgets in line with the model.
    pub(super) fn refresh(
        &mut self,
        widgets: &mut HostPageWidgets,
        root: &adw::NavigationPage,
        sender: &ComponentSender<Self>,
    ) {
        root.set_title(&self.entry.name);
        widgets.title.set_title(&self.entry.name);
        widgets.disconnected.set_description(Some(&gtk::glib::markup_escape_text(&self.entry.uri)));
        widgets.connecting.set_description(Some(&gtk::glib::markup_escape_text(&self.entry.uri)));
        let lists = self.has_lists();
        let title: &gtk::Widget = if lists && !self.narrow {
            widgets.switcher.upcast_ref()
        } else {
            widgets.title.upcast_ref()
        };
        widgets.header.set_title_widget(Some(title));
        widgets.bottom.set_reveal(lists && self.narrow);
        widgets.new_guest.set_visible(lists);
        widgets.new_guest.set_sensitive(self.state == HostState::Ready);
        let lost = matches!(self.state, HostState::Lost { .. });
        // A folded banner would still be read out.
        widgets.banner.set_visible(lost);
        widgets.banner.set_revealed(lost);
        widgets.banner.set_title(&self.banner_text());
        if lists && self.guests.is_none() {
            self.open_guests(widgets, sender);
        }
        if let HostState::Failed(failure) = &self.state {
            let shown = Some((failure.clone(), self.entry.uri.clone()));
            if self.shown.failure != shown {
                show_failure(&widgets.failed, failure, &self.entry.uri, sender);
                self.shown.failure = shown;
            }
        }
        if lists {
            let summary = Summary::of(&self.entry, self.facts.as_deref(), &self.capabilities);
            if self.shown.summary.as_ref() != Some(&summary) {
                widgets.summary_bin.set_child(Some(&summary.page(sender)));
                self.shown.summary = Some(summary);
            }
        }
        widgets.stack.set_visible_child_name(match self.state {
            HostState::Disconnected => "disconnected",
            HostState::Connecting => "connecting",
            HostState::Failed(_) => "failed",
            HostState::Ready | HostState::Lost { .. } => "ready",
        });
    }

    fn open_guests(&mut self, widgets: &HostPageWidgets, sender: &ComponentSender<Self>) {
        let scope = Scope::Host(self.entry.id);
        let guests = GuestsPage::builder()
            .launch(GuestsInit { context: self.context.clone(), scope })
            .forward(sender.input_sender(), |output| match output {
                GuestsOutput::OpenGuest(guest, page) => HostPageInput::OpenGuest(guest, page),
                GuestsOutput::CreateGuest { source, .. } => HostPageInput::CreateGuest(source),
            });
        widgets.guests_bin.set_child(Some(guests.widget()));
        self.guests = Some(guests);
    }

    fn banner_text(&self) -> String {
        let HostState::Lost { failure, .. } = &self.state else { return String::new() };
        let what = advice::advise(failure, &self.entry.uri).title;
        match self.retry_in() {
            None | Some(0) => gettext_f("{what}. Trying again…", &[("what", &what)]),
            Some(seconds) => ngettext_f(
                "{what}. Trying again in {seconds} second.",
                "{what}. Trying again in {seconds} seconds.",
                u32::try_from(seconds).unwrap_or(u32::MAX),
                &[("what", &what), ("seconds", &seconds.to_string())],
            ),
        }
    }
}

fn show_failure(
    page: &adw::StatusPage,
    failure: &Failure,
    uri: &str,
    sender: &ComponentSender<HostPage>,
) {
    let advice = advice::advise(failure, uri);
    page.set_title(&advice.title);
    page.set_description(Some(&gtk::glib::markup_escape_text(&advice.text)));
    let buttons = gtk::Box::builder().spacing(12).halign(gtk::Align::Center).build();
    buttons.append(&pill(&gettext("Try Again"), true, sender, || HostPageInput::ConnectClicked));
    buttons.append(&pill(&gettext("Edit…"), false, sender, || HostPageInput::EditClicked));
    let all = gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(24).build();
    all.append(&buttons);
    all.append(&failure_page::help(&advice, &failure.detail));
    page.set_child(Some(&adw::Clamp::builder().maximum_size(560).child(&all).build()));
}

fn icon_button(icon: &str, name: &str) -> gtk::Button {
    let button = gtk::Button::builder().icon_name(icon).tooltip_text(name).build();
    button.update_property(&[gtk::accessible::Property::Label(name)]);
    button
}

fn pill(
    label: &str,
    suggested: bool,
    sender: &ComponentSender<HostPage>,
    message: fn() -> HostPageInput,
) -> gtk::Button {
    let button = gtk::Button::builder()
        .label(label)
        .halign(gtk::Align::Center)
        .css_classes(["pill"])
        .build();
    if suggested {
        button.add_css_class("suggested-action");
    }
    clicked(&button, sender, message);
    button
}

fn clicked(
    button: &gtk::Button,
    sender: &ComponentSender<HostPage>,
    message: fn() -> HostPageInput,
) {
    let input = sender.input_sender().clone();
    button.connect_clicked(move |_| input.emit(message()));
}
