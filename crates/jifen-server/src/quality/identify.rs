//! Identify and rescore: who or what an unknown code is becomes an event; the engine looks at its facts again.

use jifen_core::{
    engine::Region,
    event::{EventType, member},
    id::RegionSecret,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::problem::Problem;

/// What kind of account a code is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Account {
    /// Ranked.
    #[default]
    Person,
    /// Shown, never ranked.
    System,
}

/// Who or what a code is.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Identification {
    /// Another code of a registered person, or a person or account of its own.
    Person {
        /// The source that uses the code.
        source: String,
        /// The code.
        code: String,
        /// The code of the registered person it is; without, it stands for itself.
        person: Option<String>,
        /// What it is, where it stands for itself.
        #[serde(default)]
        account: Account,
        /// Name, where it stands for itself.
        name: Option<String>,
    },
    /// A window.
    Window {
        /// The code.
        code: String,
        /// Name.
        name: Option<String>,
        /// Hall code.
        hall: Option<String>,
        /// Department code.
        department: Option<String>,
        /// Zone inside the hall.
        zone: Option<String>,
    },
    /// A matter.
    Matter {
        /// The code.
        code: String,
        /// Name.
        name: Option<String>,
        /// Department in charge.
        department: Option<String>,
        /// Promised limit in working days.
        promised_days: Option<i64>,
    },
    /// A department.
    Department {
        /// The code.
        code: String,
        /// Name.
        name: Option<String>,
        /// Hall code.
        hall: Option<String>,
    },
    /// A hall.
    Hall {
        /// The code.
        code: String,
        /// Name.
        name: Option<String>,
    },
}

impl Identification {
    /// The event that says it.
    pub(crate) fn event(self) -> (EventType, Map<String, Value>) {
        let (kind, members): (EventType, Vec<(_, Option<Value>)>) = match self {
            Self::Person { source, code, person, account, name } => {
                let actor = serde_json::json!({"source": source, "code": code});
                let own = person.is_none();
                let kind = match account {
                    Account::Person => "person",
                    Account::System => "system",
                };
                let members = vec![
                    (member::ACTOR, Some(actor)),
                    (member::PERSON, text(person)),
                    (member::KIND, own.then(|| kind.into())),
                    (member::PERSON_NAME, text(name).filter(|_| own)),
                ];
                (EventType::ActorIdentified, members)
            }
            Self::Window { code, name, hall, department, zone } => {
                let members = vec![
                    (member::WINDOW, Some(code.into())),
                    (member::NAME, text(name)),
                    (member::HALL, text(hall)),
                    (member::DEPARTMENT, text(department)),
                    (member::ZONE, text(zone)),
                ];
                (EventType::OrganisationWindow, members)
            }
            Self::Matter { code, name, department, promised_days } => {
                let members = vec![
                    (member::MATTER, Some(code.into())),
                    (member::NAME, text(name)),
                    (member::DEPARTMENT, text(department)),
                    (member::PROMISED_DAYS, promised_days.map(Value::from)),
                ];
                (EventType::OrganisationMatter, members)
            }
            Self::Department { code, name, hall } => {
                let members = vec![
                    (member::DEPARTMENT, Some(code.into())),
                    (member::NAME, text(name)),
                    (member::HALL, text(hall)),
                ];
                (EventType::OrganisationDepartment, members)
            }
            Self::Hall { code, name } => {
                (EventType::OrganisationHall, vec![(member::HALL, Some(code.into())), (member::NAME, text(name))])
            }
        };
        let given = members.into_iter().filter_map(|(id, value)| Some((id.spec().name.to_owned(), value?)));
        (kind, given.collect())
    }

    /// A target that nobody registered would make a person of a slip of the keyboard.
    ///
    /// # Errors
    /// [`Problem::EventRefused`] that points at it.
    pub(crate) fn check(&self, region: &Region, secret: &RegionSecret) -> Result<(), Problem> {
        let organisation = region.organisation();
        let unknown = |pointer: &str, what: &str, code: &str| Problem::EventRefused {
            pointer: pointer.to_owned(),
            reason: format!("no {what} `{code}` is registered; check the code, or register it first"),
            reason_zh: Some(format!("没有登记过编号“{code}”：请核对，或先登记")),
        };
        let (hall, department) = match self {
            Self::Person { person, .. } => {
                return match person {
                    Some(code)
                        if organisation.person(secret.plain_actor(code), jifen_core::time::Instant::MAX).is_none() =>
                    {
                        Err(unknown("/person", "person", code))
                    }
                    Some(_) | None => Ok(()),
                };
            }
            Self::Window { hall, department, .. } => (hall, department),
            Self::Matter { department, .. } => (&None, department),
            Self::Department { hall, .. } => (hall, &None),
            Self::Hall { .. } => (&None, &None),
        };
        match (hall, department) {
            (Some(code), _) if !organisation.has_hall(code) => Err(unknown("/hall", "hall", code)),
            (_, Some(code)) if !organisation.has_department(code) => Err(unknown("/department", "department", code)),
            _ => Ok(()),
        }
    }
}

/// A form's empty field says nothing.
fn text(value: Option<String>) -> Option<Value> {
    value.filter(|text| !text.trim().is_empty()).map(Value::from)
}
