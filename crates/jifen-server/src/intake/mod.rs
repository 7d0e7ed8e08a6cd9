//! Stage 1, intake: what the outside world sends becomes CloudEvents of our catalogue, or an error that says where and why.

pub mod file;
