//! Bounded fuzzing of the rule language: sound books torn, spliced and filled with nonsense, and conditions put together at random.
//! Nothing panics and nothing runs away; what is refused has its place, what is taken can be evaluated, told in words and compared.
//!
//! `JIFEN_FUZZ_CASES` asks for more, `JIFEN_FUZZ_SEED` for the same again.

use std::{fs, path::Path};

use jifen_core::{
    fact::{Credited, Fact, Field, FieldType, Place, fields_of},
    id::{ActorId, Digest, EventKey},
    rule::{Language, RuleSet, STARTER, Selection, Sums, difference, parse, warnings},
    time::{Date, Instant},
};

/// How many texts are tried.
const CASES: u64 = 1_500;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// Values that break what is put together from them.
const VALUES: [&str; 24] = [
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "nan",
    "\"\"",
    "\"0.001\"",
    "\"9223372036854775.807\"",
    "\"-0.0005\"",
    "\"100%\"",
    "\"0%\"",
    "\"99999999999999d\"",
    "\"1ms\"",
    "\"none\"",
    "true",
    "[]",
    "{}",
    "[[1]]",
    "2026-02-30",
    "2026-11-23",
    "\"\\u0000\"",
    "\"年\"",
    "'''x'''",
];

/// What conditions are made of.
const TOKENS: [&str; 40] = [
    "fact.service_ms",
    "fact.level",
    "fact.active",
    "fact.category",
    "fact.quantity",
    "fact.person_known",
    "fact.window",
    "fact.matter",
    "fact.nothing",
    "fact",
    "has(",
    "size(",
    "int(",
    "string(",
    "(",
    ")",
    "[",
    "]",
    ",",
    " && ",
    " || ",
    "!",
    " == ",
    " != ",
    " < ",
    " >= ",
    " + ",
    " - ",
    " * ",
    " / ",
    " % ",
    " in ",
    " ? ",
    " : ",
    "0",
    "-9223372036854775808",
    "9223372036854775807",
    "'x'",
    "true",
    ".contains(",
];

fn condition(random: &mut Random) -> String {
    if random.below(2) == 0 {
        return boolean(random, 3);
    }
    let length = 1 + random.below(14);
    (0..length).map(|_| random.of(&TOKENS)).collect()
}

/// A condition that is well formed, if not always meaningful.
fn boolean(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return random.of(&["true", "fact.person_known", "has(fact.window)", "has(fact.matter)"]).to_owned();
    }
    match random.below(6) {
        0 => format!("!({})", boolean(random, depth - 1)),
        1 => format!("{} && {}", boolean(random, depth - 1), boolean(random, depth - 1)),
        2 => format!("({} || {})", boolean(random, depth - 1), boolean(random, depth - 1)),
        3 => format!("fact.matter.contains('{}')", random.of(&["x", "", "年"])),
        _ => {
            let compare = random.of(&["==", "!=", "<", ">="]);
            format!("{} {compare} {}", integer(random, depth - 1), integer(random, depth - 1))
        }
    }
}

fn integer(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return random
            .of(&["0", "7", "-9223372036854775808", "9223372036854775807", "size(fact.window)", "int(fact.matter)"])
            .to_owned();
    }
    match random.below(3) {
        0 => format!(
            "({} {} {})",
            integer(random, depth - 1),
            random.of(&["+", "-", "*", "/", "%"]),
            integer(random, depth - 1)
        ),
        1 => format!(
            "({} ? {} : {})",
            boolean(random, depth - 1),
            integer(random, depth - 1),
            integer(random, depth - 1)
        ),
        _ => integer(random, 0),
    }
}

/// A book without its examples: what is changed in it may still be sound.
fn without_examples(book: &str) -> String {
    let mut inside = false;
    let kept = book.lines().filter(|line| {
        if line.starts_with("[[") {
            inside = line.starts_with("[[rule.example]]");
        }
        !inside
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// A text near a sound one.
fn mutated(random: &mut Random, books: &[String]) -> String {
    let mut lines: Vec<String> = books[random.below(books.len())].lines().map(str::to_owned).collect();
    for _ in 0..=random.below(2) {
        let at = random.below(lines.len());
        match random.below(12) {
            8..=11 => {
                let replaced: String = lines[at]
                    .chars()
                    .map(|c| if c.is_ascii_digit() && random.below(2) == 0 { '5' } else { c })
                    .collect();
                lines[at] = replaced;
            }
            0 => drop(lines.remove(at)),
            1 => {
                let line = lines[at].clone();
                lines.insert(random.below(lines.len()), line);
            }
            2 => {
                let other: Vec<&str> = books[random.below(books.len())].lines().collect();
                let from = random.below(other.len());
                let to = (from + 1 + random.below(12)).min(other.len());
                lines.splice(at..at, other[from..to].iter().map(|line| (*line).to_owned()));
            }
            3 => {
                let key = lines[at].split('=').next().unwrap_or_default().to_owned();
                lines[at] = format!("{key}= {}", random.of(&VALUES));
            }
            4 | 5 => {
                let key = random.of(&["when", "when", "when", "value", "times", "of", "that", "key"]);
                let keyed: Vec<usize> = (0..lines.len()).filter(|line| lines[*line].starts_with(key)).collect();
                let line = format!("{key} = \"{}\"", condition(random));
                match keyed.is_empty() {
                    false => lines[keyed[random.below(keyed.len())]] = line,
                    true => lines.insert(at, line),
                }
            }
            6 => {
                let mut characters: Vec<char> = lines[at].chars().collect();
                let place = random.below(characters.len() + 1);
                characters.insert(place, ['"', '[', ']', '{', '}', '\\', '\'', '=', '\u{202e}', '#'][random.below(10)]);
                lines[at] = characters.into_iter().collect();
            }
            _ => lines.truncate(at),
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
    }
    lines.join("\n")
}

fn field(random: &mut Random, kind: FieldType) -> Field {
    match (random.below(8), kind) {
        (0, _) => Field::Absent,
        (1, _) => Field::NotEvaluable("calendar_year_unknown:2031".to_owned()),
        (_, FieldType::Boolean) => Field::Boolean(random.below(2) == 0),
        (_, FieldType::Integer) => {
            let extremes = [i64::MIN, -1, 0, 1, 3, 1_200_000, 1_800_001, i64::MAX];
            Field::Integer(extremes[random.below(extremes.len())])
        }
        (_, FieldType::Text) => {
            Field::Text(random.of(&["", "city", "district", "late", "x", "92233720368547758080", "年"]).to_owned())
        }
    }
}

fn fact(random: &mut Random, kind: jifen_core::fact::FactKind) -> Fact {
    let code = |random: &mut Random| (random.below(3) > 0).then(|| random.of(&["H1", "W1", "7", ""]).to_owned());
    let nobody = ActorId::UNKNOWN;
    Fact {
        id: EventKey([7; 16]),
        kind,
        occurred: Instant(0),
        date: Date(20_780),
        place: Place { window: code(random), department: code(random), hall: code(random) },
        matter: code(random),
        channel: code(random),
        credited: Credited {
            served: nobody,
            first: nobody,
            last: nobody,
            owner: nobody,
            ender: nobody,
            shares: Vec::new(),
        },
        provider: None,
        receiver: None,
        fields: fields_of(kind).iter().map(|spec| field(random, spec.kind)).collect(),
        sources: Vec::new(),
        records: Digest([0; 32]),
        departments: Vec::new(),
        derived: None,
        stated: None,
    }
}

/// Everything a set that was taken is used for.
fn use_it(random: &mut Random, text: &str, set: &RuleSet, other: &RuleSet) {
    for rule in &set.rules {
        for _ in 0..4 {
            let fact = fact(random, rule.on.kind());
            if rule.select(&fact, &fact.place, true) == Selection::Selected {
                let scored = rule.score_fact(&fact, true);
                let added = rule.contribution(&fact, random.below(2) == 0);
                assert!(scored.is_err() || added.is_err(), "a rule scores facts or periods");
            }
        }
        let amounts = [i128::from(i64::MIN), -1, 0, 1, 19, i128::from(i64::MAX)];
        for facts in [0, 1, 20, u64::from(u32::MAX)] {
            let _ = rule.score_period(&Sums { facts, amount: amounts[random.below(amounts.len())] });
        }
        for language in [Language::Chinese, Language::English] {
            assert!(!rule.sentence(language).is_empty());
            assert!(!rule.clauses(language, &|_, code| code.to_owned()).is_empty());
            let _ = (rule.bands(language), rule.measured(language));
        }
    }
    set.sheets.iter().for_each(|sheet| assert!(!sheet.sentence(Language::Chinese).is_empty()));
    let _ = difference(Some(other), set, &|_, code| code.to_owned());
    assert!(difference(Some(set), set, &|_, code| code.to_owned()).is_empty());
    let _ = warnings(text, set);
}

fn books() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/rules");
    let mut paths: Vec<_> = [folder.clone(), folder.join("corpus")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(".toml") && !path.to_string_lossy().ends_with(".cases.toml"))
        .collect();
    paths.sort();
    let read = paths.iter().map(|path| fs::read_to_string(path).expect("a book"));
    std::iter::once(STARTER.to_owned()).chain(read).collect()
}

#[test]
fn nonsense_is_refused_with_its_place_or_can_be_used() {
    let number = |name| std::env::var(name).ok().and_then(|text: String| text.parse::<u64>().ok());
    let fresh = || std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
    let seed = number("JIFEN_FUZZ_SEED").unwrap_or_else(fresh);
    eprintln!("JIFEN_FUZZ_SEED={seed}");
    let mut random = Random(seed);
    let whole = books();
    let bare: Vec<String> = whole.iter().map(|book| without_examples(book)).collect();
    let sound = parse(STARTER).expect("sound");
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..number("JIFEN_FUZZ_CASES").unwrap_or(CASES) {
        let books = if random.below(3) == 0 { &whole } else { &bare };
        let text = mutated(&mut random, books);
        match parse(&text) {
            Ok(set) => {
                taken += 1;
                use_it(&mut random, &text, &set, &sound);
            }
            Err(faults) => {
                refused += 1;
                let lines = text.lines().count().max(1) + 1;
                assert!(!faults.is_empty(), "refused without a word:\n{text}");
                assert!(
                    faults.iter().all(|fault| (1..=lines).contains(&fault.line) && fault.column >= 1),
                    "{faults:?}\n{text}"
                );
            }
        }
    }
    assert!(
        taken * 8 > refused && refused > taken / 20,
        "{taken} taken, {refused} refused: the texts try one side only"
    );
}
