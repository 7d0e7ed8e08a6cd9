//! Data quality: how far behind sources are, which codes nobody knows, what is held, what was refused; and what people do about it.
//!
//! In: the folded hall day, the engine's lists, the quarantine. Out: their pages; decisions go out as events through `intake::own`.

pub(crate) mod codes;
pub(crate) mod http;
pub(crate) mod identify;
pub(crate) mod judge;
pub(crate) mod mend;
pub(crate) mod summary;
