//! Check of `over`: of whom the mean is taken, people of a place, its windows, or whoever holds a post.

use toml::Spanned;

use super::{
    Over,
    check::{Head, Heads},
    check_figure::Written,
};
use crate::{
    both,
    event::CODE_LENGTH_MAX,
    expression::offer,
    rule::{SubjectKind, check::start, diagnostic::Report},
};

pub(super) const STAFF: &str = "staff";
pub(super) const WINDOWS: &str = "windows";
/// What stands before a post's name.
pub(super) const POST: &str = "post:";

/// The `over` of a number of `subject`; `Some(None)` where there is none, `None` after a fault.
pub(super) fn over(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    written: &Written<'_>,
    subject: Option<SubjectKind>,
) -> Option<Option<Over>> {
    let Some(at) = written.over else { return Some(None) };
    let over = match at.get_ref().as_str() {
        STAFF => Over::Staff,
        WINDOWS => Over::Windows,
        text => match text.strip_prefix(POST) {
            Some(name) => return post(report, heads, written, (at, name), subject).map(Some),
            None => {
                let names = [STAFF, WINDOWS, "post:首席代表"].map(str::to_owned);
                report.fault(start(at), both!("不认识 `{text}`", "unknown mean `{text}`").and(&offer(text, &names)));
                return None;
            }
        },
    };
    if let Some(subject) = subject.filter(|subject| over.subject() == *subject || *subject == SubjectKind::Person) {
        let message = both!(
            "`{}` 没有自己的 `{}`；请去掉 `over`",
            "a {} has no {} of its own; drop `over`",
            subject.name(),
            at.get_ref()
        );
        report.fault(start(at), message);
    }
    Some(Some(over))
}

/// Of a place its holder of a post, of a person the places where they hold it.
fn post(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    written: &Written<'_>,
    (at, name): (&Spanned<String>, &str),
    subject: Option<SubjectKind>,
) -> Option<Over> {
    let length = name.chars().count();
    if length == 0 || length > CODE_LENGTH_MAX {
        report.fault(
            start(at),
            both!(
                "哪个职务？写 1 到 {CODE_LENGTH_MAX} 个字，如 `post:首席代表`",
                "which post? write 1 to {CODE_LENGTH_MAX} characters, as in `post:首席代表`"
            ),
        );
        return None;
    }
    let name = name.to_owned();
    if subject? != SubjectKind::Person {
        return Some(Over::Post { name, of: SubjectKind::Person });
    }
    // Which kind of place it is stands where the number comes from.
    let of = |heads: &[Head<'_>], id: &Spanned<String>| {
        heads.iter().find(|head| head.id == id.get_ref()).and_then(|head| head.subject)
    };
    let source = [
        written.sheet.and_then(|id| of(&heads.sheets, id)),
        written.composite.and_then(|id| of(&heads.composites, id)),
        written.rules.and_then(|ids| ids.get_ref().first()).and_then(|id| of(&heads.rules, id)),
    ];
    let found = source.into_iter().flatten().next();
    if found == Some(SubjectKind::Person) {
        report.fault(
            start(at),
            both!(
                "任职的人取的是窗口、部门、大厅的得分，这里写的是人的；请去掉 `over`，或换一个来源",
                "whoever holds a post gets what the window, department or hall has, and this is a person's; drop `over`, or name another source"
            ),
        );
        return None;
    }
    // What is pointed at is not there: that is told where it stands.
    Some(Over::Post { name, of: found.unwrap_or(SubjectKind::Window) })
}
