//! Small widgets of our own.

mod boxed_list;
mod chips;
mod dialog_header;
mod drop_down;
mod find;
mod hint;
mod keep_focus;
mod menu_update;
mod menus;
pub(crate) mod place;
mod search;
mod sparkline;
mod spin_button;
mod take_apart;
mod two_lines;

pub(crate) use boxed_list::boxed_list;
pub(crate) use chips::Chips;
pub(crate) use dialog_header::dialog_header;
pub(crate) use drop_down::drop_down;
pub(crate) use find::find;
pub(crate) use hint::Hint;
pub(crate) use keep_focus::keep_focus;
pub(crate) use menu_update::update_menu;
pub(crate) use menus::{NamedItems, name_items};
pub(crate) use search::leave_with_escape;
pub(crate) use sparkline::Sparkline;
pub(crate) use spin_button::spin_button;
pub(crate) use take_apart::take_apart;
pub(crate) use two_lines::TwoLines;
