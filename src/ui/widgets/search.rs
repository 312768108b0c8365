//! Fields to search in, within dialogs.

use relm4::{adw, adw::prelude::*, gtk};

/// Lets Escape clear a search, and where it is empty do what it does elsewhere
/// on the page: go back, from the first page close.
pub(crate) fn leave_with_escape(search: &gtk::SearchEntry) {
    search.connect_stop_search(|search| {
        if !search.text().is_empty() {
            search.set_text("");
            return;
        }
        let pages = search.ancestor(adw::NavigationView::static_type());
        let pages = pages.and_downcast::<adw::NavigationView>();
        if !pages.is_some_and(|pages| pages.pop())
            && let Some(dialog) = search.ancestor(adw::Dialog::static_type())
            && let Ok(dialog) = dialog.downcast::<adw::Dialog>()
        {
            dialog.close();
        }
    });
}
