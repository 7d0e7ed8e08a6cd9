//! A slapd of a test's own on free ports, with its data in a folder that goes with it.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

pub(super) const BASE: &str = "ou=people,dc=hall,dc=example";
pub(super) const ASKER: &str = "cn=asker,dc=hall,dc=example";
const SUFFIX: &str = "dc=hall,dc=example";
/// Debian's package, which is not on everybody's path.
const SLAPD: &str = "/usr/sbin/slapd";
const SLAPADD: &str = "/usr/sbin/slapadd";

/// Runs the server until standard input closes, which it does when the test ends, however it ends.
const WATCH: &str = r#""$@" & read -r _; kill -KILL $!"#;

/// A certificate for this machine, by a root that is nowhere else.
pub(super) struct Secured {
    folder: tempfile::TempDir,
}

impl Secured {
    pub(super) fn make() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", &path("key.pem"), "-out", &path("cert.pem")])
            .stderr(Stdio::null())
            .status();
        assert!(made.expect("openssl").success(), "openssl makes a certificate");
        Self { folder }
    }

    pub(super) fn roots(&self) -> String {
        self.file("cert.pem").display().to_string()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A directory that runs until dropped.
pub(super) struct Slapd {
    /// `ldap://` on this machine.
    pub(super) plain: String,
    /// `ldaps://` on this machine.
    pub(super) secure: String,
    secured: Secured,
    watcher: Child,
    input: Option<ChildStdin>,
}

impl Slapd {
    /// With people and their passwords, and the one that asks.
    pub(super) fn start(secret: &str, people: &[(&str, &str)]) -> Self {
        assert!(Path::new(SLAPD).is_file(), "`{SLAPD}` is missing: `apt-get install slapd`");
        let secured = Secured::make();
        let (config, data) = (secured.file("slapd.conf"), secured.file("people.ldif"));
        fs::create_dir(secured.file("data")).expect("folder");
        fs::write(&config, settings(&secured)).expect("settings");
        fs::write(&data, entries(secret, people)).expect("entries");
        let added = Command::new(SLAPADD).arg("-f").arg(&config).arg("-l").arg(&data).output().expect("slapadd");
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));

        let (plain, secure) = (free_port(), free_port());
        let plain = format!("ldap://127.0.0.1:{plain}");
        let secure = format!("ldaps://127.0.0.1:{secure}");
        let mut watcher = Command::new("sh")
            .args(["-c", WATCH, "watch", SLAPD, "-d", "0", "-h", &format!("{plain}/ {secure}/"), "-f"])
            .arg(&config)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("slapd");
        let input = watcher.stdin.take();
        let slapd = Self { plain, secure, secured, watcher, input };
        let deadline = Instant::now() + Duration::from_secs(60);
        while [&slapd.plain, &slapd.secure].iter().any(|address| TcpStream::connect(host(address)).is_err()) {
            assert!(Instant::now() < deadline, "slapd does not start");
            thread::sleep(Duration::from_millis(20));
        }
        slapd
    }

    pub(super) fn roots(&self) -> String {
        self.secured.roots()
    }

    /// Whether the server itself lets somebody in.
    pub(super) fn lets_in(&self, dn: &str, password: &str) -> bool {
        // A bind of version 3, by hand (RFC 4511, 4.2): our own client would be judge of itself.
        let bind =
            tagged(0x60, &[&[2, 1, 3][..], &tagged(4, dn.as_bytes()), &tagged(0x80, password.as_bytes())].concat());
        let message = tagged(0x30, &[&[2, 1, 1][..], &bind].concat());
        let mut stream = TcpStream::connect(host(&self.plain)).expect("slapd");
        stream.write_all(&message).expect("slapd");
        let mut answer = [0; 64];
        let read = std::io::Read::read(&mut stream, &mut answer).expect("slapd");
        // … 61 len 0a 01 RESULT …
        let at = answer[..read].windows(2).position(|two| two == [0x0a, 1]).expect("a result");
        answer[at + 2] == 0
    }

    /// From now on nobody is answered, and no connection ends.
    pub(super) fn hang(&mut self) {
        signal(&self.children(), "STOP");
    }

    /// From now on nobody is there.
    pub(super) fn end(&mut self) {
        drop(self.input.take());
        self.watcher.wait().ok();
    }

    fn children(&self) -> Vec<String> {
        let id = self.watcher.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).expect("children");
        children.split_whitespace().map(str::to_owned).collect()
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.end();
    }
}

fn signal(processes: &[String], name: &str) {
    assert!(!processes.is_empty(), "slapd runs");
    assert!(Command::new("kill").arg(format!("-{name}")).args(processes).status().expect("kill").success());
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).ok().filter(|length| *length < 128).expect("short");
    [&[tag, length][..], content].concat()
}

fn host(address: &str) -> &str {
    address.rsplit('/').next().expect("host")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("port").local_addr().expect("address").port()
}

fn settings(secured: &Secured) -> String {
    let file = |name: &str| secured.file(name).display().to_string();
    format!(
        "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\ninclude /etc/ldap/schema/inetorgperson.schema\n\
         modulepath /usr/lib/ldap\nmoduleload back_mdb.la\npidfile {}\nallow bind_anon_cred bind_anon_dn\n\
         TLSCertificateFile {}\nTLSCertificateKeyFile {}\n\
         database mdb\nmaxsize 16777216\nsuffix \"{SUFFIX}\"\nrootdn \"cn=root,{SUFFIX}\"\ndirectory {}\n\
         access to attrs=userPassword by anonymous auth by * none\naccess to * by dn.exact=\"{ASKER}\" read by anonymous auth\n",
        file("slapd.pid"),
        file("cert.pem"),
        file("key.pem"),
        file("data"),
    )
}

fn entries(secret: &str, people: &[(&str, &str)]) -> String {
    let mut text = format!(
        "dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: hall\no: hall\n\n\
         dn: {BASE}\nobjectClass: organizationalUnit\nou: people\n\n\
         dn: {ASKER}\nobjectClass: person\ncn: asker\nsn: asker\nuserPassword: {secret}\n\n"
    );
    for (name, password) in people {
        writeln!(
            text,
            "dn: uid={name},{BASE}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: {name}\nuserPassword: {password}\n"
        )
        .expect("text");
    }
    text
}
