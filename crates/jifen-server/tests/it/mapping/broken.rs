//! Broken files and mappings: each says where and what to do, and what came before the break is delivered.

use std::io::Write;

use jifen_core::language::Language;

use super::*;

const STEPS: &str = r#"
format = 1
source = { constant = "/t" }
id = "n"
time = "t"
complete = "last_event"
[[event]]
type = "case.step"
[event.data]
case = "c"
"#;

/// The types of the events and the errors of a file with these bytes.
fn outcome(mapping: &str, bytes: &[u8]) -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("log");
    std::fs::write(&file, bytes).expect("a file");
    let mapping = Mapping::parse("m.toml", mapping).unwrap_or_else(|error| panic!("{error}"));
    let (events, errors) = read(Some(&mapping), std::slice::from_ref(&file), Actors::ByForm);
    let prefix = format!("`{}`", file.display());
    (
        counts(&events),
        errors.iter().map(|error| error.to_string().replace(&prefix, "log")).collect::<Vec<_>>().join("\n"),
    )
}

fn packed(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).expect("memory");
    packer.finish().expect("memory")
}

fn many_rows() -> String {
    let mut text = "n,c,t\n".to_owned();
    let mut state: u32 = 1;
    for n in 0..20_000 {
        // Noise that does not compress, so that a cut lies amid the rows.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text += &format!("{n},case-{state:08x},2026-03-02T09:00:00Z\n");
    }
    text
}

#[test]
fn broken_files_say_where_and_what_to_do() {
    let xes = |inner: &str| format!("<log>\n{inner}").into_bytes();
    for (bytes, events, error) in [
        (&b""[..], "", "log is empty; an empty export is usually a failed one: export it again"),
        (
            b"PK\x03\x04zip",
            "",
            "log is no workbook that can be read (invalid Zip archive: Could not find EOCD); open it in Excel or WPS and save it as `.xlsx`, without a password",
        ),
        (b"\xff\xfen\0", "", "log is UTF-16; convert it, for example `iconv -f UTF-16 -t UTF-8`"),
        (b"[{}]", "", "log is a JSON array; write one CloudEvent a line, for example with `jq -c '.[]'`"),
        (
            b"n,case,t\n1,A,2026-03-02T09:00:00Z\n",
            "",
            "log:1: no column `c`; the header has `n`, `case`, `t`; name the column in the mapping as the file does",
        ),
        (b"n,c,t,c\n", "", "log:1: two columns are called `c`; rename one of them in the file"),
        (
            b"n,c,t\n1,\xff\xff,2026-03-02T09:00:00Z\n2,A,2026-03-02T09:00:00Z\n",
            "case.completed 1, case.step 1",
            "log:2: row 1: neither UTF-8 nor GB18030; save the file as `CSV UTF-8`",
        ),
        (b"n,c,t\n1,A,\n", "", "log:2: row 1: `time` is empty (column `t`); fill it, or exclude such rows with `when`"),
        (
            b"n,c,t\n,A,2026-03-02T09:00:00Z\n",
            "",
            "log:2: row 1: `id` is empty (column `n`); fill it, or exclude such rows with `when`",
        ),
        (
            b"n,c,t\r\n0,A,2026-03-02T09:00:00Z\r\n\r\n1,\"A,2026-03-02T09:00:00Z\n2,A,2026-03-02T09:00:00Z\n",
            "case.completed 1, case.step 1",
            "log:4: row 2: 2 values where the header has 3 columns; look for a stray separator or an open quote",
        ),
        (
            b"<html><body/></html>",
            "",
            "log:1: the root is `<html>`; an XES log begins with `<log>`; the 0 rows before it are good",
        ),
        (
            &xes(
                "<event><string key='n' value='1'/><string key='c' value='A'/><date key='t' value='2026-03-02'/></event>\n<event>",
            ),
            "case.step 1",
            "log:3: the log ends within an element; the file is truncated: fetch it again; the 1 rows before it are good",
        ),
        (
            &xes("<trace><event></trace>"),
            "",
            "log:2: malformed XML: ill-formed document: expected `</event>`, but `</trace>` was found; the 0 rows before it are good",
        ),
        (
            &xes("<trace><event><string value='1'/></event></trace></log>"),
            "",
            "log:2: an attribute without `key`; the log is not valid XES; the 0 rows before it are good",
        ),
        (
            &xes("<trace><event><string key='n' value='&x;'/></event></trace></log>"),
            "",
            "log:2: malformed XML: at 1..2: unrecognized entity `x`; the 0 rows before it are good",
        ),
    ] {
        let found = outcome(STEPS, bytes);
        assert_eq!((found.0.as_str(), found.1.as_str()), (events, error), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_truncated_gzip_delivers_what_came_before_and_completes_nothing() {
    let text = many_rows();
    let whole = packed(&text);
    assert_eq!(outcome(STEPS, &whole), ("case.completed 20000, case.step 20000".to_owned(), String::new()));
    let (events, error) = outcome(STEPS, &whole[..whole.len() / 2]);
    let rows: usize = events.strip_prefix("case.step ").expect("steps alone").parse().expect("a number");
    assert!((5_000..15_000).contains(&rows), "{rows}");
    assert_eq!(
        error,
        format!(
            "log:{}: the compressed data ends too early; the file is truncated: fetch it again and repeat the import; the {rows} rows before it are good",
            rows + 2
        )
    );
    let mut damaged = whole.clone();
    let last = damaged.len() - 6;
    damaged[last] ^= 1;
    let (events, error) = outcome(STEPS, &damaged);
    assert_eq!(events, "case.step 20000");
    assert!(error.contains("the compressed data is damaged"), "{error}");
}

#[test]
fn an_open_quote_does_not_swallow_the_file() {
    let mut text = b"n,c,t\n1,A,2026-03-02T09:00:00Z\n2,\"".to_vec();
    text.resize(20 << 20, b'x');
    let (events, error) = outcome(STEPS, &text);
    assert_eq!(events, "case.step 1");
    assert!(error.contains("log:3: a row of more than 16 MiB"), "{error}");
}

#[test]
fn a_log_needs_a_mapping_and_a_missing_file_is_named() {
    let (_, errors) = read(None, &[sample("steps.csv"), sample("nothing.csv")], Actors::ByForm);
    assert!(errors[0].to_string().contains("name the mapping that says what its rows mean with `--mapping`"));
    assert!(errors[1].to_string().contains("nothing.csv` cannot be read"));
    assert!(errors.iter().all(FeedError::ends_file));
}

#[test]
fn broken_mappings_say_line_and_column() {
    for (from, to, expected) in [
        ("format = 1", "format = 2", "2:10: `format`: this version reads `format = 1`"),
        ("format = 1", "", "1:1: the mapping lacks `format`; write `format = 1`"),
        (
            "format = 1",
            "format = 1\nforma = 2",
            "3:9: unknown key `forma` in the mapping; known keys: `format`, `title`",
        ),
        ("format = 1", "format = 1\nzone = \"Shanghai\"", "3:8: `zone`: `Shanghai` is no time zone"),
        ("id = \"n\"", "id = []", "4:6: `id`: name at least one column"),
        ("id = \"n\"", "id = { column = \"n\", colum = 1 }", "4:30: unknown key `colum` in `id`; known keys: `column`"),
        ("id = \"n\"", "id = { column = \"n\", constant = 1 }", "4:17: `column`: a value has one of"),
        (
            "time = \"t\"",
            "time = { column = \"t\", format = \"%Q\" }",
            "5:33: `format`: the time pattern `%Q` cannot be used",
        ),
        ("time = \"t\"", "time = { column = \"t\", format = \"dd.mm\" }", "5:33: `format`: `dd.mm` is no time format"),
        ("time = \"t\"", "", "7:1: `event`[1] lacks `time`; for example"),
        ("last_event", "last", "6:12: `complete`: `last` is not known"),
        ("case.step", "case.stop", "8:8: `type`: `case.stop` is no event type"),
        (
            "case = \"c\"",
            "cases = \"c\"",
            "10:9: `cases`: `jifen.case.step` has no member `cases`; it has `case`, `parent`",
        ),
        ("case = \"c\"", "activity = \"c\"", "9:1: `data`: `jifen.case.step` needs the member `case`"),
        ("case = \"c\"", "case = 1.5", "10:8: `case`: write the name of a column in quotes"),
        ("case = \"c\"", "case = { column = \"c\", codes = \"x\" }", "10:32: `codes`: there is no [codes.x]"),
        ("case = \"c\"", "case = { column = \"c\", scale = 2 }", "10:32: `scale`: only a decimal has it"),
        ("case = \"c\"", "case = { expression = 'row.c + 1' }", "10:"),
        ("case = \"c\"", "case = { expression = 'raw.c' }", "10:24: `expression`: "),
        ("type = \"case.step\"", "type = \"case.step\"\nwhen = 'row.c'", "9:8: `when`: gives a value of type text"),
        ("type = \"case.step\"", "type = \"case.step\"\nwhen = 'row.c == '", "9:"),
        ("[[event]]", "[event", "7:"),
    ] {
        assert!(STEPS.contains(from));
        let error = Mapping::parse("m.toml", &STEPS.replacen(from, to, 1)).expect_err(to);
        let told = error.told(Language::English);
        assert!(told.starts_with(&format!("`m.toml`:{expected}")), "{to}: {error}");
        let chinese = error.told(Language::Chinese);
        assert!(chinese.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{to}: {chinese}");
    }
}

#[test]
fn two_events_of_a_row_cannot_share_an_id() {
    let twice = format!("{STEPS}\n[[event]]\ntype = \"case.assigned\"\nid = \"n\"\n[event.data]\ncase = \"c\"\n");
    let both = twice.replacen("type = \"case.step\"", "type = \"case.step\"\nid = \"n\"", 1);
    let row = b"n,c,t\n1,A,2026-03-02T09:00:00Z\n";
    assert_eq!(outcome(&twice, row).0, "case.assigned 1, case.completed 1, case.step 1");
    assert_eq!(
        outcome(&both, row).1,
        "log:2: row 1: two of its events have the id `1`; give each `[[event]]` an `id` of its own"
    );
}
