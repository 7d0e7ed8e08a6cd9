//! Text of a mapping → checked plans. Everything that can be wrong without a row is found here, with line and column.

use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

use jifen_core::{
    both,
    event::{EventType, TypeSpec},
    expression::{Expression, Schema, Type},
    language::Words,
    time::Zone,
};
use serde_json::{Value as Json, json};
use toml::de::{DeTable, DeValue};

use super::{
    Mapping,
    document::{Item, MappingError, Section, Text},
    glob::Glob,
    plan::{EventPlan, IdPlan, IdText, Member},
    settings::read_settings,
    time::TimeFormat,
    value::{CodeTable, Empty, Form, Origin, TimeForm, Unlisted, ValuePlan},
};

/// The version of the mapping language described in `docs/mapping.md`.
const FORMAT: i64 = 1;

/// What every event type of ours begins with; mappings may leave it out.
const TYPE_PREFIX: &str = "jifen.";

/// Keys of a value that say where it comes from; a table without them is an object of its own.
const ORIGIN_KEYS: [&str; 3] = ["column", "constant", "expression"];

type CodeTables = BTreeMap<String, Arc<CodeTable>>;

/// Checks a whole mapping.
pub(super) fn parse(text: Text<'_>) -> Result<Mapping, MappingError> {
    let table = DeTable::parse(text.text).map_err(|error| text.syntax_error(&error))?;
    let mut top = Section::new(text, both!("映射", "the mapping"), 0, table.get_ref());
    let format = top.require("format", both!("请写 `format = 1`", "write `format = 1`"))?;
    if format.as_integer(0, i64::MAX)? != FORMAT {
        return Err(format.refuse(both!("本版本读 `format = 1`", "this version reads `format = 1`")));
    }
    let title = top.take("title").map(|item| item.as_text().map(str::to_owned)).transpose()?;
    let zone = top.take("zone").map(|item| read_zone(&item)).transpose()?;
    let settings = top.take("settings").map(|item| read_settings(item.as_section()?)).transpose()?.unwrap_or_default();
    let delimiter = top.take("csv").map(|item| read_dialect(item.as_section()?)).transpose()?.unwrap_or(b',');
    let sheet = top.take("sheet").map(|item| item.as_text().map(str::to_owned)).transpose()?;
    let completes_cases = top.take("complete").map(|item| read_completion(&item)).transpose()?.unwrap_or(false);
    let system = top.take("actors").map(|item| read_actors(item.as_section()?)).transpose()?.unwrap_or_default();
    let codes = top.take("codes").map(|item| read_codes(item.as_section()?)).transpose()?.unwrap_or_default();
    let reader = Reader { columns: Columns::default(), codes };
    let events = reader.events(&mut top)?;
    top.finish()?;
    let columns = reader.columns.names.into_inner();
    Ok(Mapping { title, zone, settings, delimiter, sheet, completes_cases, system, columns, events })
}

/// The columns a mapping names, numbered as they turn up: what `row.NAME` and `row["NAME"]` mean in expressions.
#[derive(Default)]
struct Columns {
    names: RefCell<Vec<String>>,
}

impl Columns {
    fn number(&self, name: &str) -> usize {
        let mut names = self.names.borrow_mut();
        names.iter().position(|other| other == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        })
    }
}

impl Schema for Columns {
    fn resolve(&self, root: &str, member: Option<&str>) -> Option<(u32, Type)> {
        let name = member.filter(|_| root == "row")?;
        Some((self.number(name) as u32, Type::Text))
    }

    fn names(&self) -> Vec<String> {
        vec!["row.COLUMN".to_owned(), "row[\"COLUMN\"]".to_owned()]
    }
}

struct Reader {
    columns: Columns,
    codes: CodeTables,
}

/// Keys of the mapping that hold for every `[[event]]` without its own.
struct Defaults<'d> {
    id: Option<Item<'d>>,
    source: Option<Item<'d>>,
    time: Option<Item<'d>>,
    sequence: Option<Item<'d>>,
    hall: Option<Item<'d>>,
}

impl Reader {
    fn events(&self, top: &mut Section<'_>) -> Result<Vec<EventPlan>, MappingError> {
        let defaults = Defaults {
            id: top.take("id"),
            source: top.take("source"),
            time: top.take("time"),
            sequence: top.take("sequence"),
            hall: top.take("hall"),
        };
        // Lines of CloudEvents need no `[[event]]`, but may want settings and system accounts.
        let Some(list) = top.take("event") else { return Ok(Vec::new()) };
        let mut counts = BTreeMap::new();
        list.as_list()?.iter().map(|item| self.event(item.as_section()?, &defaults, &mut counts)).collect()
    }

    fn event(
        &self,
        mut section: Section<'_>,
        defaults: &Defaults<'_>,
        counts: &mut BTreeMap<String, usize>,
    ) -> Result<EventPlan, MappingError> {
        let spec = read_kind(
            &section.require("type", both!("如 `type = \"case.step\"`", "for example `type = \"case.step\"`"))?,
        )?;
        let kind = spec.name.to_owned();
        let when = section.take("when").map(|item| self.condition(&item)).transpose()?;
        let id = self.id(section.take("id"), defaults, suffix(&kind, counts))?;
        let source = self.defaulted(
            &mut section,
            "source",
            defaults.source.as_ref(),
            both!(
                "如 `source = {{ constant = \"/hall/queue\" }}`",
                "for example `source = {{ constant = \"/hall/queue\" }}`"
            ),
        )?;
        let time = self.time(section.take("time").or_else(|| defaults.time.clone()), &mut section)?;
        let sequence = section.take("sequence").or_else(|| defaults.sequence.clone());
        let sequence = sequence.map(|item| self.value("sequence", &item)).transpose()?;
        // A hall for all events concerns only the types that know halls.
        let hall = section.take("hall").or_else(|| defaults.hall.clone().filter(|_| spec.member("hall").is_some()));
        let data = section.require(
            "data",
            both!("请在 `[event.data]` 里写明各成员从哪里来", "say under `[event.data]` where the members come from"),
        )?;
        let mut data = self.data(&data, spec)?;
        if let Some(hall) = hall {
            data.push(Member::Value("hall".to_owned(), Box::new(self.value("hall", &hall)?)));
        }
        section.finish()?;
        Ok(EventPlan { kind, when, id, source, time, sequence, data })
    }

    fn defaulted(
        &self,
        section: &mut Section<'_>,
        key: &'static str,
        default: Option<&Item<'_>>,
        advice: Words,
    ) -> Result<ValuePlan, MappingError> {
        match (section.take(key), default) {
            (Some(item), _) => self.value(key, &item),
            (None, Some(item)) => self.value(key, item),
            (None, None) => Err(section.lacks(key, advice)),
        }
    }

    fn time(&self, item: Option<Item<'_>>, section: &mut Section<'_>) -> Result<ValuePlan, MappingError> {
        let item = item.ok_or_else(|| {
            section.lacks("time", both!("如 `time = \"timestamp\"`", "for example `time = \"timestamp\"`"))
        })?;
        let plan = self.value("time", &item)?;
        match plan.form {
            Form::Time(_) => Ok(plan),
            // A bare column name is read as ISO 8601.
            Form::Text => {
                Ok(ValuePlan { form: Form::Time(TimeForm { formats: vec![TimeFormat::Iso], zone: None }), ..plan })
            }
            Form::Integer | Form::Boolean | Form::Decimal(_) => {
                Err(item.refuse(both!("时间就是时间，请去掉 `type`", "leave `type` out; a time is a time")))
            }
        }
    }

    fn condition(&self, item: &Item<'_>) -> Result<Expression, MappingError> {
        let expression = self.expression(item)?;
        match expression.kind() {
            Type::Boolean => Ok(expression),
            other => Err(item.refuse(Words::new(
                format!("得出的是{}；条件须是布尔值", other.words().zh),
                format!("gives a value of type {}; a condition must be true or false", other.words()),
            ))),
        }
    }

    fn expression(&self, item: &Item<'_>) -> Result<Expression, MappingError> {
        let text = item.as_text()?;
        Expression::compile(text, &self.columns).map_err(|error| item.refuse_within(error.offset, error.message))
    }

    fn id(&self, own: Option<Item<'_>>, defaults: &Defaults<'_>, suffix: String) -> Result<IdPlan, MappingError> {
        match (own, &defaults.id) {
            (Some(item), _) => Ok(IdPlan::Own(self.id_text(&item)?)),
            (None, Some(item)) => Ok(IdPlan::Shared(self.id_text(item)?, suffix)),
            (None, None) => Ok(IdPlan::Content(suffix)),
        }
    }

    fn id_text(&self, item: &Item<'_>) -> Result<IdText, MappingError> {
        if !item.value.is_array() {
            return Ok(IdText::Value(Box::new(self.value("id", item)?)));
        }
        let plans: Vec<_> = item.as_list()?.iter().map(|item| self.value("id", item)).collect::<Result<_, _>>()?;
        if plans.is_empty() {
            Err(item.refuse(both!("请至少写一列", "name at least one column")))
        } else {
            Ok(IdText::Columns(plans))
        }
    }

    fn data(&self, item: &Item<'_>, spec: &TypeSpec) -> Result<Vec<Member>, MappingError> {
        let section = item.as_section()?;
        let unknown = section.items().find(|(name, _)| spec.member(name).is_none());
        if let Some((name, item)) = unknown {
            let known = spec.required.iter().chain(spec.optional).map(|id| format!("`{}`", id.spec().name));
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(item.refuse(both!(
                "`{}` 没有成员 `{name}`；有 {known}",
                "`{}` has no member `{name}`; it has {known}",
                spec.name
            )));
        }
        if let Some(id) = spec.required.iter().find(|id| !section.has_any(&[id.spec().name])) {
            let name = id.spec().name;
            return Err(item.refuse(both!(
                "`{}` 不能缺少成员 `{name}`；请写明它从哪里来",
                "`{}` needs the member `{name}`; say where it comes from",
                spec.name
            )));
        }
        self.members(section)
    }

    fn members(&self, section: Section<'_>) -> Result<Vec<Member>, MappingError> {
        let member = |(name, item): (&str, Item<'_>)| {
            let is_object = item.value.is_table() && !item.as_section()?.has_any(&ORIGIN_KEYS);
            Ok(match is_object {
                true => Member::Object(name.to_owned(), self.members(item.as_section()?)?),
                false => Member::Value(name.to_owned(), Box::new(self.value(name, &item)?)),
            })
        };
        section.rest().into_iter().map(member).collect()
    }

    /// A value: the name of a column, a number, a truth value, or a table with one of [`ORIGIN_KEYS`].
    fn value(&self, member: &str, item: &Item<'_>) -> Result<ValuePlan, MappingError> {
        let origin = match item.value {
            DeValue::String(name) => self.column(name),
            DeValue::Integer(_) | DeValue::Boolean(_) => Origin::Constant(read_constant(item)?),
            DeValue::Table(_) => return self.value_table(member, item.as_section()?),
            DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) => {
                let advice = both!(
                    "请写加引号的列名，或 `{{ column = … }}`、`{{ constant = … }}`、`{{ expression = … }}`",
                    "write the name of a column in quotes, or `{{ column = … }}`, `{{ constant = … }}`, `{{ expression = … }}`"
                );
                return Err(item.refuse(advice));
            }
        };
        Ok(ValuePlan {
            member: member.to_owned(),
            origin,
            form: Form::Text,
            codes: None,
            unlisted: Unlisted::Refuse,
            empty: Empty::Omit,
        })
    }

    fn value_table(&self, member: &str, mut section: Section<'_>) -> Result<ValuePlan, MappingError> {
        let plan = ValuePlan {
            member: member.to_owned(),
            origin: self.origin(&mut section)?,
            form: read_form(&mut section)?,
            codes: section.take("codes").map(|item| self.code_table(&item)).transpose()?,
            unlisted: section
                .take("unlisted")
                .map(|item| read_unlisted(&item))
                .transpose()?
                .unwrap_or(Unlisted::Refuse),
            empty: section.take("empty").map(|item| read_empty(&item)).transpose()?.unwrap_or(Empty::Omit),
        };
        section.finish()?;
        Ok(plan)
    }

    fn origin(&self, section: &mut Section<'_>) -> Result<Origin, MappingError> {
        let origin = match (section.take("column"), section.take("constant"), section.take("expression")) {
            (Some(item), None, None) => self.column(item.as_text()?),
            (None, Some(item), None) => Origin::Constant(read_constant(&item)?),
            (None, None, Some(item)) => Origin::Expression(self.expression(&item)?),
            (None, None, None) => {
                return Err(section.lacks(
                    "column",
                    both!(
                        "或 `constant`、`expression`：值来自三者之一",
                        "or `constant`, or `expression`: a value comes from one of them"
                    ),
                ));
            }
            (Some(item), ..) | (None, Some(item), _) => {
                return Err(item.refuse(both!(
                    "`column`、`constant`、`expression` 只写一个",
                    "a value has one of `column`, `constant` and `expression`, not several"
                )));
            }
        };
        Ok(origin)
    }

    fn column(&self, name: &str) -> Origin {
        Origin::Column(self.columns.number(name), name.to_owned())
    }

    fn code_table(&self, item: &Item<'_>) -> Result<Arc<CodeTable>, MappingError> {
        let name = item.as_text()?;
        let table = self.codes.get(name);
        table.cloned().ok_or_else(|| {
            item.refuse(both!(
                "没有 [codes.{name}]；请加上，或改正名称",
                "there is no [codes.{name}]; add it, or correct the name"
            ))
        })
    }
}

/// What tells apart the events of one row: the type without prefix, numbered from the second of the same type on.
fn suffix(kind: &str, counts: &mut BTreeMap<String, usize>) -> String {
    let short = kind.strip_prefix(TYPE_PREFIX).unwrap_or(kind);
    let count = counts.entry(short.to_owned()).or_default();
    *count += 1;
    if *count == 1 { short.to_owned() } else { format!("{short}#{count}") }
}

fn read_kind(item: &Item<'_>) -> Result<&'static TypeSpec, MappingError> {
    let name = item.as_text()?;
    let full = if name.starts_with(TYPE_PREFIX) { name.to_owned() } else { format!("{TYPE_PREFIX}{name}") };
    EventType::parse(&full).map(EventType::spec).ok_or_else(|| {
        item.refuse(both!(
            "`{name}` 不是事件类型；请写目录里的一种，如 `case.step`",
            "`{name}` is no event type; write one of the catalogue, such as `case.step`"
        ))
    })
}

fn read_zone(item: &Item<'_>) -> Result<Zone, MappingError> {
    let name = item.as_text()?;
    Zone::parse(name).ok_or_else(|| {
        item.refuse(both!(
            "`{name}` 不是时区；请写 IANA 名称，如 `Asia/Shanghai`",
            "`{name}` is no time zone; write an IANA name such as `Asia/Shanghai`"
        ))
    })
}

fn read_dialect(mut section: Section<'_>) -> Result<u8, MappingError> {
    let item = section.take("delimiter");
    section.finish()?;
    let Some(item) = item else { return Ok(b',') };
    match item.as_text()?.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err(item
            .refuse(both!("请写一个 ASCII 字符，如 `;` 或 `\\t`", "write one ASCII character, such as `;` or `\\t`"))),
    }
}

fn read_completion(item: &Item<'_>) -> Result<bool, MappingError> {
    match item.as_text()? {
        "last_event" => Ok(true),
        other => Err(item.refuse(both!(
            "不认识 `{other}`；请写 `last_event`，或去掉",
            "`{other}` is not known; write `last_event`, or leave it out"
        ))),
    }
}

fn read_actors(mut section: Section<'_>) -> Result<Vec<Glob>, MappingError> {
    let system = section.take("system");
    section.finish()?;
    let Some(system) = system else { return Ok(Vec::new()) };
    system.as_list()?.iter().map(|item| item.as_text().map(Glob::new)).collect()
}

fn read_codes(section: Section<'_>) -> Result<CodeTables, MappingError> {
    section.rest().into_iter().map(|(name, item)| Ok((name.to_owned(), read_code_table(name, &item)?))).collect()
}

fn read_code_table(name: &str, item: &Item<'_>) -> Result<Arc<CodeTable>, MappingError> {
    let meanings = item.as_section()?.rest().into_iter();
    let meanings =
        meanings.map(|(code, item)| Ok((code.to_owned(), item.as_text()?.to_owned()))).collect::<Result<_, _>>()?;
    Ok(Arc::new(CodeTable { name: name.to_owned(), meanings }))
}

fn read_constant(item: &Item<'_>) -> Result<Json, MappingError> {
    match item.value {
        DeValue::String(text) => Ok(json!(text)),
        DeValue::Boolean(truth) => Ok(json!(truth)),
        DeValue::Integer(_) => item.as_integer(i64::MIN, i64::MAX).map(Json::from),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => Err(item.refuse(both!(
            "常数是加引号的文本、整数、`true` 或 `false`",
            "a constant is a text in quotes, a whole number, true or false"
        ))),
    }
}

fn read_form(section: &mut Section<'_>) -> Result<Form, MappingError> {
    let formats = section.take("format");
    let zone = section.take("zone");
    let scale = section.take("scale");
    let kind = section.take("type");
    let named = kind.as_ref().map(Item::as_text).transpose()?;
    let is_time = named == Some("time") || (named.is_none() && (formats.is_some() || zone.is_some()));
    if let Some(item) = [&formats, &zone].into_iter().flatten().find(|_| !is_time) {
        return Err(item.refuse(both!(
            "时间才有它；请写 `type = \"time\"`，或去掉",
            "only a time has it; write `type = \"time\"`, or leave it out"
        )));
    }
    if let Some(item) = scale.as_ref().filter(|_| named != Some("decimal")) {
        return Err(item.refuse(both!(
            "小数才有它；请写 `type = \"decimal\"`，或去掉",
            "only a decimal has it; write `type = \"decimal\"`, or leave it out"
        )));
    }
    match (named, kind) {
        _ if is_time => read_time_form(formats, zone).map(Form::Time),
        (None | Some("text"), _) => Ok(Form::Text),
        (Some("integer"), _) => Ok(Form::Integer),
        (Some("boolean"), _) => Ok(Form::Boolean),
        (Some("decimal"), _) => Ok(Form::Decimal(scale.map_or(Ok(0), |item| item.as_integer(0, 18))? as u32)),
        (Some(other), Some(item)) => Err(item.refuse(both!(
            "没有 `{other}` 这种类型；请写 `text`、`integer`、`boolean`、`time` 或 `decimal`",
            "`{other}` is no type; write `text`, `integer`, `boolean`, `time` or `decimal`"
        ))),
        (Some(_), None) => Ok(Form::Text),
    }
}

fn read_time_form(formats: Option<Item<'_>>, zone: Option<Item<'_>>) -> Result<TimeForm, MappingError> {
    let formats = match formats {
        None => vec![TimeFormat::Iso],
        Some(item) => item.as_one_or_more()?.iter().map(read_time_format).collect::<Result<_, _>>()?,
    };
    Ok(TimeForm { formats, zone: zone.map(|item| read_zone(&item)).transpose()? })
}

fn read_time_format(item: &Item<'_>) -> Result<TimeFormat, MappingError> {
    TimeFormat::parse(item.as_text()?).map_err(|reason| item.refuse(reason))
}

fn read_unlisted(item: &Item<'_>) -> Result<Unlisted, MappingError> {
    match item.as_text()? {
        "refuse" => Ok(Unlisted::Refuse),
        "keep" => Ok(Unlisted::Keep),
        "omit" => Ok(Unlisted::Omit),
        other => Err(item.refuse(both!(
            "不认识 `{other}`；请写 `refuse`、`keep` 或 `omit`",
            "`{other}` is not known; write `refuse`, `keep` or `omit`"
        ))),
    }
}

fn read_empty(item: &Item<'_>) -> Result<Empty, MappingError> {
    match item.as_text()? {
        "omit" => Ok(Empty::Omit),
        "keep" => Ok(Empty::Keep),
        other => Err(item.refuse(both!(
            "不认识 `{other}`；请写 `omit` 或 `keep`",
            "`{other}` is not known; write `omit` or `keep`"
        ))),
    }
}
