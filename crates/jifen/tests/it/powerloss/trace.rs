//! What a program did to its files, and what it told its clients, as strace wrote it down.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

/// The files a database survives by; the shared memory beside them is made anew after a crash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum File {
    Database,
    Log,
}

/// One thing that was done, in the order in which it began; a sync counts from its end.
pub(super) enum Op {
    Write {
        file: File,
        offset: u64,
        bytes: Vec<u8>,
    },
    /// Also an unlink: an empty log and none are the same.
    Truncate {
        file: File,
        length: u64,
    },
    /// What began before op number `began` is on disk.
    Sync {
        file: File,
        began: usize,
        of: Of,
    },
    /// A client was told that these events are kept, at these positions.
    Acknowledged(Vec<(String, u64)>),
}

/// What a sync is for; `synchronous=NORMAL` leaves out those of commits, `OFF` all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Of {
    /// Of the log right after frames were written to it.
    Commit,
    /// Of the log after its header, and of either file in a checkpoint.
    Other,
}

/// A system call, its result left out.
struct Call<'t> {
    name: &'t [u8],
    /// From the opening parenthesis on.
    arguments: &'t [u8],
}

/// Arguments for strace, before the program's.
pub(super) fn strace(output: &str) -> Vec<&str> {
    const CALLS: &str = "trace=pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2";
    vec!["strace", "-f", "-y", "-s", "1048576", "-e", CALLS, "-e", "signal=none", "-o", output]
}

/// Reads what strace wrote about a program whose database lies at `path`.
pub(super) fn parse(trace: &[u8], path: &Path) -> Vec<Op> {
    let mut parser = Parser::new(path);
    for line in trace.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        parser.line(line);
    }
    parser.ops
}

/// How much of what was recorded, in words.
pub(super) fn summary(ops: &[Op]) -> String {
    let count = |wanted: fn(&Op) -> bool| ops.iter().filter(|op| wanted(op)).count();
    format!(
        "recorded: {} writes to the log, {} to the database, {} syncs of commits, {} others, {} acknowledgements",
        count(|op| matches!(op, Op::Write { file: File::Log, .. })),
        count(|op| matches!(op, Op::Write { file: File::Database, .. })),
        count(|op| matches!(op, Op::Sync { of: Of::Commit, .. })),
        count(|op| matches!(op, Op::Sync { of: Of::Other, .. })),
        count(|op| matches!(op, Op::Acknowledged(_))),
    )
}

#[derive(Clone, Copy)]
enum Last {
    Frames,
    Header,
    Synced,
}

struct Parser {
    database: Vec<u8>,
    ops: Vec<Op>,
    /// Syncs under way, by thread: the file, and how many ops had begun.
    syncing: BTreeMap<Vec<u8>, (File, usize)>,
    /// What each thread did last to the log.
    last: BTreeMap<Vec<u8>, Last>,
}

impl Parser {
    fn new(path: &Path) -> Self {
        let database = path.to_str().expect("UTF-8").as_bytes().to_owned();
        Self { database, ops: Vec::new(), syncing: BTreeMap::new(), last: BTreeMap::new() }
    }

    fn line(&mut self, line: &[u8]) {
        let at = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
        let (thread, rest) = (line[..at].to_owned(), line[at..].trim_ascii_start());
        if rest.starts_with(b"<... ") {
            let synced = rest.starts_with(b"<... fdatasync") || rest.starts_with(b"<... fsync");
            if synced && rest.ends_with(b"= 0") {
                self.synced(&thread);
            }
            return;
        }
        let Some(open) = rest.iter().position(|byte| *byte == b'(') else { return };
        let call = Call { name: &rest[..open], arguments: &rest[open + 1..] };
        let failed = contains(&rest[rest.len().saturating_sub(80)..], b") = -1");
        match call.name {
            b"write" | b"writev" | b"sendto" | b"sendmsg" => self.told(&call),
            _ if failed => {}
            b"fsync" | b"fdatasync" => {
                let Some(file) = self.file(&call) else { return };
                self.syncing.insert(thread.clone(), (file, self.ops.len()));
                if rest.ends_with(b"= 0") {
                    self.synced(&thread);
                }
            }
            b"pwrite64" => {
                let Some(file) = self.file(&call) else { return };
                let (bytes, after) = string(call.arguments).expect("what was written");
                let offset = *numbers(after).get(1).expect("a length and an offset");
                if file == File::Log {
                    let last = if offset == 0 { Last::Header } else { Last::Frames };
                    self.last.insert(thread, last);
                }
                self.ops.push(Op::Write { file, offset, bytes });
            }
            b"ftruncate" => {
                let Some(file) = self.file(&call) else { return };
                let at = call.arguments.iter().position(|byte| *byte == b',').expect("a length");
                let length = numbers(&call.arguments[at..])[0];
                self.ops.push(Op::Truncate { file, length });
            }
            b"unlink" | b"unlinkat" => {
                let removed = string(call.arguments).map(|(path, _)| path).unwrap_or_default();
                if removed.strip_prefix(&self.database[..]) == Some(b"-wal") {
                    self.ops.push(Op::Truncate { file: File::Log, length: 0 });
                } else {
                    assert_ne!(removed, self.database, "the database was removed");
                }
            }
            // A rename of these files would need a model of directories.
            _ => assert!(!contains(call.arguments, &self.database), "{}", String::from_utf8_lossy(rest)),
        }
    }

    fn synced(&mut self, thread: &[u8]) {
        let Some((file, began)) = self.syncing.remove(thread) else { return };
        let of = match (file, self.last.insert(thread.to_owned(), Last::Synced)) {
            (File::Log, Some(Last::Frames)) => Of::Commit,
            _ => Of::Other,
        };
        self.ops.push(Op::Sync { file, began, of });
    }

    /// Which of the two files a call on a descriptor is about: strace shows `7</path/of/it>`.
    fn file(&self, call: &Call<'_>) -> Option<File> {
        let from = call.arguments.iter().position(|byte| *byte == b'<')? + 1;
        let to = from + call.arguments[from..].iter().position(|byte| *byte == b'>')?;
        match call.arguments[from..to].strip_prefix(&self.database[..])? {
            b"" => Some(File::Database),
            b"-wal" => Some(File::Log),
            _ => None,
        }
    }

    /// Notes an answer that acknowledges events.
    fn told(&mut self, call: &Call<'_>) {
        if !contains(&call.arguments[..call.arguments.len().min(128)], b"HTTP/1.1 200 ") {
            return;
        }
        let mut answer = Vec::new();
        let mut rest = call.arguments;
        while let Some((bytes, after)) = string(rest) {
            answer.extend(bytes);
            rest = after;
        }
        let body = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
        let answer: Value = serde_json::from_slice(&answer[body..]).expect("an answer in one piece");
        let results = answer["results"].as_array().expect("results");
        let kept = results.iter().map(|result| {
            let (id, position) = (result["id"].as_str().expect("id"), result["position"].as_u64().expect("position"));
            (id.to_owned(), position)
        });
        self.ops.push(Op::Acknowledged(kept.collect()));
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// The decimal numbers in what is left of a call, up to its result.
fn numbers(rest: &[u8]) -> Vec<u64> {
    let end = rest.iter().position(|byte| matches!(byte, b')' | b'<')).unwrap_or(rest.len());
    let text = String::from_utf8_lossy(&rest[..end]);
    text.split(',').filter_map(|part| part.trim().parse().ok()).collect()
}

/// The first quoted string, as bytes, and what follows it.
fn string(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut at = text.iter().position(|byte| *byte == b'"')? + 1;
    let mut bytes = Vec::new();
    loop {
        match text[at] {
            b'"' => break,
            b'\\' => {
                at += 1;
                let plain = match text[at] {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'v' => 0x0b,
                    b'f' => 0x0c,
                    b'0'..=b'7' => {
                        let digits = text[at..].iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                        let octal =
                            text[at..at + digits].iter().fold(0, |sum, digit| sum * 8 + u32::from(digit - b'0'));
                        at += digits - 1;
                        u8::try_from(octal).expect("a byte")
                    }
                    other => other,
                };
                bytes.push(plain);
            }
            byte => bytes.push(byte),
        }
        at += 1;
    }
    let rest = &text[at + 1..];
    assert!(!rest.starts_with(b"..."), "strace cut a string short");
    Some((bytes, rest))
}
