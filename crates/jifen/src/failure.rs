//! How a command ends when it does not end well: an exit code that scripts can rely on, and words for people.

use std::{fmt, io, process::ExitCode};

use jifen_server::{
    board::ReadError,
    cut::CutError,
    import::ImportError,
    replay::ReplayError,
    setup::{Fault, WriteError},
    whatif::WhatIfError,
    writer::WriterError,
};
use jifen_store::StoreError;

/// Exit codes are part of the external contract; docs/operations.md lists them.
#[derive(Debug)]
pub(crate) enum Failure {
    /// 1: a comparison found a difference, and it has been told.
    Differs,
    /// 2: the command asks for what is not there or makes no sense.
    Usage(String),
    /// 3: the input is bad.
    BadInput(String),
    /// 4: the storage failed or is in use.
    Storage(String),
    /// 0: whoever read our output has stopped reading.
    OutputClosed,
}

impl Failure {
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Differs => 1,
            Self::Usage(_) => 2,
            Self::BadInput(_) => 3,
            Self::Storage(_) => 4,
            Self::OutputClosed => 0,
        })
    }

    /// Whether there is nothing more to say.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self, Self::Differs | Self::OutputClosed)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs | Self::OutputClosed => Ok(()),
            Self::Usage(message) | Self::BadInput(message) | Self::Storage(message) => f.write_str(message),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Address(_)
            | StoreError::KeyTaken(_)
            | StoreError::AccountTaken(_)
            | StoreError::Taken(_)
            | StoreError::NotEmpty(_)
            | StoreError::Role(_) => Self::Usage(error.to_string()),
            _ => Self::Storage(chain(&error)),
        }
    }
}

impl From<WriterError> for Failure {
    fn from(error: WriterError) -> Self {
        match error {
            WriterError::UnknownRegion(_) => Self::Usage(error.to_string()),
            WriterError::Store(error) => error.into(),
            _ => Self::Storage(chain(&error)),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Absent(_) => Self::Usage(error.to_string()),
            ReadError::Store(error) => error.into(),
            ReadError::Output(error) => error.into(),
            ReadError::Inconsistent(_) => Self::Storage(error.to_string()),
        }
    }
}

impl From<WhatIfError> for Failure {
    fn from(error: WhatIfError) -> Self {
        match error {
            WhatIfError::Draft(_) | WhatIfError::Clash(_) => Self::BadInput(error.to_string()),
            WhatIfError::Span(_) => Self::Usage(error.to_string()),
            WhatIfError::Read(error) => error.into(),
            WhatIfError::Cancelled | WhatIfError::Record { .. } | WhatIfError::Outrun => {
                Self::Storage(error.to_string())
            }
        }
    }
}

impl From<CutError> for Failure {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Ambiguous(_) | CutError::Beyond { .. } | CutError::Before => Self::Usage(error.to_string()),
            CutError::Differs { .. } => Self::Storage(error.to_string()),
            CutError::Store(error) => error.into(),
            CutError::Writer(error) => error.into(),
        }
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Store(error) => error.into(),
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Writer(error) => error.into(),
            ImportError::Store(error) => error.into(),
            ImportError::Refused(reason) => Self::BadInput(reason),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Writer(error) => error.into(),
            WriteError::Store(error) => error.into(),
            WriteError::Conflicts(faults) => faults.into(),
        }
    }
}

impl From<Vec<Fault>> for Failure {
    fn from(faults: Vec<Fault>) -> Self {
        Self::BadInput(faults.iter().map(Fault::told_twice).collect::<Vec<_>>().join("\n"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Storage(format!("cannot write the output: {error}")),
        }
    }
}

/// An error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
