//! Small widgets of our own.

mod drop_down;
mod menus;
mod sparkline;
mod two_lines;

pub(crate) use drop_down::drop_down;
pub(crate) use menus::NamedItems;
pub(crate) use sparkline::Sparkline;
pub(crate) use two_lines::TwoLines;
