//! Lines of JSON, one CloudEvent in structured form each. A bad line is an error of its own; the next one follows.

use std::{io::BufRead, path::Path};

use jifen_core::{both, language::Words};
use serde_json::{Map, Value};

use super::{
    cloud_event::CloudEvent,
    error::{FeedError, RowProblem, read_failure},
    input::Guarded,
};

/// Reader of one file of CloudEvents.
pub(super) struct CloudEventLines {
    text: Guarded,
    line: Vec<u8>,
    rows: u64,
}

impl CloudEventLines {
    /// Starts at the top of the file.
    pub(super) fn open(text: Guarded) -> Self {
        Self { text, line: Vec::new(), rows: 0 }
    }

    /// Reads the next event; `None` at the end.
    pub(super) fn read(&mut self, file: &Path) -> Result<Option<CloudEvent>, FeedError> {
        loop {
            self.text.begin_row();
            self.line.clear();
            let number = self.text.line();
            let count = self.text.read_until(b'\n', &mut self.line).map_err(|error| FeedError::Broken {
                file: file.to_owned(),
                line: number,
                rows: self.rows,
                reason: read_failure(&error),
            })?;
            if count == 0 {
                return Ok(None);
            }
            if self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            self.rows += 1;
            return parse(&self.line).map(Some).map_err(|reason| FeedError::Row {
                file: file.to_owned(),
                line: number,
                row: self.rows,
                problem: Box::new(RowProblem::NoCloudEvent(reason)),
            });
        }
    }
}

fn parse(line: &[u8]) -> Result<CloudEvent, Words> {
    let mut event: Map<String, Value> = serde_json::from_slice(line)
        .map_err(|error| both!("{error}；请一行写一个 JSON 对象", "{error}; write one JSON object a line"))?;
    match take_text(&mut event, "specversion")?.as_str() {
        "1.0" => {}
        other => {
            return Err(both!("`specversion` 是 `{other}`；请写 `1.0`", "`specversion` is `{other}`; write `1.0`"));
        }
    }
    Ok(CloudEvent {
        source: take_text(&mut event, "source")?,
        id: take_text(&mut event, "id")?,
        kind: take_text(&mut event, "type")?,
        time: take_text(&mut event, "time")?,
        sequence: take_sequence(&mut event)?,
        data: take_data(&mut event)?,
    })
}

fn take_text(event: &mut Map<String, Value>, member: &str) -> Result<String, Words> {
    match event.remove(member) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(both!("`{member}` 要是不空的文字", "`{member}` must be a text that is not empty")),
        None => Err(both!("缺少 `{member}`", "`{member}` is missing")),
    }
}

fn take_sequence(event: &mut Map<String, Value>) -> Result<Option<String>, Words> {
    match event.remove("sequence") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(both!("`sequence` 要是 1 到 19 位数字", "`sequence` must be 1 to 19 decimal digits")),
    }
}

fn take_data(event: &mut Map<String, Value>) -> Result<Map<String, Value>, Words> {
    match event.remove("data") {
        Some(Value::Object(data)) => Ok(data),
        Some(_) => Err(both!("`data` 要是对象", "`data` must be an object")),
        None if event.contains_key("data_base64") => {
            Err(both!("不读 `data_base64`；请写 `data`", "`data_base64` is not read; write `data`"))
        }
        None => Ok(Map::new()),
    }
}
