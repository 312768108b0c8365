//! Choosing a feature of processors: of those that the host has, or by name.

use gettextrs::gettext;
use relm4::{
    ComponentSender, adw,
    adw::prelude::*,
    gtk::{self, gio, pango},
};

use super::{DevicesInput, DevicesPage};
use crate::{
    model::hardware::{DeviceKind, is_feature_name},
    ui::widgets::leave_with_escape,
};

impl DevicesPage {
    /// Lists what the host's processor can do.
    pub(super) fn ask_for_feature(
        &self,
        root: &impl IsA<gtk::Widget>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(draft) = &self.draft else { return };
        let domain = self.offers.domain.as_ref();
        let known = domain.map(|domain| domain.cpu.features.clone()).unwrap_or_default();
        let names: Vec<&str> =
            known.iter().map(String::as_str).filter(|name| !draft.has_feature(name)).collect();
        let dialog = adw::Dialog::builder()
            .title(gettext("Add Feature"))
            .content_width(360)
            .content_height(480)
            .build();
        let entry = gtk::SearchEntry::builder()
            .placeholder_text(gettext("Name of a feature"))
            .margin_start(12)
            .margin_end(12)
            .margin_bottom(6)
            .build();
        entry.update_property(&[gtk::accessible::Property::Label(&gettext("Name of a feature"))]);
        let filter = gtk::StringFilter::builder()
            .expression(gtk::PropertyExpression::new(
                gtk::StringObject::static_type(),
                None::<&gtk::Expression>,
                "string",
            ))
            .match_mode(gtk::StringFilterMatchMode::Substring)
            .build();
        let shown =
            gtk::FilterListModel::new(Some(gtk::StringList::new(&names)), Some(filter.clone()));
        // What is typed and not listed comes first.
        let typed = gtk::StringList::new(&[]);
        let both = gio::ListStore::new::<gio::ListModel>();
        both.append(&typed);
        both.append(&shown);
        let all = gtk::FlattenListModel::new(Some(both));
        let list = gtk::ListView::builder()
            .model(&gtk::NoSelection::new(Some(all.clone())))
            .factory(&factory())
            .single_click_activate(true)
            .css_classes(["navigation-sidebar"])
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&gettext("Features"))]);
        leave_with_escape(&entry);
        entry.connect_changed(move |entry| {
            let text = entry.text().trim().to_lowercase();
            filter.set_search(Some(&text));
            let listed = known.contains(&text);
            let new: &[&str] = if is_feature_name(&text) && !listed { &[&text] } else { &[] };
            typed.splice(0, typed.n_items(), new);
        });
        let choose = {
            let (input, closing) = (sender.input_sender().clone(), dialog.downgrade());
            move |name: &str| {
                if let Some(dialog) = closing.upgrade() {
                    dialog.close();
                }
                input.emit(DevicesInput::AddPart(DeviceKind::CpuFeature, name.to_owned()));
            }
        };
        let exactly = choose.clone();
        entry.connect_activate(move |entry| {
            let text = entry.text().trim().to_lowercase();
            if is_feature_name(&text) {
                exactly(&text);
            }
        });
        list.connect_activate(move |_, place| {
            if let Some(name) = all.item(place).and_downcast::<gtk::StringObject>() {
                choose(&name.string());
            }
        });
        let scroll = gtk::ScrolledWindow::builder().child(&list).vexpand(true).build();
        let view = adw::ToolbarView::builder().content(&scroll).build();
        view.add_top_bar(&adw::HeaderBar::new());
        view.add_top_bar(&entry);
        dialog.set_child(Some(&view));
        dialog.set_focus(Some(&entry));
        dialog.present(Some(root));
    }
}

fn factory() -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(|_, object| {
        if let Some(item) = object.downcast_ref::<gtk::ListItem>() {
            let label = gtk::Label::builder().xalign(0.0).build();
            label.set_ellipsize(pango::EllipsizeMode::End);
            item.set_child(Some(&label));
        }
    });
    factory.connect_bind(|_, object| {
        let Some(item) = object.downcast_ref::<gtk::ListItem>() else { return };
        let name = item.item().and_downcast::<gtk::StringObject>();
        if let (Some(name), Some(label)) = (name, item.child().and_downcast::<gtk::Label>()) {
            label.set_label(&name.string());
            item.set_accessible_label(&name.string());
        }
    });
    factory
}
