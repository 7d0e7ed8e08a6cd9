//! One kept-alive HTTP/1.1 connection to the public API; plain HTTP, as on this machine or behind a proxy.
//!
//! A lost connection or a server that is busy is waited out: sending the same events again is harmless.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::city::SimError;

/// Media type of many events.
const BATCHED: &str = "application/cloudevents-batch+json";
/// Waits between attempts grow from the first to the last.
const WAIT_FIRST: Duration = Duration::from_millis(100);
const WAIT_LAST: Duration = Duration::from_secs(5);
/// A server that answers nothing for this long is asked anew.
const ANSWER_LIMIT: Duration = Duration::from_secs(120);
/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// A client of one server.
pub struct Client {
    address: String,
    key: String,
    stream: Option<BufReader<TcpStream>>,
    /// Attempts before a lost connection is an error.
    attempts: u32,
}

/// What became of events that were sent.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// New to the journal.
    pub accepted: u64,
    /// There before, with the same body.
    pub repeated: u64,
    /// Anything else: conflicting, rejected, quarantined.
    pub refused: u64,
}

struct Answer {
    status: u16,
    retry_after: Option<u64>,
    body: Vec<u8>,
}

impl Client {
    /// Takes `http://host:port`.
    ///
    /// # Errors
    /// Another kind of address.
    pub fn new(url: &str, key: &str, attempts: u32) -> Result<Self, SimError> {
        let address = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let address = address.filter(|address| address.contains(':') && !address.contains('/'));
        let wrong = || SimError(format!("`{url}` is no address; write one such as `http://127.0.0.1:8787`"));
        Ok(Self { address: address.ok_or_else(wrong)?.to_owned(), key: key.to_owned(), stream: None, attempts })
    }

    /// Sends events, as often as it takes.
    ///
    /// # Errors
    /// The server refuses them for good, or does not come back.
    pub fn post(&mut self, events: &[String]) -> Result<Outcome, SimError> {
        if events.is_empty() {
            return Ok(Outcome::default());
        }
        let answer = self.ask("POST", "/api/v1/events", &format!("[{}]", events.join(",")))?;
        let mut outcome = Outcome::default();
        for result in answer["results"].as_array().into_iter().flatten() {
            match result["status"].as_str() {
                Some("accepted") => outcome.accepted += 1,
                Some("repeated") => outcome.repeated += 1,
                _ => {
                    outcome.refused += 1;
                    eprintln!("refused: {result}");
                }
            }
        }
        Ok(outcome)
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub fn get(&mut self, path: &str) -> Result<Value, SimError> {
        self.ask("GET", path, "")
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<Value, SimError> {
        let (mut wait, mut attempt) = (WAIT_FIRST, 0);
        loop {
            let why = match self.attempt(method, path, body) {
                Ok(Answer { status: 200, body, .. }) => {
                    return serde_json::from_slice(&body).map_err(|error| SimError(format!("{path}: {error}")));
                }
                Ok(Answer { status: 429 | 503 | 507, retry_after, .. }) => {
                    wait = retry_after.map_or(wait, |seconds| Duration::from_secs(seconds.min(30)).max(WAIT_FIRST));
                    "it is busy".to_owned()
                }
                Ok(Answer { status, body, .. }) => {
                    let body = String::from_utf8_lossy(&body).into_owned();
                    return Err(SimError(format!("{method} {path}: status {status}: {body}")));
                }
                Err(error) => {
                    self.stream = None;
                    attempt += 1;
                    error.to_string()
                }
            };
            if attempt >= self.attempts {
                return Err(SimError(format!("no answer from `{}`: {why}", self.address)));
            }
            thread::sleep(wait);
            wait = (wait * 2).min(WAIT_LAST);
        }
    }

    fn attempt(&mut self, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(ANSWER_LIMIT))?;
                self.stream.insert(BufReader::new(stream))
            }
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: {BATCHED}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            self.key,
            body.len()
        );
        stream.get_mut().write_all(head.as_bytes())?;
        stream.get_mut().write_all(body.as_bytes())?;
        read_answer(stream)
    }
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<Answer> {
    let broken = |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_owned());
    let (mut answer, mut length, mut chunked) = (Answer { status: 0, retry_after: None, body: Vec::new() }, 0, false);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_ascii_lowercase();
        match line.split_once(": ") {
            None if line.is_empty() => break,
            None => {
                let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
                answer.status = status.ok_or_else(|| broken("no status line"))?;
            }
            Some(("content-length", value)) => length = value.parse().map_err(|_| broken("no length"))?,
            Some(("transfer-encoding", value)) => chunked = value == "chunked",
            Some(("retry-after", value)) => answer.retry_after = value.parse().ok(),
            Some(_) => {}
        }
    }
    if !chunked {
        answer.body = exactly(stream, length)?;
        return Ok(answer);
    }
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(|_| broken("no chunk size"))?;
        answer.body.extend(exactly(stream, size)?);
        stream.read_line(&mut line)?;
        if size == 0 {
            return Ok(answer);
        }
    }
}

fn exactly(stream: &mut impl Read, length: usize) -> std::io::Result<Vec<u8>> {
    if length > ANSWER_BYTES_MAX {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "the answer is too long"));
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}
