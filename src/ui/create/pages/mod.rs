//! The assistant's pages: widgets that show the model and send what happens.
//! None of them decides anything.

pub(super) mod advanced;
pub(super) mod fields;
pub(super) mod progress;
pub(super) mod resources;
pub(super) mod review;
pub(super) mod source;
pub(super) mod system;
pub(super) mod volumes;
pub(super) mod xml;

use gettextrs::gettext;
use relm4::{
    adw::{self, prelude::*},
    gtk,
};

/// The input side of the assistant.
pub(super) type Sender = relm4::Sender<super::CreateInput>;

/// What every page is put into: a header bar, a scrolled column of groups and
/// a bar with the button that goes on.
#[derive(Debug)]
pub(super) struct Frame {
    /// The page for the navigation view.
    pub(super) page: adw::NavigationPage,
    /// The header bar, for pages with something more in it.
    pub(super) header: adw::HeaderBar,
    /// Where the groups go.
    pub(super) content: gtk::Box,
    /// The button that goes on.
    pub(super) next: gtk::Button,
    problem: Notice,
}

impl Frame {
    /// An empty page.
    pub(super) fn new(tag: &str, title: &str, next: &str) -> Self {
        let problem = Notice::new();
        let content = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .margin_top(12)
            .margin_bottom(18)
            .margin_start(12)
            .margin_end(12)
            .build();
        content.append(&problem.group);
        let clamp = adw::Clamp::builder().maximum_size(600).child(&content).build();
        let scroller = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .propagate_natural_height(true)
            .vexpand(true)
            .child(&clamp)
            .build();
        Self::around(tag, title, next, &scroller, content, problem)
    }

    /// A page whose content scrolls by itself.
    pub(super) fn filled(tag: &str, title: &str, next: &str) -> Self {
        let problem = Notice::new();
        problem.group.set_margin_start(12);
        problem.group.set_margin_end(12);
        let content = gtk::Box::new(gtk::Orientation::Vertical, 6);
        content.append(&problem.group);
        let body = content.clone();
        Self::around(tag, title, next, &body, content, problem)
    }

    fn around(
        tag: &str,
        title: &str,
        next: &str,
        body: &impl IsA<gtk::Widget>,
        content: gtk::Box,
        problem: Notice,
    ) -> Self {
        let header = adw::HeaderBar::new();
        let next = gtk::Button::builder()
            .label(next)
            .halign(gtk::Align::Center)
            .margin_top(12)
            .margin_bottom(12)
            .css_classes(["suggested-action", "pill"])
            .build();
        let view = adw::ToolbarView::builder()
            .bottom_bar_style(adw::ToolbarStyle::RaisedBorder)
            .content(body)
            .build();
        view.add_top_bar(&header);
        view.add_bottom_bar(&next);
        let page = adw::NavigationPage::builder().tag(tag).title(title).child(&view).build();
        go_on_with_enter(&page, &next);
        Self { page, header, content, next, problem }
    }

    /// Shows what went wrong at the top of the page, or takes it away.
    pub(super) fn show_problem(&self, problem: Option<&Problem>) {
        self.problem.show(problem);
    }
}

/// Lets Enter go on where a radio button has the focus too: alone, it would
/// press the button that is pressed already.
fn go_on_with_enter(page: &adw::NavigationPage, next: &gtk::Button) {
    let keys = gtk::EventControllerKey::builder()
        .propagation_phase(gtk::PropagationPhase::Capture)
        .build();
    let next = next.clone();
    keys.connect_key_pressed(move |keys, key, _, modifiers| {
        let enter = matches!(key, gtk::gdk::Key::Return | gtk::gdk::Key::KP_Enter);
        let radio =
            keys.widget().and_then(|page| page.root()).and_then(|root| root.focus()).is_some_and(
                |focus| {
                    focus.downcast_ref::<gtk::CheckButton>().is_some_and(CheckButtonExt::is_active)
                },
            );
        if enter && modifiers.is_empty() && radio && next.is_sensitive() {
            next.emit_clicked();
            return gtk::glib::Propagation::Stop;
        }
        gtk::glib::Propagation::Proceed
    });
    page.add_controller(keys);
}

/// Something to tell inside a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// How bad it is.
    pub(super) severity: Severity,
    /// What happened.
    pub(super) title: String,
    /// Why, and what to do.
    pub(super) body: String,
    /// The library's own words, possibly empty.
    pub(super) detail: String,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    /// Good to know.
    Hint,
    /// It may not work.
    Warning,
    /// It does not work.
    Error,
}

/// A boxed message inside a page.
#[derive(Debug)]
pub(super) struct Notice {
    /// The widget; hidden while there is nothing to tell.
    pub(super) group: adw::PreferencesGroup,
    row: adw::ActionRow,
    icon: gtk::Image,
    details: adw::ExpanderRow,
    detail: gtk::Label,
}

impl Notice {
    /// A hidden notice.
    pub(super) fn new() -> Self {
        let icon = gtk::Image::builder()
            .accessible_role(gtk::AccessibleRole::Presentation)
            .valign(gtk::Align::Start)
            .margin_top(14)
            .build();
        let row = plain_row("", "");
        row.add_prefix(&icon);
        let detail = gtk::Label::builder()
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .selectable(true)
            .xalign(0.0)
            .margin_top(12)
            .margin_bottom(12)
            .margin_start(12)
            .margin_end(12)
            .css_classes(["monospace", "caption"])
            .build();
        let details = adw::ExpanderRow::builder().title(gettext("Details")).build();
        details.add_row(&detail);
        let group = adw::PreferencesGroup::builder().visible(false).build();
        group.add(&row);
        group.add(&details);
        Self { group, row, icon, details, detail }
    }

    /// Shows `problem`, or hides the notice.
    pub(super) fn show(&self, problem: Option<&Problem>) {
        self.group.set_visible(problem.is_some());
        let Some(problem) = problem else { return };
        let (icon, class) = match problem.severity {
            Severity::Hint => ("dialog-information-symbolic", "accent"),
            Severity::Warning => ("dialog-warning-symbolic", "warning"),
            Severity::Error => ("dialog-error-symbolic", "error"),
        };
        let changed = self.row.title() != problem.title;
        self.icon.set_icon_name(Some(icon));
        self.icon.set_css_classes(&[class]);
        self.row.set_title(&problem.title);
        self.row.set_subtitle(&problem.body);
        self.details.set_visible(!problem.detail.is_empty());
        self.detail.set_label(&problem.detail);
        if changed && self.row.is_mapped() {
            self.row.upcast_ref::<gtk::Widget>().announce(
                &format!("{} {}", problem.title, problem.body),
                gtk::AccessibleAnnouncementPriority::Medium,
            );
        }
    }
}

/// A row whose texts are shown as they are: no markup, wrapped, all lines.
pub(super) fn plain_row(title: &str, subtitle: &str) -> adw::ActionRow {
    adw::ActionRow::builder()
        .use_markup(false)
        .title(title)
        .subtitle(subtitle)
        .title_lines(0)
        .subtitle_lines(0)
        .build()
}

/// A group of rows with a title.
pub(super) fn group(title: &str, description: &str) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(title).build();
    if !description.is_empty() {
        group.set_description(Some(description));
    }
    group
}
