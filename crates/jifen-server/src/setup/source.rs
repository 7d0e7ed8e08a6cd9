//! Where the tables come from: the files of a directory, or the sheets of a workbook.

use std::path::{Path, PathBuf};

use super::fault::Faults;
use crate::sheet::{self, Sheet};

/// What `jifen init` was given.
pub(super) enum Source {
    /// A directory with a file for each table.
    Directory(PathBuf),
    /// A workbook with a sheet for each table.
    Workbook { path: PathBuf, sheets: Vec<Sheet> },
}

impl Source {
    /// Opens a directory, or the sheets of a workbook that are called as `is_known` says.
    pub(super) fn open(path: &Path, is_known: &dyn Fn(&str) -> bool, faults: &mut Faults) -> Option<Self> {
        if !path.is_file() {
            return Some(Self::Directory(path.to_owned()));
        }
        match sheet::open(path, is_known) {
            Ok(sheets) => Some(Self::Workbook { path: path.to_owned(), sheets }),
            Err(error) => {
                faults.at(path, 1, 1, error.words());
                None
            }
        }
    }

    /// The sheet called `name`, or like the file it stands for, and how errors name it; `None` in a directory.
    pub(super) fn sheet(&self, name: &str, file: &str) -> Option<(PathBuf, Option<&Sheet>)> {
        let Self::Workbook { path, sheets } = self else { return None };
        let found = sheets.iter().find(|sheet| sheet.name == name || is_stem(&sheet.name, file));
        let place = sheet::place(path, found.map_or(name, |sheet| &sheet.name));
        Some((place, found))
    }
}

/// Whether `sheet` is `file` without its ending.
pub(crate) fn is_stem(sheet: &str, file: &str) -> bool {
    file.split_once('.').is_some_and(|(stem, _)| stem.eq_ignore_ascii_case(sheet))
}
