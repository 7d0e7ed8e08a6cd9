//! Writes a city to disk: the init directory, the truth, and for the small one the history as a file.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

use jifen_core::{rule, time::Date};

use crate::{
    city::{City, ZONE},
    counter,
    plan::{PILOT_HALL, Post},
    sent::Moment,
    stream::Stream,
    tally::Tally,
    truth::truth,
};

/// Arrivals written at a time.
const CHUNK: usize = 4096;

/// Writes `region.toml`, the tables, the rules and `truth.json` into `directory`, which is made if absent.
///
/// # Errors
/// Of the file system.
pub fn write_plan(city: &City, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join("region.toml"), region(city))?;
    fs::write(directory.join("truth.json"), format!("{:#}\n", truth(city)))?;
    write_rules(city, directory)?;
    let plan = &city.plan;
    let halls = plan.halls.iter().map(|hall| [hall.code.clone(), hall.name.clone()]);
    table(directory, "halls.csv", ["hall", "name"], halls)?;
    let departments = plan.departments.iter().map(|own| [own.code.clone(), own.name.clone(), own.hall.clone()]);
    table(directory, "departments.csv", ["department", "name", "hall"], departments)?;
    let windows = plan.windows.iter().map(|window| {
        let department = plan.department(window.department);
        let (code, name) = (window.code.clone(), window.name.clone());
        [code, name, department.hall.clone(), department.code.clone(), department.code.clone()]
    });
    table(directory, "windows.csv", ["window", "name", "hall", "department", "zone"], windows)?;
    let days = |limit: Option<u32>| limit.map(|days| days.to_string()).unwrap_or_default();
    let matters = plan.matters.iter().map(|own| {
        let (promised, statutory) = own.limit.unzip();
        let standard = counter::standard_minutes(city, own).to_string();
        [own.code.clone(), own.name.clone(), own.department.clone(), days(promised), days(statutory), standard]
    });
    let columns = ["matter", "name", "department", "promised_days", "statutory_days", "standard_minutes"];
    table(directory, "matters.csv", columns, matters)?;
    let people = plan.people.iter().map(|person| {
        let department = &plan.department(person.department).code;
        let (kind, window, role) = match person.post {
            Post::Window { window, role } => ("person", plan.windows[window].code.as_str(), role),
            Post::Back => ("person", "", ""),
            Post::System => ("system", "", ""),
        };
        [&person.code, kind, &person.name, department, window, role].map(str::to_owned)
    });
    table(directory, "people.csv", ["person", "kind", "name", "department", "window", "role"], people)?;
    let turns = city
        .turns()
        .into_iter()
        .map(|turn| [turn.person, turn.window, turn.from.to_string(), turn.to.to_string(), turn.role.to_owned()]);
    table(directory, "roster.csv", ["person", "window", "from", "to", "role"], turns)?;
    let leaves = city.leaves.list.iter().map(|leave| {
        let (person, category) = (city.person(leave.person).code.clone(), leave.category.to_owned());
        [person, leave.from.to_string(), leave.to.to_string(), category]
    });
    table(directory, "leaves.csv", ["person", "from", "to", "category"], leaves)?;
    let years = city.invented_years.iter().map(|year| ["cn".to_owned(), year.year.to_string()]);
    table(directory, "calendar.csv", ["calendar", "year"], years)
}

/// Writes every event from the first day until the anchor to `events.jsonl`; gives their number.
///
/// # Errors
/// Of the file system.
pub fn write_history(city: &City, from: Date, directory: &Path) -> io::Result<usize> {
    let mut events = BufWriter::new(fs::File::create(directory.join("events.jsonl"))?);
    let (mut stream, end, mut count) =
        (Stream::new(city, Moment::at(from, 0), None), Moment::at(city.seed.anchor, 0), 0);
    let mut tally = Tally::default();
    loop {
        let lines = stream.events_before(end, CHUNK, &mut tally);
        if lines.is_empty() {
            events.flush()?;
            return Ok(count);
        }
        count += lines.len();
        for line in lines {
            writeln!(events, "{line}")?;
        }
    }
}

fn region(city: &City) -> String {
    format!(
        "code = \"demo\"\nname = \"示范区（模拟数据）\"\ntime_zone = \"{ZONE}\"\nsince = \"{}\"\ncalendar = \"cn\"\n\n[settings]\nsimulated = true\npublic = true\n",
        city.phases.first
    )
}

/// The pilot's two indicators for its three months, then the starter rules; where nothing changes, `init` publishes those itself.
fn write_rules(city: &City, directory: &Path) -> io::Result<()> {
    let Some(after) = city.phases.after else { return Ok(()) };
    let folder = directory.join("rules");
    fs::create_dir_all(&folder)?;
    let line = |name: &str, date: Date| format!("\n{name} = {date}");
    let from = "id = \"starter\"";
    let starter = rule::STARTER.replacen(from, &(from.to_owned() + &line("effective_from", after)), 1);
    fs::write(folder.join("starter.toml"), starter)?;
    let (first, last) = (line("effective_from", city.phases.pilot), line("effective_to", after.plus(-1)));
    let pilot = PILOT_RULES.replacen("id = \"pilot\"", &format!("id = \"pilot\"{first}{last}"), 1);
    fs::write(folder.join("pilot.toml"), pilot.replace("HALL", PILOT_HALL))
}

const PILOT_RULES: &str = r#"# 试点办法：三个月，一个大厅，两项指标。 The pilot: three months, one hall, two indicators.
format = 1

[ruleset]
id = "pilot"
title = "办税服务厅积分试点办法（两项指标）"
title_en = "Pilot of the tax hall (two indicators)"

[[rule]]
id = "service-time"
title = "办理时长"
title_en = "Service time"
dimension = "efficiency"
on = "service"
subject = "person"
when = 'fact.hall == "HALL"'
value = "fact.service_ms"
[[rule.band]]
upto = "20min"
points = 5
[[rule.band]]
upto = "30min"
points = 0
[[rule.band]]
points = -3
[[rule.example]]
facts = [{ hall = "HALL", service_ms = "18min" }]
points = 5
[[rule.example]]
facts = [{ hall = "HALL", service_ms = "38min" }]
points = -3

[[rule]]
id = "satisfaction"
title = "满意率"
title_en = "Satisfaction"
dimension = "quality"
on = "rating"
subject = "person"
when = 'fact.active && fact.hall == "HALL"'
period = "day"
measure = "rate"
that = "fact.satisfied"
min_facts = 5
[[rule.band]]
below = "90%"
points = -5
[[rule.band]]
below = "95%"
points = 0
[[rule.band]]
points = 10
[[rule.example]]
facts = [{ hall = "HALL", active = true, satisfied = true, repeat = 24 }, { hall = "HALL", active = true, satisfied = false }]
points = 10
"#;

/// Writes one table.
pub(crate) fn table<const N: usize>(
    directory: &Path,
    name: &str,
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<()> {
    let mut writer = csv::Writer::from_path(directory.join(name))?;
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()
}
