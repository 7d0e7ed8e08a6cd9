//! Clients of a server under load: HTTP/1.1 over connections that stay open, and no more of it than a load needs.
//!
//! In: requests as bytes. Out: statuses and bodies; of a stream of server-sent events the ids, which are journal positions.

use std::{
    io::Write,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

const READ_BYTES: usize = 16 * 1024;
const CLOUD_EVENT: &str = "application/cloudevents+json";
const CLOUD_EVENTS: &str = "application/cloudevents-batch+json";

/// A connection that stays open.
pub struct Connection {
    stream: TcpStream,
    /// What was read.
    buffer: Vec<u8>,
    /// How much of a stream's bytes is used.
    used: usize,
}

/// A server's answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new(), used: 0 })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// A connection that ends, an answer without a length.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        let (status, length) = self.head().await?;
        let length = length.context("an answer without a length")?;
        while self.buffer.len() < length {
            self.read().await?;
        }
        Ok(Answer { status, body: self.buffer.drain(..length).collect() })
    }

    /// `GET path` with a key, in HTTP/1.0: the body lasts as long as the connection, and is handed on as it comes. Gives the status.
    ///
    /// # Errors
    /// A connection that ends before there is an answer, faults of `sink`.
    pub async fn fetch(mut self, path: &str, key: &str, sink: &mut dyn Write) -> Result<u16> {
        self.stream.write_all(&get_as("1.0", path, key)).await?;
        let (status, _) = self.head().await?;
        loop {
            sink.write_all(&self.buffer)?;
            self.buffer.clear();
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(status);
            }
        }
    }

    /// Opens a stream of server-sent events.
    ///
    /// # Errors
    /// A connection that ends, a refusal.
    pub async fn follow(&mut self, request: &[u8]) -> Result<()> {
        self.stream.write_all(request).await?;
        let (status, _) = self.head().await?;
        ensure!(status == 200, "the stream is refused: {status} {}", String::from_utf8_lossy(&self.buffer));
        Ok(())
    }

    /// The next message of a stream: its event and its id.
    ///
    /// # Errors
    /// A connection that ends, a malformed id.
    pub async fn next_message(&mut self) -> Result<(String, u64)> {
        let (mut event, mut id) = (String::new(), None);
        loop {
            while let Some(length) = self.buffer[self.used..].iter().position(|byte| *byte == b'\n') {
                let line = &self.buffer[self.used..self.used + length];
                self.used += length + 1;
                // Lines that begin otherwise are lengths of chunks, or empty.
                if let Some(name) = line.strip_prefix(b"event: ") {
                    event = std::str::from_utf8(name)?.trim().to_owned();
                } else if let Some(position) = line.strip_prefix(b"id: ") {
                    id = Some(std::str::from_utf8(position)?.trim().parse()?);
                } else if line.starts_with(b"data: ") {
                    return Ok((event, id.context("a message without an id")?));
                }
            }
            self.buffer.drain(..self.used);
            self.used = 0;
            self.read().await?;
        }
    }

    /// Status and length of the answer that comes; its head is used up.
    async fn head(&mut self) -> Result<(u16, Option<usize>)> {
        let end = loop {
            match self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.read().await?,
            }
        };
        let head = String::from_utf8(self.buffer.drain(..end).collect())?.to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        Ok((status, length.map(|length| length.trim().parse()).transpose()?))
    }

    async fn read(&mut self) -> Result<()> {
        self.buffer.reserve(READ_BYTES);
        ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the connection ended");
        Ok(())
    }
}

/// `GET path` with a key.
pub fn get(path: &str, key: &str) -> Vec<u8> {
    get_as("1.1", path, key)
}

fn get_as(version: &str, path: &str, key: &str) -> Vec<u8> {
    format!("GET {path} HTTP/{version}\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n").into_bytes()
}

/// `POST` of one event.
pub fn post(path: &str, key: &str, event: &str) -> Vec<u8> {
    post_as(CLOUD_EVENT, path, key, event)
}

/// `POST` of a batch of events.
pub fn post_batch(path: &str, key: &str, events: &[String]) -> Vec<u8> {
    post_as(CLOUD_EVENTS, path, key, &format!("[{}]", events.join(",")))
}

fn post_as(content_type: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// How fast requests were answered.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Requests per second.
    pub per_second: f64,
    /// The time that half of them took at most.
    pub p50: Duration,
    /// The time that 99 of 100 took at most.
    pub p99: Duration,
}

/// Sends each connection's requests one after another, on all connections at once, which reach the addresses in turn. Every answer must
/// be 200.
///
/// # Errors
/// Connections that fail, other answers.
pub async fn send_all(addresses: &[SocketAddr], requests: Vec<Vec<Vec<u8>>>) -> Result<Rate> {
    let mut connections = Vec::new();
    for (requests, address) in requests.into_iter().zip(addresses.iter().cycle()) {
        connections.push((Connection::open(*address).await?, requests));
    }
    let started = Instant::now();
    let mut all = JoinSet::new();
    for (mut connection, requests) in connections {
        all.spawn(async move {
            let mut times = Vec::with_capacity(requests.len());
            for request in requests {
                let asked = Instant::now();
                let answer = connection.ask(&request).await?;
                if answer.status != 200 {
                    bail!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
                }
                times.push(asked.elapsed());
            }
            Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = all.join_next().await {
        times.extend(done??);
    }
    let per_second = times.len() as f64 / started.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Rate { per_second, p50: percentile(&times, 50), p99: percentile(&times, 99) })
}

/// The value that `share` of 100 do not exceed.
pub fn percentile<T: Copy + Default>(sorted: &[T], share: usize) -> T {
    let index = (sorted.len() * share / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}
