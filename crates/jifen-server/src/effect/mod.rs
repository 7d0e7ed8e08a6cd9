//! 成效: a hall before and after a change, beside another hall that did not change. Reads daily measures, moves no points.

pub(crate) mod estimate;
pub(crate) mod http;
mod view;
