//! Rows of an XES log (IEEE 1849): one for each event. Attributes of the trace are `case:KEY`, of the event `KEY`,
//! of an attribute within an attribute `KEY/NESTED`; a key that repeats becomes `KEY#2`. Every value is text as written.

use std::{fmt::Write as _, path::Path, sync::Arc};

use jifen_core::{both, language::Words};
use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
};

use super::{
    error::{FeedError, read_failure},
    input::Guarded,
    row::{COLUMNS_MAX, Header, Row},
};

/// Deepest nesting of attributes; real logs have two or three levels.
const DEPTH_MAX: usize = 64;

/// Reader of one XES file.
pub(super) struct XesRows {
    reader: quick_xml::Reader<Guarded>,
    buffer: Vec<u8>,
    log: Log,
    seen_log: bool,
}

/// Where the reader stands, and what it has gathered.
#[derive(Default)]
struct Log {
    open: Vec<Element>,
    path: String,
    header: Arc<Header>,
    trace: Vec<(usize, String)>,
    trace_has_events: bool,
    rows: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Log,
    Trace,
    Event,
    /// An attribute; the length of the path before it.
    Attribute(usize),
    /// `<values>` of a list: its members belong to the list.
    Values,
    Skipped,
}

impl XesRows {
    /// Starts at the top of the file.
    pub(super) fn open(text: Guarded) -> Self {
        let mut reader = quick_xml::Reader::from_reader(text);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), log: Log::default(), seen_log: false }
    }

    /// All columns met so far.
    pub(super) fn header(&self) -> &Arc<Header> {
        &self.log.header
    }

    /// Reads the next event into `row`; `false` at the end.
    pub(super) fn read(&mut self, file: &Path, row: &mut Row) -> Result<bool, FeedError> {
        row.clear();
        match self.advance(row) {
            Ok(more) => Ok(more),
            Err(reason) => Err(FeedError::Broken {
                file: file.to_owned(),
                line: self.reader.get_ref().line(),
                rows: self.log.rows,
                reason,
            }),
        }
    }

    fn advance(&mut self, row: &mut Row) -> Result<bool, Words> {
        loop {
            self.reader.get_mut().begin_row();
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer).map_err(|error| explain(&error))? {
                Event::Start(tag) => {
                    self.seen_log = true;
                    self.log.open(&tag, row)?;
                }
                Event::End(_) if self.log.close(row) => {
                    row.line = self.reader.get_ref().line();
                    return Ok(true);
                }
                Event::Eof => return self.finish(),
                _ => {}
            }
        }
    }

    fn finish(&self) -> Result<bool, Words> {
        match (self.seen_log, self.log.open.is_empty()) {
            (true, true) => Ok(false),
            (true, false) => Err(both!(
                "日志在元素中间断了；文件被截断：请重新取得",
                "the log ends within an element; the file is truncated: fetch it again"
            )),
            (false, _) => {
                Err(both!("没有任何 XML 元素；这是 XES 日志吗？", "no XML element at all; is this an XES log?"))
            }
        }
    }
}

impl Log {
    fn open(&mut self, tag: &BytesStart<'_>, row: &mut Row) -> Result<(), Words> {
        if self.open.len() >= DEPTH_MAX {
            return Err(both!(
                "元素嵌套超过 {DEPTH_MAX} 层；这是 XES 日志吗？",
                "elements nested deeper than {DEPTH_MAX}; is this an XES log?"
            ));
        }
        let name = tag.local_name();
        let element = match (self.open.last(), name.as_ref()) {
            (None, "log") => Element::Log,
            (None, other) => {
                return Err(both!(
                    "根元素是 `<{other}>`；XES 日志以 `<log>` 开头",
                    "the root is `<{other}>`; an XES log begins with `<log>`"
                ));
            }
            (Some(Element::Log), "trace") => self.begin_trace(),
            (Some(Element::Log), "event") => {
                self.begin_trace();
                Element::Event
            }
            (Some(Element::Trace), "event") => Element::Event,
            (Some(Element::Attribute(_)), "values") => Element::Values,
            (Some(Element::Log | Element::Skipped), _) => Element::Skipped,
            (Some(_), name) if is_attribute(name) => self.attribute(tag, row)?,
            (Some(_), _) => Element::Skipped,
        };
        self.open.push(element);
        Ok(())
    }

    fn begin_trace(&mut self) -> Element {
        self.trace.clear();
        self.trace_has_events = false;
        Element::Trace
    }

    fn attribute(&mut self, tag: &BytesStart<'_>, row: &mut Row) -> Result<Element, Words> {
        let in_event = self.open.contains(&Element::Event);
        if !in_event && self.trace_has_events {
            return Err(both!(
                "trace 的属性写在了第一个事件之后；请写在前面",
                "an attribute of the trace stands after its first event; put the attributes first"
            ));
        }
        let before = self.path.len();
        self.extend_path(tag, in_event)?;
        let position =
            self.column(
                |position, trace| {
                    if in_event { row.has(position) } else { trace.iter().any(|(other, _)| *other == position) }
                },
            )?;
        let value = attribute_text(tag, "value")?.unwrap_or_default();
        if in_event {
            row.set(position, &value);
        } else {
            self.trace.push((position, value.into_owned()));
        }
        Ok(Element::Attribute(before))
    }

    fn extend_path(&mut self, tag: &BytesStart<'_>, in_event: bool) -> Result<(), Words> {
        let key = attribute_text(tag, "key")?.ok_or("an attribute without `key`; the log is not valid XES")?;
        match (self.path.is_empty(), in_event) {
            (false, _) => self.path.push('/'),
            (true, false) => self.path.push_str("case:"),
            (true, true) => {}
        }
        self.path.push_str(&key);
        Ok(())
    }

    /// The column of the current path, or of its next number if `taken`.
    fn column(&mut self, taken: impl Fn(usize, &[(usize, String)]) -> bool) -> Result<usize, Words> {
        let plain = self.path.len();
        let mut number = 1;
        loop {
            let position = match self.header.position(&self.path) {
                Some(position) => position,
                None => self.new_column()?,
            };
            if !taken(position, &self.trace) {
                return Ok(position);
            }
            number += 1;
            self.path.truncate(plain);
            let _ = write!(self.path, "#{number}");
        }
    }

    fn new_column(&mut self) -> Result<usize, Words> {
        if self.header.names().len() >= COLUMNS_MAX {
            return Err(both!(
                "不同的键超过 {COLUMNS_MAX} 个；不要把值写进键里",
                "more than {COLUMNS_MAX} different keys; keep values out of the keys"
            ));
        }
        let position = self.header.names().len();
        Arc::make_mut(&mut self.header).add(&self.path);
        Ok(position)
    }

    /// Leaves the innermost element; `true` when a row is complete.
    fn close(&mut self, row: &mut Row) -> bool {
        match self.open.pop() {
            Some(Element::Attribute(before)) => self.path.truncate(before),
            Some(Element::Event) => {
                self.complete(row);
                return true;
            }
            Some(Element::Log | Element::Trace | Element::Values | Element::Skipped) | None => {}
        }
        false
    }

    fn complete(&mut self, row: &mut Row) {
        self.trace_has_events = true;
        self.rows += 1;
        for (position, value) in &self.trace {
            row.set(*position, value);
        }
        row.columns.clone_from(&self.header);
        row.set_number(self.rows);
    }
}

fn is_attribute(name: &str) -> bool {
    matches!(name, "string" | "date" | "int" | "float" | "boolean" | "id" | "list" | "container")
}

fn attribute_text<'t>(tag: &'t BytesStart<'_>, name: &str) -> Result<Option<std::borrow::Cow<'t, str>>, Words> {
    let found = tag.try_get_attribute(name).map_err(|error| explain(&error.into()))?;
    found.map(|value| value.normalized_value(XmlVersion::Implicit1_0).map_err(|error| explain(&error))).transpose()
}

fn explain(error: &quick_xml::Error) -> Words {
    match error {
        quick_xml::Error::Io(source) => read_failure(source),
        quick_xml::Error::Syntax(_) => both!(
            "XML 不合格式：{error}；文件可能被截断：请重新取得",
            "malformed XML: {error}; the file may be truncated: fetch it again"
        ),
        quick_xml::Error::Encoding(_) => {
            both!("不是 UTF-8；请先转换，如用 `iconv`", "not UTF-8; convert the file first, for example with `iconv`")
        }
        _ => both!("XML 不合格式：{error}", "malformed XML: {error}"),
    }
}
