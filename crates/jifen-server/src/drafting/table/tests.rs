//! Tables of our own, in the ways halls write them, and the drafts made of them.

use std::{fs, path::Path};

use jifen_core::rule;
use rust_xlsxwriter::Workbook;

use super::{Drafted, draft};

const TABLE: &str = "\
窗口工作人员考核表,,,,,
类别,考核内容,评分标准,周期,封顶,依据
纪律,上班迟到,每次扣2分,月,20,管理办法第三条
纪律,脱岗,3次以上扣5分，5次以上扣10分,月,,
效率,办理时长,超过20分钟的，每10分钟扣1分,,,
质量,群众满意率,95%以上加5分，低于90%扣3分,季度,,
质量,投诉属实,扣4分/件,,,
其他,获得锦旗,2,年,10,
";

fn drafted(file: &str, bytes: &[u8]) -> Drafted {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(file);
    fs::write(&path, bytes).expect("a file");
    draft(&path).expect("a table of rules")
}

/// The lines of a rule that are no comments.
fn rule_of<'t>(text: &'t str, id: &str) -> Vec<&'t str> {
    let from = text.find(&format!("[[rule]]\nid = \"{id}\"\n")).expect("the rule");
    let rest = &text[from..];
    rest.split("\n\n").next().unwrap_or(rest).lines().filter(|line| !line.starts_with('#')).collect()
}

fn asked<'d>(drafted: &'d Drafted, rule: &str) -> Vec<&'d str> {
    drafted
        .questions
        .iter()
        .filter(|question| question.rule == rule)
        .map(|question| question.words.zh.as_str())
        .collect()
}

#[test]
fn a_table_becomes_a_draft_that_loads() {
    let made = drafted("考核表.csv", TABLE.as_bytes());
    let set = rule::parse(&made.text).expect(&made.text);
    assert_eq!((set.title.as_str(), set.rules.len()), ("考核表", 6));
    let late = rule_of(&made.text, "r1");
    assert!(late.contains(&"points = -2") && late.contains(&"cap = { per = \"month\", min = -20 }"), "{late:?}");
    assert!(
        late.contains(&"when = \"fact.category == '上班迟到'\"") && late.contains(&"on = \"attendance\""),
        "{late:?}"
    );
    assert!(made.text.contains("# 依据 source: 管理办法第三条"), "{}", made.text);
    // The narrower span counts, and both edges are asked about.
    let absent = rule_of(&made.text, "r2").join("\n");
    assert!(
        absent.ends_with(
            "measure = \"count\"\n[[rule.band]]\nbelow = 3\npoints = 0\n[[rule.band]]\nbelow = 5\npoints = -5\n[[rule.band]]\npoints = -10"
        ),
        "{absent}"
    );
    assert_eq!(asked(&made, "r2").iter().filter(|words| words.contains("含不含")).count(), 2);
    let time = rule_of(&made.text, "r3").join("\n");
    assert!(
        time.contains("value = \"fact.service_ms\"\nper_unit = { over = \"20min\", unit = \"10min\", points = -1, partial = \"floor\" }"),
        "{time}"
    );
    assert!(asked(&made, "r3").iter().any(|words| words.contains("不足一个单位")), "{:?}", made.questions);
    let rate = rule_of(&made.text, "r4").join("\n");
    assert!(rate.contains("period = \"quarter\"") && rate.contains("that = \"fact.satisfied\""), "{rate}");
    assert!(
        rate.ends_with(
            "[[rule.band]]\nbelow = \"90%\"\npoints = -3\n[[rule.band]]\nbelow = \"95%\"\npoints = 0\n[[rule.band]]\npoints = 5"
        ),
        "{rate}"
    );
    assert!(asked(&made, "r4").iter().any(|words| words.contains("中间有一段")), "{:?}", made.questions);
    assert!(rule_of(&made.text, "r5").contains(&"points = -4"));
    assert!(asked(&made, "r6").iter().any(|words| words.contains("加分还是扣分")), "{:?}", made.questions);
    // What is asked stands above its rule, too.
    for question in &made.questions {
        assert!(made.text.contains(&format!("# 待定 open: {}", question.words.zh)), "{question:?}");
        assert_ne!(question.words.zh, question.words.en);
    }
}

#[test]
fn bases_become_a_sheet_and_their_floors_are_asked() {
    let table = "项目,满分,扣分标准,对象\n服务态度,40,被投诉属实每件扣5分，扣完为止,窗口\n出勤,60,迟到一次扣2分,窗口\n";
    let made = drafted("月度.csv", table.as_bytes());
    let set = rule::parse(&made.text).expect(&made.text);
    let sheet = set.sheets.first().expect("a sheet");
    assert_eq!((sheet.base.to_string().as_str(), sheet.items.len()), ("100", 2));
    assert!(asked(&made, "sheet").iter().any(|words| words.contains("扣完为止")), "{:?}", made.questions);
    assert!(rule_of(&made.text, "r2").contains(&"points = -2"), "{}", made.text);
    assert!(set.rules.iter().all(|rule| rule.item.is_some()));
}

#[test]
fn workbooks_and_gb18030_are_read_alike() {
    let expected = drafted("考核表.csv", TABLE.as_bytes());
    let (gb, _, _) = encoding_rs::GB18030.encode(TABLE);
    assert_eq!(drafted("考核表.csv", &gb), expected);
    let mut workbook = Workbook::new();
    workbook.add_worksheet().write_string(0, 0, "封面").expect("a cell");
    let sheet = workbook.add_worksheet();
    for (row, line) in TABLE.lines().enumerate() {
        for (column, cell) in line.split(',').enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(row as u32, column as u16, cell).expect("a cell");
        }
    }
    let bytes = workbook.save_to_buffer().expect("a workbook");
    assert_eq!(drafted("考核表.xlsx", &bytes), expected);
}

#[test]
fn what_is_no_table_of_rules_is_refused_with_the_way_out() {
    let refused = |file: &str, text: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(file);
        fs::write(&path, text).expect("a file");
        draft(&path).expect_err("refused").0
    };
    let words = refused("a.csv", "姓名,工号\n王岚,7\n");
    assert!(words.zh.contains("表头") && words.en.contains("header"), "{words:?}");
    let many = format!("规则,分值\n{}", "迟到,扣1分\n".repeat(501));
    assert!(refused("b.csv", &many).zh.contains("501"));
    assert!(draft(Path::new("/no/such/file.csv")).is_err());
    refused("c.xlsx", "no workbook");
}

#[test]
fn odd_cells_never_make_a_text_that_is_no_toml() {
    let odd = [
        "每",
        "扣",
        "扣分",
        "\"]]\n[[rule]]",
        "每10",
        "90%-95%扣1分",
        "≥95%加5分",
        "扣1分，扣2分，扣3分",
        "以上扣5分",
        "999999999999分",
        "每满3次扣1分",
        "３次以上扣０．５分",
        "三次以上扣五分",
        "不满10件不计分",
        "-1",
        "+2",
        "0.5",
        "每低于98%一个百分点扣0.5分",
        "扣1-3分",
    ];
    for cell in odd {
        let table =
            format!("规则,分值,周期\n\"纪律 '{}'\",\"{}\",月\n", cell.replace('"', "\"\""), cell.replace('"', "\"\""));
        let made = drafted("odd.csv", table.as_bytes());
        assert!(made.text.parse::<toml_edit::DocumentMut>().is_ok(), "{cell}: {}", made.text);
    }
}
