//! Links in words: whose points follow another rule's, and by how much.

use crate::rule::{Link, LinkTo, Rule, SubjectKind};

use super::{Language, subject};

impl Rule {
    /// `窗口的首席代表按规则“投诉属实”所得分的 1/2 计`; `None` where the rule is no link.
    pub(super) fn link_words(&self, language: Language) -> Option<String> {
        let link = self.link.as_ref()?;
        let bearer = self.link_bearer(link, language);
        let of = language.choose(&link.of_title, link.of_title_en.as_ref().unwrap_or(&link.of_title));
        let factor = link.factor;
        Some(match (factor.numerator, factor.denominator) {
            (1, 1) => language.choose(
                format!("{bearer}与规则“{of}”同样计分"),
                format!("{bearer} gets the same as rule “{of}” gives"),
            ),
            (_, 1) => language.choose(
                format!("{bearer}按规则“{of}”计分的 {factor} 倍计"),
                format!("{bearer} gets {factor} times what rule “{of}” gives"),
            ),
            _ => language.choose(
                format!("{bearer}按规则“{of}”计分的 {factor} 计"),
                format!("{bearer} gets {factor} of what rule “{of}” gives"),
            ),
        })
    }

    /// Who gets the points of a link: `窗口的“首席代表”`.
    pub(super) fn link_bearer(&self, link: &Link, language: Language) -> String {
        let place = |kind: &SubjectKind| {
            let (chinese, english) = subject(*kind);
            language.choose(chinese, english)
        };
        match &link.to {
            LinkTo::Own if self.subject == SubjectKind::Person => {
                language.choose("经办的人", "whoever it is credited to").to_owned()
            }
            LinkTo::Own => {
                language.choose(format!("所在{}", place(&self.subject)), format!("the {}", place(&self.subject)))
            }
            LinkTo::Staff(of) => language
                .choose(format!("{}全体人员每人", place(of)), format!("everybody who belongs to the {}", place(of))),
            LinkTo::Post(post, of) => language.choose(
                format!("{}的“{post}”", place(of)),
                format!("whoever holds the post “{post}” of the {}", place(of)),
            ),
        }
    }
}
