//! Dialogs about guests, for the list and for a guest's window.

mod confirm;
mod delete;
mod delete_plan;
mod describe;
mod image_picker;
mod rename;
mod restart;
mod tags;

pub(crate) use confirm::question;
pub(crate) use delete::delete;
pub(crate) use describe::describe;
pub(crate) use image_picker::{Image, Purpose, choose_image};
pub(crate) use rename::{not_renamed, rename};
pub(crate) use restart::restart;
pub(crate) use tags::tags;

use crate::{backend::ConnectionHandle, model::DomainId};

/// A guest that a dialog is about.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Its host.
    pub(crate) handle: ConnectionHandle,
    /// The guest.
    pub(crate) id: DomainId,
    /// Its name.
    pub(crate) name: String,
}
