//! What the committee's rules do not let into the journal, each in words that say how to go on.

use super::{Committee, DRAFTS_OPEN_MAX, OPINIONS_MAX, PUBLIC, RuleDraft, Stage, Terms, account_of, day_of, named};
use crate::{
    event::{EventType, member},
    journal::Record,
    time::Date,
};

impl Committee {
    /// Why a record may not be taken on the day `today`; `None` where nothing speaks against it, or it is none of the committee's.
    pub(crate) fn refuses(&self, record: &Record, today: Date, terms: Terms) -> Option<String> {
        match record.event.kind {
            EventType::RulesetDrafted => self.refuses_draft(record),
            EventType::RulesetPublished => self.refuses_publication(record, today, terms),
            EventType::RulesetApproved => {
                self.on_open(record, |draft, account| self.refuses_approval(record, draft, account))
            }
            EventType::ApprovalWithdrawn => self.on_open(record, |draft, account| {
                let known = draft.approvals.contains_key(account);
                (!known).then(|| "this account has not approved the draft".to_owned())
            }),
            EventType::DraftWithdrawn => self.on_open(record, |draft, account| {
                let may = account == draft.author || record.by.starts_with("administrator:");
                (!may).then(|| "a draft is withdrawn by its author or an administrator".to_owned())
            }),
            EventType::OpinionGiven => self.refuses_opinion(record, today),
            _ => None,
        }
    }

    /// Judges what an account does about a draft that is open; only people who signed in do such things.
    fn on_open(&self, record: &Record, judge: impl FnOnce(&RuleDraft, &str) -> Option<String>) -> Option<String> {
        let Some(account) = account_of(&record.by) else {
            return Some(
                "drafts are a matter of people: sign in with an account; a key or command has no say".to_owned(),
            );
        };
        match self.open(record) {
            Ok(draft) => judge(draft, account),
            Err(reason) => Some(reason),
        }
    }

    fn open(&self, record: &Record) -> Result<&RuleDraft, String> {
        let draft = named(&record.event).and_then(|digest| self.draft(digest));
        let draft = draft.ok_or_else(|| "there is no draft of this digest; any edit makes another".to_owned())?;
        if !draft.is_open() {
            return Err(
                "the draft is no longer open: it was published, withdrawn, or another took its place".to_owned()
            );
        }
        Ok(draft)
    }

    fn refuses_draft(&self, record: &Record) -> Option<String> {
        let (event, at) = (&record.event, record.received);
        let Some(author) = account_of(&record.by) else {
            return Some("a draft names its author: sign in with an account".to_owned());
        };
        if !self.sits(at) {
            return Some(
                "this region has no rule committee; appoint one first, or publish the rules from the command line"
                    .to_owned(),
            );
        }
        let Some(digest) = RuleDraft::digest_in(event) else {
            return Some("a draft has its text, its first day and its what-if".to_owned());
        };
        if self.draft(digest).is_some() {
            return Some("this very draft has been put up already".to_owned());
        }
        let replaces = named(event);
        if let Some(old) = replaces {
            match self.draft(old).filter(|old| old.is_open()) {
                None => return Some("the draft it would take the place of is not open".to_owned()),
                Some(old) if old.author != author => {
                    return Some("only its author puts another in a draft's place".to_owned());
                }
                Some(_) => {}
            }
        }
        let open = self.drafts().filter(|draft| draft.is_open() && Some(draft.digest) != replaces).count();
        (open >= DRAFTS_OPEN_MAX).then(|| format!("{open} drafts are open already; withdraw one first"))
    }

    fn refuses_approval(&self, record: &Record, draft: &RuleDraft, account: &str) -> Option<String> {
        if account == draft.author {
            return Some("nobody approves a draft of their own".to_owned());
        }
        if !draft.roll.contains_key(account) {
            return Some("only who was a member of the committee when the draft was put up approves it".to_owned());
        }
        if self.seat(account, record.received).is_none() {
            return Some("this account is no longer a member of the committee".to_owned());
        }
        draft.approvals.contains_key(account).then(|| "this account has approved the draft already".to_owned())
    }

    fn refuses_opinion(&self, record: &Record, today: Date) -> Option<String> {
        let draft = match self.open(record) {
            Ok(draft) => draft,
            Err(reason) => return Some(reason),
        };
        if record.by == PUBLIC && !matches!(draft.stage(today), Stage::Notice(_)) {
            return Some("the public gives opinions in a draft's notice days".to_owned());
        }
        (draft.opinions.len() >= OPINIONS_MAX)
            .then(|| format!("the draft has {OPINIONS_MAX} opinions, the most there can be"))
    }

    fn refuses_publication(&self, record: &Record, today: Date, terms: Terms) -> Option<String> {
        let event = &record.event;
        if named(event).is_none() {
            if self.sits(record.received) {
                return Some(format!(
                    "this region has a rule committee: rules come into force by a draft that its members approve, after the \
                     days of notice ({}); put the text up as a draft on the page /drafts (docs/committee.md)",
                    needs(terms)
                ));
            }
            let claims = event.data.text(member::APPROVAL) == Some("committee");
            return claims.then(|| "only a draft that a committee approved is `committee`; write `none`".to_owned());
        }
        let draft = match self.open(record) {
            Ok(draft) => draft,
            Err(reason) => return Some(reason),
        };
        if draft.stage(today) != Stage::Due {
            return Some(format!("the draft is not due: it needs {}", needs(draft.terms)));
        }
        let same = event.data.text(member::RULES) == Some(draft.text.as_str())
            && day_of(event) == Some(draft.first_day())
            && event.data.text(member::APPROVAL) == Some("committee");
        (!same).then(|| "this is not the text, the first day or the approval of the draft".to_owned())
    }
}

fn needs(terms: Terms) -> String {
    format!(
        "{} approvals of at least {} kinds of members, and {} days of notice",
        terms.approvals, terms.kinds, terms.notice_days
    )
}
