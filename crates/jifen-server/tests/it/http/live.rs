//! Live streams over real sockets: nothing is missed, little is sent, nobody follows who may not.

use std::{io, time::Duration};

use jifen_server::{
    app::App,
    live::{INTERVAL, LiveOptions, STREAMS_PER_ACCOUNT_MAX},
    serve::serve,
};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::Instant,
};

use crate::city::{City, event, rating};

/// No test waits for the clock: messages come as fast as they are made.
const AT_ONCE: LiveOptions =
    LiveOptions { interval: Duration::from_millis(1), recheck: Duration::from_secs(3600), ..LIVE };
const LIVE: LiveOptions =
    LiveOptions { interval: INTERVAL, recheck: Duration::from_secs(3600), heartbeat: Duration::from_secs(3600) };
/// What the test's sockets may hold on either side, so that a client that does not read is felt soon.
const SOCKET_BYTES: u32 = 16 * 1024;

struct Served {
    address: std::net::SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Served {
    async fn start(app: App) -> Self {
        let socket = TcpSocket::new_v4().expect("socket");
        socket.set_send_buffer_size(SOCKET_BYTES).expect("small");
        socket.bind("127.0.0.1:0".parse().expect("address")).expect("bound");
        let listener: TcpListener = socket.listen(64).expect("listening");
        let address = listener.local_addr().expect("address");
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(app, listener, async { drop(stopped.await) }));
        Self { address, stop: Some(stop), task }
    }

    async fn follow(&self, key: &str, query: &str, headers: &str) -> Follower {
        let socket = TcpSocket::new_v4().expect("socket");
        socket.set_recv_buffer_size(SOCKET_BYTES).expect("small");
        let stream = socket.connect(self.address).await.expect("connected");
        let request =
            format!("GET /api/v1/live{query} HTTP/1.1\r\nhost: jifen\r\nauthorization: Bearer {key}\r\n{headers}\r\n");
        write_all(&stream, request.as_bytes()).await;
        let mut follower = Follower { stream, raw: Vec::new(), text: String::new(), bytes: 0, ended: false };
        let head = loop {
            if let Some(end) = find(&follower.raw, b"\r\n\r\n") {
                break String::from_utf8(follower.raw.drain(..end + 4).collect()).expect("text");
            }
            assert!(follower.fill().await, "no answer");
        };
        follower.text = head;
        follower
    }

    /// Follows and takes the first message.
    async fn open(&self, key: &str, query: &str, headers: &str) -> (Follower, Message) {
        let mut follower = self.follow(key, query, headers).await;
        assert_eq!(follower.status(), 200, "{}", follower.text);
        assert!(follower.text.to_ascii_lowercase().contains("content-type: text/event-stream"), "{}", follower.text);
        follower.text.clear();
        let first = follower.next().await.expect("a message");
        (follower, first)
    }
}

struct Follower {
    stream: TcpStream,
    /// As it comes, in chunks.
    raw: Vec<u8>,
    /// The event stream in it.
    text: String,
    /// Of the event stream, so far.
    bytes: usize,
    ended: bool,
}

#[derive(Debug)]
struct Message {
    event: String,
    id: Option<u64>,
    data: Value,
}

impl Follower {
    fn status(&self) -> u16 {
        self.text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("status")
    }

    /// Reads some; false at the end.
    async fn fill(&mut self) -> bool {
        let mut buffer = [0; 4096];
        loop {
            self.stream.readable().await.expect("readable");
            match self.stream.try_read(&mut buffer) {
                Ok(0) => return false,
                Ok(read) => {
                    self.raw.extend_from_slice(&buffer[..read]);
                    return true;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The next message; `None` when the stream has ended.
    async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let message: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                let data = serde_json::from_str(field("data").expect("data")).expect("JSON");
                let id = field("id").map(|id| id.parse().expect("a position"));
                return Some(Message { event: field("event").expect("event").to_owned(), id, data });
            }
            while let Some(end) = find(&self.raw, b"\r\n") {
                let size = std::str::from_utf8(&self.raw[..end]).expect("text");
                let size = usize::from_str_radix(size, 16).expect("size of a chunk");
                self.ended |= size == 0;
                if self.raw.len() < end + 2 + size + 2 {
                    break;
                }
                self.text.push_str(std::str::from_utf8(&self.raw[end + 2..end + 2 + size]).expect("whole messages"));
                self.bytes += size;
                self.raw.drain(..end + 2 + size + 2);
            }
            if !self.text.contains("\n\n") && (self.ended || !self.fill().await) {
                return None;
            }
        }
    }

    /// The next change whose position is at least this.
    async fn until(&mut self, position: u64) -> Vec<Message> {
        let mut seen = Vec::new();
        loop {
            let message = self.next().await.expect("a message");
            let there = message.id.is_some_and(|id| id >= position);
            seen.push(message);
            if there {
                return seen;
            }
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|part| part == what)
}

/// A service of 王岚 that gives points: two events.
fn service(number: u32) -> Vec<Value> {
    let at = |minute: u32| format!("2026-11-20T{:02}:{minute:02}:00+08:00", 8 + number % 12);
    let data = json!({"service": format!("L{number}"), "person": "王岚", "window": "7"});
    vec![
        event(&format!("live-start-{number}"), "service.started", &at(0), data.clone()),
        event(&format!("live-end-{number}"), "service.ended", &at(10), data),
    ]
}

fn positions(entries: &Value) -> Vec<u64> {
    entries.as_array().expect("entries").iter().map(|entry| entry["position"].as_u64().expect("position")).collect()
}

#[tokio::test]
async fn a_client_that_reconnects_misses_nothing() {
    let city = City::new();
    city.open_hall().await;
    let served = Served::start(city.restarted(AT_ONCE)).await;
    let (staff, source) = (city.key("staff", &[]), city.key("source", &[]));
    let (mut follower, first) = served.open(&staff, "", "").await;
    let start = city.database.head(city.row.id).expect("head");
    assert_eq!((first.event.as_str(), first.id), ("head", Some(start.journal)));
    let post = async |number| served.post(&source, &service(number)).await;

    post(1).await;
    let change = follower.until(start.journal + 2).await.pop().expect("a message");
    assert_eq!((change.event.as_str(), change.data["position"].as_u64()), ("change", change.id));
    let subjects = change.data["subjects"].as_array().expect("subjects");
    for subject in [json!({"kind": "person", "code": "王岚"}), json!({"kind": "window", "code": "7"})] {
        assert!(subjects.contains(&subject), "{change:?}");
    }
    assert_eq!(change.data["first_date"], "2026-11-20");
    assert_eq!(positions(&change.data["entries"]), [start.ledger + 1]);
    assert_eq!(change.data["entries"][0]["subject_name"], "王岚的姓名");

    drop(follower);
    post(2).await;
    post(3).await;
    for (query, headers) in [
        (String::new(), format!("last-event-id: {}\r\n", change.id.expect("id"))),
        (format!("?after={}", change.id.expect("id")), String::new()),
    ] {
        let (mut follower, first) = served.open(&staff, &query, &headers).await;
        // The frames of the last posts may still be on their way: then the stream begins at its own position, as a quiet one.
        let told = first.id;
        assert!(first.event == "change" || told == change.id, "{first:?}");
        let mut missed = Vec::from_iter((first.event == "change").then_some(first));
        if told < Some(start.journal + 6) {
            missed.extend(follower.until(start.journal + 6).await);
        }
        assert!(missed.iter().all(|message| message.event == "change"), "{missed:?}");
        assert_eq!(missed.last().and_then(|message| message.id), Some(start.journal + 6));
        let entries: Vec<u64> = missed.iter().flat_map(|message| positions(&message.data["entries"])).collect();
        assert_eq!(entries, [start.ledger + 2, start.ledger + 3]);
    }
    let (_, nothing) = served.open(&staff, &format!("?after={}", start.journal + 6), "").await;
    assert_eq!(nothing.event, "head");
    // What this server never saw it cannot tell.
    for after in [start.journal - 1, start.journal + 7] {
        let (_, resync) = served.open(&staff, &format!("?after={after}"), "").await;
        assert_eq!((resync.event.as_str(), resync.id), ("resync", Some(start.journal + 6)), "{after}");
        assert_eq!(resync.data["reason"], "too_far_back");
    }
}

#[tokio::test]
async fn a_screen_hears_that_something_changed_and_of_nobody() {
    let city = City::new();
    city.open_hall().await;
    let served = Served::start(city.restarted(AT_ONCE)).await;
    let (screen, source) = (city.key("screen", &[]), city.key("source", &[]));
    let (mut follower, head) = served.open(&screen, "", "").await;
    let ended = |id: &str, minute: u32| {
        let kind = if minute == 0 { "service.started" } else { "service.ended" };
        let time = format!("2026-11-23T11:{minute:02}:00+08:00");
        event(id, kind, &time, json!({"service": "S9", "person": "王岚", "window": "7"}))
    };
    served.post(&source, &[ended("a", 0), ended("b", 9)]).await;
    let messages = follower.until(head.id.expect("id") + 2).await;
    let change = messages.last().expect("a message");
    assert_eq!(
        (&change.data["any_subject"], &change.data["subjects"], &change.data["entries"]),
        (&json!(true), &json!([]), &json!([]))
    );
    assert!(!messages.iter().any(|message| message.data.to_string().contains("王岚")));
}

#[tokio::test]
async fn many_commits_are_few_messages() {
    let city = City::new();
    city.open_hall().await;
    let served = Served::start(city.restarted(LIVE)).await;
    let (staff, source) = (city.key("staff", &[]), city.key("source", &[]));
    let (mut follower, first) = served.open(&staff, "", "").await;
    let start = first.id.expect("id");
    let started = Instant::now();
    let posting = async {
        for number in 0..60 {
            served.post(&source, &[rating(&format!("many-{number}"), 5)]).await;
        }
    };
    let ((), messages) = tokio::join!(posting, follower.until(start + 60));
    let most = started.elapsed().as_millis() / INTERVAL.as_millis() + 2;
    assert!(messages.len() as u128 <= most, "{} messages, at most {most} are due", messages.len());
    assert!(messages.len() < 60);
}

#[tokio::test]
async fn a_client_that_never_reads_costs_little_and_is_told_to_resynchronise() {
    let city = City::new();
    city.open_hall().await;
    let served = Served::start(city.restarted(AT_ONCE)).await;
    let (staff, source) = (city.key("staff", &[]), city.key("source", &[]));
    let (mut lazy, _) = served.open(&staff, "", "").await;
    let (mut eager, first) = served.open(&staff, "", "").await;
    let mut head = first.id.expect("id");
    let before_lazy = lazy.bytes;
    for round in 0..60 {
        let events: Vec<Value> = (0..12).flat_map(|number| service(round * 12 + number)).collect();
        served.post(&source, &events).await;
        head += events.len() as u64;
        eager.until(head).await;
    }
    assert!(eager.bytes > 60 * 4096, "there was something to read: {} bytes", eager.bytes);
    let resync = loop {
        let message = lazy.next().await.expect("a message");
        if message.event == "resync" {
            break message;
        }
    };
    assert_eq!((resync.id, resync.data["reason"].as_str()), (Some(head), Some("too_slow")));
    // 64 KiB, and what the kernel keeps in the two sockets.
    let kept = lazy.bytes - before_lazy;
    assert!(kept <= 64 * 1024 + 8 * SOCKET_BYTES as usize, "{kept} bytes were kept");
    served.post(&source, &service(9_999)).await;
    let change = lazy.until(head + 2).await.pop().expect("a message");
    assert_eq!(change.event, "change", "it goes on from there");
}

#[tokio::test]
async fn a_removed_key_ends_its_stream() {
    let city = City::new();
    city.open_hall().await;
    let options = LiveOptions { recheck: Duration::from_millis(5), ..AT_ONCE };
    let served = Served::start(city.restarted(options)).await;
    let (staff, other, source) = (city.key("staff", &[]), city.key("staff", &[]), city.key("source", &[]));
    let (mut follower, _) = served.open(&staff, "", "").await;
    let (mut stays, first) = served.open(&other, "", "").await;
    let name = city.database.keys(city.row.id).expect("keys").into_iter().map(|row| row.name);
    let name = name.into_iter().find(|name| *name == format!("staff-{}", &staff[6..14])).expect("name");
    assert!(city.database.remove_key(city.row.id, &name).expect("removed"));
    let end = follower.next().await.expect("a message");
    assert_eq!((end.event.as_str(), end.id), ("end", None));
    assert!(follower.next().await.is_none(), "and nothing more");
    assert_eq!(served.follow(&staff, "", "").await.status(), 401);
    served.post(&source, &service(1)).await;
    stays.until(first.id.expect("id") + 2).await;
    assert_eq!(served.follow(&source, "", "").await.status(), 403, "a source does not follow");
}

#[tokio::test]
async fn an_account_has_so_many_streams_and_no_more() {
    let city = City::new();
    let served = Served::start(city.restarted(AT_ONCE)).await;
    let (staff, other) = (city.key("staff", &[]), city.key("staff", &[]));
    let mut open = Vec::new();
    for _ in 0..STREAMS_PER_ACCOUNT_MAX {
        open.push(served.open(&staff, "", "").await);
    }
    let refused = served.follow(&staff, "", "").await;
    assert_eq!(refused.status(), 429);
    assert!(refused.text.contains("retry-after"), "{}", refused.text);
    assert_eq!(served.follow(&other, "", "").await.status(), 200);
    open.pop();
    while served.follow(&staff, "", "").await.status() == 429 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams() {
    let city = City::new();
    let mut served = Served::start(city.restarted(AT_ONCE)).await;
    let staff = city.key("staff", &[]);
    let (mut follower, _) = served.open(&staff, "", "").await;
    served.stop.take().map(|stop| stop.send(()));
    assert!(follower.next().await.is_none());
    served.task.await.expect("ended").expect("well");
}

impl Served {
    /// Posts a batch to this server.
    async fn post(&self, key: &str, events: &[Value]) {
        let body = json!(events).to_string();
        let stream = TcpStream::connect(self.address).await.expect("connected");
        let request = format!(
            "POST /api/v1/events HTTP/1.1\r\nhost: jifen\r\nconnection: close\r\nauthorization: Bearer {key}\r\ncontent-type: application/cloudevents-batch+json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        write_all(&stream, request.as_bytes()).await;
        let mut follower = Follower { stream, raw: Vec::new(), text: String::new(), bytes: 0, ended: false };
        while follower.fill().await {}
        let answer = String::from_utf8(follower.raw).expect("text");
        assert!(
            answer.contains("\"accepted\"") && !answer.contains("\"rejected\"") && !answer.contains("\"quarantined\""),
            "{answer}"
        );
    }
}

async fn write_all(stream: &TcpStream, mut rest: &[u8]) {
    while !rest.is_empty() {
        stream.writable().await.expect("writable");
        match stream.try_write(rest) {
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => panic!("{error}"),
        }
    }
}
