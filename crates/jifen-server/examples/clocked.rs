//! A throw-away server whose clock a browser test moves, for what takes days: `web/e2e/committee.mjs` starts it.
//!
//! Prints one line of JSON: address, a key of an administrator, and the password of the accounts it made. Each line on standard input
//! is a number of hours by which the clock goes on; when the jobs that fall due by then are done, `done` is printed. Ends with its input.

use std::{
    error::Error,
    io::BufRead,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use jifen_core::time::Instant;
use jifen_scratch::Scratch;
use jifen_server::{
    app::{App, Options},
    auth::{Key, hash_password},
    job,
    serve::serve,
};
use jifen_store::{Access, AccountRow, Database, KeyRow};
use tokio::{net::TcpListener, sync::mpsc};

const PASSWORD: &str = "a password of the test";
const HOUR_MS: i64 = 3_600_000;

#[allow(clippy::print_stdout, reason = "the test reads it")]
fn main() -> Result<(), Box<dyn Error>> {
    let scratch = Scratch::new();
    let database = Database::open(scratch.url(), Access::Write { holder: "clocked".to_owned() })?;
    let region = database.create_region("3301", [7; 32])?;
    let ahead = Arc::new(AtomicI64::new(0));
    let told = Arc::clone(&ahead);
    let system = Options::default().clock;
    let clock: Arc<dyn Fn() -> Instant + Send + Sync> =
        Arc::new(move || Instant(system().0 + told.load(Ordering::SeqCst)));
    let now = clock();
    let password = hash_password(PASSWORD)?;
    for (name, role) in
        [("root", "administrator"), ("chen", "manager"), ("wang", "staff"), ("zhao", "staff"), ("sun", "staff")]
    {
        database.add_account(&AccountRow {
            region: region.id,
            name: name.to_owned(),
            role: role.to_owned(),
            password: password.clone(),
            must_change: false,
            disabled: false,
            person: None,
            created: now,
        })?;
    }
    let key = Key::generate()?;
    database.add_key(&KeyRow {
        region: region.id,
        name: "e2e".to_owned(),
        role: "administrator".to_owned(),
        types: Vec::new(),
        digest: key.digest(),
        created: now,
    })?;
    let (hours, mut moved) = mpsc::channel(1);
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines().map_while(Result::ok);
        lines.filter_map(|line| line.trim().parse::<i64>().ok()).try_for_each(|line| hours.blocking_send(line))
    });
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let app = App::open(database.clone(), Options { clock, ..Options::default() })?;
        let address = format!("http://{}", listener.local_addr()?);
        println!("{}", serde_json::json!({"address": address, "key": key.reveal(), "password": PASSWORD}));
        let looking = app.clone();
        let stop = async move {
            while let Some(hours) = moved.recv().await {
                ahead.fetch_add(hours * HOUR_MS, Ordering::SeqCst);
                match job::look(&looking, "clocked").await {
                    Ok(()) => println!("done"),
                    Err(problem) => println!("{problem:?}"),
                }
            }
        };
        serve(app, listener, stop).await?;
        Ok::<(), Box<dyn Error>>(())
    })
}
