//! The workbook that people fill in: a sheet for each table of `setup`, one for services, one that explains them.

use std::path::Path;

use rust_xlsxwriter::{Format, FormatBorder, Workbook, Worksheet, XlsxError};

use super::csv::FORMULA;
use crate::setup::{FORMS, Form, REGION_ROWS, REGION_SHEET, table::chinese};

/// The sheet of services; `mappings/template.toml` reads it.
const SERVICES: &str = "业务";
const SERVICE_COLUMNS: [&str; 11] = [
    "号码*",
    "窗口编号*",
    "人员编号",
    "事项编号",
    "取号时间",
    "叫号时间",
    "开始时间*",
    "结束时间*",
    "办件编号",
    "评价",
    "备注",
];
/// Columns that hold times.
const TIMES: [&str; 4] = ["取号时间", "叫号时间", "开始时间", "结束时间"];

/// What each column means; a column of several tables once.
const MEANINGS: [(&str, &str, &str); 37] = [
    ("区划代码", "本地区的代码，字母、数字、- _ .；所有命令用它", "330106"),
    ("名称", "给人看的名字", "西湖区"),
    ("时区", "不写为 Asia/Shanghai", "Asia/Shanghai"),
    ("起始日", "组织从哪天起有效，要早于最早的业务", "2026-01-01"),
    ("日历", "时限按哪个日历：cn 国务院节假日，always 全年全天", "cn"),
    ("上班时段", "cn 的上班时段，空格分隔", "09:00-12:00 13:00-17:00"),
    ("排名最少件数", "少于此数不排名", "1"),
    ("模拟数据", "是 / 否；是则每页标明", "否"),
    ("大厅编号", "大厅的编号，不重复", "H1"),
    ("部门编号", "部门的编号，别处引用时必须在“部门”表里", "D1"),
    ("窗口编号", "窗口的编号，别处引用时必须在“窗口”表里", "W01"),
    ("区域", "大厅里的分区", "A"),
    ("事项编号", "事项的编号", "M1"),
    ("承诺工作日", "承诺几个工作日办结；与承诺工作小时二选一", "5"),
    ("承诺工作小时", "承诺几个工作小时办结", "4"),
    ("法定工作日", "法定几个工作日", "20"),
    ("标准办理分钟", "窗口办理的标准时长", "15"),
    ("人员编号", "工号；业务数据里就用它", "P1001"),
    ("类别", "人员，或系统（自助机等系统账号不参加排名）", "人员"),
    ("姓名", "姓名；不进事件日志", "王岚"),
    ("电话", "电话；不进事件日志", ""),
    ("岗位", "岗位名称", "综合受理"),
    ("职务", "窗口、部门或大厅的职务，三者填一个；规则里写作 post:职务", "首席代表"),
    ("开始", "上岗、任职、请假的首日", "2026-11-01"),
    ("结束", "下岗、免职、请假的末日，当天算在内；排班、任职不写为一直", ""),
    ("请假类别", "年休假、病假、事假、调休、外出公干，或自定的类别", "年休假"),
    ("年份", "日历的年份", "2027"),
    ("每周", "周一起七天，1 上班 0 休息", "1111100"),
    ("放假", "放假的日子，空格分隔，可写 2027-01-01..2027-01-03", ""),
    ("调休", "调休上班的日子", ""),
    ("号码", "一次办理一个，整个大厅不重复；每天从头编的，请在前面加日期", "20261102-A001"),
    ("取号时间", "没有可以不填", "2026-11-02 09:00"),
    ("叫号时间", "没有可以不填", "2026-11-02 09:06"),
    ("开始时间", "开始办理", "2026-11-02 09:07"),
    ("结束时间", "办理结束", "2026-11-02 09:19"),
    ("办件编号", "审批系统里的编号", "AJ-1"),
    ("评价", "5 至 1，或 非常满意、满意、基本满意、不满意、非常不满意；没评价不填", "5"),
];

/// A small hall, to try things out with.
const EXAMPLE: [(&str, &[&[&str]]); 6] = [
    ("大厅", &[&["H1", "便民服务大厅"]]),
    ("部门", &[&["D1", "税务局", "H1"], &["D2", "人社局", "H1"]]),
    ("窗口", &[&["W01", "1号 税务", "H1", "D1", "A"], &["W02", "2号 社保", "H1", "D2", "A"]]),
    ("事项", &[&["M1", "发票申领", "D1", "", "", "", "15"], &["M2", "参保登记", "D2", "1", "", "", "12"]]),
    ("人员", &[&["P1001", "人员", "王岚", "", "D1", "W01"], &["P1002", "人员", "李文博", "", "D2", "W02"]]),
    (
        SERVICES,
        &[
            &[
                "20261102-A001",
                "W01",
                "P1001",
                "M1",
                "2026-11-02 09:00",
                "2026-11-02 09:06",
                "2026-11-02 09:07",
                "2026-11-02 09:19",
                "",
                "5",
            ],
            &[
                "20261102-A002",
                "W02",
                "P1002",
                "M2",
                "2026-11-02 09:03",
                "2026-11-02 09:10",
                "2026-11-02 09:11",
                "2026-11-02 09:36",
                "",
                "满意",
            ],
            &[
                "20261102-A003",
                "W01",
                "P1001",
                "M1",
                "2026-11-02 09:05",
                "2026-11-02 09:20",
                "2026-11-02 09:20",
                "2026-11-02 09:31",
                "",
                "非常满意",
            ],
            &[
                "20261103-A001",
                "W01",
                "P1001",
                "M1",
                "2026-11-03 09:00",
                "2026-11-03 09:02",
                "2026-11-03 09:02",
                "2026-11-03 09:15",
                "",
                "",
            ],
            &[
                "20261103-A002",
                "W02",
                "P1002",
                "M2",
                "2026-11-03 09:01",
                "2026-11-03 09:04",
                "2026-11-03 09:04",
                "2026-11-03 09:50",
                "",
                "不满意",
            ],
        ],
    ),
];

/// Writes the workbook; with a small hall in it when `example`.
///
/// # Errors
/// When the file cannot be written.
pub fn write_template(path: &Path, example: bool) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    let starred = |key: &str| if key == "code" { "*" } else { "" };
    let mut lines: Vec<(&str, String)> =
        REGION_ROWS.iter().map(|(name, key)| (REGION_SHEET, format!("{name}{}", starred(key)))).collect();
    for form in &FORMS {
        lines.extend(columns_of(form, form.optional).map(|column| (form.sheet, column)));
    }
    lines.extend(SERVICE_COLUMNS.map(|column| (SERVICES, column.to_owned())));
    explain(workbook.add_worksheet(), &lines)?;
    let region = workbook.add_worksheet().set_name(REGION_SHEET)?;
    head(region, &["项目".to_owned(), "值".to_owned()])?;
    region.set_column_width(1, 32)?;
    for (row, (name, key)) in (1..).zip(REGION_ROWS) {
        region.write(row, 0, format!("{name}{}", starred(key)))?;
        let value = match key {
            "code" if example => "demo",
            "name" if example => "示例区",
            "since" => "2026-01-01",
            "calendar" => "cn",
            _ => "",
        };
        region.write_with_format(row, 1, value, &text())?;
    }
    for form in &FORMS {
        let columns: Vec<String> = columns_of(form, form.optional).collect();
        table(workbook.add_worksheet().set_name(form.sheet)?, &columns, &example_of(form.sheet, example))?;
    }
    let columns = SERVICE_COLUMNS.map(str::to_owned);
    table(workbook.add_worksheet().set_name(SERVICES)?, &columns, &example_of(SERVICES, example))?;
    workbook.save(path)
}

/// A table that is filled: its sheet, its columns as people read them, its rows.
pub(crate) struct Filled {
    pub(crate) sheet: &'static str,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A workbook of filled tables, which explains them.
pub(crate) fn workbook_of(tables: &[Filled]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let lines = tables.iter().flat_map(|one| one.columns.iter().map(|column| (one.sheet, column.clone())));
    explain(workbook.add_worksheet(), &lines.collect::<Vec<_>>())?;
    for one in tables {
        table(workbook.add_worksheet().set_name(one.sheet)?, &one.columns, &one.rows)?;
    }
    workbook.save_to_buffer()
}

/// A table's columns as people read them, `*` behind those that must be filled.
pub(crate) fn columns_of(form: &Form, optional: &[&str]) -> impl Iterator<Item = String> {
    let sheet = form.sheet;
    let needed = form.needed().map(move |column| format!("{}*", chinese(sheet, column)));
    let rest = optional.iter().map(move |column| chinese(sheet, column).to_owned());
    needed.chain(rest)
}

fn example_of(sheet: &str, example: bool) -> Vec<Vec<String>> {
    let rows = EXAMPLE.iter().find(|(name, _)| *name == sheet && example).map_or(&[][..], |(_, rows)| rows);
    rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
}

fn explain(sheet: &mut Worksheet, lines: &[(&str, String)]) -> Result<(), XlsxError> {
    sheet.set_name("说明")?;
    head(sheet, &["工作表", "列（* 必填）", "说明", "例"].map(str::to_owned))?;
    for (column, width) in [10, 16, 64, 26].into_iter().enumerate() {
        sheet.set_column_width(column as u16, width)?;
    }
    for (row, (table, column)) in (1..).zip(lines) {
        let found = MEANINGS.iter().find(|(name, ..)| *name == column.trim_end_matches('*'));
        let (meaning, example) = found.map_or(("", ""), |(_, meaning, example)| (*meaning, *example));
        for (at, value) in (0..).zip([*table, column, meaning, example]) {
            sheet.write_string(row, at, value)?;
        }
    }
    Ok(())
}

fn table(sheet: &mut Worksheet, columns: &[String], rows: &[Vec<String>]) -> Result<(), XlsxError> {
    for (at, column) in columns.iter().enumerate() {
        let is_time = TIMES.contains(&column.trim_end_matches('*'));
        // Codes are texts: Excel would take the zeros off `007` and round long ones.
        let format = if is_time { Format::new().set_num_format("yyyy-mm-dd hh:mm") } else { text() };
        sheet.set_column_format(at as u16, &format)?;
        sheet.set_column_width(at as u16, if is_time { 17 } else { 14 })?;
    }
    head(sheet, columns)?;
    for (row, values) in (1..).zip(rows) {
        for (at, value) in (0..).zip(values).filter(|(_, value)| !value.is_empty()) {
            // A name may begin like a formula; it stays a text, also where somebody edits the cell.
            let format = if value.starts_with(FORMULA) { text().set_quote_prefix() } else { text() };
            sheet.write_string_with_format(row, at, value, &format)?;
        }
    }
    Ok(())
}

fn head(sheet: &mut Worksheet, columns: &[String]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold().set_background_color("#E4F1F1").set_border_bottom(FormatBorder::Thin);
    for (at, column) in columns.iter().enumerate() {
        sheet.write_with_format(0, at as u16, column, &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn text() -> Format {
    Format::new().set_num_format("@")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_explained() {
        let all = FORMS.iter().flat_map(|form| form.columns().map(|column| chinese(form.sheet, column).to_owned()));
        let services = SERVICE_COLUMNS.iter().map(|column| column.trim_end_matches('*').to_owned());
        for column in all.chain(services).filter(|column| column != "备注") {
            assert!(MEANINGS.iter().any(|(name, ..)| *name == column), "{column}");
        }
    }
}
