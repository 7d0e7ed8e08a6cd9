//! Where something happened: fills window, department and hall from each other, as they were at the business time.

use super::Organisation;
use crate::{fact::Place, id::ActorId, time::Instant};

impl Organisation {
    /// Completes a place: the window's department and hall, the department's hall, else the only hall there is.
    pub fn complete_place(&self, named: Place, time: Instant) -> Place {
        let window = named.window.as_deref().and_then(|code| self.windows.get(code)).and_then(|line| line.at(time));
        let department = named.department.or_else(|| window.and_then(|window| window.department.clone()));
        let of_department = || {
            let line = self.departments.get(department.as_deref()?)?;
            line.at(time)?.hall.clone()
        };
        let hall = named.hall.or_else(|| window.and_then(|window| window.hall.clone())).or_else(of_department);
        Place { window: named.window, hall: hall.or_else(|| self.only_hall()), department }
    }

    /// Where a person belongs at `time`, for awards of a whole period.
    pub fn home(&self, actor: ActorId, time: Instant) -> Place {
        let person = self.person(actor, time);
        let named = person.map_or_else(Place::default, |person| Place {
            window: person.window.clone(),
            department: person.department.clone(),
            hall: person.hall.clone(),
        });
        self.complete_place(named, time)
    }

    fn only_hall(&self) -> Option<String> {
        match self.halls.len() {
            1 => self.halls.keys().next().cloned(),
            _ => None,
        }
    }
}
