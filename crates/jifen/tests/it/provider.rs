//! Somebody whom the command line added for a system outside: signs in by a real provider, has the role that was said, and no password.

#[path = "../../../jifen-server/tests/it/http/provider/real.rs"]
#[allow(dead_code, clippy::panic, reason = "it is the server's own, whose tests change its keys and may panic")]
mod real;

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use serde_json::{Value, json};

use self::real::{Browser, Real};
use crate::harness::{Scratch, Server};

const CLIENT: &str = "jifen";
const SECRET: &str = "provider secret that shows nowhere";
const REDIRECT: &str = "http://127.0.0.1:1/sign-in";

/// A browser's request: status and what was answered.
fn ask(server: &Server, jar: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let origin = format!("origin: http://{}", server.address);
    let mut command = Command::new("curl");
    command.args(["-sS", "-m", "60", "-w", "\n%{http_code}", "-b", jar, "-c", jar, "-X", method, "-H", &origin]);
    if method != "GET" {
        command.args(["-H", "content-type: application/json", "--data-raw", &body.to_string()]);
    }
    let ran = command.arg(format!("http://{}{path}", server.address)).output().expect("curl runs");
    let said = String::from_utf8(ran.stdout).expect("text");
    let (body, status) = said.rsplit_once('\n').expect("a status");
    (status.parse().expect("a number"), serde_json::from_str(body).unwrap_or_default())
}

fn parameter(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').expect("a query");
    let found = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    found.unwrap_or_else(|| unreachable!("no `{name}` in {address}")).1.replace("%3A", ":").replace("%2F", "/")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_added_for_a_system_outside_signs_in_by_it_and_not_otherwise() {
    let (scratch, real) = (Scratch::with_hall_on_file(), Real::start());
    let (db, issuer) = (scratch.db(), &real.issuer);
    let secret = scratch.write("secret", format!("{SECRET}\n").as_bytes());
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("mode");
    let settings = format!(
        "[provider]\ntitle = \"统一认证\"\nregion = \"t\"\nissuer = \"{issuer}\"\nclient = \"{CLIENT}\"\n\
         secret_file = \"secret\"\nredirect = \"{REDIRECT}\"\n"
    );
    let settings = scratch.write("sign-in.toml", settings.as_bytes()).display().to_string();
    let add = |name: &str, more: &[&str]| {
        let first =
            ["account", "add", "--db", &db, "--region", "t", "--name", name, "--role", "window_lead", "--place", "W1"];
        scratch.good(&[&first[..], more].concat()).stdout
    };
    assert_eq!(add("zhao", &["--external", "--person", "P1"]), "", "no password is made that somebody could find");
    let given = add("wen", &[]);
    let server = scratch.serve_with(&["--sign-in", &settings]);
    // At the provider both are known; each signs in by it.
    for (name, person, must_change) in [("zhao", json!("P1"), false), ("wen", Value::Null, true)] {
        let jar = scratch.path(&format!("{name}.cookies")).display().to_string();
        let (status, begun) = ask(&server, &jar, "POST", "/api/v1/sessions/provider", &json!({}));
        assert_eq!(status, 200, "{begun}");
        let back = Browser::default().sign_in(begun["address"].as_str().expect("an address"), name).await;
        let of = |name: &str| parameter(&back, name);
        let answer = json!({"state": of("state"), "code": of("code"), "iss": of("iss")});
        let (status, opened) = ask(&server, &jar, "POST", "/api/v1/sessions/provider/answer", &answer);
        assert_eq!(status, 200, "{opened}");
        assert_eq!((&opened["name"], &opened["must_change"]), (&json!(name), &json!(must_change)), "{opened}");
        let (status, region) = ask(&server, &jar, "GET", "/api/v1/region", &Value::Null);
        if must_change {
            assert_eq!(status, 403, "the one-time password is still to be changed: {region}");
            continue;
        }
        let key = &region["key"];
        assert_eq!((status, &key["name"], &key["person"]), (200, &json!(name), &person), "{region}");
        let (status, own) = ask(&server, &jar, "GET", "/api/v1/accounts/data", &Value::Null);
        assert_eq!(status, 200);
        let role = &own["roles"][0];
        assert_eq!(
            (&role["role"], &role["place_kind"], &role["place"]),
            (&json!("window_lead"), &json!("window"), &json!("W1"))
        );
    }
    // Here there is no password of theirs, not even an empty one.
    let jar = scratch.path("none.cookies").display().to_string();
    for password in ["", "zhao", given.trim()] {
        let body = json!({"region": "t", "name": "zhao", "password": password});
        let (status, said) = ask(&server, &jar, "POST", "/api/v1/sessions", &body);
        assert!(status == 401 || status == 400, "{status} {said}");
    }
}
