//! The dialog's widgets.

use gettextrs::gettext;
use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, gio, glib},
};

use super::{HostDialog, HostDialogInput, field::Field};
use crate::{
    i18n::gettext_f,
    model::uri::{ConnectionSpec, HostUri, Hypervisor, SpecField, Transport},
    ui::{context::HostEntry, host::words, widgets::dialog_header},
};

/// The widgets.
#[derive(Debug)]
pub struct Form {
    accept: gtk::Button,
    hypervisor: adw::ComboRow,
    transport: adw::ComboRow,
    remote: adw::PreferencesGroup,
    user: Field,
    host: Field,
    port: Field,
    keyfile: Field,
    uri: Field,
    result: adw::PreferencesGroup,
    preview: adw::ActionRow,
    notice: gtk::Label,
    name: adw::EntryRow,
    autoconnect: adw::SwitchRow,
}

impl Form {
    pub(super) fn new(
        root: &adw::Dialog,
        entry: Option<&HostEntry>,
        sender: &ComponentSender<HostDialog>,
    ) -> Self {
        use gtk::InputPurpose::{Digits, FreeForm, Url};
        let kinds: Vec<String> = Hypervisor::ALL
            .iter()
            .map(|one| words::hypervisor_name(*one))
            .chain([gettext("Any other, by its URI")])
            .collect();
        let ways: Vec<String> =
            Transport::ALL.iter().map(|one| words::transport_name(*one)).collect();
        let form = Self {
            accept: gtk::Button::builder()
                .label(if entry.is_some() { gettext("Save") } else { gettext("Add") })
                .css_classes(["suggested-action"])
                .build(),
            hypervisor: combo(&gettext("Hypervisor"), &kinds),
            transport: combo(&gettext("Location"), &ways),
            remote: adw::PreferencesGroup::new(),
            user: Field::new(&gettext("User name (optional)"), FreeForm),
            host: Field::new(&gettext("Host name or address"), FreeForm),
            port: Field::new(&gettext("Port (optional)"), Digits),
            keyfile: Field::new(&gettext("Private key file (optional)"), FreeForm),
            uri: Field::new(&gettext("URI"), Url),
            result: adw::PreferencesGroup::new(),
            preview: adw::ActionRow::builder()
                .title(gettext("URI"))
                .subtitle_selectable(true)
                .use_markup(false)
                .css_classes(["property"])
                .build(),
            notice: message(),
            name: adw::EntryRow::builder().title(gettext("Name")).build(),
            autoconnect: adw::SwitchRow::builder().title(gettext("Connect at start")).build(),
        };
        form.lay_out(root, entry.is_some(), sender);
        form.fill(entry);
        form.connect(root, sender);
        form
    }

    fn lay_out(&self, root: &adw::Dialog, editing: bool, sender: &ComponentSender<HostDialog>) {
        let first = adw::PreferencesGroup::new();
        first.add(&self.hypervisor);
        first.add(&self.transport);
        self.uri.add_to(&first);
        for field in [&self.host, &self.user, &self.port, &self.keyfile] {
            field.add_to(&self.remote);
        }
        let choose = gtk::Button::builder()
            .icon_name("document-open-symbolic")
            .tooltip_text(gettext("Choose Key File"))
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build();
        choose.update_property(&[gtk::accessible::Property::Label(&gettext("Choose Key File"))]);
        let input = sender.input_sender().clone();
        choose.connect_clicked(move |_| input.emit(HostDialogInput::ChooseKeyfile));
        self.keyfile.row.add_suffix(&choose);

        self.result.add(&self.preview);
        self.result.add(&self.notice);
        let last = adw::PreferencesGroup::new();
        last.add(&self.name);
        last.add(&self.autoconnect);

        let page = adw::PreferencesPage::new();
        page.add(&first);
        page.add(&self.remote);
        page.add(&self.result);
        page.add(&last);
        let view = adw::ToolbarView::builder().content(&page).build();
        view.add_top_bar(&dialog_header(root, Some(&self.accept)));
        root.set_child(Some(&view));
        root.set_default_widget(Some(&self.accept));
        root.set_focus(Some(&self.hypervisor));
        root.set_title(&if editing {
            gettext("Edit Connection")
        } else {
            gettext("Add Connection")
        });
    }

    /// Shows an entry, by its fields where they can say it.
    fn fill(&self, entry: Option<&HostEntry>) {
        let Some(entry) = entry else {
            self.name.set_text(&words::proposed_name(&HostUri {
                driver: "qemu".to_owned(),
                path: "/system".to_owned(),
                ..HostUri::default()
            }));
            self.autoconnect.set_active(true);
            return;
        };
        self.name.set_text(&entry.name);
        self.autoconnect.set_active(entry.autoconnect);
        self.uri.row.set_text(&entry.uri);
        let spec = HostUri::parse(&entry.uri).ok().and_then(|uri| ConnectionSpec::from_uri(&uri));
        let Some(spec) = spec else {
            self.hypervisor.set_selected(index(Hypervisor::ALL.len()));
            return;
        };
        let kind = Hypervisor::ALL.iter().position(|one| *one == spec.hypervisor);
        let way = Transport::ALL.iter().position(|one| *one == spec.transport);
        self.hypervisor.set_selected(index(kind.unwrap_or_default()));
        self.transport.set_selected(index(way.unwrap_or_default()));
        self.user.row.set_text(&spec.user);
        self.host.row.set_text(&spec.host);
        self.port.row.set_text(&spec.port);
        self.keyfile.row.set_text(&spec.keyfile);
    }

    fn connect(&self, root: &adw::Dialog, sender: &ComponentSender<HostDialog>) {
        let changed = {
            let input = sender.input_sender().clone();
            move || input.emit(HostDialogInput::Changed)
        };
        for combo in [&self.hypervisor, &self.transport] {
            let changed = changed.clone();
            combo.connect_selected_notify(move |_| changed());
        }
        for field in [&self.user, &self.host, &self.port, &self.keyfile, &self.uri] {
            let changed = changed.clone();
            field.row.connect_changed(move |_| changed());
        }
        self.name.set_activates_default(true);
        // Only what is typed: a proposed name is set while the row has no focus.
        let input = sender.input_sender().clone();
        self.name.connect_changed(move |row| {
            if row.has_focus() || row.focus_child().is_some() {
                input.emit(HostDialogInput::NameChanged);
            }
        });
        let input = sender.input_sender().clone();
        self.accept.connect_clicked(move |_| input.emit(HostDialogInput::Accepted));
        let input = sender.input_sender().clone();
        root.connect_closed(move |_| input.emit(HostDialogInput::Closed));
    }

    /// The chosen kind; nothing for a URI typed as a whole.
    pub(super) fn hypervisor(&self) -> Option<Hypervisor> {
        Hypervisor::ALL.get(usize::try_from(self.hypervisor.selected()).ok()?).copied()
    }

    fn spec(&self, hypervisor: Hypervisor) -> ConnectionSpec {
        let way = usize::try_from(self.transport.selected()).unwrap_or_default();
        ConnectionSpec {
            hypervisor,
            transport: Transport::ALL.get(way).copied().unwrap_or_default(),
            user: self.user.text(),
            host: self.host.text(),
            port: self.port.text(),
            keyfile: self.keyfile.text(),
        }
    }

    /// The URI of the form, or the field that is wrong and why.
    pub(super) fn uri(&self) -> Result<HostUri, (Option<SpecField>, String)> {
        match self.hypervisor() {
            Some(kind) => self
                .spec(kind)
                .to_uri()
                .map_err(|error| (Some(error.field), words::field_error(&error))),
            None => HostUri::parse(self.uri.text().trim())
                .map_err(|error| (None, words::uri_error(&error))),
        }
    }

    pub(super) fn name(&self) -> String {
        self.name.text().trim().to_owned()
    }

    pub(super) fn propose_name(&self, name: &str) {
        if self.name.text() != name {
            self.name.set_text(name);
        }
    }

    pub(super) fn autoconnect(&self) -> bool {
        self.autoconnect.is_active()
    }

    pub(super) fn set_keyfile(&self, path: &str) {
        self.keyfile.row.set_text(path);
    }

    /// Brings the widgets in line with what is chosen.
    pub(super) fn refresh(&self, model: &HostDialog) {
        let kind = self.hypervisor();
        let own = kind.is_some_and(Hypervisor::has_own_protocol);
        let spec = self.spec(kind.unwrap_or_default());
        let remote = kind.is_some() && spec.is_remote();
        let ssh = spec.transport == Transport::Ssh && !own;
        self.transport.set_visible(kind.is_some() && !own);
        self.remote.set_visible(remote);
        let uri = self.uri();
        let problem = |field: Option<SpecField>| match &uri {
            Err((at, text)) if *at == field => Some(text.as_str()),
            _ => None,
        };
        self.uri.show(kind.is_none(), problem(None));
        self.host.show(remote, problem(Some(SpecField::Host)));
        self.user.show(own || ssh, problem(Some(SpecField::User)));
        self.port.show(remote, problem(Some(SpecField::Port)));
        self.keyfile.show(ssh, problem(Some(SpecField::Keyfile)));
        self.accept.set_sensitive(uri.is_ok());
        self.accept.set_tooltip_text(uri.as_ref().err().map(|(_, text)| text.as_str()));
        if let Ok(uri) = &uri {
            self.preview.set_subtitle(&uri.to_string());
        }
        let preview = kind.is_some() && uri.is_ok();
        self.preview.set_visible(preview);
        let notice = notice(model, kind, uri.as_ref().ok());
        self.notice.set_visible(notice.is_some());
        self.result.set_visible(preview || notice.is_some());
        self.notice.set_label(&notice.unwrap_or_default());
    }
}

/// What to know about a choice that works as far as the form can tell.
fn notice(model: &HostDialog, kind: Option<Hypervisor>, uri: Option<&HostUri>) -> Option<String> {
    if let Some(kind) = kind.filter(|kind| model.lacks_driver(*kind)) {
        let name = words::hypervisor_name(kind);
        return Some(gettext_f(
            "This computer’s libvirt has no driver for {name}.",
            &[("name", &name)],
        ));
    }
    if uri.is_some_and(HostUri::is_plain) {
        return Some(gettext(
            "Plain TCP is not encrypted: everybody on the way can read and change everything, passwords too. Use it only on a network of your own.",
        ));
    }
    match kind? {
        Hypervisor::QemuSession if uri.is_some_and(|uri| !uri.is_local()) => Some(gettext(
            "Guests of a user session run with the rights of your user on the host, and end when it logs out there.",
        )),
        Hypervisor::QemuSession => Some(gettext(
            "Guests of a user session run with your rights, reach the network through your user, and end when you log out.",
        )),
        Hypervisor::Test => Some(gettext(
            "Built into libvirt: invented guests to try things on. Nothing real is changed.",
        )),
        _ => None,
    }
}

fn combo(title: &str, texts: &[String]) -> adw::ComboRow {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    adw::ComboRow::builder().title(title).model(&gtk::StringList::new(&texts)).build()
}

fn message() -> gtk::Label {
    gtk::Label::builder()
        .wrap(true)
        .xalign(0.0)
        .margin_top(6)
        .margin_start(12)
        .margin_end(12)
        .css_classes(["caption", "dim-label"])
        .visible(false)
        .build()
}

fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(gtk::INVALID_LIST_POSITION)
}

/// Opens the file chooser in the folder where keys usually are.
pub(super) fn choose_keyfile(root: &adw::Dialog, sender: &ComponentSender<HostDialog>) {
    let folder = gio::File::for_path(glib::home_dir().join(".ssh"));
    let chooser = gtk::FileDialog::builder()
        .title(gettext("Choose Private Key File"))
        .initial_folder(&folder)
        .build();
    let window = root.root().and_downcast::<gtk::Window>();
    let input = sender.input_sender().clone();
    chooser.open(window.as_ref(), gio::Cancellable::NONE, move |file| {
        // Closed without a choice: nothing to do.
        if let Some(path) = file.ok().and_then(|file| file.path()) {
            input.emit(HostDialogInput::KeyfileChosen(path.to_string_lossy().into_owned()));
        }
    });
}
