//! Small widgets of our own.

mod menus;
mod sparkline;

pub(crate) use menus::NamedItems;
pub(crate) use sparkline::Sparkline;
