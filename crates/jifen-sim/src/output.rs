//! Writes a demo to disk: the init directory and the events.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

use jifen_core::time::Date;

use crate::{
    plan::{DEPARTMENTS, HALLS, MATTERS, Post},
    world::{Demo, ZONE},
};

/// Writes `region.toml`, the tables and `events.jsonl` into `directory`, which is made if absent.
pub fn write(demo: &Demo, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join("region.toml"), region(demo.first))?;
    let halls = HALLS.iter().map(|(code, name)| [(*code).to_owned(), (*name).to_owned()]);
    table(directory, "halls.csv", ["hall", "name"], halls)?;
    let departments = DEPARTMENTS.iter().map(|own| [own.code, own.name, own.hall].map(str::to_owned));
    table(directory, "departments.csv", ["department", "name", "hall"], departments)?;
    let windows = demo.windows.iter().map(|window| {
        [window.code.clone(), window.name.clone(), window.department.hall.to_owned(), window.department.code.to_owned()]
    });
    table(directory, "windows.csv", ["window", "name", "hall", "department"], windows)?;
    let days = |limit: Option<u32>| limit.map(|days| days.to_string()).unwrap_or_default();
    let matters = MATTERS.iter().map(|own| {
        let (promised, statutory) = (own.limit.map(|limit| limit.0), own.limit.map(|limit| limit.1));
        [own.code.to_owned(), own.name.to_owned(), own.department.to_owned(), days(promised), days(statutory)]
    });
    let columns = ["matter", "name", "department", "promised_days", "statutory_days"];
    table(directory, "matters.csv", columns, matters)?;
    let people = demo.people.iter().map(|person| {
        let (kind, window, role) = match &person.post {
            Post::Window { window, role } => ("person", window.as_str(), *role),
            Post::Back => ("person", "", ""),
            Post::System => ("system", "", ""),
        };
        [&person.code, kind, &person.name, person.department, window, role].map(str::to_owned)
    });
    table(directory, "people.csv", ["person", "kind", "name", "department", "window", "role"], people)?;
    let turns = demo.turns.iter().map(|turn| {
        [turn.person.clone(), turn.window.clone(), turn.from.to_string(), turn.to.to_string(), turn.role.to_owned()]
    });
    table(directory, "roster.csv", ["person", "window", "from", "to", "role"], turns)?;
    let years = demo.invented_years.iter().map(|year| ["cn".to_owned(), year.year.to_string()]);
    table(directory, "calendar.csv", ["calendar", "year"], years)?;
    let mut events = BufWriter::new(fs::File::create(directory.join("events.jsonl"))?);
    for line in &demo.events {
        writeln!(events, "{line}")?;
    }
    events.flush()
}

fn region(first: Date) -> String {
    format!(
        "code = \"demo\"\nname = \"示范区（模拟数据）\"\ntime_zone = \"{ZONE}\"\nsince = \"{first}\"\ncalendar = \"cn\"\n\n[settings]\nsimulated = true\n"
    )
}

fn table<const N: usize>(
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
