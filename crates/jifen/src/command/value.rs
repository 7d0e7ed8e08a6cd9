//! Values of options, parsed by clap with a word on what is wanted.

use jifen_core::{
    rule::{Dimension, SubjectKind},
    time::{Date, Period, Zone},
};

pub(super) fn period(text: &str) -> Result<Period, String> {
    Period::parse(text)
        .ok_or_else(|| "write `2026-11-23`, `2026-W47`, `2026-11`, `2026-Q4`, `2026` or `all`".to_owned())
}

pub(super) fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "write a date such as `2026-11-23`".to_owned())
}

pub(super) fn zone(text: &str) -> Result<Zone, String> {
    Zone::parse(text).ok_or_else(|| "write an IANA name such as `Asia/Shanghai`".to_owned())
}

pub(super) fn subject(text: &str) -> Result<SubjectKind, String> {
    SubjectKind::parse(text).ok_or_else(|| "write `person`, `window`, `department` or `hall`".to_owned())
}

pub(super) fn dimension(text: &str) -> Result<Dimension, String> {
    Dimension::parse(text).ok_or_else(|| "write `efficiency`, `quality`, `innovation` or `collaboration`".to_owned())
}
