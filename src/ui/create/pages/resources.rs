//! Third page: memory, processors, disk.

use gettextrs::gettext;
use relm4::{
    adw::{self, prelude::*},
    gtk,
};

use super::{
    Frame, Sender,
    fields::{Combo, Radio, Spin, StartRow},
    group, plain_row,
};
use crate::ui::create::{
    Create, CreateInput,
    draft::{DiskKind, Method, Page},
    helpers,
};

/// The page.
#[derive(Debug)]
pub(in crate::ui::create) struct ResourcesPage {
    frame: Frame,
    memory: Spin,
    cpus: Spin,
    kinds: adw::PreferencesGroup,
    new: Radio,
    volume: Radio,
    none: Radio,
    disk: adw::PreferencesGroup,
    size: Spin,
    pool: Combo,
    start_pool: StartRow,
    format: Combo,
    existing: adw::PreferencesGroup,
    existing_volume: Combo,
    image: adw::PreferencesGroup,
    image_row: adw::ActionRow,
}

impl ResourcesPage {
    /// The page's widgets.
    pub(in crate::ui::create) fn new(sender: &Sender) -> Self {
        let frame = Frame::new(Page::Resources.tag(), &gettext("Resources"), &gettext("Next"));
        let tx = sender.clone();
        frame.next.connect_clicked(move |_| tx.emit(CreateInput::NextClicked));

        let tx = sender.clone();
        let memory = Spin::new(&gettext("Memory"), "MiB", (32, 1 << 30, 256), move |value| {
            tx.emit(CreateInput::MemoryEdited(value));
        });
        let tx = sender.clone();
        let cpus = Spin::new(&gettext("Processors"), "", (1, 512, 1), move |value| {
            tx.emit(CreateInput::CpusEdited(value));
        });
        let machine = group("", "");
        machine.add(&memory.row);
        machine.add(&cpus.row);

        let kinds = group(&gettext("Disk"), "");
        let picked = |kind| {
            let tx = sender.clone();
            move || tx.emit(CreateInput::DiskKindPicked(kind))
        };
        let new = Radio::new(&gettext("New disk"), "", None, picked(DiskKind::New));
        let volume =
            Radio::new(&gettext("Existing volume"), "", Some(&new.check), picked(DiskKind::Volume));
        let none = Radio::new(
            &gettext("No disk"),
            &gettext("For live systems that keep nothing"),
            Some(&new.check),
            picked(DiskKind::None),
        );
        kinds.add(&new.row);
        kinds.add(&volume.row);
        kinds.add(&none.row);

        let tx = sender.clone();
        let size = Spin::new(&gettext("Disk size"), "GiB", (1, 65_536, 1), move |value| {
            tx.emit(CreateInput::DiskSizeEdited(value));
        });
        let tx = sender.clone();
        let pool = Combo::new(&gettext("Pool"), move |at| tx.emit(CreateInput::DiskPoolPicked(at)));
        let tx = sender.clone();
        let format = Combo::new(&gettext("Format"), move |at| {
            tx.emit(CreateInput::DiskFormatPicked(at == 1));
        });
        let disk = group("", "");
        disk.add(&size.row);
        disk.add(&pool.row);
        disk.add(&format.row);

        let start_pool = StartRow::pool(sender);

        let tx = sender.clone();
        let existing_volume = Combo::new(&gettext("Volume"), move |at| {
            tx.emit(CreateInput::DiskVolumePicked(at));
        });
        let existing = group("", "");
        existing.add(&existing_volume.row);

        let image = group(&gettext("Disk"), "");
        let image_row = plain_row("", "");
        image.add(&image_row);

        for part in [&machine, &kinds, &disk, &start_pool.group, &existing, &image] {
            frame.content.append(part);
        }
        Self {
            frame,
            memory,
            cpus,
            kinds,
            new,
            volume,
            none,
            disk,
            size,
            pool,
            start_pool,
            format,
            existing,
            existing_volume,
            image,
            image_row,
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
        let draft = &model.draft;
        self.frame.show_problem(model.problem_on(Page::Resources));
        self.memory.show(draft.memory.value);
        let (hint, warn) = model.memory_hint();
        self.memory.set_hint(&hint, warn);
        self.cpus.show(draft.cpus.value);
        let (hint, warn) = model.cpus_hint();
        self.cpus.set_hint(&hint, warn);

        let imports = draft.method == Method::Image;
        self.image.set_visible(imports);
        if let (true, Some(source)) = (imports, draft.source()) {
            self.image_row.set_title(&source.name());
            self.image_row.set_subtitle(&model.image_plan());
        }
        self.kinds.set_visible(!imports);
        let chosen = match draft.disk {
            DiskKind::New => &self.new,
            DiskKind::Volume => &self.volume,
            DiskKind::None => &self.none,
        };
        chosen.show(true);
        self.disk.set_visible(!imports && draft.disk == DiskKind::New);
        self.size.show(draft.disk_size.value);
        let (hint, warn) = model.disk_hint();
        self.size.set_hint(&hint, warn);
        let (names, at) = model.pool_choices(draft.disk_pool);
        self.pool.show(&names, at);
        self.pool.set_subtitle(&model.pool_hint(draft.disk_pool));
        let new = !imports && draft.disk == DiskKind::New;
        let stopped = model.inactive_pool(draft.disk_pool).filter(|_| new);
        let title = stopped.map(Create::inactive_pool_title);
        self.start_pool.show(title.as_deref(), model.starting_pool);
        self.format.show(
            &[
                // Translators: a disk format; "grows as it fills" tells it from raw.
                gettext("qcow2"),
                gettext("raw"),
            ],
            usize::from(draft.disk_raw),
        );
        self.format.set_subtitle(&helpers::format_hint(draft.disk_raw));
        let (names, at) = model.disk_volume_choices();
        self.existing.set_visible(!imports && draft.disk == DiskKind::Volume);
        self.existing_volume.row.set_sensitive(!names.is_empty());
        self.existing_volume.set_subtitle(&if names.is_empty() {
            gettext("The host’s pools hold no disk image")
        } else {
            model.disk_volume_hint()
        });
        self.existing_volume.show(&names, at);
        let missing = !imports && draft.disk == DiskKind::Volume && draft.disk_volume.is_none();
        let why =
            if missing { Some(gettext("Choose a volume, or another kind of disk")) } else { title };
        self.frame.next.set_sensitive(why.is_none());
        self.frame.next.set_tooltip_text(why.as_deref());
    }
}
