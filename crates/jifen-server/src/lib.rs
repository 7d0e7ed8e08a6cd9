//! The shell of jifen: intake, the writer loop, HTTP and the embedded web app.

pub mod intake;
pub mod setup;
pub mod writer;
