//! The example of docs/signing.md, run as it stands there.

use std::process::Command;

use crate::harness::{Client, Scratch};

#[test]
fn the_example_of_the_documentation_is_accepted_and_a_changed_one_is_not() {
    let document = include_str!("../../../../docs/signing.md");
    let example = document.split("```bash\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let scratch = Scratch::with_hall();
    let key = scratch.key("administrator");
    let server = scratch.serve();
    let mut client = Client::connect(&server.address, &key).expect("connected");
    let body = r#"{"name": "queue", "types": ["jifen.service."]}"#;
    let (status, body) = client.request("POST", "/api/v1/signing_keys", "application/json", body).expect("answered");
    assert_eq!(status, 201, "{body}");
    let given: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let run = |script: &str| {
        let ran = Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .env("URL", format!("http://{}", server.address))
            .env("SECRET", given["secret"].as_str().expect("secret"))
            .output()
            .expect("bash runs");
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
        said
    };
    let accepted = run(example);
    assert!(accepted.contains(r#""status":"accepted""#), "{accepted}");
    let forged = run(&example.replace(r#"--data-raw "$body""#, r#"--data-raw "${body/P1/P2}""#));
    assert!(forged.contains("signature_wrong"), "{forged}");
}
