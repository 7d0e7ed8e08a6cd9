//! This process as one of several that serve a database together (docs/decisions/0011).
//!
//! In: who lives, who writes which region and where the journals end, looked up twice a second; bells in between. Out: whom a region's
//! thread asks, and signals to those who follow. A database that only one process can serve has no node.

pub(crate) mod http;
pub(crate) mod link;
mod signal;
pub(crate) mod wire;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use jifen_store::{Bells, Claim, Database, Head, Holder, NodeRow, RegionId, StoreError};

use axum::body::Bytes;

use crate::writer::{WriterError, queue::OnFatal};
use link::{Link, LinkError};
pub(crate) use signal::Signal;
use wire::NodeKey;

/// How often a node says that it lives, and looks who else does.
const BEAT: Duration = Duration::from_millis(500);
/// Between two bells: many commits share one.
const RING_PAUSE: Duration = Duration::from_millis(20);
/// How often the bell's thread looks whether the node is still there.
const RING_LOOK: Duration = Duration::from_secs(1);

/// This process among its like. Clones share it.
#[derive(Clone)]
pub struct Node(Arc<Inner>);

struct Inner {
    row: NodeRow,
    key: NodeKey,
    database: Database,
    /// What relays run on: its own, because threads that block use it.
    runtime: Option<tokio::runtime::Runtime>,
    view: RwLock<View>,
    /// Whether no other node lives: nobody hears a bell.
    alone: AtomicBool,
    signals: Signals,
    outgoing: Arc<Outgoing>,
    /// Heard as long as the node is there.
    bells: Mutex<Option<Bells>>,
}

type Signals = Arc<Mutex<BTreeMap<RegionId, Arc<Signal>>>>;

/// What was seen last.
#[derive(Default)]
struct View {
    holders: BTreeMap<RegionId, Holder>,
    heads: BTreeMap<RegionId, Head>,
    /// See [`given`].
    given: Option<RegionId>,
}

/// Regions to ring for.
#[derive(Default)]
struct Outgoing {
    regions: Mutex<BTreeSet<RegionId>>,
    waiting: Condvar,
}

impl Node {
    /// Enters this process, which others reach at `address` (`http://HOST:PORT`), among the nodes of a shared database. `on_fatal` is called
    /// when the database has been away for longer than sessions wait for it: this node can do nothing any more.
    ///
    /// # Errors
    /// Store faults; no thread or no random bytes to be had.
    pub fn enter(database: &Database, address: String, on_fatal: OnFatal) -> Result<Self, WriterError> {
        let mut random = [0; 40];
        getrandom::fill(&mut random).map_err(WriterError::Random)?;
        let name = random[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let row = NodeRow { name, address };
        let mut candidate = [0; 32];
        candidate.copy_from_slice(&random[8..]);
        let secret = database.enter_node(&row, candidate)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("node")
            .enable_all()
            .build()
            .map_err(|error| WriterError::Broken(format!("no thread for the node: {error}")))?;
        let node = Self(Arc::new(Inner {
            row,
            key: NodeKey::new(secret),
            database: database.clone(),
            runtime: Some(runtime),
            view: RwLock::default(),
            alone: AtomicBool::new(false),
            signals: Signals::default(),
            outgoing: Arc::default(),
            bells: Mutex::new(None),
        }));
        node.0.look()?;
        let signals = node.0.signals.clone();
        let bells = database.listen(Arc::new(move |region| ring_inside(&signals, region)))?;
        *node.0.bells.lock().unwrap_or_else(PoisonError::into_inner) = Some(bells);
        let (beating, ringing) = (Arc::downgrade(&node.0), Arc::downgrade(&node.0));
        let outgoing = node.0.outgoing.clone();
        spawn("node-beat", move || beat(&beating, &on_fatal))?;
        spawn("node-bell", move || ring(&ringing, &outgoing))?;
        tracing::info!(node = node.0.row.name, address = node.0.row.address, "serving beside other nodes, if any");
        Ok(node)
    }

    /// Its name, its own as long as it runs.
    pub fn name(&self) -> &str {
        &self.0.row.name
    }

    pub(crate) fn key(&self) -> &NodeKey {
        &self.0.key
    }

    /// Whether nobody, or nobody that lives, held the region when last looked.
    pub(crate) fn is_free(&self, region: RegionId) -> bool {
        self.view().holders.get(&region).is_none_or(|holder| holder.hangs)
    }

    /// Whether this node should give the region to another that writes fewer.
    pub(crate) fn should_give(&self, region: RegionId) -> bool {
        self.view().given == Some(region)
    }

    /// The other node that held the region when last looked.
    pub(crate) fn other_holder(&self, region: RegionId) -> Option<NodeRow> {
        let holder = self.view().holders.get(&region)?.node.clone();
        holder.filter(|node| node.name != self.0.row.name)
    }

    /// Asks to write the region, now.
    pub(crate) fn claim(&self, region: RegionId) -> Result<Claim, StoreError> {
        self.0.database.claim(region, &self.0.row.name)
    }

    /// Tells the other nodes, soon, that the region changed.
    pub(crate) fn ring(&self, region: RegionId) {
        if !self.0.alone.load(Ordering::Relaxed) {
            self.0.outgoing.lock().insert(region);
            self.0.outgoing.waiting.notify_one();
        }
    }

    /// Rings when the region may have changed.
    pub(crate) fn signal(&self, region: RegionId) -> Arc<Signal> {
        lock(&self.0.signals).entry(region).or_default().clone()
    }

    /// Asks the node that holds the region, and waits on this thread for its answer. The wait ends early where that node turns out to
    /// hang, or to hold the region no more: a stopped process takes what it is sent and never answers.
    pub(crate) fn ask(
        &self,
        region: RegionId,
        link: &mut Link,
        target: &str,
        body: Vec<u8>,
    ) -> Result<Bytes, LinkError> {
        let address = link.address().to_owned();
        let lost = async {
            loop {
                tokio::time::sleep(BEAT / 2).await;
                if self.has_lost(region, &address) {
                    return;
                }
            }
        };
        let asked = async {
            tokio::select! {
                answer = link.post(&self.0.key, target, body) => answer,
                () = lost => Err(LinkError::Silent("it does not hold the region any more".to_owned())),
            }
        };
        match &self.0.runtime {
            Some(runtime) => runtime.block_on(asked),
            None => Err(LinkError::Unreachable("this node has ended".to_owned())),
        }
    }

    fn has_lost(&self, region: RegionId, address: &str) -> bool {
        let view = self.view();
        let holder = view.holders.get(&region);
        holder.is_some_and(|holder| holder.hangs || holder.node.as_ref().is_some_and(|node| node.address != address))
    }

    fn view(&self) -> std::sync::RwLockReadGuard<'_, View> {
        self.0.view.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The last handle may go within another runtime, where waiting for this one is forbidden.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Outgoing {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<RegionId>> {
        self.regions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Says that this node lives, and looks at all the others see.
    fn look(&self) -> Result<(), StoreError> {
        let others = self.database.renew_node(&self.row)?;
        self.alone.store(others.is_empty(), Ordering::Relaxed);
        let holders: BTreeMap<_, _> = self.database.holders()?.into_iter().collect();
        let followed: Vec<RegionId> = lock(&self.signals).keys().copied().collect();
        let heads: BTreeMap<_, _> = self.database.heads(&followed)?.into_iter().collect();
        let given = given(&holders, &self.row, &others);
        let before = std::mem::replace(
            &mut *self.view.write().unwrap_or_else(PoisonError::into_inner),
            View { holders, heads: heads.clone(), given },
        );
        for (region, head) in heads {
            if before.heads.get(&region) != Some(&head) {
                ring_inside(&self.signals, Some(region));
            }
        }
        Ok(())
    }
}

/// The region that the node `own` should give away: the last of its own, while it writes two more than another that lives. One of
/// difference is left; whoever had the fewer would give it back.
fn given(holders: &BTreeMap<RegionId, Holder>, own: &NodeRow, others: &[NodeRow]) -> Option<RegionId> {
    let regions = |node: &NodeRow| -> Vec<RegionId> {
        let is_its = |holder: &Holder| holder.node.as_ref().is_some_and(|other| other.name == node.name);
        holders.iter().filter(|(_, holder)| is_its(holder)).map(|(region, _)| *region).collect()
    };
    let fewest = others.iter().map(|other| regions(other).len()).min()?;
    let own = regions(own);
    own.last().copied().filter(|_| own.len() > fewest + 1)
}

fn beat(node: &Weak<Inner>, on_fatal: &OnFatal) {
    let mut is_heard = true;
    loop {
        thread::sleep(BEAT);
        let Some(node) = node.upgrade() else { return };
        match node.look() {
            Ok(()) => is_heard = true,
            // Its regions are others' by now, and nothing here would bring it back.
            Err(error) if error.is_fatal() => return on_fatal(&WriterError::Store(error)),
            Err(error) if is_heard => {
                tracing::warn!(%error, "a node cannot say that it lives; it goes on trying");
                is_heard = false;
            }
            Err(_) => {}
        }
    }
}

fn ring(node: &Weak<Inner>, outgoing: &Outgoing) {
    loop {
        let mut regions = outgoing.lock();
        while regions.is_empty() {
            regions = outgoing.waiting.wait_timeout(regions, RING_LOOK).unwrap_or_else(PoisonError::into_inner).0;
            if node.strong_count() == 0 {
                return;
            }
        }
        let rung: Vec<RegionId> = std::mem::take(&mut *regions).into_iter().collect();
        drop(regions);
        let Some(node) = node.upgrade() else { return };
        if let Err(error) = node.database.ring(&rung) {
            // The others look by themselves.
            tracing::debug!(%error, "a bell was not rung");
        }
        drop(node);
        thread::sleep(RING_PAUSE);
    }
}

fn ring_inside(signals: &Signals, region: Option<RegionId>) {
    let signals = lock(signals);
    match region {
        Some(region) => signals.get(&region).into_iter().for_each(|signal| signal.ring()),
        None => signals.values().for_each(|signal| signal.ring()),
    }
}

fn lock(signals: &Signals) -> MutexGuard<'_, BTreeMap<RegionId, Arc<Signal>>> {
    signals.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), WriterError> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(run);
    spawned.map(drop).map_err(|error| WriterError::Broken(format!("no thread `{name}`: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first of these nodes, each with the regions that it holds, gives away.
    fn gives(nodes: &[(&str, &[i64])]) -> Option<i64> {
        let row = |name: &str| NodeRow { name: name.to_owned(), address: String::new() };
        let holder = |name: &str| Holder { node: Some(row(name)), hangs: false };
        let held = nodes.iter().flat_map(|(name, held)| held.iter().map(|region| (RegionId(*region), holder(name))));
        let rows: Vec<NodeRow> = nodes.iter().map(|(name, _)| row(name)).collect();
        given(&held.collect(), &rows[0], &rows[1..]).map(|region| region.0)
    }

    #[test]
    fn who_writes_two_more_than_another_gives_the_last() {
        assert_eq!(gives(&[("a", &[1, 2, 3])]), None, "nobody else lives");
        assert_eq!(gives(&[("a", &[1, 2]), ("b", &[])]), Some(2));
        assert_eq!(gives(&[("a", &[1]), ("b", &[])]), None);
        assert_eq!(gives(&[("a", &[1, 4]), ("b", &[2, 3]), ("c", &[5])]), None);
        assert_eq!(gives(&[("a", &[1, 4, 6]), ("b", &[2, 3]), ("c", &[5])]), Some(6));
        assert_eq!(gives(&[("a", &[]), ("b", &[1, 2])]), None);
    }
}
