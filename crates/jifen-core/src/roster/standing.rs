//! Who the organisation knows, and since when: those have a score sheet, whether or not anything happened to them.

use super::Organisation;
use crate::{ledger::Subject, rule::SubjectKind, time::Instant};

impl Organisation {
    /// When a subject was first set up; `None` for one that only facts name.
    pub fn known_since(&self, subject: &Subject) -> Option<Instant> {
        match subject {
            Subject::Person(actor) => self.people.get(actor)?.since(),
            Subject::Window(code) => self.windows.get(code)?.since(),
            Subject::Department(code) => self.departments.get(code)?.since(),
            Subject::Hall(code) => self.halls.get(code)?.since(),
        }
    }

    /// All subjects of a kind that were set up, in the order of their keys.
    pub fn subjects(&self, kind: SubjectKind) -> Box<dyn Iterator<Item = Subject> + '_> {
        match kind {
            SubjectKind::Person => Box::new(self.people.keys().copied().map(Subject::Person)),
            SubjectKind::Window => Box::new(self.windows.keys().cloned().map(Subject::Window)),
            SubjectKind::Department => Box::new(self.departments.keys().cloned().map(Subject::Department)),
            SubjectKind::Hall => Box::new(self.halls.keys().cloned().map(Subject::Hall)),
        }
    }
}
