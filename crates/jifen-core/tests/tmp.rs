//! tmp
use jifen_core::rule::{Language, parse};
#[test]
fn write() {
    for n in ["fact-types", "fact-reading"] {
        let base = format!("{}/../../testdata/rules/refused/{n}", env!("CARGO_MANIFEST_DIR"));
        let faults = parse(&std::fs::read_to_string(format!("{base}.toml")).unwrap()).unwrap_err();
        for (language, ext) in [(Language::Chinese, "zh.txt"), (Language::English, "txt")] {
            let text: String = faults.iter().map(|f| f.told_with_place(language) + "\n").collect();
            std::fs::write(format!("{base}.{ext}"), text).unwrap();
        }
    }
}
