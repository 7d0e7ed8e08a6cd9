//! The dedupe index: which events the journal holds, by the hash of (source, id).
//!
//! Keys are random, so a B-tree of them dirties one page per event (10 KB written per event at 5 million, and falling behind from
//! the first million). Instead the keys lie in the journal's segments in the order they came; the newest are also kept in memory;
//! from time to time they are sorted into a run, and runs are merged into longer ones, all in the commit's own transaction.
//!
//! What is in memory is only read from committed tables, so a batch rolled back leaves no trace in it.

mod filter;
mod run;

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};
use jifen_core::id::EventKey;
use rusqlite::Connection;

use crate::{
    code,
    error::StoreError,
    row::{JournalRow, Known, RegionId},
    sqlite::key::run::Run,
};

/// Keys that wait outside of runs before they are sorted into one.
const RUN_KEYS_MIN: u64 = 16 * 1024;

/// Runs of one size that are merged into one: three merges take a key to where it stays.
const RUNS_MERGED: usize = 8;

/// Keys after which a run is left alone: a merge writes 20 MB at most, and a commit must not stall for longer.
const RUN_KEYS_MAX: u64 = RUN_KEYS_MIN * 64;

/// Keys remembered as absent between `known` and `append`: more than any batch has.
const ABSENT_MAX: usize = 64 * 1024;

/// Runs, oldest first.
const RUNS: &str = "
    select run, first_position, last_position, blocks
    from journal_key_run
    where region_id = $1
    order by first_position
    limit -1";

/// Keys of the segments after a position. Primary key.
const KEYS_AFTER: &str = "
    select first_position, keys
    from journal_segment
    where region_id = $1
      and first_position > $2
    order by first_position
    limit -1";

/// Body digests of the segment that holds a position. Primary key, backwards.
const BODIES: &str = "
    select first_position, last_position, bodies
    from journal_segment
    where region_id = $1
      and first_position <= $2
    order by first_position desc
    limit 1";

/// The index of every region in use.
#[derive(Default)]
pub(crate) struct Keys(BTreeMap<RegionId, RegionKeys>);

#[derive(Default)]
struct RegionKeys {
    /// Oldest first.
    runs: Vec<Run>,
    /// Keys after the last run, with positions.
    recent: HashMap<EventKey, u64>,
    /// Position up to which `runs` and `recent` know the journal.
    head: u64,
    /// Keys asked for at this head and not found.
    absent: HashSet<EventKey>,
}

impl Keys {
    /// Which of these events the journal holds, answer i to key i.
    pub(crate) fn known(
        &mut self,
        connection: &Connection,
        region: RegionId,
        keys: &[EventKey],
    ) -> Result<Vec<Option<Known>>, StoreError> {
        let index = self.0.entry(region).or_default();
        index.refresh(connection, region)?;
        let mut answers = vec![None; keys.len()];
        let mut hits = Vec::new();
        for (place, key) in keys.iter().enumerate() {
            match index.find(connection, region, key)? {
                Some(position) => hits.push((position, place)),
                None if index.absent.len() < ABSENT_MAX => drop(index.absent.insert(*key)),
                None => {}
            }
        }
        hits.sort_unstable();
        let mut bodies = Bodies::default();
        for (position, place) in hits {
            answers[place] = Some(Known { position, body: bodies.at(connection, region, position)? });
        }
        Ok(answers)
    }

    /// Refuses keys that the journal holds already, and sorts those that wait into a run when they are many.
    /// Called within the transaction, after the records are appended to segments.
    pub(crate) fn append(
        &mut self,
        connection: &Connection,
        region: RegionId,
        records: &[JournalRow],
    ) -> Result<(), StoreError> {
        let index = self.0.entry(region).or_default();
        let mut fresh: Vec<(EventKey, u64)> = records.iter().map(|row| (row.key, row.position)).collect();
        fresh.sort_unstable();
        let twice = |key: EventKey| StoreError::Invariant(format!("event {key} is appended twice"));
        if let Some(pair) = fresh.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(twice(pair[0].0));
        }
        for (key, _) in &fresh {
            if !index.absent.contains(key) && index.find(connection, region, key)?.is_some() {
                return Err(twice(*key));
            }
        }
        if (index.recent.len() + fresh.len()) as u64 >= RUN_KEYS_MIN {
            fresh.extend(index.recent.iter().map(|(key, position)| (*key, *position)));
            let run = run::write(connection, region, fresh)?;
            merge(connection, region, &index.runs, run)?;
        }
        Ok(())
    }

    /// Brings the region's index up to the committed tables; must be called before [`Self::append`], outside of its changes.
    pub(crate) fn refresh(&mut self, connection: &Connection, region: RegionId) -> Result<(), StoreError> {
        self.0.entry(region).or_default().refresh(connection, region)
    }
}

impl RegionKeys {
    fn refresh(&mut self, connection: &Connection, region: RegionId) -> Result<(), StoreError> {
        let mut statement = connection.prepare_cached(RUNS)?;
        let mut rows = statement.query([region.0])?;
        let sorted_before = self.runs.last().map_or(0, |run| run.last);
        let mut known: BTreeMap<i64, Run> = self.runs.drain(..).map(|run| (run.number, run)).collect();
        let mut sorted_to = 0;
        while let Some(row) = rows.next()? {
            let run = match known.remove(&row.get(0)?) {
                Some(run) => run,
                None => Run::load(connection, region, row)?,
            };
            if run.first != sorted_to + 1 {
                return Err(StoreError::Corrupt(format!("the dedupe index has a gap after {sorted_to}")));
            }
            sorted_to = run.last;
            self.runs.push(run);
        }
        if sorted_to != sorted_before {
            self.recent.retain(|_, position| *position > sorted_to);
        }
        let head_before = self.head;
        self.head = self.head.max(sorted_to);

        let mut statement = connection.prepare_cached(KEYS_AFTER)?;
        let mut rows = statement.query((region.0, code::position(self.head)))?;
        while let Some(row) = rows.next()? {
            let first = code::parse_position(row.get(0)?)?;
            let keys = row.get_ref(1)?.as_blob().map_err(|error| StoreError::Corrupt(error.to_string()))?;
            for (key, position) in keys.chunks_exact(16).zip(first..) {
                self.recent.insert(EventKey(code::sixteen(key)?), position);
                self.head = position;
            }
        }
        if self.head != head_before {
            self.absent.clear();
        }
        Ok(())
    }

    /// The event's position. Newest first, because a repeat seldom comes late.
    fn find(&self, connection: &Connection, region: RegionId, key: &EventKey) -> Result<Option<u64>, StoreError> {
        if let Some(position) = self.recent.get(key) {
            return Ok(Some(*position));
        }
        for run in self.runs.iter().rev() {
            if let Some(position) = run.find(connection, region, key)? {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }
}

/// Merges the newest runs as long as there are enough of one size.
fn merge(connection: &Connection, region: RegionId, runs: &[Run], newest: run::Span) -> Result<(), StoreError> {
    let mut spans: Vec<run::Span> = runs.iter().map(Run::span).chain([newest]).collect();
    while let Some(start) = mergeable(&spans) {
        let parts = spans.split_off(start);
        spans.push(run::merge(connection, region, &parts)?);
    }
    Ok(())
}

/// Where the runs begin that should now become one: those at the end that are no longer than the last one's size.
fn mergeable(spans: &[run::Span]) -> Option<usize> {
    let size = |span: &run::Span| (span.keys() / RUN_KEYS_MIN).max(1).ilog(RUNS_MERGED as u64);
    let last = spans.last()?;
    if last.keys() >= RUN_KEYS_MAX {
        return None;
    }
    let count = spans.iter().rev().take_while(|span| size(span) <= size(last)).count();
    (count >= RUNS_MERGED).then(|| spans.len() - count)
}

/// The body digests of one segment at a time, for positions that ascend.
#[derive(Default)]
struct Bodies {
    first: u64,
    last: u64,
    bytes: Vec<u8>,
}

impl Bodies {
    fn at(&mut self, connection: &Connection, region: RegionId, position: u64) -> Result<[u8; 16], StoreError> {
        if position > self.last {
            let mut statement = connection.prepare_cached(BODIES)?;
            let (first, last, bytes) = statement
                .query_row((region.0, code::position(position)), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            *self = Self { first: code::parse_position(first)?, last: code::parse_position(last)?, bytes };
        }
        let start = (position - self.first) as usize * 16;
        let body = self.bytes.get(start..start + 16);
        body.ok_or(StoreError::RecordAbsent(position)).and_then(code::sixteen)
    }
}

#[cfg(test)]
mod tests {
    use super::{run::Span, *};

    /// Sizes of runs in units of the smallest, after `count` of them.
    fn sizes(count: usize) -> Vec<u64> {
        let mut spans: Vec<Span> = Vec::new();
        for number in 0..count as u64 {
            let first = number * RUN_KEYS_MIN + 1;
            spans.push(Span { number: number as i64, first, last: first + RUN_KEYS_MIN - 1 });
            while let Some(start) = mergeable(&spans) {
                let parts = spans.split_off(start);
                let last = parts[parts.len() - 1].last;
                spans.push(Span { number: 0, first: parts[0].first, last });
            }
        }
        spans.iter().map(|span| span.keys() / RUN_KEYS_MIN).collect()
    }

    #[test]
    fn runs_grow_by_eights_and_stop() {
        assert_eq!(sizes(7), [1; 7]);
        assert_eq!(sizes(8), [8]);
        assert_eq!(sizes(17), [8, 8, 1]);
        assert_eq!(sizes(64), [64]);
        assert_eq!(sizes(64 * 9 + 3), [64, 64, 64, 64, 64, 64, 64, 64, 64, 1, 1, 1]);
    }

    #[test]
    fn short_runs_before_a_long_one_are_not_left_behind() {
        let span = |first: u64, units: u64| Span {
            number: 0,
            first: first * RUN_KEYS_MIN + 1,
            last: (first + units) * RUN_KEYS_MIN,
        };
        let spans = [span(0, 64), span(64, 1), span(65, 1), span(66, 8), span(74, 8)];
        assert_eq!(mergeable(&spans), None);
        let more: Vec<Span> = spans.into_iter().chain((0..4).map(|number| span(82 + number * 8, 8))).collect();
        assert_eq!(mergeable(&more), Some(1));
    }
}
