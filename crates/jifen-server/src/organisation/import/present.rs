//! What holds on the day a file is for, to be found by code.

use std::collections::BTreeMap;

use jifen_core::{
    engine::Region,
    id::ActorId,
    roster::{Assignment, Department, Leave, Matter, Person, PostKey, Window},
    time::Instant,
};

/// The organisation on a day.
pub(super) struct Present<'o> {
    pub(super) halls: BTreeMap<&'o str, Option<&'o str>>,
    pub(super) departments: BTreeMap<&'o str, &'o Department>,
    pub(super) windows: BTreeMap<&'o str, &'o Window>,
    pub(super) matters: BTreeMap<&'o str, &'o Matter>,
    pub(super) people: BTreeMap<ActorId, &'o Person>,
    /// Of all days, by window and person.
    pub(super) roster: BTreeMap<(&'o str, ActorId), Vec<Assignment<'o>>>,
    /// Of all days, by post and person.
    pub(super) posts: BTreeMap<(&'o PostKey, ActorId), Vec<Assignment<'o>>>,
    /// Of all days, by person and beginning.
    pub(super) leaves: BTreeMap<(ActorId, Instant), &'o Leave>,
}

impl<'o> Present<'o> {
    pub(super) fn of(region: &'o Region, time: Instant) -> Self {
        let held = region.organisation();
        let (mut roster, mut posts) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for (window, one) in held.assignments() {
            roster.entry((window, held.canonical(one.person))).or_default().push(one);
        }
        for (key, one) in held.posts() {
            posts.entry((key, held.canonical(one.person))).or_default().push(one);
        }
        Self {
            halls: held.halls_at(time).collect(),
            departments: held.departments_at(time).collect(),
            windows: held.windows_at(time).collect(),
            matters: held.matters_at(time).collect(),
            people: held.people_at(time).collect(),
            roster,
            posts,
            leaves: held.leaves().map(|(_, leave)| ((held.canonical(leave.person), leave.from), leave)).collect(),
        }
    }
}
