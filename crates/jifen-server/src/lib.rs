//! The shell of jifen: intake, the writer loop, HTTP and the embedded web app.
//!
//! The way of an event: `intake` → [`writer`] (queue → load ⇄ apply → commit → publish) → [`board`] reads.
//!
//! **Invariants.** No rule of the domain lives here. Access is decided in [`auth::decide`] and [`auth::Reach`] only, HTTP errors are made in
//! [`problem`] only, and the clock is read in [`app::Options`] only.

mod announcement;
pub mod app;
mod approval;
mod audit;
pub mod auth;
pub mod board;
mod body;
mod catalogue;
mod committee;
pub mod cut;
pub mod drafting;
mod effect;
pub mod hall;
mod health;
pub mod import;
pub mod intake;
pub mod job;
pub mod live;
mod metric;
pub mod node;
mod organisation;
pub mod privacy;
pub mod problem;
mod public;
mod quality;
mod query;
pub mod replay;
mod request;
mod rerun;
pub mod router;
mod rule;
mod screen;
pub mod serve;
pub mod settlement;
pub mod setup;
pub mod sheet;
pub mod space;
mod web;
pub mod whatif;
pub mod worked;
pub mod writer;

pub use router::openapi;
