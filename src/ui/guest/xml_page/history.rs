//! The definitions that Posada replaced.

use std::rc::Rc;

use gettextrs::gettext;
use relm4::{
    ComponentSender, Sender, adw,
    adw::prelude::*,
    gtk::{self, glib},
};

use super::{
    Hidden, XmlCmd, XmlInput, XmlPage,
    diff_view::{diff_view, note, on_click, summary},
    messages::Earlier,
};
use crate::{
    backend::{ConnectionHandle, Result, XmlKind},
    model::{DomainId, text_diff},
    ui::words,
};

impl XmlPage {
    pub(super) fn read_history(&self, sender: &ComponentSender<Self>) {
        let (handle, id) = (self.handle.clone(), self.id);
        sender.oneshot_command(async move { XmlCmd::History(earlier(&handle, id).await) });
    }
}

async fn earlier(handle: &ConnectionHandle, id: DomainId) -> Result<Vec<Earlier>> {
    let mut next = handle.domain_xml(id, XmlKind::InactiveSecure).await?;
    let mut texts = Vec::new();
    for version in handle.versions(id).await? {
        // One that went away meanwhile, to make room, is none to show.
        if let Ok(xml) = handle.version_xml(id, version).await {
            texts.push((version.time(), xml));
        }
    }
    let compared = relm4::spawn_blocking(move || {
        let mut found = Vec::new();
        for (time, xml) in texts {
            let comparison = text_diff::compare(&xml, &next);
            next.clone_from(&xml);
            found.push(Earlier { time, xml: Hidden(xml), comparison });
        }
        found
    });
    Ok(compared.await.unwrap_or_default())
}

/// Shows the earlier definitions, the newest first.
pub(super) fn show(
    parent: &impl IsA<gtk::Widget>,
    earlier: Vec<Earlier>,
    input: &Sender<XmlInput>,
) {
    let pages = adw::NavigationView::new();
    let dialog = adw::Dialog::builder()
        .title(gettext("History"))
        .content_width(640)
        .content_height(520)
        .child(&pages)
        .build();
    let content: gtk::Widget = if earlier.is_empty() {
        adw::StatusPage::builder()
            .icon_name("document-open-recent-symbolic")
            .title(gettext("No Earlier Definitions"))
            .description(gettext("Each definition that Posada replaces is kept here."))
            .build()
            .upcast()
    } else {
        list(earlier, &dialog, &pages, input).upcast()
    };
    let view = adw::ToolbarView::builder().content(&content).build();
    view.add_top_bar(&adw::HeaderBar::new());
    pages.add(&adw::NavigationPage::new(&view, &gettext("History")));
    dialog.present(Some(parent));
}

fn list(
    earlier: Vec<Earlier>,
    dialog: &adw::Dialog,
    pages: &adw::NavigationView,
    input: &Sender<XmlInput>,
) -> adw::PreferencesPage {
    let group = adw::PreferencesGroup::builder()
        .description(gettext(
            "What was changed at these times. Restoring takes back this change and all later ones.",
        ))
        .build();
    for one in earlier {
        let one = Rc::new(one);
        let row = adw::ActionRow::builder()
            .title(words::when(one.time))
            .subtitle(summary(&one.comparison))
            .use_markup(false)
            .activatable(true)
            .build();
        let restore = restore_button(&one, dialog, input);
        row.add_suffix(&restore);
        row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
        row.connect_activated(glib::clone!(
            #[weak]
            pages,
            #[weak]
            dialog,
            #[strong]
            input,
            move |_| pages.push(&page(&one, &dialog, &input))
        ));
        group.add(&row);
    }
    let page = adw::PreferencesPage::new();
    page.add(&group);
    page
}

fn page(one: &Rc<Earlier>, dialog: &adw::Dialog, input: &Sender<XmlInput>) -> adw::NavigationPage {
    let content = gtk::Box::new(gtk::Orientation::Vertical, 6);
    content.set_margin_top(6);
    content.append(&note(&summary(&one.comparison)));
    content.append(&diff_view(&one.comparison, &gettext("Changes")));
    let header = adw::HeaderBar::new();
    header.pack_end(&restore_button(one, dialog, input));
    let view = adw::ToolbarView::builder().content(&content).build();
    view.add_top_bar(&header);
    adw::NavigationPage::new(&view, &words::when(one.time))
}

fn restore_button(
    one: &Rc<Earlier>,
    dialog: &adw::Dialog,
    input: &Sender<XmlInput>,
) -> gtk::Button {
    let button = gtk::Button::builder()
        .label(gettext("Restore"))
        .tooltip_text(gettext("Bring back the definition from before this change"))
        .valign(gtk::Align::Center)
        .build();
    let (input, one) = (input.clone(), one.clone());
    on_click(&button, dialog, move || input.emit(XmlInput::Restore(one.xml.clone())));
    button
}
