//! Small widgets of our own.

mod sparkline;

pub(crate) use sparkline::Sparkline;
