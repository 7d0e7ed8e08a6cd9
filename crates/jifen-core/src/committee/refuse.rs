//! What the committee's rules do not let into the journal, each in words that say how to go on.

use super::{Committee, DRAFTS_OPEN_MAX, OPINIONS_MAX, PUBLIC, RuleDraft, Stage, Terms, account_of, day_of, named};
use crate::{
    both,
    event::{EventType, member},
    journal::Record,
    language::Words,
    time::Date,
};

impl Committee {
    /// Why a record may not be taken on the day `today`; `None` where nothing speaks against it, or it is none of the committee's.
    pub(crate) fn refuses(&self, record: &Record, today: Date, terms: Terms) -> Option<Words> {
        match record.event.kind {
            EventType::RulesetDrafted => self.refuses_draft(record),
            EventType::RulesetPublished => self.refuses_publication(record, today, terms),
            EventType::RulesetApproved => {
                self.on_open(record, |draft, account| self.refuses_approval(record, draft, account))
            }
            EventType::ApprovalWithdrawn => self.on_open(record, |draft, account| {
                let known = draft.approvals.contains_key(account);
                (!known).then(|| both!("这个账号没有赞成过这份草案", "this account has not approved the draft"))
            }),
            EventType::DraftWithdrawn => self.on_open(record, |draft, account| {
                let may = account == draft.author || record.by.starts_with("administrator:");
                (!may).then(|| {
                    both!("草案由提出的人或管理员撤回", "a draft is withdrawn by its author or an administrator")
                })
            }),
            EventType::OpinionGiven => self.refuses_opinion(record, today),
            _ => None,
        }
    }

    /// Judges what an account does about a draft that is open; only people who signed in do such things.
    fn on_open(&self, record: &Record, judge: impl FnOnce(&RuleDraft, &str) -> Option<Words>) -> Option<Words> {
        let Some(account) = account_of(&record.by) else {
            return Some(both!(
                "草案是人的事：请用账号登录；密钥和命令行无权表态",
                "drafts are a matter of people: sign in with an account; a key or command has no say"
            ));
        };
        match self.open(record) {
            Ok(draft) => judge(draft, account),
            Err(reason) => Some(reason),
        }
    }

    fn open(&self, record: &Record) -> Result<&RuleDraft, Words> {
        let draft = named(&record.event).and_then(|digest| self.draft(digest));
        let draft = draft.ok_or_else(|| {
            both!("没有这个摘要的草案；改一个字就是另一份", "there is no draft of this digest; any edit makes another")
        })?;
        if !draft.is_open() {
            return Err(both!(
                "草案已不在审议：已公布、已撤回，或已被另一份取代",
                "the draft is no longer open: it was published, withdrawn, or another took its place"
            ));
        }
        Ok(draft)
    }

    fn refuses_draft(&self, record: &Record) -> Option<Words> {
        let (event, at) = (&record.event, record.received);
        let Some(author) = account_of(&record.by) else {
            return Some(both!(
                "草案要写明提出的人：请用账号登录",
                "a draft names its author: sign in with an account"
            ));
        };
        if !self.sits(at) {
            return Some(both!(
                "本区没有规则委员会；请先任命，或用命令行公布规则",
                "this region has no rule committee; appoint one first, or publish the rules from the command line"
            ));
        }
        let Some(digest) = RuleDraft::digest_in(event) else {
            return Some(both!(
                "草案要有全文、施行首日和试算结果",
                "a draft has its text, its first day and its what-if"
            ));
        };
        if self.draft(digest).is_some() {
            return Some(both!("这份草案已经提出过", "this very draft has been put up already"));
        }
        let replaces = named(event);
        if let Some(old) = replaces {
            match self.draft(old).filter(|old| old.is_open()) {
                None => {
                    return Some(both!("它要取代的草案不在审议", "the draft it would take the place of is not open"));
                }
                Some(old) if old.author != author => {
                    return Some(both!(
                        "只有提出的人才能用另一份取代它",
                        "only its author puts another in a draft's place"
                    ));
                }
                Some(_) => {}
            }
        }
        let open = self.drafts().filter(|draft| draft.is_open() && Some(draft.digest) != replaces).count();
        (open >= DRAFTS_OPEN_MAX).then(|| {
            both!("已有 {open} 份草案在审议；请先撤回一份", "{open} drafts are open already; withdraw one first")
        })
    }

    fn refuses_approval(&self, record: &Record, draft: &RuleDraft, account: &str) -> Option<Words> {
        if account == draft.author {
            return Some(both!("不能赞成自己提出的草案", "nobody approves a draft of their own"));
        }
        if !draft.roll.contains_key(account) {
            return Some(both!(
                "只有草案提出时已是委员的人才能赞成",
                "only who was a member of the committee when the draft was put up approves it"
            ));
        }
        if self.seat(account, record.received).is_none() {
            return Some(both!("这个账号已不是委员", "this account is no longer a member of the committee"));
        }
        draft
            .approvals
            .contains_key(account)
            .then(|| both!("这个账号已经赞成过", "this account has approved the draft already"))
    }

    fn refuses_opinion(&self, record: &Record, today: Date) -> Option<Words> {
        let draft = match self.open(record) {
            Ok(draft) => draft,
            Err(reason) => return Some(reason),
        };
        if record.by == PUBLIC && !matches!(draft.stage(today), Stage::Notice(_)) {
            return Some(both!("公众在草案公示期内提意见", "the public gives opinions in a draft's notice days"));
        }
        (draft.opinions.len() >= OPINIONS_MAX).then(|| {
            both!(
                "草案已有 {OPINIONS_MAX} 条意见，不能再多",
                "the draft has {OPINIONS_MAX} opinions, the most there can be"
            )
        })
    }

    fn refuses_publication(&self, record: &Record, today: Date, terms: Terms) -> Option<Words> {
        let event = &record.event;
        if named(event).is_none() {
            if self.sits(record.received) {
                let needs = needs(terms);
                return Some(Words::new(
                    format!(
                        "本区有规则委员会：规则要由委员赞成的草案、过了公示期才能施行（{}）；请在 /drafts 页面提出草案（docs/committee.md）",
                        needs.zh
                    ),
                    format!(
                        "this region has a rule committee: rules come into force by a draft that its members approve, after the \
                         days of notice ({}); put the text up as a draft on the page /drafts (docs/committee.md)",
                        needs.en
                    ),
                ));
            }
            let claims = event.data.text(member::APPROVAL) == Some("committee");
            return claims.then(|| {
                both!(
                    "只有委员会赞成的草案才写 `committee`；请写 `none`",
                    "only a draft that a committee approved is `committee`; write `none`"
                )
            });
        }
        let draft = match self.open(record) {
            Ok(draft) => draft,
            Err(reason) => return Some(reason),
        };
        if draft.stage(today) != Stage::Due {
            return Some(both!("草案还不能公布：须", "the draft is not due: it needs ").and(&needs(draft.terms)));
        }
        let same = event.data.text(member::RULES) == Some(draft.text.as_str())
            && day_of(event) == Some(draft.first_day())
            && event.data.text(member::APPROVAL) == Some("committee");
        (!same).then(|| {
            both!(
                "这不是草案的全文、施行首日或批准方式",
                "this is not the text, the first day or the approval of the draft"
            )
        })
    }
}

fn needs(terms: Terms) -> Words {
    both!(
        "{0} 人赞成，来自至少 {1} 类委员，公示 {2} 天",
        "{0} approvals of at least {1} kinds of members, and {2} days of notice",
        terms.approvals,
        terms.kinds,
        terms.notice_days
    )
}
