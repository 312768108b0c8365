//! What can be asked of a connected host, a file per kind of object.

mod console;
mod create;
mod delete;
mod domain;
mod host;
mod network;
mod storage;

pub use console::{ConsoleEndpoint, NoConsole};
pub use create::{CreateRequest, NewVolume};
pub use delete::{DeletePlan, DeletePlanDisk, DeleteRequest, KeptBecause};
pub use domain::XmlKind;
