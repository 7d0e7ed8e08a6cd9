//! A PostgreSQL cluster of this process's own: made by an ordinary user, gone with the process, however it ends.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use jifen_store::Database;

use crate::{APP, OWNER, PASSWORD, read};

/// Longest a start may take; a loaded machine needs a few seconds.
const START_MAX: Duration = Duration::from_secs(120);

/// A server cannot run as root; Debian's package brings this user.
const USER: &str = "postgres";

/// In memory, so that a sync costs nothing and is still asked for.
const MEMORY: &str = "/dev/shm";

/// Name of the migrated database that others are copied from.
const TEMPLATE: &str = "spine";

/// Servers that a distributed cluster has beside its coordinator.
const WORKERS: usize = 2;

/// Settings of each of its servers.
const DISTRIBUTED: [&str; 6] = [
    "max_connections=1000",
    "max_prepared_transactions=1000",
    "max_worker_processes=400",
    "citus.node_conninfo=sslmode=disable",
    "citus.recover_2pc_interval=-1",
    "citus.shard_count=4",
];

/// Makes a cluster and runs it, again when it was killed, until its standard input closes, which happens when the process that started it
/// ends.
const WATCH: &str = r#"
    trap '' INT TERM HUP
    shift_to="$2"
    binaries="$1"
    port="$3"
    statements="$4"
    primary="$5"
    shift 5
    if [ -n "$primary" ]; then
        PGPASSWORD="$(cat "$shift_to/password")" "$binaries/pg_basebackup" -d "$primary" -D "$shift_to/data" -R -X stream \
            --checkpoint=fast --no-sync >"$shift_to/log" 2>&1 || exit 1
    else
        "$binaries/initdb" -D "$shift_to/data" -U postgres -A scram-sha-256 --pwfile="$shift_to/password" -E UTF8 \
            --locale=C.UTF-8 --no-sync >"$shift_to/log" 2>&1 || exit 1
    fi
    (
        while [ ! -e "$shift_to/over" ]; do
            "$binaries/postgres" -D "$shift_to/data" -k "$shift_to" -c max_connections=300 -c shared_buffers=64MB "$@" \
                >>"$shift_to/log" 2>&1
            sleep 0.1
        done
    ) &
    read -r _
    if [ -n "$statements" ]; then
        PGPASSWORD="$(cat "$shift_to/password")" "$binaries/psql" -X -q -A -t -h "$shift_to" -p "$port" -U postgres \
            -c "create extension if not exists pg_stat_statements" \
            -c "select json_build_object('query', query) from pg_stat_statements join pg_roles on oid = userid
                where rolname = 'jifen_app'" >"$statements.part" 2>>"$shift_to/log"
        mv "$statements.part" "$statements.jsonl"
    fi
    touch "$shift_to/over" 2>/dev/null
    kill -QUIT "$(head -n 1 "$shift_to/data/postmaster.pid" 2>/dev/null)" 2>/dev/null
    wait
    rm -rf "$shift_to"
"#;

/// How it can be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listen {
    /// By a socket in its folder.
    Socket,
    /// By TCP on this machine, on a free port.
    Tcp,
}

/// A running cluster.
pub struct Cluster {
    folder: PathBuf,
    binaries: PathBuf,
    port: u16,
    listen: Listen,
    made: AtomicU32,
    migrating: Mutex<bool>,
    /// Servers that its databases are distributed over.
    workers: Vec<Self>,
    watcher: Child,
    /// Closing it ends the cluster.
    input: Option<ChildStdin>,
}

impl Cluster {
    /// Makes and starts one, in memory.
    ///
    /// # Errors
    /// PostgreSQL is not installed, or does not start.
    pub fn start(listen: Listen) -> Result<Self> {
        Self::start_in(&memory(), listen, &[])
    }

    /// A Citus cluster of three servers, in memory; databases it migrates are distributed over them.
    ///
    /// # Errors
    /// As [`Self::start`]; the extension is not installed.
    pub fn start_distributed() -> Result<Self> {
        let parent = memory();
        let start = || Self::start_with(&parent, Listen::Tcp, &DISTRIBUTED, "citus");
        let mut coordinator = start().context(
            "the extension `citus` must lie beside PostgreSQL's own; Debian has no package of it, its makers have",
        )?;
        for _ in 0..WORKERS {
            let worker = start()?;
            worker.run(&format!("create database {TEMPLATE} owner {OWNER}"))?;
            worker.run_in(TEMPLATE, "create extension citus")?;
            coordinator.workers.push(worker);
        }
        Ok(coordinator)
    }

    /// The same below `parent`, with settings `name=value` of the server.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_in(parent: &Path, listen: Listen, settings: &[&str]) -> Result<Self> {
        Self::start_with(parent, listen, settings, "")
    }

    /// The same with a library that the server loads as it starts.
    fn start_with(parent: &Path, listen: Listen, settings: &[&str], library: &str) -> Result<Self> {
        let cluster = Self::begin(parent, listen, settings, library, "")?;
        for (role, rights) in [(OWNER, "createdb"), (APP, "nocreatedb")] {
            cluster.run(&format!("create role {role} login {rights} password '{PASSWORD}'"))?;
        }
        Ok(cluster)
    }

    /// A standby of this one that follows it; from now on a commit here waits until it is on the standby's disk, too.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn standby(&self) -> Result<Self> {
        let parent = self.folder.parent().context("no folder above")?;
        let primary = format!("host={} port={} user=postgres password={PASSWORD}", self.folder.display(), self.port);
        let standby = Self::begin(parent, self.listen, &[], "", &primary)?;
        self.run("alter system set synchronous_standby_names = '*'")?;
        self.run("select pg_reload_conf()")?;
        let deadline = Instant::now() + START_MAX;
        while self.run("select count(*) from pg_stat_replication where sync_state = 'sync'")? != "1" {
            if Instant::now() > deadline {
                bail!("the standby does not follow");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(standby)
    }

    /// Makes a standby the primary. The one before must be gone: see [`Self::destroy`].
    ///
    /// # Errors
    /// The server's.
    pub fn promote(&self) -> Result<()> {
        self.run("select pg_promote()").map(drop)
    }

    /// As [`Self::kill`], and it never comes back.
    ///
    /// # Errors
    /// It is not running.
    pub fn destroy(self) -> Result<()> {
        fs::write(self.folder.join("over"), "")?;
        self.kill()
    }

    fn begin(parent: &Path, listen: Listen, settings: &[&str], library: &str, primary: &str) -> Result<Self> {
        let binaries = binaries()?;
        // The server's folder outlives ours: the watcher removes it.
        let folder = tempfile::Builder::new().prefix("jifen-pg-").tempdir_in(parent)?.keep();
        fs::write(folder.join("password"), PASSWORD)?;
        let port = free_port()?;
        let mut command = as_ordinary_user(&folder)?;
        let statements = kept_statements(&folder)?;
        command
            .args(["sh", "-c", WATCH, "watch"])
            .arg(&binaries)
            .arg(&folder)
            .arg(port.to_string())
            .arg(&statements)
            .arg(primary);
        let mut libraries: Vec<&str> = vec![library];
        if !statements.as_os_str().is_empty() {
            // Those of every database are counted apart.
            libraries.push("pg_stat_statements");
            command.args(["-c", "pg_stat_statements.max=50000"]);
        }
        libraries.retain(|library| !library.is_empty());
        command.args(["-c", &format!("shared_preload_libraries={}", libraries.join(","))]);
        command.args(["-c", &format!("port={port}")]);
        let address = if listen == Listen::Tcp { "127.0.0.1" } else { "" };
        command.args(["-c", &format!("listen_addresses={address}")]);
        for setting in settings {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit());
        let mut watcher = command.spawn().with_context(|| format!("{command:?}"))?;
        let input = watcher.stdin.take();
        let (made, migrating, workers) = (AtomicU32::new(0), Mutex::new(false), Vec::new());
        let mut cluster = Self { folder, binaries, port, listen, made, migrating, workers, watcher, input };
        cluster.await_start()?;
        Ok(cluster)
    }

    fn await_start(&mut self) -> Result<()> {
        let deadline = Instant::now() + START_MAX;
        loop {
            let answered = self.run("select 1");
            if answered.is_ok() {
                return Ok(());
            }
            if Instant::now() > deadline || self.watcher.try_wait()?.is_some() {
                let mut log = String::new();
                fs::File::open(self.folder.join("log")).and_then(|mut file| file.read_to_string(&mut log)).ok();
                bail!("PostgreSQL does not start: {answered:?}\n{log}");
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs statements as the superuser, one after the other, in a database of its own right.
    ///
    /// # Errors
    /// The first that one of them meets.
    pub fn run(&self, statements: &str) -> Result<String> {
        self.run_in("postgres", statements)
    }

    /// The same in the database of this name.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_in(&self, database: &str, statements: &str) -> Result<String> {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database]);
        psql.args(["-h".as_ref(), self.folder.as_os_str()]).args(["-p", &self.port.to_string(), "-f", "-"]);
        psql.env("PGPASSWORD", PASSWORD).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = psql.spawn().with_context(|| format!("{psql:?}"))?;
        let said = running.stdin.take().map(|mut input| input.write_all(statements.as_bytes()));
        let output = running.wait_with_output()?;
        // One that gave up does not read to the end; what it says tells why.
        if !output.status.success() {
            bail!("`{statements}` failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        said.transpose()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A new database with nothing in it that belongs to [`OWNER`]; its name.
    ///
    /// # Errors
    /// The server's.
    pub fn empty(&self) -> Result<String> {
        let name = self.name();
        self.run(&format!("create database {name} owner {OWNER}"))?;
        Ok(name)
    }

    /// The address of a new migrated database, as [`APP`].
    ///
    /// # Errors
    /// The server's, and the migration's.
    pub fn migrated(&self) -> Result<String> {
        let mut migrated = self.migrating.lock().map_err(|_| anyhow::anyhow!("a migration panicked"))?;
        if !*migrated {
            self.run(&format!("create database {TEMPLATE} owner {OWNER}"))?;
            Database::migrate(&self.url(OWNER, TEMPLATE), Some(APP))?;
            *migrated = true;
        }
        drop(migrated);
        let name = self.name();
        let copy = format!("create database {name} template {TEMPLATE} owner {OWNER}");
        let deadline = Instant::now() + START_MAX;
        // The connection that migrated may not be gone yet.
        while let Err(error) = self.run(&copy) {
            if Instant::now() > deadline {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.distribute(&name)?;
        Ok(self.url(APP, &name))
    }

    /// Distributes a migrated database over the other servers, where there are any.
    fn distribute(&self, name: &str) -> Result<()> {
        if self.workers.is_empty() {
            return Ok(());
        }
        // Roles are made known to the other servers, which cannot be done twice at once.
        let _alone = self.migrating.lock().map_err(|_| anyhow::anyhow!("a migration panicked"))?;
        self.run_in(name, "create extension citus")?;
        for role in [OWNER, APP, "postgres"] {
            self.run_in(name, &format!("insert into pg_dist_authinfo values (0, '{role}', 'password={PASSWORD}')"))?;
        }
        for worker in &self.workers {
            worker.run(&format!("create database {name} template {TEMPLATE} owner {OWNER}"))?;
            self.run_in(name, &format!("select citus_add_node('127.0.0.1', {})", worker.port))?;
        }
        Database::distribute(&self.url(OWNER, name))?;
        Ok(())
    }

    /// The address of a database under a role.
    pub fn url(&self, role: &str, database: &str) -> String {
        let host = match self.listen {
            Listen::Tcp => "127.0.0.1".to_owned(),
            Listen::Socket => self.folder.display().to_string().replace('/', "%2F"),
        };
        format!("postgres://{role}:{PASSWORD}@{host}:{}/{database}", self.port)
    }

    /// The port it listens on, where it listens by TCP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Process number of the server.
    ///
    /// # Errors
    /// It is not running.
    pub fn pid(&self) -> Result<u32> {
        let first = fs::read_to_string(self.folder.join("data/postmaster.pid"))?;
        Ok(first.lines().next().unwrap_or_default().trim().parse()?)
    }

    /// Kills the server and all its processes with SIGKILL, as a crash would; it starts again by itself.
    ///
    /// # Errors
    /// It is not running.
    pub fn kill(&self) -> Result<()> {
        self.signal("KILL")
    }

    /// Halts the server and all its processes, as a disk that does not answer would: connections stay open, nobody is answered.
    ///
    /// # Errors
    /// It is not running.
    pub fn halt(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Lets what was halted go on.
    ///
    /// # Errors
    /// It is not running.
    pub fn resume(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Halts the processes of the connections that others see under a name `like` this.
    ///
    /// # Errors
    /// There are none.
    pub fn halt_connections(&self, name: &str) -> Result<()> {
        let select = format!("select pid from pg_stat_activity where application_name like '{name}'");
        let processes = self.run(&select)?;
        let processes: Vec<&str> = processes.split_whitespace().collect();
        ensure!(!processes.is_empty(), "no connection is called `{name}`");
        send("STOP", &processes)
    }

    fn signal(&self, name: &str) -> Result<()> {
        let server = self.pid()?.to_string();
        let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children"))?;
        let processes: Vec<&str> = [server.as_str()].into_iter().chain(children.split_whitespace()).collect();
        send(name, &processes)
    }

    fn name(&self) -> String {
        format!("scratch_{}", self.made.fetch_add(1, Ordering::Relaxed))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut input) = self.input.take() {
            let _ = input.write_all(b"\n");
        }
        let _ = self.watcher.wait();
    }
}

/// Sends a signal by its name; one of the processes may have ended by itself in between.
fn send(signal: &str, processes: &[&str]) -> Result<()> {
    let mut kill = Command::new("kill");
    kill.arg(format!("-{signal}")).args(processes).stderr(Stdio::null());
    kill.status().map(drop).with_context(|| format!("{kill:?}"))
}

/// Where what is thrown away lies.
fn memory() -> PathBuf {
    let memory = Path::new(MEMORY);
    if memory.is_dir() { memory.to_owned() } else { env::temp_dir() }
}

/// Where the server's programs are: Debian keeps them out of the path. The newest, or where `JIFEN_PG_BIN` says.
fn binaries() -> Result<PathBuf> {
    if let Some(named) = env::var_os("JIFEN_PG_BIN") {
        return Ok(named.into());
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).max();
    match newest {
        Some(version) => Ok(format!("/usr/lib/postgresql/{version}/bin").into()),
        None => bail!(
            "PostgreSQL is not installed: `sudo apt-get install -y --no-install-recommends postgresql`, or let `cargo xtask test` do it"
        ),
    }
}

/// A command that will not run as root; then `folder` belongs to who it runs as.
fn as_ordinary_user(folder: &Path) -> Result<Command> {
    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(Command::new("env"));
    }
    let id = |flag: &str| read(Command::new("id").args([flag, USER])).map(|id| id.trim().to_owned());
    let (user, group) = (id("-u")?, id("-g")?);
    std::os::unix::fs::chown(folder, Some(user.parse()?), Some(group.parse()?))?;
    fs::set_permissions(folder.join("password"), fs::Permissions::from_mode(0o644))?;
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()]);
    Ok(command)
}

/// Where this cluster's watcher writes, at its end, the statements that the server's role asked; nowhere unless `JIFEN_TEST_STATEMENTS`
/// names a folder. A file `NAME.started` says that `NAME.jsonl` is to come.
fn kept_statements(folder: &Path) -> Result<PathBuf> {
    let (Some(kept), Some(name)) = (env::var_os("JIFEN_TEST_STATEMENTS"), folder.file_name()) else {
        return Ok(PathBuf::new());
    };
    let path = PathBuf::from(kept).join(name);
    fs::write(path.with_extension("started"), "").with_context(|| format!("{}", path.display()))?;
    Ok(path)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
