//! Intake: from the outside to events for the writer.

mod cloud_event;
pub mod http;
