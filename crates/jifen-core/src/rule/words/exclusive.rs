//! Exclusive awards in words: which of several for one matter counts.

use crate::rule::{Keep, Rule};

use super::{Language, name_of, period};

impl Rule {
    /// `；一年内“所涉事项编号”相同的只计最高的一次`.
    pub(super) fn exclusive_words(&self, language: Language) -> String {
        let words = self.exclusive_clause(language);
        words.map_or_else(String::new, |words| language.choose(format!("；{words}"), format!("; {words}")))
    }

    pub(super) fn exclusive_clause(&self, language: Language) -> Option<String> {
        let exclusive = self.exclusive.as_ref()?;
        let with = exclusive.group.as_ref().map_or_else(String::new, |group| {
            language.choose(format!("与“{group}”各规则"), format!("with all rules of “{group}”, "))
        });
        let of = match &exclusive.matter {
            None => language.choose("对同一件事".to_owned(), "of what they give for one fact".to_owned()),
            Some(matter) => {
                let (name, (chinese, english)) = (name_of(&self.on, &matter.key, language), period(matter.per));
                language.choose(
                    format!("一{chinese}内“{name}”相同的"),
                    format!("of facts with one {name} within a {english}"),
                )
            }
        };
        let keep = match exclusive.keep {
            Keep::Largest => ("只计分值最大的一次，其余不重复计", "the largest alone counts"),
            Keep::First => ("只计最先的一次，其余不重复计", "the first alone counts"),
            Keep::Both => ("各条都计", "all count"),
        };
        Some(language.choose(format!("{with}{of}{}", keep.0), format!("{with}{of} {}", keep.1)))
    }
}
