//! Codes and names for people to read, looked up for a whole page at once.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    engine::Region,
    fact::{Fact, FactType},
    id::ActorId,
    ledger::Subject,
    rule::SubjectKind,
};
use jifen_store::{ActorRow, Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{ReadError, resident};

/// The code under which facts without any actor are shown.
pub(crate) const UNKNOWN_CODE: &str = "UNKNOWN";

/// What an actor is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ActorKind)]
pub enum ActorKindWord {
    /// A person: ranked.
    Person,
    /// A system account: shown, never ranked.
    System,
    /// Nobody, or a code nobody has identified: shown, never ranked.
    Unknown,
}

/// Whose points, as a word of the schema.
#[derive(utoipa::ToSchema)]
#[schema(as = SubjectKind)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the words that `SubjectKind::name` gives")]
pub(crate) enum SubjectKindWord {
    /// 人员.
    Person,
    /// 窗口.
    Window,
    /// 部门.
    Department,
    /// 大厅.
    Hall,
}

/// What an entry does, as a word of the schema.
#[derive(utoipa::ToSchema)]
#[schema(as = EntryKind)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the words that `EntryKind::name` gives")]
pub(crate) enum EntryKindWord {
    /// 加分 or 扣分.
    Award,
    /// 冲正.
    Reversal,
    /// 调整.
    Adjustment,
    /// 封顶.
    Clamp,
}

/// The codes and names of some subjects.
pub(crate) struct Names<'a> {
    region: &'a Region,
    actors: BTreeMap<ActorId, ActorRow>,
}

impl<'a> Names<'a> {
    /// Looks up the actors `ids`; places are resident.
    pub(crate) fn load(
        database: &Database,
        row: &RegionRow,
        region: &'a Region,
        ids: impl IntoIterator<Item = ActorId>,
    ) -> Result<Self, ReadError> {
        let ids: BTreeSet<ActorId> = ids.into_iter().filter(|id| !id.is_unknown()).collect();
        let actors = database.actors(row.id, &ids.into_iter().collect::<Vec<_>>())?;
        Ok(Self { region, actors })
    }

    /// The code people know the actor by; its hash if the vault has none.
    pub(crate) fn actor(&self, id: ActorId) -> String {
        if id.is_unknown() {
            return UNKNOWN_CODE.to_owned();
        }
        self.actors.get(&id).map_or_else(|| id.to_string(), |row| row.code.clone())
    }

    /// The actor's code, if the vault has one.
    pub(crate) fn actor_code(&self, id: ActorId) -> Option<String> {
        self.actors.get(&id).map(|row| row.code.clone())
    }

    /// The person's name, if the vault has one.
    pub(crate) fn actor_name(&self, id: ActorId) -> Option<String> {
        self.actors.get(&id)?.name.clone()
    }

    pub(crate) fn code(&self, subject: &Subject) -> String {
        match subject {
            Subject::Person(actor) => self.actor(*actor),
            Subject::Window(code) | Subject::Department(code) | Subject::Hall(code) => code.clone(),
        }
    }

    /// The subject's name; its code where nobody gave one.
    pub(crate) fn name(&self, subject: &Subject) -> String {
        let name = match subject {
            Subject::Person(actor) => self.actor_name(*actor),
            Subject::Window(code) | Subject::Department(code) | Subject::Hall(code) => {
                resident::place_name(self.region, subject.kind(), code)
            }
        };
        name.unwrap_or_else(|| self.code(subject))
    }

    /// What a place is called; its code where nobody gave it a name.
    pub(crate) fn place(&self, kind: SubjectKind, code: &str) -> String {
        resident::place_called(self.region, kind, code)
    }

    /// What a matter is called; its code where nobody gave it a name.
    pub(crate) fn matter(&self, code: &str) -> String {
        resident::matter_called(self.region, code)
    }

    /// The type of a fact that a rule set declares, as it was declared for that day.
    pub(crate) fn declared(&self, fact: &Fact) -> Option<&FactType> {
        self.region.versions().fact_type(&fact.stated.as_ref()?.fact_type, fact.date)
    }

    /// What kind of actor a person subject is; `None` for places.
    pub(crate) fn kind(&self, subject: &Subject) -> Option<ActorKindWord> {
        match subject {
            Subject::Person(actor) => Some(resident::actor_kind(self.region, *actor)),
            Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => None,
        }
    }
}

/// The actor that a person subject is.
pub(crate) fn person_of(subject: &Subject) -> Option<ActorId> {
    match subject {
        Subject::Person(actor) => Some(*actor),
        Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => None,
    }
}

/// Kinds and codes of these subjects.
pub(crate) fn codes(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    subjects: &[&Subject],
) -> Result<Vec<(SubjectKind, String)>, ReadError> {
    let actors = subjects.iter().copied().filter_map(person_of);
    let names = Names::load(database, row, region, actors)?;
    Ok(subjects.iter().map(|subject| (subject.kind(), names.code(subject))).collect())
}

/// The subjects a code of this kind may mean, the likeliest first. Two sources may use one code for two people.
pub(crate) fn subjects_of(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    kind: SubjectKind,
    code: &str,
) -> Result<Vec<Subject>, ReadError> {
    Ok(match kind {
        SubjectKind::Person if code == UNKNOWN_CODE => vec![Subject::Person(ActorId::UNKNOWN)],
        SubjectKind::Person => {
            let mut seen = BTreeSet::new();
            let refs = database.actors_by_code(row.id, code)?;
            let ids = refs.into_iter().map(|actor| resident::canonical_actor(region, actor));
            ids.filter(|id| seen.insert(*id)).map(Subject::Person).collect()
        }
        SubjectKind::Window => vec![Subject::Window(code.to_owned())],
        SubjectKind::Department => vec![Subject::Department(code.to_owned())],
        SubjectKind::Hall => vec![Subject::Hall(code.to_owned())],
    })
}
