//! The organisation from a table that people keep: XLSX, or CSV, with a template that holds what there is.
//!
//! In: a file and the day it holds from. Out: every fault by sheet and cell; or what is new and what changes, as the changes that
//! make it, with what they do to points. Nothing is kept: the changes are sent again to be made, as one batch (`organisation::http`).
//! A row that says what holds already is left alone, and so is what a file does not name.

mod file;
pub(crate) mod http;
mod present;
mod rows;
mod template;

use crate::setup::{DEPARTMENTS, Form, HALLS, LEAVES, MATTERS, PEOPLE, POSTS, ROSTER, WINDOWS};

/// The tables that are read, those first which others name.
const FORMS: [&Form; 8] = [&HALLS, &DEPARTMENTS, &WINDOWS, &MATTERS, &PEOPLE, &ROSTER, &POSTS, &LEAVES];
/// The same, those first whose own columns tell them apart from the others'.
const BY_HEADER: [&Form; 8] = [&POSTS, &ROSTER, &LEAVES, &PEOPLE, &MATTERS, &WINDOWS, &DEPARTMENTS, &HALLS];

/// Columns of `jifen init` that say nothing of what changes on pages.
fn is_unread(form: &Form, column: &str) -> bool {
    matches!((form.sheet, column), ("人员", "phone" | "role") | ("排班", "hall"))
}
