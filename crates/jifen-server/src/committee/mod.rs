//! The rule committee's pages: drafts with their difference and what-if, approvals, opinions, notices.
//!
//! In: requests of people and the public, the region's committee as the journal made it. Out: events of theirs through `intake::own`, and
//! what stands. Whether something may happen is decided in `jifen_core::committee`; here it is only asked for and shown.

mod freeze;
pub(crate) mod http;
pub(crate) mod members;
pub(crate) mod open;
mod throttle;
mod view;

use jifen_core::{
    committee::{PUBLIC, RuleDraft, Seat, Stage, Terms, account_of},
    engine::Region,
    event::{Event, EventType, Members, Value, member},
    id::Digest,
    ledger::Subject,
    rule::{self, How, PartChange, SubjectKind, Words, difference},
    scoring::RuleVersion,
    time::{Date, Instant},
};
use jifen_store::{Database, RegionRow};

use crate::{
    auth::{Caller, Permission, Reach},
    problem::Problem,
    rule::scope_name,
};
pub(crate) use throttle::OpinionThrottle;
pub(crate) use view::*;

/// Opinions shown with a draft.
const OPINIONS_SHOWN: usize = 200;

fn terms(terms: Terms) -> TermsView {
    TermsView { approvals: terms.approvals, kinds: terms.kinds, notice_days: terms.notice_days }
}

fn words(words: &Words) -> WordsView {
    WordsView { zh: words.zh.clone(), en: words.en.clone() }
}

fn seat_word(seat: Seat) -> SeatWord {
    match seat {
        Seat::Staff => SeatWord::Staff,
        Seat::Citizen => SeatWord::Citizen,
        Seat::Expert => SeatWord::Expert,
    }
}

/// A draft in short.
pub(crate) fn line(region: &Region, draft: &RuleDraft, today: Date) -> DraftLine {
    let set = &draft.set;
    let (stage, replaced_by, published) = match draft.stage(today) {
        Stage::Collecting => (StageWord::Collecting, None, None),
        Stage::Notice(_) => (StageWord::Notice, None, None),
        Stage::Due => (StageWord::Due, None, None),
        Stage::Published(published) => (StageWord::Published, None, Some(published)),
        Stage::Withdrawn => (StageWord::Withdrawn, None, None),
        Stage::Replaced(other) => (StageWord::Replaced, Some(other.to_string()), None),
    };
    let from = published.map_or_else(|| draft.first_day(), |published| published.from);
    DraftLine {
        digest: draft.digest.to_string(),
        set: set.id.clone(),
        title: set.title.clone(),
        title_en: set.title_en.clone().unwrap_or_else(|| set.title.clone()),
        version: set.version.to_string(),
        author: draft.author.clone(),
        at: draft.at.to_rfc3339(),
        reason: draft.reason.clone(),
        named_from: draft.from.to_string(),
        effective_from: from.to_string(),
        works_back: draft.works_back(),
        stage,
        notice_until: draft.notice_until().map(|until| until.to_string()),
        terms: terms(draft.terms),
        approvals: approvals(draft),
        roll: draft.roll.len() as u64,
        kinds: draft.kinds() as u64,
        opinions: draft.opinions.len() as u64,
        replaced_by,
        published: published.map(|published| published.position),
        obstacle: draft.is_open().then(|| obstacle(region, draft)).flatten(),
    }
}

fn approvals(draft: &RuleDraft) -> Vec<ApprovalView> {
    let mut approvals: Vec<_> = draft.approvals.iter().collect();
    approvals.sort_by_key(|(_, approval)| approval.position);
    let approvals = approvals.into_iter().filter_map(|(account, approval)| {
        Some(ApprovalView {
            account: Some(account.clone()),
            seat: seat_word(*draft.roll.get(account)?),
            at: approval.at.to_rfc3339(),
            position: approval.position,
        })
    });
    approvals.collect()
}

/// How the version that a draft became was approved.
pub(crate) fn approval_of(region: &Region, draft: Digest) -> Option<VersionApproval> {
    let draft = region.committee().draft(draft)?;
    Some(VersionApproval {
        draft: draft.digest.to_string(),
        approvals: approvals(draft),
        notice_from: draft.agreed?.to_string(),
        notice_until: draft.notice_until()?.to_string(),
    })
}

/// What another set in force has against the draft.
fn obstacle(region: &Region, draft: &RuleDraft) -> Option<WordsView> {
    let mut data = Members::default();
    data.set(member::RULES, Value::Text(draft.text.clone()));
    data.set(member::EFFECTIVE_FROM, Value::Date(draft.first_day()));
    let (source, id, kind) = (String::new(), String::new(), EventType::RulesetPublished);
    let event = Event { source, id, kind, time: draft.at, sequence: None, data };
    region.versions().clash(&event, region.organisation().zone()).as_ref().map(words)
}

/// The draft with this digest.
fn found<'r>(region: &'r Region, digest: &str) -> Result<&'r RuleDraft, Problem> {
    let draft = Digest::parse_hex(digest).and_then(|digest| region.committee().draft(digest));
    draft.ok_or_else(|| Problem::NotFound("draft of this digest".to_owned()))
}

/// A draft with everything one decides by.
///
/// # Errors
/// No such draft; store faults.
fn whole(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    caller: &Caller,
    digest: &str,
    now: Instant,
) -> Result<DraftView, Problem> {
    let draft = found(region, digest)?;
    let today = region.organisation().zone().date(now);
    let reach = Reach::of(&caller.0, Permission::SumsRead, database, row, region)?;
    Ok(DraftView {
        draft: line(region, draft, today),
        text: draft.text.clone(),
        warnings: warned(draft),
        difference: differs(region, draft),
        whatif: freeze::thaw(&draft.whatif).map(|mut whatif| {
            whatif.places.retain(|place| is_seen(region, &reach, &place.kind, &place.subject));
            whatif
        }),
        opinions: opinions(database, row, draft)?,
        own: own_say(region, draft, caller, now),
    })
}

/// Whether a reader sees the sums of a place.
fn is_seen(region: &Region, reach: &Reach, kind: &str, code: &str) -> bool {
    let code = code.to_owned();
    let subject = match SubjectKind::parse(kind) {
        Some(SubjectKind::Window) => Subject::Window(code),
        Some(SubjectKind::Department) => Subject::Department(code),
        Some(SubjectKind::Hall) => Subject::Hall(code),
        // People are not in it.
        Some(SubjectKind::Person) | None => return false,
    };
    reach.has_subject(region, &subject)
}

/// What deserves a second look: in the text by itself, and what nothing met on the days it was tried on.
fn warned(draft: &RuleDraft) -> Vec<WarningView> {
    let mut warnings = rule::warnings(&draft.text, &draft.set);
    if let Some(whatif) = freeze::thaw(&draft.whatif) {
        warnings.extend(whatif.idle(&draft.text, &draft.set));
    }
    warnings.sort_by_key(|warning| (warning.line, warning.column));
    warnings.into_iter().map(WarningView::from).collect()
}

fn own_say(region: &Region, draft: &RuleDraft, caller: &Caller, now: Instant) -> OwnSay {
    let by = caller.0.by();
    let account = account_of(&by).unwrap_or_default();
    let (open, approved) = (draft.is_open(), draft.approvals.contains_key(account));
    let votes = caller.can(Permission::DraftApprove)
        && account != draft.author
        && draft.roll.contains_key(account)
        && region.committee().seat(account, now).is_some();
    let proposes = caller.can(Permission::DraftPropose);
    OwnSay {
        approve: open && votes && !approved,
        disapprove: open && approved,
        withdraw: open && proposes && (account == draft.author || caller.can(Permission::AccountManage)),
        replace: open && proposes && account == draft.author,
        opine: open && caller.can(Permission::DraftOpine),
    }
}

/// The newest opinions, with the words that are still there.
fn opinions(database: &Database, row: &RegionRow, draft: &RuleDraft) -> Result<Vec<OpinionView>, Problem> {
    let positions: Vec<u64> = draft.opinions.iter().rev().take(OPINIONS_SHOWN).copied().collect();
    let mut records = database.records(row.id, &positions)?;
    records.sort_by_key(|record| std::cmp::Reverse(record.position));
    let name = member::OPINION.spec().name;
    let mut shown = Vec::with_capacity(records.len());
    for record in records {
        let texts = database.personal(row.id, record.position)?;
        shown.push(OpinionView {
            at: record.received.to_rfc3339(),
            by: (record.by != PUBLIC).then(|| signer(&record.by)),
            text: texts.into_iter().find(|row| row.member == name).map(|row| row.text),
        });
    }
    Ok(shown)
}

/// `lan` of `clerk:account/lan`, `desk` of `staff:desk`.
fn signer(by: &str) -> String {
    account_of(by).or_else(|| by.split_once(':').map(|(_, name)| name)).unwrap_or(by).to_owned()
}

/// What a draft changes: of the version it was published over, or of what would be in force on its first day.
fn differs(region: &Region, draft: &RuleDraft) -> DifferenceView {
    let versions = region.versions();
    let own = versions.all().find(|version| version.draft == Some(draft.digest));
    let against: Option<&RuleVersion> = match own {
        Some(own) => versions.before(own),
        None => versions.in_force(draft.first_day()).find(|version| version.set.id == draft.set.id),
    };
    let name = |list, code: &str| scope_name(region, list, code);
    let found = difference(against.map(|version| &version.set), &draft.set, &name);
    let part = |change: &PartChange| PartChangeView {
        part: change.part.to_owned(),
        before: change.before.as_ref().map(words),
        after: change.after.as_ref().map(words),
    };
    let rules = found.rules.iter().map(|rule| {
        let (how, sentence, parts) = match &rule.how {
            How::Came(sentence) => (HowWord::Came, Some(words(sentence)), Vec::new()),
            How::Went(sentence) => (HowWord::Went, Some(words(sentence)), Vec::new()),
            How::Changed(parts) => (HowWord::Changed, None, parts.iter().map(part).collect()),
        };
        let (title, title_en) = (rule.title.zh.clone(), rule.title.en.clone());
        RuleDifferenceView { id: rule.id.clone(), title, title_en, how, sentence, parts }
    });
    DifferenceView {
        against: against.map(|version| version.set.version.to_string()),
        set: found.set.iter().map(part).collect(),
        rules: rules.collect(),
    }
}
