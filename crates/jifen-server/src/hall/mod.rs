//! The hall now: who waits, which windows work or stall, which cases run out of time, how people rate, the points of the day.
//!
//! In: the journal, folded by [`keeper`] into the core's `HallDay`. Out: the picture of the cockpit and the big screen, and the
//! lists behind each of its figures. A figure and its list are counted by the same function, so they agree.

mod catching_up;
pub(crate) mod http;
mod keeper;
pub(crate) mod lists;
mod picture;
mod scene;
pub mod view;

pub(crate) use catching_up::catch_up;
pub use keeper::HallKeeper;
pub(crate) use keeper::{Kept, READER_TIME, fold_on};
pub(crate) use lists::{CasesQuery, RatingsQuery, ServicesQuery, WindowsQuery, cases, ratings, services, windows};
pub(crate) use picture::picture;
pub(crate) use scene::Scene;
pub(crate) use view::{CaseLine, HallNow, ListOf, RatingLine, ServiceLine, WindowLine};
