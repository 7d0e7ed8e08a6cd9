//! Signing in by passwords that a directory knows: Debian's slapd, one for each test.

mod slapd;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Instant as Tick};

use axum::http::{Method, StatusCode};
use jifen_server::auth::Federation;
use jifen_store::AuditFilter;
use serde_json::json;

use self::slapd::{ASKER, BASE, Secured, Slapd};
use super::session::{Hall, PASSWORD};
use crate::city::{City, NOW};

/// What the directory knows her by.
const OUTSIDE: &str = "known to the directory";
/// Canary: must show nowhere.
const SECRET: &str = "asker secret that shows nowhere";

fn settings(folder: &Path, text: &str) -> Result<Federation, String> {
    let secret = folder.join("secret");
    fs::write(&secret, SECRET).expect("secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("mode");
    let file = folder.join("sign-in.toml");
    let text = format!(
        "[directory]\nregion = \"3301\"\nuser = \"{ASKER}\"\nsecret_file = \"secret\"\nbase = \"{BASE}\"\n{text}\n"
    );
    fs::write(&file, text).expect("settings");
    Federation::read(&file).map_err(|error| error.to_string())
}

fn hall(folder: &Path, text: &str) -> Hall {
    let hall = Hall::federated(City::new(), settings(folder, text).expect("settings"), NOW);
    hall.account("lan", "staff", false);
    hall.account("boss", "administrator", false);
    hall
}

fn reasons(hall: &Hall, act: &str) -> Vec<String> {
    let entries = hall
        .city
        .database
        .audited(hall.city.row.id, &AuditFilter { limit: 10_000, ..AuditFilter::default() })
        .expect("trail");
    entries.into_iter().filter(|entry| entry.row.act == act).map(|entry| entry.row.reason).collect()
}

#[tokio::test]
async fn a_password_of_the_directory_opens_and_nothing_like_it() {
    let folder = tempfile::tempdir().expect("folder");
    let slapd = Slapd::start(SECRET, &[("lan", OUTSIDE), ("boss", OUTSIDE), ("stranger", OUTSIDE)]);
    for (how, text) in [
        ("on this machine", format!("address = \"{}\"", slapd.plain)),
        ("StartTLS", format!("address = \"{}\"\nstarttls = true\nroots = \"{}\"", slapd.plain, slapd.roots())),
        ("TLS", format!("address = \"{}\"\nroots = \"{}\"", slapd.secure, slapd.roots())),
    ] {
        let hall = hall(folder.path(), &text);
        let (cookie, said) = hall.sign_in("lan", OUTSIDE).await;
        assert_eq!((&said["name"], &said["role"]), (&json!("lan"), &json!("staff")), "{how}");
        assert_eq!(reasons(&hall, "session.open"), ["directory"], "{how}");
        // It proves who one is, too.
        let proof = json!({"password": OUTSIDE});
        let proved = hall.ask(&cookie, Method::POST, "/api/v1/sessions/current/proof", Some(proof)).await;
        assert_eq!(proved.status, StatusCode::NO_CONTENT, "{how}: {proved:?}");
        // The one that is kept here counts as before.
        hall.sign_in("lan", PASSWORD).await;
        for (name, password) in [
            ("lan", "another password"),
            ("lan", ""),
            ("boss", OUTSIDE),
            ("stranger", OUTSIDE),
            ("nobody", OUTSIDE),
            ("", OUTSIDE),
            ("*", OUTSIDE),
            ("l*", OUTSIDE),
            ("lan)(uid=*", OUTSIDE),
            ("lan)(|(uid=*", OUTSIDE),
            ("\\6c\\61\\6e", OUTSIDE),
            ("lan\0", OUTSIDE),
        ] {
            let refused = hall.try_in(name, password).await;
            assert_eq!(refused.problem(), (401, "sign_in_failed".to_owned()), "{how}: {name:?}");
        }
        hall.sign_in("boss", PASSWORD).await;
        assert_eq!(hall.city.database.accounts(hall.city.row.id).expect("accounts").len(), 2, "nobody gets an account");
    }
}

/// With the account `*` here, a filter into which the name goes as it is would find the first of all people.
#[tokio::test]
async fn a_name_is_a_value_in_the_filter() {
    let folder = tempfile::tempdir().expect("folder");
    let slapd = Slapd::start(SECRET, &[("lan", OUTSIDE)]);
    let hall = hall(folder.path(), &format!("address = \"{}\"", slapd.plain));
    for name in ["*", "l*", "lan)(uid=*"] {
        hall.account(name, "staff", false);
        let refused = hall.try_in(name, OUTSIDE).await;
        assert_eq!(refused.problem(), (401, "sign_in_failed".to_owned()), "{name}");
    }
    hall.sign_in("lan", OUTSIDE).await;
}

#[tokio::test]
async fn an_empty_password_is_nobodys() {
    let folder = tempfile::tempdir().expect("folder");
    let slapd = Slapd::start(SECRET, &[("lan", OUTSIDE)]);
    // The server itself lets it in, as nobody.
    assert!(slapd.lets_in(&format!("uid=lan,{BASE}"), ""), "else this shows nothing");
    let hall = hall(folder.path(), &format!("address = \"{}\"", slapd.plain));
    assert_eq!(hall.try_in("lan", "").await.problem(), (401, "sign_in_failed".to_owned()));
    assert!(hall.city.database.sessions(hall.city.row.id).expect("sessions").is_empty());
}

#[tokio::test]
async fn without_the_directory_passwords_that_are_kept_here_do() {
    let folder = tempfile::tempdir().expect("folder");
    let mut slapd = Slapd::start(SECRET, &[("lan", OUTSIDE)]);
    let hall = hall(folder.path(), &format!("address = \"{}\"\nseconds = 1", slapd.plain));
    hall.sign_in("lan", OUTSIDE).await;
    slapd.hang();
    let begun = Tick::now();
    assert_eq!(hall.try_in("lan", OUTSIDE).await.problem(), (503, "directory_silent".to_owned()));
    assert!(begun.elapsed().as_secs_f64() < 5.0, "it waits no longer than it may: {:?}", begun.elapsed());
    hall.sign_in("lan", PASSWORD).await;
    slapd.end();
    let down = hall.try_in("lan", OUTSIDE).await;
    assert_eq!(down.problem(), (503, "directory_silent".to_owned()));
    assert!(down.json()["detail_zh"].as_str().is_some_and(|text| text.contains("本系统的账号仍可登录")), "{down:?}");
    hall.sign_in("lan", PASSWORD).await;
    assert!(!format!("{down:?}").contains(SECRET));
}

/// Somebody between, whose certificate is by another root, is sent no password.
#[tokio::test]
async fn a_certificate_by_another_root_is_nobodys() {
    let folder = tempfile::tempdir().expect("folder");
    let (slapd, other) = (Slapd::start(SECRET, &[("lan", OUTSIDE)]), Secured::make());
    let roots = other.roots();
    for (address, starttls) in [(&slapd.secure, false), (&slapd.plain, true)] {
        let text = format!("address = \"{address}\"\nstarttls = {starttls}\nroots = \"{roots}\"");
        let hall = hall(folder.path(), &text);
        assert_eq!(hall.try_in("lan", OUTSIDE).await.problem(), (503, "directory_silent".to_owned()), "{address}");
    }
}

#[test]
fn settings_that_would_send_passwords_in_plain_text_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    for (text, why) in [
        ("address = \"ldap://ldap.example\"", "plain text"),
        ("address = \"http://127.0.0.1\"", "ldaps://"),
        ("address = \"ldaps://\"", "no host"),
        ("address = \"ldaps://ldap.example\"\nstarttls = true", "begins with TLS"),
        ("address = \"ldaps://ldap.example\"\nfilter = \"(uid=lan)\"", "{name}"),
        ("address = \"ldaps://ldap.example\"\nseconds = 0", "seconds"),
        ("address = \"ldaps://ldap.example\"\npassword = \"x\"", "unknown field"),
    ] {
        let refused = settings(folder.path(), text).err().expect(text);
        assert!(refused.contains(why), "{text}: {refused}");
        assert!(!refused.contains(SECRET));
    }
    let secret = folder.path().join("secret");
    let roots = Secured::make();
    let good = format!("address = \"ldaps://ldap.example\"\nroots = \"{}\"", roots.roots());
    settings(folder.path(), &good).expect("settings");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).expect("mode");
    let refused = Federation::read(&folder.path().join("sign-in.toml")).err().expect("a secret for everybody");
    assert!(refused.to_string().contains("chmod"), "{refused}");
}
