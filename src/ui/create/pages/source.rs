//! First page: what the guest begins with.

use gettextrs::gettext;
use relm4::{
    adw::{self, prelude::*},
    gtk,
};

use super::{
    Frame, Notice, Sender,
    fields::{Combo, Radio, StartRow},
    group, plain_row,
    volumes::{FileList, VolumeList},
};
use crate::{
    i18n::gettext_f,
    model::FileAccess,
    ui::create::{
        Create, CreateInput,
        draft::{Access, AccessChoice, ImageUse, Method, Page, Source, SourceStep},
        helpers,
    },
};

/// The page.
#[derive(Debug)]
pub(in crate::ui::create) struct SourcePage {
    pub(super) frame: Frame,
    host: adw::PreferencesGroup,
    host_row: Combo,
    methods: [(Method, Radio); 3],
    chosen: adw::PreferencesGroup,
    chosen_row: adw::ActionRow,
    icon: gtk::Image,
    checking: adw::Spinner,
    choose: adw::ButtonRow,
    medium: Notice,
    image_use: adw::PreferencesGroup,
    in_place: Radio,
    copy: Radio,
    access: AccessGroup,
    recent: FileList,
    volumes: VolumeList,
}

impl SourcePage {
    /// The page's widgets.
    #[allow(clippy::too_many_lines)] // one widget after the other
    pub(in crate::ui::create) fn new(sender: &Sender) -> Self {
        let frame = Frame::new(Page::Source.tag(), &gettext("New Guest"), &gettext("Next"));
        let tx = sender.clone();
        frame.next.connect_clicked(move |_| tx.emit(CreateInput::NextClicked));

        let tx = sender.clone();
        let host_row = Combo::new(&gettext("Host"), move |at| tx.emit(CreateInput::HostPicked(at)));
        let host = group("", "");
        host.add(&host_row.row);

        let begin = group(&gettext("Start From"), "");
        let mut first: Option<gtk::CheckButton> = None;
        let methods = [
            (
                Method::Iso,
                gettext("Installation image (ISO)"),
                gettext("Install an operating system, or run it from the image"),
            ),
            (
                Method::Image,
                gettext("Existing disk image"),
                gettext("A disk with a system on it: qcow2, raw, VMDK, VDI, VHD"),
            ),
            (
                Method::Nothing,
                gettext("No medium"),
                gettext("Choose one later, or boot from the network"),
            ),
        ]
        .map(|(method, title, subtitle)| {
            let tx = sender.clone();
            let radio = Radio::new(&title, &subtitle, first.as_ref(), move || {
                tx.emit(CreateInput::MethodPicked(method));
            });
            begin.add(&radio.row);
            first.get_or_insert_with(|| radio.check.clone());
            (method, radio)
        });

        let chosen = group("", "");
        let chosen_row = plain_row("", "");
        let icon = gtk::Image::builder().accessible_role(gtk::AccessibleRole::Presentation).build();
        chosen_row.add_prefix(&icon);
        let checking = adw::Spinner::builder().visible(false).build();
        checking.set_size_request(16, 16);
        checking
            .upcast_ref::<gtk::Widget>()
            .update_property(&[gtk::accessible::Property::Label(&gettext("Checking the image"))]);
        chosen_row.add_suffix(&checking);
        chosen_row.set_focusable(false);
        let choose = adw::ButtonRow::builder()
            .title(gettext("Choose File…"))
            .start_icon_name("document-open-symbolic")
            .build();
        let tx = sender.clone();
        choose.connect_activated(move |_| tx.emit(CreateInput::ChooseFileClicked));
        chosen.add(&chosen_row);
        chosen.add(&choose);

        let image_use = group(&gettext("Use of the Image"), "");
        let picked = |how| {
            let tx = sender.clone();
            move || tx.emit(CreateInput::ImageUsePicked(how))
        };
        let in_place = Radio::new(
            &gettext("Use in place"),
            &gettext("The guest writes to this very file"),
            None,
            picked(ImageUse::InPlace),
        );
        let copy = Radio::new(
            &gettext("Copy into a pool"),
            &gettext("The file stays as it is; the guest writes to its copy"),
            Some(&in_place.check),
            picked(ImageUse::Copy),
        );
        image_use.add(&in_place.row);
        image_use.add(&copy.row);

        let first = choose.clone();
        let go_on = frame.next.clone();
        frame.page.connect_shown(move |_| {
            if go_on.is_sensitive() {
                go_on.grab_focus();
            } else {
                first.grab_focus();
            }
        });
        let medium = Notice::new();
        let access = AccessGroup::new(sender);
        let recent = FileList::new(sender);
        let volumes = VolumeList::new(sender);
        for part in [
            &host,
            &begin,
            &chosen,
            &medium.group,
            &access.group,
            &access.pool_group,
            &access.start_pool.group,
            &access.progress_group,
            &image_use,
            &recent.group,
            &volumes.group,
        ] {
            frame.content.append(part);
        }
        Self {
            frame,
            host,
            host_row,
            methods,
            chosen,
            chosen_row,
            icon,
            checking,
            choose,
            medium,
            image_use,
            in_place,
            copy,
            access,
            recent,
            volumes,
        }
    }

    /// The navigation page.
    pub(in crate::ui::create) fn page(&self) -> &adw::NavigationPage {
        &self.frame.page
    }

    /// What has the focus at first.
    pub(in crate::ui::create) fn first(&self) -> &adw::ButtonRow {
        &self.choose
    }

    /// The button that goes on.
    pub(in crate::ui::create) fn next(&self) -> &gtk::Button {
        &self.frame.next
    }

    /// Whether the focus is where a file is chosen, or nowhere.
    fn choose_has_focus(&self) -> bool {
        let focus = self.frame.page.root().and_then(|root| root.focus());
        focus.is_none_or(|focus| focus == self.choose || focus.is_ancestor(&self.choose))
    }

    /// Shows the model.
    pub(in crate::ui::create) fn show(&self, model: &Create) {
        let draft = &model.draft;
        let no_host = model.no_host_notice();
        self.frame.show_problem(no_host.as_ref().or(model.problem_on(Page::Source)));
        let names: Vec<String> = model.hosts.iter().map(|host| host.name.clone()).collect();
        let at = model.hosts.iter().position(|host| Some(host.id) == model.host_id());
        self.host.set_visible(names.len() > 1);
        self.host_row.show(&names, at.unwrap_or(usize::MAX));
        for (method, radio) in &self.methods {
            if *method == draft.method {
                radio.show(true);
            }
        }

        let needs_file = draft.method != Method::Nothing;
        self.chosen.set_visible(needs_file);
        let (title, icon) = match draft.method {
            Method::Image => (gettext("Disk Image"), "drive-harddisk-symbolic"),
            _ => (gettext("Installation Image"), "media-optical-symbolic"),
        };
        self.chosen.set_title(&title);
        self.icon.set_icon_name(Some(icon));
        if let Some(source) = draft.source() {
            self.chosen_row.set_title(&source.name());
            self.chosen_row.set_subtitle(&helpers::place(source));
        } else {
            self.chosen_row.set_title(&gettext("Nothing chosen yet"));
            self.chosen_row.set_subtitle(&gettext("Choose a file, or drop one here"));
        }
        self.checking.set_visible(model.is_checking());
        let busy = model.is_copying();
        self.choose.set_sensitive(!busy);

        self.medium.show(model.medium_notice().as_ref());
        self.access.show(model);
        let offers_use = draft.method == Method::Image
            && matches!(draft.image, Some(Source::File(_)))
            && !draft.access_is_a_problem();
        self.image_use.set_visible(offers_use);
        self.in_place.show(draft.image_use.value == ImageUse::InPlace);
        self.copy.show(draft.image_use.value == ImageUse::Copy);

        self.recent.show(&model.recent_for(draft.method), draft.source());
        self.volumes.show(model);

        let (label, sensitive, why) = match draft.source_step() {
            SourceStep::Missing => (gettext("Next"), false, gettext("Choose an image first")),
            SourceStep::Wait => (
                gettext("Next"),
                false,
                gettext("Posada is finding out whether the host can open the file"),
            ),
            SourceStep::Copy => {
                (gettext("Copy and Continue"), !busy, gettext("The file is being copied"))
            }
            SourceStep::UseSession => (gettext("Change Host and Continue"), !busy, String::new()),
            SourceStep::GoOn => (gettext("Next"), !busy, gettext("The file is being copied")),
        };
        let stopped = model.inactive_pool(draft.copy_pool).filter(|_| draft.copies());
        let (sensitive, why) = if model.host.is_none() {
            (false, gettext("No host is connected"))
        } else if model.wanted.is_some() {
            (false, gettext("Connecting to the host"))
        } else if let Some(pool) = stopped {
            (false, Create::inactive_pool_title(pool))
        } else {
            (sensitive, why)
        };
        self.frame.next.set_label(&label);
        let became_ready = sensitive && !self.frame.next.is_sensitive();
        self.frame.next.set_sensitive(sensitive);
        if became_ready && draft.source().is_some() && self.choose_has_focus() {
            // The file is chosen: Enter goes on from here.
            self.frame.next.grab_focus();
        }
        self.frame.next.set_tooltip_text((!sensitive).then_some(why.as_str()));
    }
}

/// What to do about a file that the hypervisor cannot open.
#[derive(Debug)]
struct AccessGroup {
    group: adw::PreferencesGroup,
    why: adw::ActionRow,
    copy: Radio,
    session: Radio,
    anyway: Radio,
    pool_group: adw::PreferencesGroup,
    pool: Combo,
    start_pool: StartRow,
    progress_group: adw::PreferencesGroup,
    progress_row: adw::ActionRow,
    bar: gtk::ProgressBar,
}

impl AccessGroup {
    fn new(sender: &Sender) -> Self {
        let group = group(&gettext("The Host Cannot Open This File"), "");
        let why = plain_row("", "");
        let icon = gtk::Image::builder()
            .icon_name("dialog-warning-symbolic")
            .accessible_role(gtk::AccessibleRole::Presentation)
            .css_classes(["warning"])
            .build();
        why.add_prefix(&icon);
        group.add(&why);
        let picked = |choice| {
            let tx = sender.clone();
            move || tx.emit(CreateInput::AccessChoicePicked(choice))
        };
        let copy = Radio::new(
            &gettext("Copy into a pool"),
            &gettext("Recommended: the copy belongs to the host and can be used again"),
            None,
            picked(AccessChoice::Copy),
        );
        let session = Radio::new(
            &gettext("Use the user session instead"),
            &gettext("The guest runs with your own rights, without virtual networks"),
            Some(&copy.check),
            picked(AccessChoice::Session),
        );
        let anyway = Radio::new(
            &gettext("Continue anyway"),
            &gettext("Starting the guest will probably fail"),
            Some(&copy.check),
            picked(AccessChoice::Anyway),
        );
        group.add(&copy.row);
        group.add(&session.row);
        group.add(&anyway.row);

        let tx = sender.clone();
        let pool = Combo::new(&gettext("Pool for the copy"), move |at| {
            tx.emit(CreateInput::CopyPoolPicked(at));
        });
        let pool_group = super::group("", "");
        pool_group.add(&pool.row);
        let start_pool = StartRow::pool(sender);

        let bar = gtk::ProgressBar::builder()
            .margin_top(12)
            .margin_bottom(12)
            .margin_start(12)
            .margin_end(12)
            .build();
        let stop = gtk::Button::builder().label(gettext("Stop")).valign(gtk::Align::Center).build();
        let tx = sender.clone();
        stop.connect_clicked(move |_| tx.emit(CreateInput::StopClicked));
        let progress_row = plain_row(&gettext("Copying"), "");
        bar.update_property(&[gtk::accessible::Property::Label(&gettext("Copying"))]);
        progress_row.add_suffix(&stop);
        progress_row.set_focusable(false);
        let progress_group = super::group("", "");
        progress_group.add(&progress_row);
        // In a row of its own: beside the texts it leaves them no room.
        let bar_row =
            adw::PreferencesRow::builder().child(&bar).activatable(false).focusable(false).build();
        progress_group.add(&bar_row);
        Self {
            group,
            why,
            copy,
            session,
            anyway,
            pool_group,
            pool,
            start_pool,
            progress_group,
            progress_row,
            bar,
        }
    }

    fn show(&self, model: &Create) {
        let draft = &model.draft;
        let copying = model.copying();
        self.progress_group.set_visible(copying.is_some());
        if let Some(progress) = copying {
            match helpers::fraction(progress) {
                Some(fraction) => self.bar.set_fraction(fraction),
                None => self.bar.pulse(),
            }
            self.progress_row.set_subtitle(&helpers::bytes_done(progress));
        }
        let problem = draft.access_is_a_problem() && copying.is_none();
        self.group.set_visible(problem);
        let copies = draft.copies();
        self.pool_group.set_visible(copies && copying.is_none());
        let (names, at) = model.pool_choices(draft.copy_pool);
        self.pool.show(&names, at);
        self.pool.set_subtitle(&model.pool_hint(draft.copy_pool));
        let stopped = model.inactive_pool(draft.copy_pool).map(Create::inactive_pool_title);
        let stopped = stopped.filter(|_| copies && copying.is_none());
        self.start_pool.show(stopped.as_deref(), model.starting_pool);
        if !problem {
            return;
        }
        let host = model.host_name();
        let (title, body) = match &draft.access {
            Access::BadName => (
                gettext("The file’s name has characters that libvirt cannot store"),
                gettext("A copy under a plain name works. Your file stays as it is."),
            ),
            Access::Known(FileAccess::Remote) => (
                gettext_f(
                    "The file is on this computer, the guest will be on “{host}”",
                    &[("host", &host)],
                ),
                gettext("Copy it there, or pick an image from the host’s pools below."),
            ),
            Access::Known(FileAccess::Denied { at, user }) => (
                gettext_f(
                    "“{path}” is closed to the user “{user}”, as whom guests run",
                    &[("path", at), ("user", user)],
                ),
                gettext("Posada does not change the owner or the rights of your files."),
            ),
            _ => (String::new(), String::new()),
        };
        self.why.set_title(&title);
        self.why.set_subtitle(&body);
        let choices = can_go_on(&draft.access);
        self.copy.row.set_visible(choices);
        self.session.row.set_visible(choices && model.offers_session());
        self.anyway.row.set_visible(choices);
        match draft.access_choice {
            AccessChoice::Copy => self.copy.show(true),
            AccessChoice::Session => self.session.show(true),
            AccessChoice::Anyway => self.anyway.show(true),
        }
    }
}

/// Whether there is another way than a copy.
fn can_go_on(access: &Access) -> bool {
    matches!(access, Access::Known(FileAccess::Denied { .. }))
}
