//! What can go wrong while writing.

use jifen_core::engine::Corrupt;
use jifen_store::StoreError;

/// A batch that was not kept. After any of these except [`WriterError::BatchTooLarge`] the writer must be opened again.
#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    /// There is no such region.
    #[error("there is no region `{0}`; `jifen init` or `jifen import` makes one")]
    UnknownRegion(String),
    /// More events than one transaction takes.
    #[error("a batch of {0} events is too large; send at most {max}", max = super::BATCH_EVENTS_MAX)]
    BatchTooLarge(usize),
    /// The disk is full: nothing was kept, reads go on, writing works again when there is space.
    #[error("the disk is full; free space, then send the batch again")]
    StorageFull,
    /// The store failed; whether a later write would be durable is unknown, so the process must stop.
    #[error(transparent)]
    Store(StoreError),
    /// Stored state cannot be read.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// An invariant does not hold: writing stops, reads go on.
    #[error("an invariant does not hold: {0}")]
    Broken(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// An earlier call failed.
    #[error("an earlier batch failed; open the writer again")]
    Poisoned,
}

impl WriterError {
    /// Whether what is on disk is no longer known, so that the process must stop.
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::Store(error) => error.is_fatal(),
            Self::UnknownRegion(_)
            | Self::BatchTooLarge(_)
            | Self::StorageFull
            | Self::Corrupt(_)
            | Self::Broken(_)
            | Self::Random(_)
            | Self::Poisoned => false,
        }
    }

    /// Whether the writer, opened again a little later, may go on.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::StorageFull => true,
            Self::Store(error) => error.may_pass(),
            Self::UnknownRegion(_)
            | Self::BatchTooLarge(_)
            | Self::Corrupt(_)
            | Self::Broken(_)
            | Self::Random(_)
            | Self::Poisoned => false,
        }
    }
}

impl From<StoreError> for WriterError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full(_) => Self::StorageFull,
            other => Self::Store(other),
        }
    }
}
