//! Small widgets of our own.

mod menus;
mod sparkline;
mod two_lines;

pub(crate) use menus::NamedItems;
pub(crate) use sparkline::Sparkline;
pub(crate) use two_lines::TwoLines;
