//! The rule language at work: a fact judged by a book of a hundred rules, free conditions beside the interpreter of the `cel` crate
//! over the same facts (the answers are compared), and how long a book takes to load, checks and examples included.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

use std::{
    collections::HashMap,
    fmt::Write as _,
    hint::black_box,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use jifen_bench::mix;
use jifen_core::{
    event::admit,
    fact::{Credited, Fact, FactKind, Field, FieldType, Place, fields_of},
    id::{ActorId, Digest, EventKey, RegionSecret},
    roster::Organisation,
    rule::{RuleSet, Selection, parse},
    scoring::{Versions, desired},
    time::{Date, Zone},
};
use serde_json::json;

/// As in the `jifen` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Conditions as committees write them, over what a counter service says.
const CONDITIONS: [&str; 10] = [
    "fact.service_ms <= 1200000",
    "fact.service_ms > 600000 && fact.waiting_ms < 900000",
    "fact.recalls == 0 && fact.transfers == 0",
    "fact.held_ms * 4 < fact.service_ms || fact.recalls > 2",
    "fact.window in ['W1', 'W2', 'W3', 'W4']",
    "fact.matter == 'M7' || fact.matter == 'M8' || fact.matter.startsWith('X')",
    "fact.service_ms + fact.waiting_ms + fact.held_ms <= 3600000",
    "(fact.recalls > 0 ? fact.service_ms / 2 : fact.service_ms) < 1500000",
    "fact.channel != 'online' && fact.department == 'D3' && fact.service_ms >= 60000",
    "!(fact.transfers > 1) && fact.waiting_ms % 60000 < 30000",
];

/// Measures the rule language.
#[derive(Parser)]
struct Arguments {
    /// Facts judged.
    #[arg(long, default_value_t = 200_000)]
    facts: u64,
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let facts: Vec<Fact> = (0..arguments.facts).map(service).collect();
    judged(&facts, arguments.runs)?;
    conditions(&facts, arguments.runs)?;
    loaded(arguments.runs)
}

/// A hundred rules, of every kind of amount; all read services, or only a fifth of them do.
fn judged(facts: &[Fact], runs: usize) -> Result<()> {
    for (what, every) in [("all 100 rules read the fact", 1), ("20 of 100 rules read the fact", 5)] {
        let versions = versions(&hundred(every))?;
        let organisation = Organisation::default();
        let mut verdicts = 0;
        let time = median(runs, || {
            verdicts =
                facts.iter().map(|fact| desired(black_box(fact), &versions, &organisation).evaluations.len()).sum();
        });
        ensure!(verdicts > 0, "no rule gave anything");
        let (each, of) = (per(time, facts.len()), verdicts as f64 / facts.len() as f64);
        println!("{what}: {:.2} µs a fact, {of:.1} verdicts each (goal 20 µs)", each * 1e6);
    }
    Ok(())
}

fn conditions(facts: &[Fact], runs: usize) -> Result<()> {
    let mut text = head();
    for (number, condition) in CONDITIONS.iter().enumerate() {
        write!(text, "{}points = 1\nwhen = \"{condition}\"\n", rule(number, "service"))?;
    }
    let set = sound(&text)?;
    let programs: Vec<cel::Program> =
        CONDITIONS.iter().map(|condition| cel::Program::compile(condition)).collect::<Result<_, _>>()?;
    let (mut ours, mut theirs) = (0_u64, 0_u64);
    let own = median(runs, || {
        ours = 0;
        for fact in facts {
            for rule in &set.rules {
                ours += u64::from(rule.select(black_box(fact), &fact.place, true) == Selection::Selected);
            }
        }
    });
    let alone = median(runs, || {
        theirs = 0;
        for fact in facts {
            let mut context = cel::Context::default();
            context.add_variable_from_value("fact", as_map(fact));
            for program in &programs {
                theirs += u64::from(program.execute(black_box(&context)) == Ok(cel::Value::Bool(true)));
            }
        }
    });
    ensure!(ours == theirs, "our conditions hold {ours} times, those of the cel crate {theirs} times");
    // The same with one context for all facts: what the interpreter itself takes, without handing facts over.
    let context = {
        let mut context = cel::Context::default();
        context.add_variable_from_value("fact", as_map(&facts[0]));
        context
    };
    let interpreted = median(runs, || {
        for _ in facts {
            for program in &programs {
                black_box(program.execute(black_box(&context))).ok();
            }
        }
    });
    let count = facts.len() * CONDITIONS.len();
    println!(
        "a condition: {:.0} ns; cel's interpreter {:.0} ns, {:.0} ns with the fact handed over",
        per(own, count) * 1e9,
        per(interpreted, count) * 1e9,
        per(alone, count) * 1e9
    );
    println!(
        "cel's interpreter ÷ ours: {:.1}, {:.1} with the fact handed over (goal 2)",
        interpreted.as_secs_f64() / own.as_secs_f64(),
        alone.as_secs_f64() / own.as_secs_f64()
    );
    Ok(())
}

/// Loads every book of `testdata/rules/corpus`.
fn loaded(runs: usize) -> Result<()> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testdata/rules/corpus");
    let mut slowest = (Duration::ZERO, String::new());
    let mut books = 0;
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.ends_with(".toml") || name.ends_with(".cases.toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        sound(&text).with_context(|| name.clone())?;
        let time = median(runs, || drop(black_box(parse(black_box(&text)))));
        slowest = slowest.max((time, name));
        books += 1;
    }
    let hundred = hundred(1);
    let time = median(runs, || drop(black_box(parse(black_box(&hundred)))));
    let (slow, name) = slowest;
    println!(
        "{books} books load and are checked in at most {:.2} ms each ({name}; goal 50 ms)",
        slow.as_secs_f64() * 1e3
    );
    println!("the book of 100 rules: {:.2} ms", time.as_secs_f64() * 1e3);
    Ok(())
}

fn head() -> String {
    "format = 1\n[ruleset]\nid = \"bench\"\ntitle = \"试算\"\n".to_owned()
}

fn rule(number: usize, on: &str) -> String {
    format!(
        "[[rule]]\nid = \"r{number}\"\ntitle = \"规则\"\ndimension = \"efficiency\"\non = \"{on}\"\nsubject = \"person\"\n"
    )
}

/// Every `every`-th rule reads services, the others ratings.
fn hundred(every: usize) -> String {
    let mut text = head();
    for number in 0..100 {
        let reads = number % every == 0;
        text.push_str(&rule(number, if reads { "service" } else { "rating" }));
        let value = if reads { "fact.service_ms" } else { "fact.level" };
        let amount = match number % 4 {
            0 => format!(
                "value = \"{value}\"\n[[rule.band]]\nupto = 3\npoints = 1\n[[rule.band]]\nupto = 1200000\npoints = 2\n[[rule.band]]\npoints = -1\n"
            ),
            1 => format!(
                "period = \"month\"\nmeasure = \"mean\"\nof = \"{value}\"\n[[rule.band]]\nupto = 4\npoints = 5\n[[rule.band]]\npoints = 0\n"
            ),
            2 => format!("points = \"0.5\"\nwhen = \"{value} > {number}\"\n"),
            _ => format!(
                "value = \"{value}\"\nper_unit = {{ over = 1, unit = 60000, points = \"-0.1\", partial = \"floor\" }}\n"
            ),
        };
        text.push_str(&amount);
    }
    text
}

fn sound(text: &str) -> Result<RuleSet> {
    parse(text).map_err(|faults| anyhow::anyhow!("{}", faults.iter().map(ToString::to_string).collect::<String>()))
}

fn versions(text: &str) -> Result<Versions> {
    let event = json!({"specversion": "1.0", "source": "bench", "id": "rules", "type": "jifen.ruleset.published",
        "time": "2026-01-01T00:00:00+08:00", "data": {"rules": text, "effective_from": "2026-01-01"}});
    let event = event.as_object().context("an object")?;
    let admitted =
        admit(event, &RegionSecret::new([7; 32]), jifen_core::time::Instant(1_800_000_000_000), &mut || [0; 16]);
    let admitted = admitted.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
    let mut versions = Versions::default();
    versions.absorb(&admitted.event, &Zone::utc()).context("a sound set")?;
    Ok(versions)
}

fn service(number: u64) -> Fact {
    let draw = |salt: u64, limit: u64| mix(number ^ (salt << 40)) % limit;
    let person = ActorId([draw(1, 200) as u8 + 1; 16]);
    let code = |letter: char, number: u64| Some(format!("{letter}{number}"));
    Fact {
        id: EventKey([number as u8; 16]),
        kind: FactKind::Service,
        occurred: jifen_core::time::Instant(1_767_229_200_000),
        date: Date(20_454),
        place: Place { window: code('W', draw(2, 20)), department: code('D', draw(3, 6)), hall: code('H', 1) },
        matter: code('M', draw(4, 30)),
        channel: Some("window".to_owned()),
        credited: Credited {
            served: person,
            first: person,
            last: person,
            owner: person,
            ender: person,
            shares: Vec::new(),
        },
        provider: None,
        receiver: None,
        fields: fields_of(FactKind::Service)
            .iter()
            .zip(5..)
            .map(|(spec, salt)| {
                let limit = if spec.duration { 2_400_000 } else { 4 };
                match spec.kind {
                    FieldType::Integer => Field::Integer(draw(salt, limit) as i64),
                    FieldType::Boolean | FieldType::Text => Field::Absent,
                }
            })
            .collect(),
        sources: vec![number],
        records: Digest([0; 32]),
        departments: Vec::new(),
        derived: None,
        stated: None,
    }
}

/// The fact as the interpreter of the `cel` crate reads it.
fn as_map(fact: &Fact) -> HashMap<String, cel::Value> {
    let mut map = HashMap::new();
    for (spec, field) in fields_of(fact.kind).iter().zip(&fact.fields) {
        if let Field::Integer(number) = field {
            map.insert(spec.name.to_string(), cel::Value::Int(*number));
        }
    }
    let texts = [
        ("window", &fact.place.window),
        ("department", &fact.place.department),
        ("hall", &fact.place.hall),
        ("matter", &fact.matter),
        ("channel", &fact.channel),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            map.insert(name.to_owned(), text.clone().into());
        }
    }
    map
}

fn median(runs: usize, mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..runs.max(1))
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn per(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() / count.max(1) as f64
}
