//! What a form changes in the text of a rule file: values at their places, comments and order kept.

use jifen_core::{
    both,
    rule::{KnownTable, TEXT_BYTES_MAX, Takes, Words, tables},
};
use serde_json::{Map, Value as Json};
use std::sync::LazyLock;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use super::view::{DraftChange, DraftStep};

static TABLES: LazyLock<Vec<KnownTable>> = LazyLock::new(tables);

/// The text with the changes made.
///
/// # Errors
/// Why one cannot be made.
pub(super) fn apply(text: &str, changes: &[DraftChange]) -> Result<String, Words> {
    if changes.is_empty() || text.len() > TEXT_BYTES_MAX {
        return Ok(text.to_owned());
    }
    let mut document: DocumentMut = text.parse().map_err(|_| {
        both!("文本不是完整的 TOML，请先在文本里改好", "the text is no whole TOML; mend it in the text first")
    })?;
    for change in changes {
        let written = change.value.as_ref().filter(|value| !value.is_null());
        let made = set(At::Table(document.as_table_mut()), &change.path, written, "");
        made.ok_or_else(|| {
            let path = shown(&change.path);
            both!(
                "文本里没有 {path} 这个地方，或写不下这个值",
                "the text has no place {path}, or it cannot hold that value"
            )
        })?;
    }
    Ok(document.to_string())
}

/// `rule[2].band[0].points`.
fn shown(path: &[DraftStep]) -> String {
    let steps = path.iter().map(|step| match step {
        DraftStep::Key(key) => format!(".{key}"),
        DraftStep::Index(index) => format!("[{index}]"),
    });
    steps.collect::<String>().trim_start_matches('.').to_owned()
}

/// Something that has places in it.
enum At<'a> {
    Table(&'a mut dyn TableLike),
    Tables(&'a mut ArrayOfTables),
    List(&'a mut Array),
}

impl<'a> At<'a> {
    fn of_item(item: &'a mut Item) -> Option<Self> {
        match item {
            Item::Table(table) => Some(Self::Table(table)),
            Item::ArrayOfTables(tables) => Some(Self::Tables(tables)),
            Item::Value(value) => Self::of_value(value),
            Item::None => None,
        }
    }

    fn of_value(value: &'a mut Value) -> Option<Self> {
        match value {
            Value::InlineTable(table) => Some(Self::Table(table)),
            Value::Array(list) => Some(Self::List(list)),
            _ => None,
        }
    }
}

/// Writes a value at a place within `at`, whose keys lead there by `place`; `None` where there is no such place.
fn set(at: At<'_>, path: &[DraftStep], written: Option<&Json>, place: &str) -> Option<()> {
    let (step, rest) = path.split_first()?;
    match (at, step) {
        (At::Table(table), DraftStep::Key(key)) if rest.is_empty() => put(table, key, written, place),
        (At::Table(table), DraftStep::Key(key)) => {
            if !table.contains_key(key) {
                // What is not there cannot be taken away from.
                written?;
                insert(table, key, vessel(place, key, rest.first()?));
            }
            set(At::of_item(table.get_mut(key)?)?, rest, written, &joined(place, key))
        }
        (At::Tables(tables), DraftStep::Index(index)) if rest.is_empty() => match written {
            None => (*index < tables.len()).then(|| drop(tables.remove(*index))),
            Some(written) if *index == tables.len() => {
                let mut table = headed(written, place)?;
                if !place.contains('.') {
                    table.decor_mut().set_prefix("\n");
                }
                tables.push(table);
                Some(())
            }
            Some(_) => None,
        },
        (At::Tables(tables), DraftStep::Index(index)) => set(At::Table(tables.get_mut(*index)?), rest, written, place),
        (At::List(list), DraftStep::Index(index)) if rest.is_empty() => match written {
            None => (*index < list.len()).then(|| drop(list.remove(*index))),
            Some(written) if *index == list.len() => {
                list.push(plain(written, place, "")?);
                Some(())
            }
            Some(written) => (*index < list.len())
                .then_some(())
                .and_then(|()| plain(written, place, ""))
                .map(|value| drop(list.replace(*index, value))),
        },
        (At::List(list), DraftStep::Index(index)) => set(At::of_value(list.get_mut(*index)?)?, rest, written, place),
        _ => None,
    }
}

/// Writes one key of a table.
fn put(table: &mut dyn TableLike, key: &str, written: Option<&Json>, place: &str) -> Option<()> {
    let Some(written) = written else {
        table.remove(key);
        return Some(());
    };
    let headed_list = written.as_array().filter(|all| is_headed(place, key) && all.iter().all(Json::is_object));
    let mut new = match headed_list {
        Some(all) => {
            let tables: Option<Vec<Table>> = all.iter().map(|each| headed(each, &joined(place, key))).collect();
            Item::ArrayOfTables(tables?.into_iter().collect())
        }
        None => value(plain(written, place, key)?),
    };
    match (table.get_mut(key), &mut new) {
        // The comment behind a value stays where it is.
        (Some(Item::Value(old)), Item::Value(new)) => {
            let decor = old.decor().clone();
            std::mem::swap(old, new);
            *old.decor_mut() = decor;
        }
        _ => insert(table, key, new),
    }
    Some(())
}

/// Adds a key behind the others. What was last within braces has a space behind it, which would now stand before a comma.
fn insert(table: &mut dyn TableLike, key: &str, new: Item) {
    for (_, item) in table.iter_mut() {
        let decor = item.as_value_mut().map(Value::decor_mut);
        if let Some(decor) = decor.filter(|decor| decor.suffix().and_then(|raw| raw.as_str()) == Some(" ")) {
            decor.set_suffix("");
        }
    }
    table.insert(key, new);
}

/// What a missing key becomes so that there is a place within it.
fn vessel(place: &str, key: &str, next: &DraftStep) -> Item {
    match next {
        DraftStep::Key(_) => value(InlineTable::new()),
        DraftStep::Index(_) if is_headed(place, key) => Item::ArrayOfTables(ArrayOfTables::new()),
        DraftStep::Index(_) => value(Array::new()),
    }
}

/// A table under a heading of its own, as an object says it.
fn headed(written: &Json, place: &str) -> Option<Table> {
    let mut table = Table::new();
    // Only tables of the file itself stand apart.
    table.decor_mut().set_prefix("");
    for (key, each) in in_order(written.as_object()?, place) {
        put(&mut table, key, Some(each), place)?;
    }
    Some(table)
}

/// Keys in the order people write them; objects come in none.
fn in_order<'a>(written: &'a Map<String, Json>, place: &str) -> Vec<(&'a String, &'a Json)> {
    let known = known(place).map(|known| known.keys.as_slice()).unwrap_or_default();
    let mut all: Vec<(&String, &Json)> = written.iter().collect();
    all.sort_by_key(|(key, _)| known.iter().position(|known| known.name == *key));
    all
}

/// A value in one line. Integers and dates lose the quotes that forms send them in where the key takes such.
fn plain(written: &Json, place: &str, key: &str) -> Option<Value> {
    Some(match written {
        Json::Bool(flag) => Value::from(*flag),
        Json::Number(number) => Value::from(number.as_i64()?),
        Json::String(text) => match takes(place, key) {
            Some(Takes::Number) => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
            Some(Takes::Date) => text.parse::<toml_edit::Datetime>().map_or_else(|_| Value::from(text), Value::from),
            _ => Value::from(text),
        },
        Json::Array(all) => {
            let values: Option<Vec<Value>> = all.iter().map(|each| plain(each, place, key)).collect();
            Value::Array(values?.into_iter().collect())
        }
        Json::Object(all) => {
            let mut table = InlineTable::new();
            let within = joined(place, key);
            for (name, each) in in_order(all, &within) {
                table.insert(name, plain(each, &within, name)?);
            }
            Value::InlineTable(table)
        }
        Json::Null => return None,
    })
}

fn joined(place: &str, key: &str) -> String {
    if place.is_empty() {
        key.to_owned()
    } else if key.is_empty() {
        place.to_owned()
    } else {
        format!("{place}.{key}")
    }
}

/// The table of a place; scopes and caps are alike everywhere.
fn known(place: &str) -> Option<&'static KnownTable> {
    let last = place.rsplit('.').next().unwrap_or(place);
    let own = TABLES.iter().find(|table| table.place == place);
    own.or_else(|| TABLES.iter().find(|table| table.place.rsplit('.').next() == Some(last)))
}

/// Whether the tables of a key stand under headings of their own; all others are written in one line.
fn is_headed(place: &str, key: &str) -> bool {
    takes(place, key) == Some(Takes::Tables)
}

/// What a key takes at its place.
fn takes(place: &str, key: &str) -> Option<Takes> {
    known(place)?.keys.iter().find(|known| known.name == key).map(|known| known.takes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = r#"# 本厅的办法
format = 1

[ruleset]
id = "hall"
title = "办法" # 名称

# 第一条
[[rule]]
id = "one"
title = "时长"
points = 5 # 五分
cap = { per = "day", max = 20 }
[[rule.band]]
upto = "20min" # 含
points = 5
[[rule.band]]
points = -3

# 第二条
[[rule]]
id = "two"
title = "建议"
points = 1
"#;

    fn changed(path: &str, value: Json) -> String {
        let steps =
            path.split('/').map(|step| step.parse().map_or_else(|_| DraftStep::Key(step.to_owned()), DraftStep::Index));
        apply(TEXT, &[DraftChange { path: steps.collect(), value: Some(value) }]).expect("a change that can be made")
    }

    #[test]
    fn a_value_changes_and_everything_else_stays() {
        assert_eq!(changed("rule/0/points", json!("7")), TEXT.replace("points = 5 # 五分", "points = 7 # 五分"));
        assert_eq!(
            changed("rule/0/points", json!("0.5")),
            TEXT.replace("points = 5 # 五分", "points = \"0.5\" # 五分")
        );
        assert_eq!(changed("rule/0/band/0/upto", json!("25min")), TEXT.replace("\"20min\" # 含", "\"25min\" # 含"));
        assert_eq!(changed("rule/0/cap/max", json!("30")), TEXT.replace("max = 20 }", "max = 30 }"));
        assert_eq!(changed("ruleset/title", json!("新办法")), TEXT.replace("\"办法\" # 名称", "\"新办法\" # 名称"));
    }

    #[test]
    fn what_is_new_stands_where_it_belongs() {
        let dated = changed("ruleset/effective_from", json!("2026-01-01"));
        assert!(dated.contains("# 名称\neffective_from = 2026-01-01\n\n# 第一条"), "{dated}");
        let banded = changed("rule/0/band/2", json!({"points": "-9"}));
        assert!(banded.contains("points = -3\n[[rule.band]]\npoints = -9\n\n# 第二条"), "{banded}");
        let scoped = changed("rule/1/scope/windows", json!(["7"]));
        assert!(scoped.ends_with("points = 1\nscope = { windows = [\"7\"] }\n"), "{scoped}");
        let ruled = changed("rule/2", json!({"points": 2, "id": "three", "band": [{"points": 1}]}));
        assert_eq!(ruled, format!("{TEXT}\n[[rule]]\nid = \"three\"\npoints = 2\n[[rule.band]]\npoints = 1\n"));
        let shown =
            changed("rule/1/example/0", json!({"facts": [{"level": "city", "person_known": false}], "points": "0.5"}));
        assert!(
            shown.ends_with(
                "[[rule.example]]\nfacts = [{ level = \"city\", person_known = false }]\npoints = \"0.5\"\n"
            ),
            "{shown}"
        );
    }

    #[test]
    fn tables_within_tables_stand_under_headings_or_in_one_line() {
        let public = changed("publicity/0", json!({"id": "show", "title": "公示"}));
        assert!(public.ends_with("\n\n[[publicity]]\nid = \"show\"\ntitle = \"公示\"\n"), "{public}");
        let part =
            changed("composite/0", json!({"id": "total", "title": "总分", "part": [{"id": "a", "weight": "50%"}]}));
        assert!(part.ends_with("[[composite.part]]\nid = \"a\"\nweight = \"50%\"\n"), "{part}");
        let class = changed("honour/0", json!({"id": "best", "class": [{"name": "甲", "halls": ["h1"]}]}));
        assert!(class.ends_with("[[honour.class]]\nname = \"甲\"\nhalls = [\"h1\"]\n"), "{class}");
        let capped = changed("rule/0/cap/min", json!("-5"));
        assert!(capped.contains("cap = { per = \"day\", max = 20, min = -5 }\n"), "{capped}");
        let nested = changed("rule/0/cap/steps/0", json!({"from": "2"}));
        assert!(nested.contains("max = 20, steps = [{ from = 2 }] }\n"), "{nested}");
        let steps = changed("rule/1/repeat/steps/0", json!({"from": "2", "factor": "1.5"}));
        assert!(steps.ends_with("repeat = { steps = [{ from = 2, factor = \"1.5\" }] }\n"), "{steps}");
    }

    #[test]
    fn what_goes_takes_its_comment_with_it() {
        assert_eq!(changed("rule/1", Json::Null), TEXT.split("\n# 第二条").next().expect("a text").to_owned());
        assert_eq!(changed("rule/0/cap", Json::Null), TEXT.replace("cap = { per = \"day\", max = 20 }\n", ""));
        let without = changed("rule/0/band/0", Json::Null);
        assert!(!without.contains("20min") && without.contains("[[rule.band]]\npoints = -3"), "{without}");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let refused = |path: Vec<DraftStep>, value: Json| {
            apply(TEXT, &[DraftChange { path, value: Some(value) }]).expect_err("refused")
        };
        let key = |text: &str| DraftStep::Key(text.to_owned());
        let words = refused(vec![key("rule"), DraftStep::Index(7), key("points")], json!(1));
        assert!(words.zh.contains("rule[7].points") && words.en.contains("rule[7].points"), "{words:?}");
        refused(vec![key("rule"), DraftStep::Index(0), key("points"), key("more")], json!(1));
        refused(vec![key("rule"), DraftStep::Index(0), key("points")], json!(0.5));
        refused(Vec::new(), json!(1));
        let broken = apply("id = ", &[DraftChange { path: vec![key("id")], value: Some(json!(1)) }]);
        assert!(broken.expect_err("no TOML").zh.contains("TOML"));
        assert_eq!(apply("id = ", &[]).as_deref(), Ok("id = "));
    }
}
