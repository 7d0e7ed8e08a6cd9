//! Names, telephone numbers and comments are where they belong and nowhere else: what is planted in them is looked for in the log at
//! its finest, in metrics, in refusals, in the trail, and in every answer to somebody of another hall.

use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::harness::{HALL, Scratch, Server, event, service};

/// Beginning of everything that is planted.
const CANARY: &str = "Canary";
/// The same, as PostgreSQL shows bytes.
const CANARY_HEX: &str = "43616e617279";

/// Somebody's browser, with a cookie of its own.
struct Asker<'a> {
    server: &'a Server,
    /// Options of curl that say who asks.
    who: Vec<String>,
}

impl Asker<'_> {
    /// One request: status and everything that was answered, headers too.
    fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> (u16, String) {
        let url = format!("http://{}{path}", self.server.address);
        let origin = format!("origin: http://{}", self.server.address);
        let content_type = format!("content-type: {kind}");
        let mut command = Command::new("curl");
        command.args(["-sS", "-i", "-m", "60", "-X", method, &url, "-H", &origin, "-H", &content_type]).args(&self.who);
        if !body.is_empty() {
            command.args(["--data-raw", body]);
        }
        let ran = command.output().expect("curl runs");
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        let status = said.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| unreachable!("{path}: {said}{}", String::from_utf8_lossy(&ran.stderr))), said)
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask("GET", path, "text/plain", "")
    }

    fn post(&self, path: &str, body: &Value) -> (u16, String) {
        self.ask("POST", path, "application/json", &body.to_string())
    }
}

fn by_key<'a>(server: &'a Server, key: &str) -> Asker<'a> {
    Asker { server, who: vec!["-H".to_owned(), format!("authorization: Bearer {key}")] }
}

/// Signs in with a password that was given, and changes it.
fn by_account<'a>(scratch: &Scratch, server: &'a Server, name: &str, given: &str) -> Asker<'a> {
    let jar = scratch.path(&format!("{name}.cookies")).display().to_string();
    let who = ["-c", &jar, "-b", &jar].map(str::to_owned).to_vec();
    let asker = Asker { server, who };
    let (status, said) = asker.post("/api/v1/sessions", &json!({"name": name, "password": given}));
    assert_eq!(status, 200, "{said}");
    let change = json!({"old": given, "new": "a sentence about tea and rain"});
    let (status, said) = asker.post("/api/v1/accounts/password", &change);
    assert_eq!(status, 200, "{said}");
    asker
}

/// Two halls; the people of the first are canaries.
fn planted(scratch: Scratch) -> Scratch {
    scratch.write_all(&HALL);
    scratch.write_all(&[
        ("halls.csv", "hall,name\nH1,大厅\nH2,二号厅\n"),
        ("departments.csv", "department,name,hall\nD1,税务局,H1\nD2,人社局,H2\n"),
        ("windows.csv", "window,name,hall,department\nW1,1号窗口,H1,D1\nW2,2号窗口,H2,D2\n"),
        ("people.csv", "person,kind,name,department,window\nP1,person,CanaryName,D1,W1\nP2,person,李文博,D2,W2\n"),
    ]);
    scratch.good(&["init", "--db", &scratch.db(), "hall"]);
    scratch
}

#[test]
fn what_is_personal_is_in_no_log_metric_refusal_trail_or_foreign_answer() {
    for scratch in [Scratch::on_file(), Scratch::over(jifen_scratch::Scratch::postgres())] {
        follow(&planted(scratch));
    }
}

fn follow(scratch: &Scratch) {
    let db = scratch.db();
    let [source, administrator] = ["source", "administrator"].map(|role| scratch.key(role));
    let add = |name: &str, role: &str, more: &[&str]| {
        let first = ["account", "add", "--db", &db, "--region", "t", "--name", name, "--role", role];
        scratch.good(&[&first[..], more].concat()).stdout.trim().to_owned()
    };
    let (foreign, clerk) = (add("wen", "hall_director", &["--place", "H2"]), add("bo", "clerk", &["--person", "P2"]));
    let mut server = scratch.serve_under(&["env", "JIFEN_LOG=trace"], &[]);
    {
        let [source, administrator] = [&source, &administrator].map(|key| by_key(&server, key));
        let [foreign, clerk] =
            [("wen", &foreign), ("bo", &clerk)].map(|(name, given)| by_account(scratch, &server, name, given));
        let refusals = tell(&source, &administrator);
        for (status, said) in &refusals {
            assert!(*status >= 400, "{said}");
            assert!(!said.contains(CANARY), "a refusal repeats what was sent: {said}");
        }
        read(&administrator, &[&foreign, &clerk]);
    }
    // What is still to be written is written when it ends.
    server.signal("TERM");
    server.child.wait().expect("ended");
    let log = fs::read_to_string(&server.log).expect("log");
    assert!(log.matches("answered a request").count() > 50, "every request is in the log: {log}");
    if let Some(line) = log.lines().find(|line| line.contains(CANARY)) {
        unreachable!("the log says: {line}");
    }
    let stored = stored(scratch);
    assert!(stored.contains("/data/level"), "the refused events are there to be looked at");
    for said in [CANARY, CANARY_HEX] {
        assert!(!stored.contains(said), "`{said}` lies open in the database");
    }
}

/// What somebody reads who has the database and not the key of its vault: the bytes of its files, or its rows as texts.
fn stored(scratch: &Scratch) -> String {
    let db = scratch.db();
    if let Some(path) = db.strip_prefix("sqlite:") {
        let files = ["", "-wal"].map(|end| fs::read(format!("{path}{end}")).unwrap_or_default());
        return String::from_utf8_lossy(&files.concat()).into_owned();
    }
    let (cluster, name) = (jifen_scratch::cluster().expect("a cluster"), db.rsplit('/').next().expect("a name"));
    let asked = |query: &str| cluster.run_in(name, query).expect("asked");
    let tables = asked(
        "select string_agg(relname, ' ') from pg_class where relkind in ('r', 'p') and relnamespace = 'jifen'::regnamespace",
    );
    let rows = |table: &str| asked(&format!("select string_agg(of::text, ' ') from jifen.{table} as of"));
    tables.split(' ').map(rows).collect()
}

/// Sends what holds canaries; gives what was refused.
fn tell(source: &Asker<'_>, administrator: &Asker<'_>) -> Vec<(u16, String)> {
    const ONE: &str = "application/cloudevents+json";
    let post = |event: &Value| source.ask("POST", "/api/v1/events", ONE, &event.to_string());
    let mut told = service(1, "P1", "W1", 12, 18);
    let time = "2026-10-12T10:00:00+08:00";
    let rating =
        json!({"service": "A1", "window": "W1", "level": 1, "phone": "CanaryPhone", "comment": "CanaryComment"});
    told.push(event("rating", "rating.submitted", time, rating));
    for one in &told {
        let (status, said) = post(one);
        assert_eq!(status, 200, "{said}");
        assert!(!said.contains(CANARY), "{said}");
    }
    let rate = |id: &str, data: Value| event(id, "rating.submitted", time, data);
    // Of the right form and the wrong content: kept in quarantine, where a manager may read it as it came.
    let odd = rate("odd", json!({"level": 9, "phone": "CanaryPhone", "comment": "CanaryComment"}));
    let password = json!({"name": "CanaryName", "password": ["CanaryPassword"]});
    let refusals = vec![
        post(&odd),
        post(&rate("kind", json!({"level": "CanaryComment", "phone": "CanaryPhone"}))),
        post(&rate("member", json!({"level": 1, "nothing": "CanaryPhone"}))),
        post(&rate("phone", json!({"level": 1, "phone": ["CanaryPhone"]}))),
        source.ask("POST", "/api/v1/events", ONE, r#"{"specversion": "1.0", "comment": CanaryComment}"#),
        source.post("/api/v1/sessions", &json!({"name": "CanaryName", "password": "CanaryPassword"})),
        source.post("/api/v1/sessions", &password),
    ];
    // Whoever types a name is told it again; the log is not.
    for path in [
        "subjects/person/CanaryName",
        "leaderboard?CanaryName=CanaryPhone",
        "CanaryName/CanaryPhone",
        "search?q=CanaryName",
    ] {
        administrator.get(&format!("/api/v1/{path}"));
    }
    refusals
}

/// Whoever may, reads them; whoever is of another hall does not.
fn read(administrator: &Asker<'_>, others: &[&Asker<'_>]) {
    let month = "period=2026-10";
    let pages = [
        "/api/v1/region".to_owned(),
        format!("/api/v1/leaderboard?{month}"),
        format!("/api/v1/leaderboard?{month}&format=csv"),
        format!("/api/v1/leaderboard?subject=window&{month}"),
        format!("/api/v1/entries?{month}"),
        "/api/v1/subjects/person/P1".to_owned(),
        "/api/v1/subjects/window/W1".to_owned(),
        "/api/v1/search?q=Canary".to_owned(),
        "/api/v1/search?q=P1".to_owned(),
        "/api/v1/services/A1".to_owned(),
        "/api/v1/now".to_owned(),
        "/api/v1/now/ratings".to_owned(),
        "/api/v1/holds".to_owned(),
        "/api/v1/quarantine".to_owned(),
        "/api/v1/data_quality".to_owned(),
        "/api/v1/unknown_codes".to_owned(),
        "/api/v1/screen".to_owned(),
        "/api/v1/public/t".to_owned(),
        format!("/api/v1/settlement?{month}"),
        "/api/v1/audit".to_owned(),
        "/api/v1/accounts".to_owned(),
    ];
    let (status, seen) = administrator.post("/api/v1/quarantine/1/unmasking", &json!({"reason": "a test"}));
    assert_eq!(status, 200, "{seen}");
    let masked: String = pages.iter().map(|path| administrator.get(path).1).collect();
    // A comment where a level belongs is no comment to the program, and is shown.
    assert!(
        !masked.contains("CanaryPhone") && !masked.contains(r#""comment":"Canary"#),
        "masked until somebody says why"
    );
    assert!(masked.contains(r#""comment":"*** (13)""#), "{masked}");
    let seen = masked + &seen;
    for one in ["CanaryName", "CanaryPhone", "CanaryComment"] {
        assert!(seen.contains(one), "whoever may see all sees `{one}`, so that its absence elsewhere means something");
    }
    for asker in others {
        for path in &pages {
            let (_, said) = asker.get(path);
            assert!(!said.contains(CANARY), "{path} shows a stranger: {said}");
        }
    }
    for path in ["/metrics", "/api/v1/audit?limit=1000", "/api/v1/public/t", "/healthz", "/readyz"] {
        let (_, said) = administrator.get(path);
        assert!(!said.contains(CANARY), "{path}: {said}");
    }
}
