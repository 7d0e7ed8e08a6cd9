//! TLS to a server whose certificate is checked, with passwords by SCRAM.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use jifen_scratch::{APP, Cluster, Listen};
use jifen_store::{Access, Database, StoreError};

/// A key and a certificate of its own for `host`, as `NAME.key` and `NAME.pem`.
fn certificate(folder: &Path, name: &str, host: &str) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=scratch", "-addext", &format!("subjectAltName={host}")])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(folder.join(format!("{name}.key")))
        .arg("-out")
        .arg(folder.join(format!("{name}.pem")))
        .output()
        .expect("openssl, which PostgreSQL's package brings");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[test]
fn a_server_proves_who_it_is_before_it_learns_anything() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    certificate(folder.path(), "server", "IP:127.0.0.1");
    certificate(folder.path(), "other", "IP:127.0.0.1");
    let file = |name: &str| folder.path().join(name).display().to_string();
    // The key must be the server's own; as an ordinary user it is already.
    Command::new("chown").args(["postgres", &file("server.key")]).output().unwrap();
    let settings = [format!("ssl_cert_file={}", file("server.pem")), format!("ssl_key_file={}", file("server.key"))];
    let cluster =
        Cluster::start_in(&std::env::temp_dir(), Listen::Tcp, &["ssl=on", &settings[0], &settings[1]]).unwrap();
    let url = cluster.migrated().unwrap();
    let serve = || Access::Serve { holder: "test".to_owned() };
    let encrypted = || {
        let asked = format!(
            "select count(*) filter (where ssl), count(*) from pg_stat_ssl join pg_stat_activity using (pid)
             where usename = '{APP}'"
        );
        cluster.run(&asked).unwrap()
    };

    let verified = format!("{url}?sslmode=verify-full&sslrootcert={}", file("server.pem"));
    let database = Database::open(&verified, serve()).unwrap();
    let region = database.regions().unwrap();
    let _bells = database.listen(std::sync::Arc::new(|_| {})).unwrap();
    assert!(region.is_empty());
    let (secured, all) =
        encrypted().split_once('|').map(|(secured, all)| (secured.to_owned(), all.to_owned())).unwrap();
    assert!(secured == all && all != "0", "{secured} of {all}");
    drop(database);

    for (address, why) in [
        (format!("{url}?sslmode=require&sslrootcert={}", file("other.pem")), "certificate"),
        (verified.replace("127.0.0.1", "localhost"), "certificate"),
        (format!("{url}?sslmode=require"), "certificate"),
    ] {
        let error = Database::open(&address, serve()).err().unwrap();
        assert!(matches!(error, StoreError::Unreachable { .. }) && error.to_string().contains(why), "{error}");
    }
    let error = Database::open(&format!("{url}?sslrootcert=/none.pem"), serve()).err().unwrap();
    assert!(matches!(&error, StoreError::Address(why) if why.contains("/none.pem")), "{error}");
    let server_without = jifen_scratch::cluster().unwrap().migrated().unwrap();
    let error = Database::open(&format!("{server_without}?sslrootcert={}", file("server.pem")), serve()).err();
    assert!(error.is_some(), "a server without TLS is refused where TLS is asked for");
}
