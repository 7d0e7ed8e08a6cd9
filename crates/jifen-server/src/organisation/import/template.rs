//! The tables as they stand on a day, to be changed and sent back.

use jifen_core::{engine::Region, ledger::Subject, time::Instant};
use jifen_store::{Database, RegionRow};

use super::{
    FORMS, is_unread,
    present::Present,
    rows::{hours, minutes},
};
use crate::{
    auth::{Reach, reach::place_of_subject},
    board::{Names, ReadError},
    setup::{Form, leave_words, role_words},
    sheet::{Filled, columns_of},
};

/// The tables on a day, as far as `reach` sees.
///
/// # Errors
/// Store faults.
pub(super) fn filled(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    (reach, time): (&Reach, Instant),
) -> Result<Vec<Filled>, ReadError> {
    let (present, held) = (Present::of(region, time), region.organisation());
    let of_window = |code: &str| reach.has_place(&place_of_subject(region, &Subject::Window(code.to_owned()), time));
    let of_department =
        |code: &str| reach.has_place(&place_of_subject(region, &Subject::Department(code.to_owned()), time));
    let of_person = |actor| reach.has_subject(region, &Subject::Person(actor));
    let actors = present.people.keys().chain(present.roster.keys().map(|(_, actor)| actor));
    let actors =
        actors.chain(present.posts.keys().map(|(_, actor)| actor)).chain(present.leaves.keys().map(|(actor, _)| actor));
    let names = Names::load(database, row, region, actors.copied())?;
    let zone = held.zone();
    // A day where it begins with one, else the time.
    let from = |at: Instant| {
        let date = zone.date(at);
        if zone.day_start(date) == at { date.to_string() } else { at.to_rfc3339() }
    };
    let to = |at: Option<Instant>| {
        let day = |at: Instant| {
            let date = zone.date(at);
            if zone.day_start(date) == at { date.plus(-1).to_string() } else { at.to_rfc3339() }
        };
        at.map(day).unwrap_or_default()
    };
    let stands = |end: Option<Instant>| end.is_none_or(|end| end > time);
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let rows = |form: &Form| -> Vec<Vec<String>> {
        match form.sheet {
            "大厅" => present
                .halls
                .iter()
                .filter(|(code, _)| reach.has_hall(code))
                .map(|(code, name)| vec![(*code).to_owned(), name.unwrap_or_default().to_owned()])
                .collect(),
            "部门" => present
                .departments
                .iter()
                .filter(|(code, _)| of_department(code))
                .map(|(code, one)| vec![(*code).to_owned(), text(one.name.as_ref()), text(one.hall.as_ref())])
                .collect(),
            "窗口" => present
                .windows
                .iter()
                .filter(|(code, _)| of_window(code))
                .map(|(code, one)| {
                    let [name, hall, department, zone] =
                        [&one.name, &one.hall, &one.department, &one.zone].map(|value| text(value.as_ref()));
                    vec![(*code).to_owned(), name, hall, department, zone]
                })
                .collect(),
            "事项" => present
                .matters
                .iter()
                .filter(|(_, one)| one.department.as_deref().map_or(reach.is_whole(), of_department))
                .map(|(code, one)| {
                    vec![
                        (*code).to_owned(),
                        text(one.name.as_ref()),
                        text(one.department.as_ref()),
                        number(one.promised_days),
                        one.promised_ms.map(hours).unwrap_or_default(),
                        number(one.statutory_days),
                        one.standard_ms.map(minutes).unwrap_or_default(),
                        text(one.calendar.as_ref()),
                    ]
                })
                .collect(),
            "人员" => present
                .people
                .iter()
                .filter(|(actor, _)| of_person(**actor))
                .filter_map(|(actor, one)| {
                    let kind = if one.kind == jifen_core::roster::ActorKind::System { "系统" } else { "人员" };
                    let [department, window, hall] =
                        [&one.department, &one.window, &one.hall].map(|value| text(value.as_ref()));
                    let name = names.actor_name(*actor).unwrap_or_default();
                    Some(vec![names.actor_code(*actor)?, kind.to_owned(), name, department, window, hall])
                })
                .collect(),
            "排班" => present
                .roster
                .iter()
                .filter(|((window, _), _)| of_window(window))
                .flat_map(|((window, actor), all)| all.iter().map(move |one| (*window, *actor, one)))
                .filter(|(.., one)| stands(one.to))
                .filter_map(|(window, actor, one)| {
                    Some(vec![
                        names.actor_code(actor)?,
                        window.to_owned(),
                        from(one.from),
                        to(one.to),
                        role_words(one.role).to_owned(),
                    ])
                })
                .collect(),
            "请假" => present
                .leaves
                .iter()
                .filter(|((actor, _), leave)| stands(Some(leave.to)) && of_person(*actor))
                .filter_map(|((actor, _), leave)| {
                    let kind = leave_words(&leave.category).to_owned();
                    Some(vec![names.actor_code(*actor)?, from(leave.from), to(Some(leave.to)), kind])
                })
                .collect(),
            _ => present
                .posts
                .iter()
                .flat_map(|((key, actor), all)| all.iter().map(move |one| (*key, *actor, one)))
                .filter(|(.., one)| stands(one.to))
                .filter(|((_, kind, code), actor, _)| {
                    let place = Subject::from_key(*kind, code.as_bytes());
                    of_person(*actor) || place.is_some_and(|place| reach.has_subject(region, &place))
                })
                .filter_map(|((post, kind, code), actor, one)| {
                    let mut cells = vec![names.actor_code(actor)?, post.clone(), from(one.from)];
                    cells.extend(
                        ["window", "department", "hall"]
                            .map(|place| if kind.name() == place { code.clone() } else { String::new() }),
                    );
                    cells.push(to(one.to));
                    Some(cells)
                })
                .collect(),
        }
    };
    let table = |form: &&'static Form| {
        let optional: Vec<&str> = form.optional.iter().copied().filter(|column| !is_unread(form, column)).collect();
        Filled { sheet: form.sheet, columns: columns_of(form, &optional).collect(), rows: rows(form) }
    };
    Ok(FORMS.iter().map(table).collect())
}
