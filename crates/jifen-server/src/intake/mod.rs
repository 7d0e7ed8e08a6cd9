//! Stage 1, intake: what the outside world sends becomes CloudEvents of our catalogue, or an error that says where and why.

mod cloud_event;
pub mod file;
pub mod http;
pub(crate) mod own;
