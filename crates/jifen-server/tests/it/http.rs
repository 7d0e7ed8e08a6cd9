//! The HTTP API over a real database.

mod access;
mod events;
mod live;
mod overload;
mod pages;
mod reading;
