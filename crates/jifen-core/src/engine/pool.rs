//! Pools: facts that others are made of, every so many one, before any rule looks at them.
//!
//! In: the facts a record reaches. Out: the facts made of the pools they lie in, before and after, as further differences.

use std::collections::BTreeMap;

use super::{
    cohort::{Cohort, CohortClass, CohortKey, CohortLine, Source, Standing},
    rank::{Work, changes_of},
    reconcile::Difference,
    transaction::{Step, Transaction},
};
use crate::{
    case::{AggregateKey, Draft},
    fact::{Credited, Derived, Fact},
    id::{ActorId, Digest, EventKey},
    ledger::Subject,
    rule::Reclass,
    state::StateKind,
};

/// A fact's journal positions with the digests of their records.
pub(super) type Records = BTreeMap<u64, Digest>;

impl Transaction<'_> {
    /// Makes again what is made of the pools that the work touches. What is made may lie in a later pool itself; pools are in the
    /// order of the file, so that comes to an end.
    pub(super) fn derive(&mut self, work: &mut Work) -> Step<()> {
        loop {
            let changes = changes_of(work, CohortClass::Reclass);
            let touched: BTreeMap<Vec<u8>, CohortKey> = changes
                .keys()
                .cloned()
                .chain(std::mem::take(&mut work.touched))
                .chain(work.made.keys().filter_map(|bytes| CohortKey::from_bytes(bytes)))
                .map(|key| (key.to_bytes(), key))
                .collect();
            // PERF: where nothing is made of facts, nothing is read.
            if touched.is_empty() {
                return Ok(());
            }
            for bytes in touched.keys() {
                self.want(StateKind::Cohort, bytes);
                self.want(StateKind::Aggregate, &locator_of(bytes));
            }
            self.complete()?;
            let mut settled = true;
            for (bytes, key) in touched {
                let before: Cohort = self.row(StateKind::Cohort, &bytes)?.unwrap_or_default();
                let none = BTreeMap::new();
                let after = before.changed(changes.get(&key).unwrap_or(&none));
                let made = self.made_of(&key, &after);
                if work.made.get(&bytes) != Some(&made) {
                    settled = false;
                    self.replace(work, &locator_of(&bytes), &made)?;
                    work.made.insert(bytes, made);
                }
            }
            if settled {
                return Ok(());
            }
        }
    }

    /// Puts the facts made of a pool into the work, in place of those made before.
    fn replace(&mut self, work: &mut Work, locator: &[u8], made: &[(Draft, Records)]) -> Step<()> {
        let mut aggregate = self.aggregate(locator)?;
        let old = std::mem::take(&mut aggregate.facts);
        work.differences.retain(|(_, difference)| difference.locator != locator);
        if old.is_empty() && made.is_empty() {
            work.aggregates.remove(locator);
            return Ok(());
        }
        let mut drafts: Vec<Draft> = made.iter().map(|(draft, _)| draft.clone()).collect();
        drafts.sort_by_key(|draft| draft.fact.id);
        let differences: Vec<(EventKey, Difference)> = self.differences(locator, old, drafts);
        work.differences.extend(differences);
        work.aggregates.insert(locator.to_vec(), aggregate);
        Ok(())
    }

    /// Every so many facts of a pool make one, by each re-classification of the version in force when the period began, in the
    /// order of its file.
    fn made_of(&self, key: &CohortKey, pool: &Cohort) -> Vec<(Draft, Records)> {
        let Some((set, _)) = key.name.split_once('+') else { return Vec::new() };
        let mut versions = self.resident.versions.in_force(key.period.first);
        let Some(version) = versions.find(|version| version.set.id == set) else { return Vec::new() };
        let (mut used, mut made) = (std::collections::BTreeSet::new(), Vec::new());
        for reclass in &version.set.reclasses {
            let counts = |line: &CohortLine| line.source.as_ref().is_some_and(|source| source.by.contains(&reclass.id));
            let free = pool.lines.iter().filter(|(standing, line)| counts(line) && !used.contains(*standing));
            let free: Vec<(&Standing, &CohortLine)> = free.collect();
            for (number, group) in (1_u64..).zip(free.chunks_exact(reclass.every)) {
                made.extend(self.make(key, (set, version.set.version, reclass), number, group));
                if reclass.consume {
                    used.extend(group.iter().map(|(standing, _)| *standing));
                }
            }
        }
        made
    }

    fn make(
        &self,
        key: &CohortKey,
        (set, version, reclass): (&str, Digest, &Reclass),
        number: u64,
        group: &[(&Standing, &CohortLine)],
    ) -> Option<(Draft, Records)> {
        let sources = || group.iter().filter_map(|(_, line)| line.source.as_ref());
        let ((last, _), of_last) = (group.last()?, sources().next_back()?);
        let records: Records =
            sources().flat_map(|source| source.records.iter().map(|(at, digest)| (*at, *digest))).collect();
        let actor = match &key.subject {
            Subject::Person(actor) => *actor,
            Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => of_last.person,
        };
        let mut waits: Vec<ActorId> = sources().flat_map(|source| source.waits.iter().copied()).collect();
        waits.sort();
        waits.dedup();
        let holder: String = key.subject.key().iter().map(|byte| format!("{byte:02x}")).collect();
        let name =
            format!("reclass/{set}/{}/{}/{}:{holder}/{number}", reclass.id, key.period, key.subject.kind().name());
        let fact = Fact {
            // No event has an empty source, so no event's key is a made fact's.
            id: EventKey::of("", &name),
            kind: reclass.to,
            occurred: last.occurred,
            date: self.resident.organisation.zone().date(last.occurred),
            place: of_last.place.clone(),
            matter: None,
            channel: None,
            credited: Credited {
                served: actor,
                first: actor,
                last: actor,
                owner: actor,
                ender: actor,
                shares: Vec::new(),
            },
            provider: None,
            receiver: None,
            fields: reclass.fields.clone(),
            sources: records.keys().copied().collect(),
            records: Digest::of_parts(records.values().map(|digest| &digest.0[..])),
            departments: Vec::new(),
            derived: Some(Box::new(Derived {
                set: set.to_owned(),
                version,
                reclass: reclass.id.clone(),
                facts: group.iter().map(|(standing, _)| standing.fact).collect(),
            })),
            stated: None,
        };
        Some((Draft { fact, held: None, waits }, records))
    }
}

impl Work {
    /// What a fact brings into a pool, beyond what it says.
    pub(super) fn source(&self, draft: &Draft, locator: &[u8], by: Vec<String>, person: ActorId) -> Source {
        let fact = &draft.fact;
        let events = self.aggregates.get(locator).map(|aggregate| aggregate.events.as_slice()).unwrap_or_default();
        let of_events = events.iter().filter(|folded| fact.sources.contains(&folded.position));
        let mut records: Records = of_events.map(|folded| (folded.position, folded.digest)).collect();
        if fact.derived.is_some() {
            let mut made = self.made.values().flatten();
            records.extend(
                made.find(|(draft, _)| draft.fact.id == fact.id).into_iter().flat_map(|(_, records)| records.clone()),
            );
        }
        Source {
            by,
            place: fact.place.clone(),
            person,
            records: records.into_iter().collect(),
            waits: draft.waits.clone(),
        }
    }
}

/// State key of the aggregate of the facts made of a pool.
fn locator_of(pool: &[u8]) -> Vec<u8> {
    AggregateKey::Made(pool.to_vec()).to_bytes()
}
