//! The HTTP API over a real database.

mod access;
mod audit;
mod boards;
mod course;
mod drafts;
mod effect;
mod events;
mod export;
mod grants;
mod live;
mod now;
mod overload;
mod pages;
mod public;
mod quality;
mod ranked;
mod reading;
mod roles;
mod rules;
mod scope;
mod screen;
mod search;
mod session;
mod settlement;
mod whatif;
