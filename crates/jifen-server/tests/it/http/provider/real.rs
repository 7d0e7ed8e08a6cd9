//! The npm package `oidc-provider`, run by node, and a browser as far as its pages need one.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use axum::body::{Body, to_bytes};
use hyper::{Method, Request, StatusCode, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{CLIENT, REDIRECT, SECRET};

/// A provider that runs until dropped.
pub(super) struct Real {
    pub(super) issuer: String,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Real {
    pub(super) fn start() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../test-provider");
        let script = folder.join("provider.mjs");
        assert!(script.is_file(), "`{}` is missing: `cargo xtask test tests` installs it", script.display());
        let mut process = Command::new("node")
            .arg(script)
            .args([REDIRECT, CLIENT, SECRET])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node");
        let input = process.stdin.take().expect("input");
        let mut output = BufReader::new(process.stdout.take().expect("output"));
        let issuer = until(&mut output, "http://127.0.0.1:");
        Self { issuer, process, input, output }
    }

    /// From now on it signs by other keys, of another kind.
    pub(super) fn rotate(&mut self) {
        self.input.write_all(b"rotate\n").expect("input");
        until(&mut self.output, "rotated");
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The next line that begins so; it has notices to say in between.
fn until(output: &mut BufReader<ChildStdout>, beginning: &str) -> String {
    loop {
        let mut line = String::new();
        assert!(output.read_line(&mut line).expect("output") > 0, "the provider ended before it said `{beginning}`");
        if line.starts_with(beginning) {
            return line.trim().to_owned();
        }
    }
}

/// Follows redirects and keeps cookies.
#[derive(Default)]
pub(super) struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Signs in and consents; gives the address that the provider sends the browser back to.
    pub(super) async fn sign_in(&mut self, address: &str, login: &str) -> String {
        let mut next = (Method::GET, address.to_owned(), String::new());
        for _ in 0..12 {
            let (status, location, page) = self.ask(&next.0, &next.1, &next.2).await;
            if let Some(location) = location {
                if location.starts_with(REDIRECT) {
                    return location;
                }
                next = (Method::GET, absolute(&next.1, &location), String::new());
                continue;
            }
            assert_eq!(status, StatusCode::OK, "{page}");
            let prompt = between(&page, "name=\"prompt\" value=\"", "\"");
            let action = between(&page, "action=\"", "\"");
            next = (Method::POST, absolute(&next.1, &action), format!("prompt={prompt}&login={login}&password=any"));
        }
        panic!("the provider sends nobody back");
    }

    async fn ask(&mut self, method: &Method, address: &str, form: &str) -> (StatusCode, Option<String>, String) {
        let (host, path) = address.trim_start_matches("http://").split_once('/').expect("path");
        let stream = TcpStream::connect(host).await.expect("the provider listens");
        let (mut sender, connection) = http1::handshake::<_, Body>(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method.clone())
            .uri(format!("/{path}"))
            .header(header::HOST, host)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookies.join("; "))
            .body(Body::from(form.to_owned()))
            .expect("request");
        let response = sender.send_request(request).await.expect("answer");
        for set in response.headers().get_all(header::SET_COOKIE) {
            let pair = set.to_str().expect("text").split(';').next().expect("pair");
            let (name, value) = pair.split_once('=').expect("pair");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = response.headers().get(header::LOCATION).map(|text| text.to_str().expect("text").to_owned());
        let status = response.status();
        let page = to_bytes(Body::new(response.into_body()), usize::MAX).await.expect("page").to_vec();
        (status, location, String::from_utf8(page).expect("text"))
    }
}

fn absolute(base: &str, address: &str) -> String {
    match address.strip_prefix('/') {
        Some(path) => {
            let host = base.trim_start_matches("http://").split('/').next().expect("host");
            format!("http://{host}/{path}")
        }
        None => address.to_owned(),
    }
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {text}"));
    rest.split_once(after).expect(after).0.to_owned()
}
