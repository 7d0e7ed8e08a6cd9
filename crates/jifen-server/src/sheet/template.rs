//! The workbook that people fill in: a sheet for each table of `setup`, one for services, one that explains them.

use std::path::Path;

use rust_xlsxwriter::{Format, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::setup::{FORMS, NAMES, REGION_ROWS, REGION_SHEET};

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
const MEANINGS: [(&str, &str, &str); 36] = [
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
    ("开始", "上岗、任职日期", "2026-11-01"),
    ("结束", "下岗、免职日期，当天算在内；不写为一直", ""),
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
    explain(workbook.add_worksheet())?;
    let region = workbook.add_worksheet().set_name(REGION_SHEET)?;
    head(region, &["项目".to_owned(), "值".to_owned()])?;
    region.set_column_width(1, 32)?;
    for (row, (name, key)) in (1..).zip(REGION_ROWS) {
        let star = if key == "code" { "*" } else { "" };
        region.write(row, 0, format!("{name}{star}"))?;
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
        let columns: Vec<String> = form.key.iter().map(|column| format!("{}*", chinese(form.sheet, column))).collect();
        let rest = form.optional.iter().map(|column| chinese(form.sheet, column).to_owned());
        let columns: Vec<String> = columns.into_iter().chain(rest).collect();
        table(workbook.add_worksheet().set_name(form.sheet)?, &columns, form.sheet, example)?;
    }
    let columns = SERVICE_COLUMNS.map(str::to_owned);
    table(workbook.add_worksheet().set_name(SERVICES)?, &columns, SERVICES, example)?;
    workbook.save(path)
}

fn explain(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("说明")?;
    head(sheet, &["工作表", "列（* 必填）", "说明", "例"].map(str::to_owned))?;
    for (column, width) in [10, 16, 64, 26].into_iter().enumerate() {
        sheet.set_column_width(column as u16, width)?;
    }
    let mut row = 1;
    let mut line = |sheet: &mut Worksheet, table: &str, column: &str| {
        let found = MEANINGS.iter().find(|(name, ..)| *name == column.trim_end_matches('*'));
        let (meaning, example) = found.map_or(("", ""), |(_, meaning, example)| (*meaning, *example));
        for (at, value) in [table, column, meaning, example].into_iter().enumerate() {
            sheet.write(row, at as u16, value)?;
        }
        row += 1;
        Ok::<(), XlsxError>(())
    };
    for (name, key) in REGION_ROWS {
        line(sheet, REGION_SHEET, &format!("{name}{}", if key == "code" { "*" } else { "" }))?;
    }
    for form in &FORMS {
        for column in form.key {
            line(sheet, form.sheet, &format!("{}*", chinese(form.sheet, column)))?;
        }
        for column in form.optional {
            line(sheet, form.sheet, chinese(form.sheet, column))?;
        }
    }
    for column in SERVICE_COLUMNS {
        line(sheet, SERVICES, column)?;
    }
    Ok(())
}

/// The Chinese name of a table's column.
fn chinese(sheet: &str, column: &str) -> &'static str {
    if (sheet, column) == ("人员", "name") {
        return "姓名";
    }
    NAMES.iter().find(|(_, name)| *name == column).map_or("备注", |(chinese, _)| chinese)
}

fn table(sheet: &mut Worksheet, columns: &[String], name: &str, example: bool) -> Result<(), XlsxError> {
    for (at, column) in columns.iter().enumerate() {
        let is_time = TIMES.contains(&column.trim_end_matches('*'));
        // Codes are texts: Excel would take the zeros off `007` and round long ones.
        let format = if is_time { Format::new().set_num_format("yyyy-mm-dd hh:mm") } else { text() };
        sheet.set_column_format(at as u16, &format)?;
        sheet.set_column_width(at as u16, if is_time { 17 } else { 14 })?;
    }
    head(sheet, columns)?;
    let rows = EXAMPLE.iter().find(|(sheet, _)| *sheet == name && example).map_or(&[][..], |(_, rows)| rows);
    for (row, values) in (1..).zip(rows) {
        for (at, value) in values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            sheet.write_with_format(row, at as u16, *value, &text())?;
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
        let all = FORMS
            .iter()
            .flat_map(|form| form.key.iter().chain(form.optional).map(|column| chinese(form.sheet, column).to_owned()));
        let services = SERVICE_COLUMNS.iter().map(|column| column.trim_end_matches('*').to_owned());
        for column in all.chain(services).filter(|column| column != "备注") {
            assert!(MEANINGS.iter().any(|(name, ..)| *name == column), "{column}");
        }
    }
}
