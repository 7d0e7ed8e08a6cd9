//! 双人复核: acts that take a second person. One who may asks; another who may decides, and whoever profits is neither.
//!
//! In: what is asked for, by whom; who decides. Out: the grant or the event that it leads to, or why not.
//!
//! **Invariants.** The two are different accounts and different people; both may when it is decided. Nobody decides about a role of
//! their own. It is decided once, in time; an approved grant is one transaction with its approval and its entry in the trail.

pub(crate) mod correction;
pub(crate) mod http;
pub(crate) mod key;
pub(crate) mod unmask;

use jifen_core::{event::EventType, time::Instant};
use jifen_store::{AccountRow, ApprovalRow, Database, RegionRow, SessionRow, StoreError};

use crate::auth::{Credential, Duty, Permission, Principal, Reason, Role, policy};

/// How long an act waits for its second person.
pub(crate) const WAITS_MS: i64 = 3 * 24 * 60 * 60 * 1000;

/// An act that takes two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// Granting an office, or the all-in-one role.
    Grant,
    /// Closing an accounting month.
    Closing,
    /// Issuing a key to a system.
    Key,
    /// Seeing what is personal in a refused event.
    Unmask,
    /// Correcting points by hand.
    Correction,
}

impl Act {
    const ALL: [Self; 5] = [Self::Grant, Self::Closing, Self::Key, Self::Unmask, Self::Correction];

    /// Its name in the store, the API and the trail.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grant => "role.grant",
            Self::Closing => "period.close",
            Self::Key => "key.issue",
            Self::Unmask => "person.unmask",
            Self::Correction => "points.correct",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }

    /// What it takes to ask for it, and to decide.
    pub(crate) fn permissions(self) -> (Permission, Permission) {
        match self {
            Self::Grant => (Permission::RoleGrant, Permission::RoleAcknowledge),
            Self::Closing => (Permission::PeriodEnd, Permission::ClosingApprove),
            Self::Key => (Permission::KeyAsk, Permission::KeyIssue),
            Self::Unmask => (Permission::PersonUnmask, Permission::UnmaskApprove),
            Self::Correction => (Permission::CorrectionAsk, Permission::CorrectionApprove),
        }
    }
}

/// Whether somebody does alone what takes two elsewhere: the all-in-one administrator of a pilot has nobody beside them.
pub(crate) fn acts_alone(principal: &Principal) -> bool {
    principal.grants.iter().any(|grant| duty_of(grant.role) == Some(Duty::Pilot))
}

/// Whether somebody closes months alone, also by a key: programs that close by the calendar hold one, and a key is no person that
/// another could be beside.
pub(crate) fn closes_alone(principal: &Principal) -> bool {
    acts_alone(principal) || matches!(principal.credential, Credential::Key(_))
}

/// Whether somebody sees what is personal only after a second person has said so: data stewards, who are there for the data and not
/// for the people.
pub(crate) fn unmasks_by_two(principal: &Principal) -> bool {
    let alone = |role| matches!(role, Role::Manager | Role::Administrator);
    !principal.grants.iter().any(|grant| alone(grant.role) && grant.scope(Permission::PersonUnmask).is_some())
}

/// Whether granting a role takes two.
pub(crate) fn takes_two(role: Role) -> bool {
    matches!(duty_of(role), Some(Duty::Office | Duty::Pilot))
}

/// Whether appending an event of a type takes two.
pub(crate) fn event_takes_two(kind: EventType) -> bool {
    kind == EventType::PeriodClosed
}

fn duty_of(role: Role) -> Option<Duty> {
    policy().role(role).map(|spec| spec.duty)
}

/// Why an event may not be appended alone.
pub(crate) const TWO: Reason = Reason {
    zh: "关账须两人：请在“复核”页提出，由另一人同意",
    en: "closing a month takes two: ask by `POST /api/v1/approvals/closings`, and somebody else approves",
};

/// Why a key is not issued alone.
pub(crate) const KEY_BY_TWO: Reason = Reason {
    zh: "发放密钥须两人：由系统管理员申请，安全管理员在“双人复核”页决定",
    en: "issuing a key takes two: the system administrator asks by `POST /api/v1/approvals/keys`, the security administrator decides",
};

/// Why a data steward does not see what is personal yet.
const UNMASK_BY_TWO: Reason = Reason {
    zh: "数据专员查看个人信息须安全管理员同意：请先提出申请",
    en: "a data steward sees personal data once the security administrator has said yes: ask by `POST /api/v1/approvals/unmaskings`",
};

/// Why somebody may not decide about an act; `None` when they may.
pub(crate) fn fault_of(
    (asked, asker): (&ApprovalRow, &AccountRow),
    decider: &Principal,
    beneficiary: Option<&AccountRow>,
    now: Instant,
) -> Option<&'static str> {
    let same = |one: Option<&str>, other: Option<&str>| one.is_some() && one == other;
    let person = decider.person.as_deref();
    if asked.decided.is_some() {
        return Some("it is decided already");
    }
    if !asked.is_open(now) {
        return Some("it has waited too long: ask for it again");
    }
    if asker.name == decider.name || same(asker.person.as_deref(), person) {
        return Some("whoever asks does not decide: somebody else must");
    }
    let is_own = |account: &AccountRow| account.name == decider.name || same(account.person.as_deref(), person);
    if beneficiary.is_some_and(is_own) {
        return Some("nobody decides about a role of their own");
    }
    None
}

/// Whether an account may still do what it asked for.
pub(crate) fn still_may(
    database: &Database,
    region: &RegionRow,
    account: &AccountRow,
    permission: Permission,
    now: Instant,
) -> Result<bool, StoreError> {
    if account.disabled {
        return Ok(false);
    }
    let granted = database.grants_of(region.id, &account.name)?;
    let session = SessionRow {
        digest: jifen_core::id::Digest([0; 32]),
        region: region.id,
        number: 0,
        account: account.name.clone(),
        created: now,
        last_seen: now,
        agent: String::new(),
        proved: now,
    };
    let principal = Principal::of_account(account.clone(), &granted, &session, (region.clone(), now));
    Ok(principal.is_some_and(|principal| principal.scopes(permission).next().is_some()))
}

#[cfg(test)]
mod tests {
    use jifen_core::id::Digest;
    use jifen_store::{ApprovalDecision, RegionId};
    use proptest::prelude::*;

    use super::*;
    use crate::auth::Grant;

    fn account(name: usize, person: Option<usize>) -> AccountRow {
        AccountRow {
            region: RegionId(1),
            name: format!("a{name}"),
            role: "none".to_owned(),
            password: String::new(),
            must_change: false,
            disabled: false,
            person: person.map(|person| format!("P{person}")),
            created: Instant(0),
        }
    }

    proptest! {
        /// R3: whoever decides is another account and another person than who asks and who profits, in time and for the first time.
        #[test]
        fn two_are_two_and_neither_profits(
            (asker, decider, profits) in (0..3_usize, 0..3_usize, proptest::option::of(0..3_usize)),
            persons in [proptest::option::of(0..2_usize), proptest::option::of(0..2_usize), proptest::option::of(0..2_usize)],
            (decided, late) in (any::<bool>(), any::<bool>()),
        ) {
            let [asking, deciding] = [asker, decider].map(|one| account(one, persons[one]));
            let profiting = profits.map(|one| account(one, persons[one]));
            let now = Instant(if late { WAITS_MS } else { WAITS_MS - 1 });
            let decision = ApprovalDecision { at: Instant(1), by: "x".to_owned(), approved: true, note: String::new() };
            let row = ApprovalRow {
                region: RegionId(1),
                number: 1,
                act: Act::Grant.name().to_owned(),
                account: asking.name.clone(),
                asked: Instant(0),
                expires: Instant(WAITS_MS),
                body: String::new(),
                reason: String::new(),
                decided: decided.then_some(decision),
            };
            let region = RegionRow { id: RegionId(1), code: "r".to_owned() };
            let principal = Principal {
                name: deciding.name.clone(),
                role: Role::AuditAdministrator,
                grants: vec![Grant::of(Role::AuditAdministrator)],
                region,
                types: Vec::new(),
                person: deciding.person.clone(),
                credential: Credential::Key(Digest([0; 32])),
            };
            let is_same = |one: usize, other: usize| one == other || (persons[one].is_some() && persons[one] == persons[other]);
            let may = !decided && !late && !is_same(asker, decider) && profits.is_none_or(|one| !is_same(one, decider));
            let fault = fault_of((&row, &asking), &principal, profiting.as_ref(), now);
            prop_assert_eq!(fault.is_none(), may, "{:?}", fault);
        }
    }
}
