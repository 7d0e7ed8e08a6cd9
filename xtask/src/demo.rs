//! `cargo xtask demo`: an invented hall, through the same pipeline as any source, served on this machine.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::run::{cargo, command, read, root, run, target};
use crate::web;

/// Written last, so that a demo that was cut off is made anew; its number changes when the demo does.
const MARKER: &str = "ready.json";
const MARKER_NUMBER: u64 = 5;
/// Where the feed keeps how far it came.
pub(crate) const PROGRESS: &str = "feed.json";
/// The demo's region, as jifen-sim names it.
pub(crate) const REGION: &str = "demo";
/// The region of the hall with a hundred points, as jifen-sim names it.
const HUNDRED: &str = "hundred";
/// How long the server may take to answer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Options of the command.
pub(crate) struct Options {
    port: u16,
    directory: PathBuf,
    serve: bool,
    small: bool,
    fresh: bool,
    release: bool,
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let directory = root().join("target/demo");
        let mut options = Self { port: 8787, directory, serve: true, small: false, fresh: false, release: true };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("`{argument}` needs a value"));
            match argument.as_str() {
                "--port" => options.port = value()?.parse().context("`--port` needs a number from 1 to 65535")?,
                "--dir" => options.directory = std::path::absolute(value()?)?,
                "--no-serve" => options.serve = false,
                "--small" => options.small = true,
                "--fresh" => options.fresh = true,
                "--dev" => options.release = false,
                _ => bail!("unknown option `{argument}`"),
            }
        }
        Ok(options)
    }
}

/// Builds, fills unless filled, serves.
pub(crate) fn demo(options: &Options) -> Result<()> {
    if options.serve {
        TcpListener::bind(("127.0.0.1", options.port))
            .with_context(|| format!("port {} is taken; choose another with `--port`", options.port))?;
    }
    let programs = build(options.release)?;
    let made = match filled(options) {
        Some(made) => made,
        None => fill(&programs, options)?,
    };
    match (options.small, options.serve) {
        (true, false) => println!("{}", options.directory.display()),
        (true, true) => serve(start(&programs, &options.directory, options.port)?, None, options, &made)?,
        (false, false) => {
            let port = free_port()?;
            let server = Stopped(start(&programs, &options.directory, port)?);
            let feed = Stopped(feed(&programs, &options.directory, port, &made)?);
            drop((feed, server));
            println!("{}", options.directory.display());
        }
        (false, true) => {
            let server = start(&programs, &options.directory, options.port)?;
            let feed = feed(&programs, &options.directory, options.port, &made)?;
            serve(server, Some(feed), options, &made)?;
        }
    }
    Ok(())
}

/// The server with its web app, and the simulator; gives the folder they lie in.
pub(crate) fn build(release: bool) -> Result<PathBuf> {
    web::build()?;
    let mut build = vec!["build", "--quiet", "--package", "jifen", "--package", "jifen-sim"];
    if release {
        build.push("--release");
        eprintln!("building (some minutes the first time) …");
    }
    run(cargo(&build))?;
    Ok(target().join(if release { "release" } else { "debug" }))
}

/// A demo that is there: the day it was made, and the made of its region.
pub(crate) struct Made {
    pub(crate) anchor: String,
    pub(crate) staff: String,
    pub(crate) source: String,
    pub(crate) administrator: String,
    /// Keys to the hall with a hundred points.
    pub(crate) hundred: Hundred,
}

/// Keys to the hall with a hundred points.
pub(crate) struct Hundred {
    manager: String,
    source: String,
    administrator: String,
}

/// A program that is stopped when it goes out of use.
pub(crate) struct Stopped(pub(crate) Child);

impl Stopped {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub(crate) fn database(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("jifen.db").display())
}

/// A demo that is there already.
fn filled(options: &Options) -> Option<Made> {
    let marker: Value = serde_json::from_slice(&fs::read(options.directory.join(MARKER)).ok()?).ok()?;
    let same = marker["number"] == MARKER_NUMBER && marker["small"] == options.small;
    let good = !options.fresh && same && options.directory.join("jifen.db").is_file();
    let key = |name: &str| marker[name].as_str().filter(|_| good).map(str::to_owned);
    Some(Made {
        anchor: key("anchor")?,
        staff: key("key")?,
        source: key("source")?,
        administrator: key("administrator")?,
        hundred: Hundred {
            manager: key("hundred")?,
            source: key("hundred_source")?,
            administrator: key("hundred_administrator")?,
        },
    })
}

/// Makes the region; the small hall's history is imported, the city's is fed once the server runs.
fn fill(programs: &Path, options: &Options) -> Result<Made> {
    let directory = &options.directory;
    let made = found(programs, directory, if options.small { "small" } else { "city" })?;
    if options.small {
        let input = directory.join("input");
        let input = input.to_str().context("the directory's name is no UTF-8")?;
        let (_, closed_month) = today();
        let history = ["demo", "--seed", "1", "--anchor", &made.anchor, "--scale", "small", "--out", input];
        run(command(programs.join("jifen-sim"), &history))?;
        let (database, events) = (database(directory), format!("{input}/events.jsonl"));
        let import = ["import", "--db", &database, "--region", REGION, "--mapping", "cloudevents"];
        let import = [&import[..], &["--close-through", &closed_month, &events]].concat();
        run(command(programs.join("jifen"), &import))?;
    }
    let marker = json!({"number": MARKER_NUMBER, "small": options.small, "anchor": made.anchor, "key": made.staff,
        "source": made.source, "administrator": made.administrator, "hundred": made.hundred.manager,
        "hundred_source": made.hundred.source, "hundred_administrator": made.hundred.administrator});
    write_marker(&directory.join(MARKER), &marker)?;
    Ok(made)
}

/// The region and its keys, without events.
pub(crate) fn found(programs: &Path, directory: &Path, scale: &str) -> Result<Made> {
    clear(directory)?;
    let (input, database) = (directory.join("input"), database(directory));
    let input = input.to_str().context("the directory's name is no UTF-8")?;
    let (anchor, _) = today();
    let jifen = |arguments: &[&str]| command(programs.join("jifen"), arguments);
    let plan = ["plan", "--seed", "1", "--anchor", &anchor, "--scale", scale, "--out", input];
    run(command(programs.join("jifen-sim"), &plan))?;
    run(jifen(&["init", "--db", &database, input]))?;
    let key = |name: &str, role: &str| add_key(programs, &database, [REGION, name, role]);
    let (staff, source) = (key("demo", "staff")?, key("feed", "source")?);
    let administrator = key("office", "administrator")?;
    let hundred = hundred(programs, directory, &anchor)?;
    Ok(Made { anchor, staff, source, administrator, hundred })
}

/// The second hall, in a region of its own, with the history of its months.
fn hundred(programs: &Path, directory: &Path, anchor: &str) -> Result<Hundred> {
    let (input, database) = (directory.join("hundred"), database(directory));
    let input = input.to_str().context("the directory's name is no UTF-8")?;
    let (_, closed_month) = today();
    run(command(programs.join("jifen-sim"), &["hundred", "--seed", "1", "--anchor", anchor, "--out", input]))?;
    let (jifen, events) = (programs.join("jifen"), format!("{input}/events.jsonl"));
    run(command(&jifen, &["init", "--db", &database, input]))?;
    let import = ["import", "--db", &database, "--region", HUNDRED, "--mapping", "cloudevents"];
    run(command(&jifen, &[&import[..], &["--close-through", &closed_month, &events]].concat()))?;
    let key = |name: &str, role: &str| add_key(programs, &database, [HUNDRED, name, role]);
    Ok(Hundred {
        manager: key("director", "manager")?,
        source: key("feed", "source")?,
        administrator: key("office", "administrator")?,
    })
}

fn add_key(programs: &Path, database: &str, [region, name, role]: [&str; 3]) -> Result<String> {
    let add = ["key", "add", "--db", database, "--region", region, "--name", name, "--role", role];
    Ok(read(command(programs.join("jifen"), &add))?.trim().to_owned())
}

/// Starts the feed and waits until the newest week is there; older days fill in behind, then it goes on live.
fn feed(programs: &Path, directory: &Path, port: u16, made: &Made) -> Result<Child> {
    let (url, progress) = (format!("http://127.0.0.1:{port}"), directory.join(PROGRESS));
    let progress = progress.to_str().context("the directory's name is no UTF-8")?;
    let begun = Instant::now();
    let arguments =
        ["feed", "--seed", "1", "--anchor", &made.anchor, "--url", &url, "--key", &made.source, "--administrator-key"];
    let second = ["--hundred-key", &made.hundred.source, "--hundred-administrator-key", &made.hundred.administrator];
    let arguments = [&arguments[..], &[&made.administrator, "--progress", progress], &second].concat();
    let mut feed = command(programs.join("jifen-sim"), &arguments);
    let mut feed = feed.stdout(Stdio::piped()).spawn().context("cannot start the feed")?;
    let mut line = String::new();
    let stdout = feed.stdout.take().context("the feed has no output")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let Some(count) = line.trim().strip_prefix("ready ") else {
        bail!("the feed ended: {}", Stopped(feed).0.wait()?);
    };
    eprintln!("the newest week is there: {count} events in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(feed)
}

/// Readable by its owner alone, since it holds the key.
fn write_marker(path: &Path, marker: &Value) -> Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(marker.to_string().as_bytes())?;
    Ok(())
}

/// Removes what an earlier demo left; other files stay.
fn clear(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    for entry in fs::read_dir(directory)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == MARKER || name == PROGRESS || name.starts_with("jifen.db") {
            fs::remove_file(entry.path())?;
        } else if name == "input" {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Today by the demo's clock (UTC+8), and the last month that had ended by yesterday.
fn today() -> (String, String) {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs() as i64);
    let today = (since_epoch + 8 * 3600) / 86_400;
    let (year, month, _) = civil(today - 1);
    let (closed_year, closed_month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
    let (year, month, day) = civil(today);
    (format!("{year:04}-{month:02}-{day:02}"), format!("{closed_year:04}-{closed_month:02}"))
}

/// Year, month and day of a day number (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let part = (5 * day_of_year + 2) / 153;
    let month = if part < 10 { part + 3 } else { part - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * part + 2) / 5 + 1)
}

/// A staff account with a fresh one-time password in the demo in `directory`: `NAME:PASSWORD`. While nobody serves it.
pub(crate) fn account(directory: &Path) -> Result<String> {
    one_time(directory, [REGION, "walker"], &["--role", "staff"])
}

/// As that, of somebody at a window of the hall with a hundred points.
pub(crate) fn clerk(directory: &Path) -> Result<String> {
    one_time(directory, [HUNDRED, "clerk"], &["--role", "clerk", "--person", "H106"])
}

fn one_time(directory: &Path, [region, name]: [&str; 2], role: &[&str]) -> Result<String> {
    let (program, database) = (target().join("debug/jifen"), database(directory));
    let of = ["--db", &database, "--region", region, "--name", name];
    let added = read(command(&program, &[&["account", "add"], role, &of[..]].concat()));
    let password = added.or_else(|_| read(command(&program, &[&["account", "reset"], &of[..]].concat())))?;
    Ok(format!("{name}:{}", password.trim()))
}

/// Serves the demo in `directory`, made by the dev build, while `work` uses it: address, key, region, an administrator's key, a manager's
/// key to the hall with a hundred points.
pub(crate) fn while_served(directory: &Path, work: &dyn Fn([&str; 5]) -> Result<()>) -> Result<()> {
    let marker: Value = serde_json::from_slice(&fs::read(directory.join(MARKER))?)?;
    let key = marker["key"].as_str().context("the demo's marker holds no key")?;
    let administrator = marker["administrator"].as_str().context("the demo's marker holds no administrator's key")?;
    let hundred = marker["hundred"].as_str().context("the demo's marker holds no second hall's key")?;
    let port = free_port()?;
    let mut server = start(&target().join("debug"), directory, port)?;
    let done = work([&format!("http://127.0.0.1:{port}"), key, REGION, administrator, hundred]);
    server.kill()?;
    server.wait()?;
    done
}

/// Makes the city anew in `directory` and serves it while `work` uses it, its older days filled in and its halls at work: address, a staff
/// key, a manager's key to the hall with a hundred points.
pub(crate) fn while_living(directory: &Path, work: &dyn Fn([&str; 3]) -> Result<()>) -> Result<()> {
    let programs = build(true)?;
    let made = found(&programs, directory, "city")?;
    let port = free_port()?;
    let _server = Stopped(start(&programs, directory, port)?);
    let mut feed = Stopped(feed(&programs, directory, port, &made)?);
    while is_filling(&directory.join(PROGRESS))? {
        if let Some(status) = feed.0.try_wait()? {
            bail!("the feed ended: {status}");
        }
        thread::sleep(Duration::from_secs(1));
    }
    work([&format!("http://127.0.0.1:{port}"), &made.staff, &made.hundred.manager])
}

/// Whether older days are still to come.
fn is_filling(progress: &Path) -> Result<bool> {
    let progress: Value = serde_json::from_slice(&fs::read(progress)?)?;
    Ok(progress["older_until"].as_i64() < progress["newest_from"].as_i64())
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Serves `directory`; gives the server once it is ready.
pub(crate) fn start(programs: &Path, directory: &Path, port: u16) -> Result<Child> {
    let listen = format!("127.0.0.1:{port}");
    // The feeder ends the periods, once the older days are there.
    let arguments = ["serve", "--end-periods", "off", "--db", &database(directory), "--listen", &listen];
    let mut server = command(programs.join("jifen"), &arguments);
    if std::env::var_os("JIFEN_LOG").is_none() {
        // A line for every request would push the address out of sight.
        server.env("JIFEN_LOG", "warn");
    }
    let mut server = server.stdout(Stdio::null()).spawn().context("cannot start the server")?;
    match wait_until_ready(&mut server, port) {
        Ok(()) => Ok(server),
        Err(error) => {
            server.kill().ok();
            server.wait().ok();
            Err(error)
        }
    }
}

fn serve(mut server: Child, feed: Option<Child>, options: &Options, made: &Made) -> Result<()> {
    let feed = feed.map(Stopped);
    println!("\n  http://127.0.0.1:{}/#key={}", options.port, made.staff);
    println!(
        "  http://127.0.0.1:{}/settlement#key={}  百分制的另一个厅 a hall with a hundred points\n",
        options.port, made.hundred.manager
    );
    let behind = if feed.is_some() { "; older days fill in behind, then it goes on live" } else { "" };
    eprintln!("模拟数据 / invented data in `{}`{behind}; Ctrl-C stops the server", options.directory.display());
    let status = server.wait()?;
    drop(feed);
    if !status.success() {
        bail!("the server ended: {status}");
    }
    Ok(())
}

fn wait_until_ready(server: &mut Child, port: u16) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < START_LIMIT {
        if let Some(status) = server.try_wait()? {
            bail!("the server ended: {status}");
        }
        if is_ready(port).unwrap_or(false) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("the server did not answer within {} s", START_LIMIT.as_secs())
}

fn is_ready(port: u16) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(answer.ends_with(b" 200"))
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn days_become_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(20_780), (2026, 11, 23));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(-1), (1969, 12, 31));
    }
}
