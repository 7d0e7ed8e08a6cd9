//! What a page shows as a file for spreadsheets: the rows it lists, in its order, under its titles, in the reader's language.

use std::fs::File;

use jifen_core::{engine::Region, rule::Language};
use jifen_store::{Database, RegionRow};

use super::{ActorKindWord, EntriesQuery, EntryView, Leaderboard, LeaderboardItem, ReadError, entries};
use crate::{
    auth::Reach,
    sheet::{Cell, ROWS_MAX, TableFile, TableFormat},
};

/// Entries read at a time.
const PAGE: usize = 1_000;

/// The board as the page lists it: the ranked first, then the others with the reason.
pub(crate) fn leaderboard_workbook(board: &Leaderboard, language: Language) -> Result<File, ReadError> {
    let is_person = board.subject == "person";
    let pick = |chinese, english| language.choose(chinese, english);
    let name = match board.subject.as_str() {
        "window" => pick("窗口", "Window"),
        "department" => pick("部门", "Department"),
        "hall" => pick("大厅", "Hall"),
        _ => pick("姓名", "Name"),
    };
    let mut header = vec![pick("名次", "Rank"), name, pick("编号", "Code")];
    if is_person {
        header.extend([pick("窗口", "Window"), pick("部门", "Department")]);
    }
    header.push(pick("积分", "Points"));
    if !is_person {
        header.extend([pick("自身", "Own"), pick("成员", "Members")]);
    }
    header.extend([pick("待定", "Provisional"), pick("办件", "Services"), pick("每件", "Per service")]);
    header.extend([pick("效率", "Efficiency"), pick("质量", "Quality")]);
    header.extend([pick("创新", "Innovation"), pick("协同", "Collaboration"), pick("说明", "Note")]);
    let mut file = TableFile::new(TableFormat::Workbook, pick("积分榜", "Leaderboard"), &header)?;
    let (ranked, unranked): (Vec<_>, Vec<_>) = board.items.iter().partition(|item| item.rank.is_some());
    for item in ranked.into_iter().chain(unranked) {
        file.push(&board_row(item, is_person, language))?;
    }
    Ok(file.finish()?)
}

fn board_row(item: &LeaderboardItem, is_person: bool, language: Language) -> Vec<Cell> {
    let number = |text: &str| Cell::Number(text.to_owned());
    let mut cells = vec![Cell::number(item.rank), Cell::text(Some(&item.name)), Cell::text(Some(&item.subject))];
    if is_person {
        cells.extend([Cell::text(item.window.as_deref()), Cell::text(item.department.as_deref())]);
    }
    cells.push(number(&item.points));
    if !is_person {
        cells.extend([number(&item.own_points), number(&item.members_points)]);
    }
    let dimensions = &item.dimensions;
    cells.extend([number(&item.provisional), Cell::number(Some(item.services))]);
    cells.push(Cell::number(item.points_per_service.as_deref()));
    cells.extend([number(&dimensions.efficiency), number(&dimensions.quality)]);
    cells.extend([number(&dimensions.innovation), number(&dimensions.collaboration)]);
    let reason = match (item.rank, item.actor_kind) {
        (Some(_), _) => None,
        (None, Some(ActorKindWord::System)) => Some(("系统账号", "System account")),
        (None, Some(ActorKindWord::Unknown)) => Some(("办理人不明", "Actor unknown")),
        (None, _) if item.trainee => Some(("实习、带教期间不排名", "Trainees are not ranked")),
        (None, _) if !item.sufficient => Some(("事实不足", "Too few facts")),
        (None, _) => Some(("不参加排名", "Not in the ranking")),
    };
    cells.push(reason.map_or(Cell::Empty, |(chinese, english)| {
        let unranked = language.choose("未排名", "Not ranked");
        Cell::Text(format!("{unranked} – {}", language.choose(chinese, english)))
    }));
    cells
}

/// All entries of a list, newest first, page after page. `None`: more than a sheet holds.
pub(crate) fn entries_file(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    reach: &Reach,
    query: EntriesQuery,
    (format, language): (TableFormat, Language),
) -> Result<Option<File>, ReadError> {
    let pick = |chinese, english| language.choose(chinese, english);
    let header = [
        pick("日期", "Date"),
        pick("对象", "Subject"),
        pick("编号", "Code"),
        pick("规则", "Rule"),
        pick("分值", "Points"),
        pick("类别", "Kind"),
        pick("维度", "Dimension"),
        pick("人员", "Person"),
        pick("窗口", "Window"),
        pick("部门", "Department"),
        pick("大厅", "Hall"),
        pick("入账月份", "Booked in"),
        pick("流水号", "Entry"),
        pick("冲正的流水号", "Takes back"),
    ];
    let mut file = TableFile::new(format, pick("流水", "Entries"), &header)?;
    let total = query.limit;
    let mut query = EntriesQuery { limit: total.min(PAGE), ..query };
    let mut left = total;
    loop {
        let page = entries(database, row, region, reach, &query)?;
        for entry in page.items.iter().take(left) {
            if file.is_full() {
                return Ok(None);
            }
            file.push(&entry_row(entry, language))?;
        }
        left = left.saturating_sub(page.items.len());
        match page.items.last().filter(|_| page.next.is_some() && left > 0) {
            Some(last) => query.before = Some(last.position),
            None => return Ok(Some(file.finish()?)),
        }
    }
}

/// More entries than a sheet has rows.
pub(crate) const ENTRIES_MAX: usize = ROWS_MAX as usize;

fn entry_row(entry: &EntryView, language: Language) -> [Cell; 14] {
    let pick = |chinese, english| language.choose(chinese, english);
    let kind = match entry.kind.as_str() {
        "reversal" => pick("冲正", "Reversal"),
        "adjustment" => pick("调整", "Adjustment"),
        "clamp" if entry.anchor_kind == "fact" => pick("不重复计", "Counted once"),
        "clamp" => pick("封顶", "Cap"),
        _ if entry.points == "0" => pick("不加不扣", "Nil"),
        _ if entry.points.starts_with('-') => pick("扣", "Deduction"),
        _ => pick("奖", "Award"),
    };
    let dimension = match entry.dimension.as_str() {
        "efficiency" => pick("效率", "Efficiency"),
        "quality" => pick("质量", "Quality"),
        "innovation" => pick("创新", "Innovation"),
        "collaboration" => pick("协同", "Collaboration"),
        other => other,
    };
    [
        Cell::text(Some(&entry.business_date)),
        Cell::text(Some(&entry.subject_name)),
        Cell::text(Some(&entry.subject)),
        Cell::text(Some(pick(&entry.rule_title, &entry.rule_title_en))),
        Cell::Number(entry.points.clone()),
        Cell::text(Some(kind)),
        Cell::text(Some(dimension)),
        Cell::text(entry.person.as_deref()),
        Cell::text(entry.window.as_deref()),
        Cell::text(entry.department.as_deref()),
        Cell::text(entry.hall.as_deref()),
        Cell::text(Some(&entry.booked_month)),
        Cell::number(Some(entry.position)),
        Cell::number(entry.reverses),
    ]
}
