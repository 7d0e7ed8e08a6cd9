//! A scratch directory with a database, and the binary run in it.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

/// A server that hangs must fail a test and not stop it.
const ANSWER_WAIT: Duration = Duration::from_secs(120);
/// How much of a server's log a test that failed prints.
const LOG_LINES: usize = 60;

/// How many rounds a test makes, or states it looks at, and the seed of what is random: `JIFEN_NAME_COUNTED` and `JIFEN_NAME_SEED`, else
/// as many as `unless` says and a seed that is printed.
pub(crate) fn number_and_seed(name: &str, counted: &str, unless: u64) -> (u64, u64) {
    let read = |variable: &str| env::var(variable).ok().and_then(|text| text.parse::<u64>().ok());
    let (counted, seeded) = (format!("JIFEN_{name}_{counted}"), format!("JIFEN_{name}_SEED"));
    // Tests add small numbers to it.
    let (number, seed) = (read(&counted).unwrap_or(unless), read(&seeded).unwrap_or_else(|| fastrand::u64(..1 << 40)));
    eprintln!("{seeded}={seed} {counted}={number}");
    (number, seed)
}

/// A small hall: two windows, two people, one system account.
pub(crate) const HALL: [(&str, &str); 5] = [
    ("region.toml", "code = \"t\"\nname = \"测试区\"\nsince = \"2026-01-01\"\ncalendar = \"cn\"\n"),
    ("halls.csv", "hall,name\nH1,大厅\n"),
    ("departments.csv", "department,name,hall\nD1,税务局,H1\n"),
    ("windows.csv", "window,name,hall,department\nW1,1号窗口,H1,D1\nW2,2号窗口,H1,D1\n"),
    (
        "people.csv",
        "person,kind,name,department,window\nP1,person,王岚,D1,W1\nP2,person,李文博,D1,W2\nS1,system,自动核验,D1,\n",
    ),
];

pub(crate) struct Scratch {
    pub(crate) directory: TempDir,
    pub(crate) database: jifen_scratch::Scratch,
    /// Servers started, each with a log of its own.
    pub(crate) served: AtomicUsize,
    /// The vault's key that programs are told of; else beside the file, or where cargo says.
    pub(crate) vault_key: OnceLock<PathBuf>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self::over(jifen_scratch::Scratch::new())
    }

    /// For what only files have: the database is `jifen.db`.
    pub(crate) fn on_file() -> Self {
        Self::over(jifen_scratch::Scratch::sqlite())
    }

    /// For what only servers have.
    pub(crate) fn with_hall_on_server() -> Self {
        Self::over(jifen_scratch::Scratch::postgres()).with_region()
    }

    pub(crate) fn over(database: jifen_scratch::Scratch) -> Self {
        Self {
            directory: tempfile::tempdir().expect("directory"),
            database,
            served: AtomicUsize::new(0),
            vault_key: OnceLock::new(),
        }
    }

    /// With the region `t` of [`HALL`].
    pub(crate) fn with_hall() -> Self {
        Self::new().with_region()
    }

    /// The same on a file.
    pub(crate) fn with_hall_on_file() -> Self {
        Self::on_file().with_region()
    }

    pub(crate) fn with_region(self) -> Self {
        self.write_all(&HALL);
        let made = self.jifen(&["init", "--db", &self.db(), "hall"]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn db(&self) -> String {
        match self.database.url() {
            url if url.starts_with("sqlite:") => format!("sqlite:{}", self.path("jifen.db").display()),
            url => url.to_owned(),
        }
    }

    /// From now on programs here, and those of `other`, are told of the key that lies beside the file here.
    pub(crate) fn share_key(&self, other: &Self) {
        let key = self.path("jifen.db.key");
        assert!(key.exists(), "no key was made");
        other.vault_key.set(key.clone()).expect("once");
        self.vault_key.set(key).expect("once");
    }

    /// Writes files into `hall/`.
    pub(crate) fn write_all(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            self.write(&format!("hall/{name}"), text.as_bytes());
        }
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("directory");
        fs::write(&path, bytes).expect("file");
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.prepared(env!("CARGO_BIN_EXE_jifen"));
        command.args(arguments);
        command
    }

    pub(crate) fn prepared(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.directory.path()).env_remove("JIFEN_LOG").stdin(Stdio::null());
        if let Some(key) = self.vault_key.get() {
            command.env("JIFEN_VAULT_KEY", key);
        }
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn jifen(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("the binary runs"))
    }

    /// Runs it and expects success.
    pub(crate) fn good(&self, arguments: &[&str]) -> Ran {
        let ran = self.jifen(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        ran
    }

    /// Imports lines of CloudEvents into the region `t`.
    pub(crate) fn import_events(&self, events: &[Value], more: &[&str]) -> Ran {
        let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
        let file = self.write("events.jsonl", lines.as_bytes());
        let db = self.db();
        let mut arguments = vec!["import", "--db", &db, "--region", "t", "--mapping", "cloudevents", "--json"];
        arguments.extend(more);
        arguments.push(file.to_str().expect("UTF-8"));
        self.jifen(&arguments)
    }

    pub(crate) fn key(&self, role: &str) -> String {
        let added = self.good(&["key", "add", "--db", &self.db(), "--region", "t", "--name", role, "--role", role]);
        added.stdout.trim().to_owned()
    }

    /// Starts a server on a free port.
    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// Starts a server on a free port with more options.
    pub(crate) fn serve_with(&self, more: &[&str]) -> Server {
        self.serve_under(&[], more)
    }

    /// Starts a server on a free port as the last argument of another command, which may be empty.
    pub(crate) fn serve_under(&self, wrapper: &[&str], more: &[&str]) -> Server {
        self.serve_at("127.0.0.1:0", wrapper, more)
    }

    /// The same at this address.
    pub(crate) fn serve_at(&self, listen: &str, wrapper: &[&str], more: &[&str]) -> Server {
        // Periods end by no clock here: tests count what they appended themselves.
        let db = self.db();
        let mut command = match wrapper.split_first() {
            Some((program, arguments)) => {
                let mut command = self.prepared(program);
                command.args(arguments).arg(env!("CARGO_BIN_EXE_jifen"));
                command
            }
            None => self.prepared(env!("CARGO_BIN_EXE_jifen")),
        };
        command.args(["serve", "--db", &db, "--listen", listen, "--end-periods", "off"]).args(more);
        let log_path = self.path(&format!("serve-{}.log", self.served.fetch_add(1, Ordering::Relaxed)));
        let log = fs::File::create(&log_path).expect("log");
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        let address = line.trim().trim_start_matches("http://").to_owned();
        let log = fs::read_to_string(&log_path).unwrap_or_default();
        assert!(address.contains(':'), "no address: {line}{log}");
        Server { child, address, log: log_path }
    }
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect(&self.stdout)
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    /// What it says on standard error.
    pub(crate) log: PathBuf,
}

impl Server {
    /// Sends a signal by its name (`STOP`, `CONT`, `KILL`).
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success(), "no process to signal");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.child.try_wait().ok().flatten();
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<_> = log.lines().filter(|line| !line.contains("answered a request")).collect();
            let state = ended.map_or("was running".to_owned(), |status| format!("had ended ({status})"));
            eprintln!("the server {state}; the end of its log, requests left out:");
            lines.iter().skip(lines.len().saturating_sub(LOG_LINES)).for_each(|line| eprintln!("  {line}"));
        }
    }
}

/// One connection, kept alive.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    key: String,
}

impl Client {
    pub(crate) fn connect(address: &str, key: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_WAIT))?;
        Ok(Self { stream: BufReader::new(stream), key: key.to_owned() })
    }

    /// One request; status and body.
    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        kind: &str,
        body: &str,
    ) -> std::io::Result<(u16, String)> {
        let key = &self.key;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {key}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        self.stream.get_mut().write_all((head + body).as_bytes())?;
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().unwrap_or(0);
            } else if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().unwrap_or(0);
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

/// A CloudEvent.
pub(crate) fn event(id: &str, kind: &str, time: &str, data: Value) -> Value {
    serde_json::json!({"specversion": "1.0", "source": "q", "id": id, "type": format!("jifen.{kind}"), "time": time, "data": data})
}

/// A counter service by `person` at `window`, `minutes` long, on a November morning.
pub(crate) fn service(number: usize, person: &str, window: &str, day: u32, minutes: u32) -> Vec<Value> {
    let data = |more: bool| {
        let mut data = serde_json::json!({"service": format!("A{number}"), "window": window, "person": person});
        if more {
            data["hall"] = "H1".into();
        }
        data
    };
    let time = |minute: u32| format!("2026-10-{day:02}T{:02}:{:02}:00+08:00", 9 + minute / 60, minute % 60);
    vec![
        event(&format!("{number}/start"), "service.started", &time(0), data(true)),
        event(&format!("{number}/end"), "service.ended", &time(minutes), data(false)),
    ]
}
