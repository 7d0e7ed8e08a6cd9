//! Administrative divisions of China: a region code in, the names of its province and prefecture out.

/// Our table of GB/T 2260 codes of province and prefecture level; its head names the source.
const TABLE: &str = include_str!("../tables/divisions-cn.csv");

/// Prefecture codes with these names only group counties and are not spoken.
const PLACEHOLDERS: [&str; 4] = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"];

/// Why a text is no division code.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DivisionError {
    /// Not 6 or 12 digits.
    #[error("division code `{0}` must be 6 or 12 digits")]
    Form(String),
    /// Its first two digits name no province.
    #[error("division code `{0}` names no province of GB/T 2260")]
    UnknownProvince(String),
    /// Its first four digits name no prefecture.
    #[error("division code `{0}` names no prefecture of GB/T 2260")]
    UnknownPrefecture(String),
}

impl DivisionError {
    /// Stable text for problems, logs and locales.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form(_) => "division_form",
            Self::UnknownProvince(_) => "division_province_unknown",
            Self::UnknownPrefecture(_) => "division_prefecture_unknown",
        }
    }
}

/// Checks a region code of 6 or 12 digits down to its prefecture; counties and below are not looked up.
pub fn check(code: &str) -> Result<(), DivisionError> {
    full_name(code).map(|_| ())
}

/// The name of a region code's province and prefecture: `511602` is in `四川省广安市`, `110101` in `北京市`.
/// `None` for what `check` refuses.
pub fn name_of(code: &str) -> Option<String> {
    full_name(code).ok()
}

fn full_name(code: &str) -> Result<String, DivisionError> {
    if !matches!(code.len(), 6 | 12) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DivisionError::Form(code.to_owned()));
    }
    let province = look_up(&code[..2]).ok_or_else(|| DivisionError::UnknownProvince(code.to_owned()))?;
    if code[2..].bytes().all(|byte| byte == b'0') {
        return Ok(province.to_owned());
    }
    let prefecture = look_up(&code[..4]).ok_or_else(|| DivisionError::UnknownPrefecture(code.to_owned()))?;
    if PLACEHOLDERS.contains(&prefecture) {
        return Ok(province.to_owned());
    }
    Ok(format!("{province}{prefecture}"))
}

fn look_up(prefix: &str) -> Option<&'static str> {
    TABLE.lines().find_map(|line| line.strip_prefix(prefix)?.strip_prefix(','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_named() {
        let check = |code: &str, name: &str| assert_eq!(full_name(code).as_deref(), Ok(name), "{code}");
        check("511602", "四川省广安市");
        check("511602001000", "四川省广安市");
        check("511600", "四川省广安市");
        check("510000", "四川省");
        check("110101", "北京市");
        check("500229", "重庆市");
        check("429004", "湖北省");
        check("659001", "新疆维吾尔自治区");
        check("460300", "海南省三沙市");
        check("810000", "香港特别行政区");
    }

    #[test]
    fn bad_codes_are_refused() {
        let refused = |code: &str, expected: &str| {
            assert_eq!(full_name(code).map_err(|error| error.code()), Err(expected), "{code}");
            assert_eq!(name_of(code), None);
        };
        refused("", "division_form");
        refused("51160", "division_form");
        refused("51160a", "division_form");
        refused("四川", "division_form");
        refused("# Adminis", "division_form");
        refused("５１", "division_form");
        refused("990000", "division_province_unknown");
        refused("519900", "division_prefecture_unknown");
        refused("510002", "division_prefecture_unknown");
        refused("710100", "division_prefecture_unknown");
        assert_eq!(check("511602"), Ok(()));
    }
}
