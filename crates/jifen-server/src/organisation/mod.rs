//! 组织机构 over HTTP: what there is on a day, who holds what from when to when, the codes the region knows, and changes of all that.
//!
//! In: a day, or changes that somebody wants. Out: lists as far as they see; what a change would do to points, worked out by the engine
//! itself before anything is written; the events that make it, and those that take it back.

mod back;
mod change;
pub(crate) mod dictionary;
pub(crate) mod http;
pub(crate) mod import;
mod leave;
mod plan;
pub(crate) mod rehearse;
mod stage;
mod view;
mod words;

pub(crate) use words::KINDS_OF_LEAVE;
