//! The whole way of a file: rows are read, mapped, their actors introduced and their cases completed, one event at a time.

use std::{
    collections::{BTreeSet, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jifen_core::{both, time::Zone};

use super::{
    actor::{ActorRegister, Actors},
    cloud_event::CloudEvent,
    cloud_event_lines::CloudEventLines,
    completion::Completion,
    content_id::ContentIds,
    csv_rows::CsvRows,
    error::{FeedError, RowProblem},
    input::{self, Form},
    mapping::{Mapping, Positions},
    row::{Header, Row},
    sheet_rows::SheetRows,
    xes_rows::XesRows,
};

/// Bytes between two reports of progress.
const PROGRESS_BYTES: u64 = 256 << 10;

/// How far the reading is, in bytes on disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Bytes read.
    pub read: u64,
    /// Bytes of all files.
    pub total: u64,
}

/// What a feed needs to know beside its files.
pub struct FeedOptions<'f> {
    /// The region's zone: that of times which name none, unless the mapping names another.
    pub zone: Zone,
    /// What becomes of unknown actors.
    pub actors: Actors,
    /// Told now and then how far the reading is, and once at the end.
    pub progress: Option<Box<dyn FnMut(Progress) + Send + 'f>>,
}

/// The events of some files, in the files' order.
///
/// Errors come between events, and reading goes on after them: with the next row, or, where [`FeedError::ends_file`], with the next file.
/// If a file broke off, no case is completed, since its last event may be missing.
pub struct Feed<'f> {
    mapping: Option<&'f Mapping>,
    options: FeedOptions<'f>,
    files: VecDeque<PathBuf>,
    current: Option<OpenFile>,
    row: Row,
    ready: VecDeque<CloudEvent>,
    actors: ActorRegister,
    completion: Option<Completion>,
    columns_unseen: Option<BTreeSet<String>>,
    read: Arc<AtomicU64>,
    total: u64,
    reported: u64,
}

struct OpenFile {
    path: PathBuf,
    rows: Rows,
    /// The header `positions` are for.
    header: Arc<Header>,
    positions: Positions,
    content_ids: ContentIds,
}

enum Rows {
    Csv(Box<CsvRows>),
    Xes(Box<XesRows>),
    Sheet(Box<SheetRows>),
    CloudEvents(CloudEventLines),
}

impl<'f> Feed<'f> {
    /// A feed over `files`. Only lines of CloudEvents can do without a mapping.
    pub fn new(files: &[PathBuf], mapping: Option<&'f Mapping>, options: FeedOptions<'f>) -> Self {
        Self {
            mapping,
            options,
            files: files.iter().cloned().collect(),
            current: None,
            row: Row::default(),
            ready: VecDeque::new(),
            actors: ActorRegister::default(),
            completion: mapping.filter(|mapping| mapping.completes_cases()).map(|_| Completion::default()),
            columns_unseen: None,
            read: Arc::default(),
            // A file that cannot be asked for its size cannot be opened either, which is an error of its own.
            total: files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|metadata| metadata.len()).sum(),
            reported: 0,
        }
    }

    /// How far the reading is.
    pub fn progress(&self) -> Progress {
        Progress { read: self.read.load(Ordering::Relaxed), total: self.total }
    }

    /// Columns the mapping names that no XES log of the feed had, known when the feed is at its end: mostly typing errors.
    /// (A CSV file without them is an error.)
    pub fn columns_never_seen(&self) -> impl Iterator<Item = &str> {
        self.columns_unseen.iter().flatten().map(String::as_str)
    }

    /// Makes the next events ready; `false` when there are none.
    fn advance(&mut self) -> Result<bool, FeedError> {
        let Some(mut file) = self.next_file()? else { return Ok(self.finish()) };
        let result = self.read_from(&mut file);
        self.report();
        match &result {
            Ok(true) => self.current = Some(file),
            Ok(false) => self.leave(&file),
            Err(error) if !error.ends_file() => self.current = Some(file),
            Err(_) => self.completion = None,
        }
        result.map(|_| true)
    }

    fn next_file(&mut self) -> Result<Option<OpenFile>, FeedError> {
        if let Some(file) = self.current.take() {
            return Ok(Some(file));
        }
        let Some(path) = self.files.pop_front() else { return Ok(None) };
        let opened = OpenFile::open(path, self.mapping, self.read.clone());
        if opened.is_err() {
            self.completion = None;
        }
        opened.map(Some)
    }

    /// Reads one row or line; `false` at the end of the file.
    fn read_from(&mut self, file: &mut OpenFile) -> Result<bool, FeedError> {
        let events = match (&mut file.rows, self.mapping) {
            (Rows::CloudEvents(lines), _) => {
                let Some(event) = lines.read(&file.path)? else { return Ok(false) };
                self.take(event, self.options.actors == Actors::Register);
                return Ok(true);
            }
            (Rows::Csv(rows), Some(mapping)) => {
                if !rows.read(&file.path, &mut self.row)? {
                    return Ok(false);
                }
                file.map(mapping, &self.row, &self.options.zone)?
            }
            (Rows::Xes(rows), Some(mapping)) => {
                if !rows.read(&file.path, &mut self.row)? {
                    return Ok(false);
                }
                file.map(mapping, &self.row, &self.options.zone)?
            }
            (Rows::Sheet(rows), Some(mapping)) => {
                if !rows.read(&file.path, &mut self.row)? {
                    return Ok(false);
                }
                file.map(mapping, &self.row, &self.options.zone)?
            }
            // `OpenFile::open` refuses rows without a mapping.
            (Rows::Csv(_) | Rows::Xes(_) | Rows::Sheet(_), None) => return Ok(false),
        };
        for event in events {
            self.take(event, self.options.actors != Actors::Hold);
        }
        Ok(true)
    }

    fn take(&mut self, event: CloudEvent, register: bool) {
        if register {
            self.ready.extend(self.actors.introduce(&event, self.mapping));
        }
        if let Some(completion) = &mut self.completion {
            completion.observe(&event);
        }
        self.ready.push_back(event);
    }

    fn leave(&mut self, file: &OpenFile) {
        let (Rows::Xes(rows), Some(mapping)) = (&file.rows, self.mapping) else { return };
        let seen = rows.header();
        let is_unseen = |name: &str| seen.position(name).is_none();
        match &mut self.columns_unseen {
            None => {
                self.columns_unseen =
                    Some(mapping.columns().filter(|name| is_unseen(name)).map(str::to_owned).collect())
            }
            Some(unseen) => unseen.retain(|name| is_unseen(name)),
        }
    }

    /// Completes the cases, once.
    fn finish(&mut self) -> bool {
        if let Some(completion) = self.completion.take() {
            self.ready.extend(completion.finish());
        }
        if let Some(report) = &mut self.options.progress.take() {
            report(Progress { read: self.read.load(Ordering::Relaxed), total: self.total });
        }
        !self.ready.is_empty()
    }

    fn report(&mut self) {
        let progress = self.progress();
        if progress.read >= self.reported + PROGRESS_BYTES {
            self.reported = progress.read;
            if let Some(report) = &mut self.options.progress {
                report(progress);
            }
        }
    }
}

impl Iterator for Feed<'_> {
    type Item = Result<CloudEvent, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl OpenFile {
    fn open(mut path: PathBuf, mapping: Option<&Mapping>, read: Arc<AtomicU64>) -> Result<Self, FeedError> {
        let (form, text) = input::open(&path, read)?;
        let rows = match (form, mapping) {
            (Form::CloudEvents, _) => Rows::CloudEvents(CloudEventLines::open(text)),
            (Form::Csv, Some(mapping)) => {
                let rows = CsvRows::open(&path, text, mapping.delimiter())?;
                require_columns(&path, mapping, rows.header())?;
                Rows::Csv(Box::new(rows))
            }
            (Form::Xes, Some(_)) => Rows::Xes(Box::new(XesRows::open(text))),
            (Form::Workbook, Some(mapping)) => {
                let (place, rows) = SheetRows::open(&path, mapping)?;
                path = place;
                Rows::Sheet(Box::new(rows))
            }
            (Form::Csv | Form::Xes | Form::Workbook, None) => {
                let found = both!("日志，不是一行一个的 CloudEvent", "a log, not lines of CloudEvents");
                let advice = both!(
                    "请用 `--mapping` 指明说明各行含义的映射",
                    "name the mapping that says what its rows mean with `--mapping`"
                );
                return Err(FeedError::Unreadable { file: path, found, advice });
            }
        };
        let header = Arc::default();
        Ok(Self { path, rows, header, positions: Positions::new(), content_ids: ContentIds::default() })
    }

    fn map(&mut self, mapping: &Mapping, row: &Row, zone: &Zone) -> Result<Vec<CloudEvent>, FeedError> {
        // PERF: a header changes once (CSV) or while new keys turn up (XES), so names are looked up next to never.
        if !Arc::ptr_eq(&self.header, &row.columns) {
            self.header = row.columns.clone();
            self.positions = mapping.positions(&row.columns);
        }
        mapping
            .events(row, &self.positions, zone, &mut self.content_ids)
            .map_err(|problem| self.row_error(row, problem))
    }

    fn row_error(&self, row: &Row, problem: RowProblem) -> FeedError {
        FeedError::Row { file: self.path.clone(), line: row.line, row: row.number(), problem: Box::new(problem) }
    }
}

fn require_columns(path: &Path, mapping: &Mapping, header: &Header) -> Result<(), FeedError> {
    let missing = quote(mapping.columns().filter(|name| header.position(name).is_none()));
    if missing.is_empty() {
        return Ok(());
    }
    let present = quote(header.names().iter().map(String::as_str));
    Err(FeedError::MissingColumns { file: path.to_owned(), missing, present })
}

pub(super) fn quote<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
