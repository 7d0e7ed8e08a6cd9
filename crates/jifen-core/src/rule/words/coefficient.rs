//! Coefficients in words: that facts are weighed, and what each weighs.

use crate::{
    points::Points,
    rule::{Coefficient, CoefficientKey, Rule},
};

use super::{Language, ScopeList};

impl CoefficientKey {
    /// What the code is of: Chinese, English.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Matter => ("事项", "matter"),
            Self::Channel => ("渠道", "channel"),
            Self::Window => ("窗口", "window"),
            Self::Department => ("部门", "department"),
            Self::Hall => ("大厅", "hall"),
        }
    }

    /// The list whose codes have the same names; channels have none.
    fn list(self) -> Option<ScopeList> {
        match self {
            Self::Matter => Some(ScopeList::Matters),
            Self::Channel => None,
            Self::Window => Some(ScopeList::Windows),
            Self::Department => Some(ScopeList::Departments),
            Self::Hall => Some(ScopeList::Halls),
        }
    }
}

impl Rule {
    /// `按“事项折合系数”折算`.
    pub(super) fn coefficient_note(&self, language: Language) -> Option<String> {
        let table = self.coefficient.as_ref()?;
        let title = title(table, language);
        Some(language.choose(format!("按“{title}”折算"), format!("weighed by “{title}”")))
    }

    /// The whole table: `事项折合系数，按事项：个体登记 0.5、公司登记 2；其余 1`.
    pub(super) fn coefficient_clause(
        &self,
        language: Language,
        name: &dyn Fn(ScopeList, &str) -> String,
    ) -> Option<String> {
        let table = self.coefficient.as_ref()?;
        let named = |code: &str| table.by.list().map_or_else(|| code.to_owned(), |list| name(list, code));
        let rows: Vec<String> =
            table.rows.iter().map(|(code, weight)| format!("{} {}", named(code), Points(*weight))).collect();
        let (chinese, english) = table.by.words();
        let rest = match table.default {
            Some(weight) => {
                let weight = Points(weight);
                language.choose(format!("；其余 {weight}"), format!("; any other {weight}"))
            }
            None => language.choose("；表中没有的待定", "; any other waits").to_owned(),
        };
        let title = title(table, language);
        Some(language.choose(
            format!("{title}，按{chinese}：{}{rest}", rows.join("、")),
            format!("{title}, by {english}: {}{rest}", rows.join(", ")),
        ))
    }
}

fn title(table: &Coefficient, language: Language) -> &str {
    language.choose(&table.title, table.title_en.as_ref().unwrap_or(&table.title))
}
