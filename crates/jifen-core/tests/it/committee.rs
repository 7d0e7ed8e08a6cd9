//! The rule committee on the pure core: who counts, what is bound to what, and that nothing comes into force past it.

use jifen_core::{
    committee::{RuleDraft, Seat, Stage},
    event::{EventType, Members, Value, member},
    id::Digest,
    journal::Record,
    time::{Date, Instant, Zone},
};
use serde_json::{Value as Json, json};

use crate::memory::{Memory, Outcome, event};

const FIRST: &str = r#"
format = 1
[ruleset]
id = "hall"
title = "本厅办法"
[[rule]]
id = "service"
title = "办件"
dimension = "efficiency"
on = "service"
subject = "person"
points = 1
"#;
const WHATIF: &str = r#"{"total":"12"}"#;

/// A region with people, rules taken from the command line, a service, and then a committee.
struct Hall {
    memory: Memory,
    number: u32,
}

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("a time")
}

fn second() -> String {
    FIRST.replace("points = 1", "points = 2")
}

fn digest(text: &str, from: &str) -> Digest {
    RuleDraft::digest_of(text, Date::parse(from).expect("a date"), WHATIF)
}

impl Hall {
    fn new() -> Self {
        let mut hall = Self { memory: Memory::default(), number: 0 };
        let on = "2026-11-01T08:00:00+08:00";
        hall.accept("operator", on, "organisation.region", json!({"name": "东湖市", "time_zone": "Asia/Shanghai"}));
        hall.accept("operator", on, "organisation.person", json!({"person": "P1"}));
        hall.accept("operator", on, "ruleset.published", json!({"rules": FIRST, "effective_from": "2026-01-01"}));
        for (kind, clock) in [("service.started", "09:00"), ("service.ended", "09:10")] {
            let time = format!("2026-11-20T{clock}:00+08:00");
            hall.accept("source:queue", &time, kind, json!({"service": "A1", "person": "P1"}));
        }
        hall
    }

    fn with_committee() -> Self {
        let mut hall = Self::new();
        for (account, seat) in
            [("wang", "staff"), ("li", "staff"), ("hu", "staff"), ("zhao", "citizen"), ("sun", "expert")]
        {
            let on = "2026-11-02T08:00:00+08:00";
            hall.accept(
                "administrator:account/root",
                on,
                "organisation.committee_member",
                json!({"account": account, "seat": seat}),
            );
        }
        hall
    }

    fn send(&mut self, by: &str, received: &str, kind: &str, data: Json) -> Outcome {
        self.number += 1;
        self.memory.sender = Some((by.to_owned(), at(received)));
        let outcome = self.memory.take(event(&self.number.to_string(), kind, received, data));
        // As after a restart: whatever was decided is in the rows.
        self.memory.commit();
        outcome
    }

    fn accept(&mut self, by: &str, received: &str, kind: &str, data: Json) {
        assert_eq!(self.send(by, received, kind, data), Outcome::Accepted, "{kind} by {by}");
    }

    fn refuse(&mut self, by: &str, received: &str, kind: &str, data: Json, part: &str) {
        let outcome = self.send(by, received, kind, data);
        let told = matches!(&outcome, Outcome::Refused(reason) if reason.contains(part));
        assert!(told, "{kind} by {by}: {outcome:?}, not refused with `{part}`");
    }

    fn draft(&mut self, received: &str, from: &str) -> Digest {
        let data = json!({"rules": second(), "effective_from": from, "whatif": WHATIF});
        self.accept("manager:account/chen", received, "ruleset.drafted", data);
        digest(&second(), from)
    }

    fn approve(&mut self, account: &str, received: &str, draft: Digest) {
        let by = format!("staff:account/{account}");
        self.accept(&by, received, "ruleset.approved", json!({"draft": draft.to_string()}));
    }

    fn stage(&self, draft: Digest, on: &str) -> Stage {
        let today = Zone::parse("Asia/Shanghai").expect("zone").date(at(on));
        self.memory.region.committee().draft(draft).expect("the draft").stage(today)
    }

    fn publish(&mut self, received: &str, from: &str, draft: Digest) -> Outcome {
        let data =
            json!({"rules": second(), "effective_from": from, "approval": "committee", "draft": draft.to_string()});
        self.send("job:ruleset.published", received, "ruleset.published", data)
    }
}

#[test]
fn a_draft_comes_into_force_by_three_approvals_of_two_kinds_and_the_days_of_notice() {
    let mut hall = Hall::with_committee();
    let draft = hall.draft("2026-11-10T10:00:00+08:00", "2026-11-12");
    hall.approve("wang", "2026-11-10T11:00:00+08:00", draft);
    hall.approve("li", "2026-11-10T12:00:00+08:00", draft);
    assert_eq!(hall.stage(draft, "2026-11-11T00:00:00+08:00"), Stage::Collecting);
    hall.approve("zhao", "2026-11-11T23:59:00+08:00", draft);
    let until = Date::parse("2026-11-18").expect("date");
    assert_eq!(hall.stage(draft, "2026-11-18T23:59:59+08:00"), Stage::Notice(until));
    let early = hall.publish("2026-11-18T23:59:59+08:00", "2026-11-19", draft);
    assert!(matches!(&early, Outcome::Refused(reason) if reason.contains("not due")), "{early:?}");
    assert_eq!(hall.stage(draft, "2026-11-19T00:00:00+08:00"), Stage::Due);
    // Its own day passed while it waited for approvals: it comes into force after the notice, never before.
    let back = hall.publish("2026-11-19T00:00:01+08:00", "2026-11-12", draft);
    assert!(matches!(&back, Outcome::Refused(reason) if reason.contains("first day")), "{back:?}");
    assert_eq!(hall.publish("2026-11-19T00:00:02+08:00", "2026-11-19", draft), Outcome::Accepted);
    assert_eq!(hall.memory.lines(), ["1 P1 service award", "-1 P1 service reversal", "2 P1 service award"]);
    let versions = hall.memory.region.versions();
    let approved: Vec<_> = versions.all().map(|version| version.draft).collect();
    assert_eq!(approved, [None, Some(draft)], "the one from the command line stays marked");
    assert!(matches!(hall.stage(draft, "2026-11-20T00:00:00+08:00"), Stage::Published(_)));
    // Everything again from the journal.
    let mut replayed = Memory::default();
    hall.memory.journal.iter().for_each(|record| replayed.apply(record.clone()));
    replayed.commit();
    assert_eq!(replayed.ledger, hall.memory.ledger);
    assert_eq!(replayed.all_rows(), hall.memory.all_rows());
}

#[test]
fn one_kind_is_not_enough_however_many() {
    let mut hall = Hall::with_committee();
    let draft = hall.draft("2026-11-10T10:00:00+08:00", "2026-12-01");
    for account in ["wang", "li", "hu"] {
        hall.approve(account, "2026-11-10T12:00:00+08:00", draft);
    }
    assert_eq!(hall.stage(draft, "2026-12-10T12:00:00+08:00"), Stage::Collecting);
    hall.approve("sun", "2026-12-10T12:00:00+08:00", draft);
    assert!(matches!(hall.stage(draft, "2026-12-10T12:00:00+08:00"), Stage::Notice(_)));
}

#[test]
fn the_author_and_who_was_no_member_do_not_count() {
    let mut hall = Hall::with_committee();
    let on = "2026-11-10T12:00:00+08:00";
    let draft = hall.draft("2026-11-10T10:00:00+08:00", "2026-12-01");
    let named = json!({"draft": draft.to_string()});
    let cases = [
        ("manager:account/chen", "of their own"),
        ("administrator:account/root", "was a member"),
        ("administrator:root", "sign in with an account"),
        ("operator", "sign in with an account"),
    ];
    for (by, part) in cases {
        hall.refuse(by, on, "ruleset.approved", named.clone(), part);
    }
    hall.approve("wang", on, draft);
    hall.refuse("staff:account/wang", on, "ruleset.approved", named.clone(), "already");
    // Who is appointed for the vote does not vote.
    hall.accept(
        "administrator:account/root",
        on,
        "organisation.committee_member",
        json!({"account": "qian", "seat": "citizen"}),
    );
    hall.refuse("staff:account/qian", on, "ruleset.approved", named.clone(), "was a member");
    // Whose term is over neither.
    let over = json!({"account": "sun", "seat": "expert", "from": "2026-11-01T00:00:00+08:00", "to": "2026-11-10T00:00:00+08:00"});
    hall.accept("administrator:account/root", on, "organisation.committee_member", over);
    hall.refuse("staff:account/sun", on, "ruleset.approved", named, "no longer");
}

#[test]
fn an_approval_taken_back_starts_the_notice_again() {
    let mut hall = Hall::with_committee();
    let draft = hall.draft("2026-11-10T10:00:00+08:00", "2026-12-30");
    for account in ["wang", "li", "zhao"] {
        hall.approve(account, "2026-11-11T10:00:00+08:00", draft);
    }
    hall.accept(
        "staff:account/li",
        "2026-11-15T10:00:00+08:00",
        "ruleset.approval_withdrawn",
        json!({"draft": draft.to_string()}),
    );
    assert_eq!(hall.stage(draft, "2026-11-16T00:00:00+08:00"), Stage::Collecting);
    hall.approve("sun", "2026-11-16T10:00:00+08:00", draft);
    assert_eq!(hall.stage(draft, "2026-11-16T12:00:00+08:00"), Stage::Notice(Date::parse("2026-11-23").expect("date")));
    let found = hall.memory.region.committee().draft(draft).expect("draft");
    assert_eq!((found.approvals.len(), found.kinds()), (3, 3));
    assert_eq!(found.roll.get("sun"), Some(&Seat::Expert));
}

#[test]
fn an_edit_is_another_draft_without_approvals() {
    let mut hall = Hall::with_committee();
    let draft = hall.draft("2026-11-10T10:00:00+08:00", "2026-12-01");
    hall.approve("wang", "2026-11-10T11:00:00+08:00", draft);
    let edited = FIRST.replace("points = 1", "points = 3");
    let mut data =
        json!({"rules": edited, "effective_from": "2026-12-01", "whatif": WHATIF, "draft": draft.to_string()});
    hall.refuse(
        "manager:account/other",
        "2026-11-10T12:00:00+08:00",
        "ruleset.drafted",
        data.clone(),
        "only its author",
    );
    hall.accept("manager:account/chen", "2026-11-10T12:00:00+08:00", "ruleset.drafted", data.clone());
    let next = digest(&edited, "2026-12-01");
    assert_eq!(hall.stage(draft, "2026-11-10T12:00:00+08:00"), Stage::Replaced(next));
    assert!(hall.memory.region.committee().draft(next).expect("draft").approvals.is_empty());
    let named = json!({"draft": draft.to_string()});
    hall.refuse("staff:account/zhao", "2026-11-10T13:00:00+08:00", "ruleset.approved", named, "no longer open");
    // The same text with another what-if or another day is another draft too.
    data["whatif"] = json!("{}");
    data["draft"] = json!(next.to_string());
    hall.accept("manager:account/chen", "2026-11-10T14:00:00+08:00", "ruleset.drafted", data);
    assert_eq!(hall.memory.region.committee().drafts().filter(|draft| draft.is_open()).count(), 1);
}

#[test]
fn terms_are_those_of_the_day_it_was_put_up() {
    let mut hall = Hall::with_committee();
    let draft = hall.draft("2026-11-10T10:00:00+08:00", "2026-12-01");
    let looser = json!({"approvals_min": 2, "notice_days": 0});
    hall.accept("administrator:account/root", "2026-11-10T11:00:00+08:00", "organisation.region", looser);
    hall.approve("wang", "2026-11-10T12:00:00+08:00", draft);
    hall.approve("zhao", "2026-11-10T12:00:00+08:00", draft);
    assert_eq!(hall.stage(draft, "2026-11-12T00:00:00+08:00"), Stage::Collecting);
    let none = json!({"approvals_min": 1});
    let on = "2026-11-10T11:00:00+08:00";
    hall.refuse("administrator:account/root", on, "organisation.region", none, "2");
    hall.refuse("administrator:account/root", on, "organisation.region", json!({"approval_kinds_min": 1}), "2");
}

#[test]
fn nothing_comes_into_force_past_the_committee() {
    let mut hall = Hall::with_committee();
    let on = "2026-11-12T12:00:00+08:00";
    let text = json!({"rules": second(), "effective_from": "2026-11-12"});
    for by in ["operator", "administrator:root", "administrator:account/root", "staff:account/wang"] {
        hall.refuse(by, on, "ruleset.published", text.clone(), "3 approvals of at least 2 kinds");
    }
    let claimed =
        json!({"rules": second(), "effective_from": "2026-11-12", "approval": "committee", "draft": "ab".repeat(32)});
    hall.refuse("operator", on, "ruleset.published", claimed.clone(), "no draft");
    // Written into the journal all the same, it changes nothing, and neither does an approval nobody could give.
    let draft = hall.draft("2026-11-12T13:00:00+08:00", "2026-12-01");
    let before = hall.memory.all_rows().clone();
    for (kind, data) in [(EventType::RulesetPublished, text), (EventType::RulesetPublished, claimed)] {
        let mut members = Members::default();
        members.set(member::RULES, Value::Text(data["rules"].as_str().expect("text").to_owned()));
        hall.forge(kind, members);
    }
    let mut members = Members::default();
    members.set(member::DRAFT, Value::Digest(draft));
    hall.forge(EventType::RulesetApproved, members);
    assert_eq!(hall.memory.all_rows(), &before);
    assert_eq!(hall.memory.region.versions().all().count(), 1);
}

impl Hall {
    fn forge(&mut self, kind: EventType, data: Members) {
        let mut record: Record = self.memory.journal.last().expect("a record").clone();
        record.position += 1;
        record.by = "administrator:account/root".to_owned();
        record.event.id = format!("forged/{}", record.position);
        (record.event.kind, record.event.data) = (kind, data);
        self.memory.apply(record);
        self.memory.commit();
    }
}

#[test]
fn without_a_committee_rules_come_as_ever_and_nobody_claims_its_word() {
    let mut hall = Hall::new();
    let on = "2026-11-12T12:00:00+08:00";
    let claimed = json!({"rules": second(), "effective_from": "2026-11-12", "approval": "committee"});
    hall.refuse("operator", on, "ruleset.published", claimed, "write `none`");
    let draft = json!({"rules": second(), "effective_from": "2026-12-01", "whatif": WHATIF});
    hall.refuse("manager:account/chen", on, "ruleset.drafted", draft, "no rule committee");
    hall.accept("operator", on, "ruleset.published", json!({"rules": second(), "effective_from": "2026-11-12"}));
    assert!(hall.memory.region.versions().all().all(|version| version.draft.is_none()));
}

#[test]
fn opinions_come_from_staff_at_once_and_from_the_public_in_the_notice_days() {
    let mut hall = Hall::with_committee();
    let draft = hall.draft("2026-11-10T10:00:00+08:00", "2026-12-01");
    let opinion = json!({"draft": draft.to_string(), "opinion": "<b>办件</b>应按难度"});
    hall.accept("clerk:account/lan", "2026-11-10T11:00:00+08:00", "ruleset.opinion_given", opinion.clone());
    hall.refuse("public", "2026-11-10T11:00:00+08:00", "ruleset.opinion_given", opinion.clone(), "notice days");
    for account in ["wang", "li", "zhao"] {
        hall.approve(account, "2026-11-11T10:00:00+08:00", draft);
    }
    hall.accept("public", "2026-11-12T11:00:00+08:00", "ruleset.opinion_given", opinion.clone());
    assert_eq!(hall.memory.region.committee().draft(draft).expect("draft").opinions.len(), 2);
    let kept = hall.memory.journal.iter().any(|record| format!("{record:?}").contains("难度"));
    assert!(!kept, "the journal holds a commitment, not the words");
    hall.accept(
        "manager:account/chen",
        "2026-11-13T11:00:00+08:00",
        "ruleset.draft_withdrawn",
        json!({"draft": draft.to_string()}),
    );
    hall.refuse("public", "2026-11-14T11:00:00+08:00", "ruleset.opinion_given", opinion, "no longer open");
}
