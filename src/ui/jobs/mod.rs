//! The button with the list of long operations, for a window's header bar.
//!
//! The list outlives the dialogs that began the jobs. The button shows itself
//! with the first job.

#![allow(missing_docs, reason = "the view macro documents no struct of widgets")]

mod row;
mod texts;

use std::{collections::HashMap, sync::Arc};

use gettextrs::gettext;
use relm4::{
    Component, ComponentParts, ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, gio},
};
use tokio::sync::watch;

use self::row::JobRow;
use crate::{
    i18n::ngettext_f,
    model::{JobEnd, JobId, JobSnapshot},
    ui::{
        context::Context,
        error,
        watch::{Subscription, follow},
        widgets::Hint,
    },
};

/// Ended jobs that stay in the list.
const KEPT: usize = 30;

/// The button. Made from the [`Context`]; asks nothing of its parent.
#[derive(Debug)]
pub struct JobsButton {
    context: Context,
    list: gtk::ListBox,
    rows: HashMap<JobId, JobRow>,
    /// The jobs as shown, the oldest first.
    jobs: Arc<Vec<JobSnapshot>>,
    /// Ended jobs that the user has taken off the list.
    cleared: Vec<JobId>,
    button: gtk::MenuButton,
    /// Whether a job has failed since the list was last opened.
    failed: bool,
    _watch: Subscription,
}

/// What happened to the list of jobs.
#[derive(Debug)]
pub enum JobsInput {
    /// A job's cancel button was pressed.
    Cancel(JobId),
    /// What went wrong is asked for.
    Details(JobId),
    /// Ended jobs are to be taken off the list.
    Clear,
    /// The list was opened.
    Opened,
}

/// Results of work in the background.
#[derive(Debug)]
pub enum JobsCmd {
    /// The jobs changed.
    Changed(Arc<Vec<JobSnapshot>>),
}

#[relm4::component(pub)]
impl Component for JobsButton {
    type Init = Context;
    type Input = JobsInput;
    type Output = ();
    type CommandOutput = JobsCmd;

    view! {
        #[root]
        gtk::MenuButton {
            #[watch]
            set_visible: model.is_visible(),
            #[watch]
            set_hint: &model.summary(),
            #[watch]
            update_property: &[gtk::accessible::Property::Label(&model.summary())],
            #[wrap(Some)]
            set_child = &gtk::Box {
                #[watch]
                set_visible: model.is_visible(),
                adw::Spinner {
                    #[watch]
                    set_visible: model.running() > 0,
                },
                gtk::Image {
                    #[watch]
                    set_visible: model.running() == 0,
                    #[watch]
                    set_icon_name: Some(if model.failed { "dialog-warning-symbolic" } else { "object-select-symbolic" }),
                },
            },
            #[wrap(Some)]
            set_popover = &gtk::Popover {
                connect_show => JobsInput::Opened,
                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 6,
                    gtk::Box {
                        set_spacing: 12,
                        set_margin_start: 6,
                        gtk::Label {
                            set_label: &gettext("Operations"),
                            set_hexpand: true,
                            set_xalign: 0.0,
                            set_css_classes: &["heading"],
                        },
                        gtk::Button {
                            set_label: &gettext("Clear Ended"),
                            set_css_classes: &["flat"],
                            #[watch]
                            set_sensitive: model.running() < model.rows.len(),
                            connect_clicked => JobsInput::Clear,
                        },
                    },
                    gtk::ScrolledWindow {
                        set_hscrollbar_policy: gtk::PolicyType::Never,
                        set_propagate_natural_height: true,
                        set_max_content_height: 400,
                        set_size_request: (320, -1),
                        #[local_ref]
                        list -> gtk::ListBox {
                            set_selection_mode: gtk::SelectionMode::None,
                            set_show_separators: true,
                            set_css_classes: &["job-list"],
                            update_property: &[gtk::accessible::Property::Label(&gettext("Operations"))],
                        },
                    },
                },
            },
        }
    }

    fn init(
        context: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let changes: watch::Receiver<_> = context.backend.jobs();
        let list = gtk::ListBox::new();
        let model = Self {
            _watch: follow(changes, sender.command_sender(), JobsCmd::Changed),
            context,
            list: list.clone(),
            rows: HashMap::new(),
            jobs: Arc::default(),
            cleared: Vec::new(),
            button: root.clone(),
            failed: false,
        };
        let widgets = view_output!();
        ComponentParts { model, widgets }
    }

    fn update(&mut self, message: Self::Input, _sender: ComponentSender<Self>, root: &Self::Root) {
        match message {
            JobsInput::Cancel(job) => self.context.backend.cancel(job),
            JobsInput::Details(job) => {
                root.popdown();
                self.show_details(job);
            }
            JobsInput::Clear => self.clear(),
            JobsInput::Opened => self.failed = false,
        }
    }

    fn update_cmd(
        &mut self,
        message: Self::CommandOutput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        let JobsCmd::Changed(jobs) = message;
        self.follow_jobs(jobs, &sender);
    }
}

impl JobsButton {
    fn follow_jobs(&mut self, jobs: Arc<Vec<JobSnapshot>>, sender: &ComponentSender<Self>) {
        for job in jobs.iter() {
            if let Some(row) = self.rows.get(&job.id) {
                let before = self.jobs.iter().find(|old| old.id == job.id);
                if before == Some(job) {
                    continue;
                }
                row.show(job);
                if job.end.is_some() && before.is_some_and(|old| old.end.is_none()) {
                    self.ended(job);
                }
            } else if !self.cleared.contains(&job.id) {
                let (id, input) = (job.id, sender.input_sender().clone());
                let details = input.clone();
                let row = JobRow::new(
                    job,
                    move || input.emit(JobsInput::Cancel(id)),
                    move || details.emit(JobsInput::Details(id)),
                );
                self.list.prepend(&row.row);
                self.rows.insert(id, row);
                if job.end.is_some() {
                    self.ended(job);
                }
            }
        }
        self.jobs = jobs;
        let ended: Vec<JobId> =
            self.shown().filter(|job| job.end.is_some()).map(|job| job.id).collect();
        for old in ended.iter().take(ended.len().saturating_sub(KEPT)) {
            self.take_off(*old);
        }
    }

    /// Says that a job is over, if nobody is looking.
    fn ended(&mut self, job: &JobSnapshot) {
        self.failed |= matches!(job.end, Some(JobEnd::Failed(_)));
        let application = gio::Application::default().and_downcast::<gtk::Application>();
        let Some(application) = application else { return };
        let focused = application.windows().iter().any(gtk::Window::is_active);
        if focused || !texts::is_news(job) {
            return;
        }
        let notification = gio::Notification::new(&texts::title(&job.kind));
        let body = texts::failure(job).map(|message| message.title).or_else(|| texts::ending(job));
        notification.set_body(body.as_deref());
        application.send_notification(Some(&format!("job-{}", job.id.0)), &notification);
    }

    fn show_details(&self, id: JobId) {
        let job = self.jobs.iter().find(|job| job.id == id);
        if let Some(message) = job.and_then(texts::failure) {
            error::details(&self.button, &message);
        }
    }

    fn clear(&mut self) {
        let ended: Vec<JobId> =
            self.shown().filter(|job| job.end.is_some()).map(|job| job.id).collect();
        for job in ended {
            self.take_off(job);
        }
        self.failed = false;
        if self.rows.is_empty() {
            self.button.popdown();
        }
    }

    fn take_off(&mut self, id: JobId) {
        if let Some(row) = self.rows.remove(&id) {
            self.list.remove(&row.row);
            self.cleared.push(id);
        }
    }

    fn shown(&self) -> impl Iterator<Item = &JobSnapshot> {
        self.jobs.iter().filter(|job| self.rows.contains_key(&job.id))
    }

    fn running(&self) -> usize {
        self.shown().filter(|job| job.end.is_none()).count()
    }

    fn is_visible(&self) -> bool {
        !self.rows.is_empty()
    }

    /// What the button stands for now.
    fn summary(&self) -> String {
        let running = u32::try_from(self.running()).unwrap_or(u32::MAX);
        if running == 0 {
            return gettext("Operations");
        }
        let number = running.to_string();
        ngettext_f(
            "{n} operation is running",
            "{n} operations are running",
            running,
            &[("n", &number)],
        )
    }
}
