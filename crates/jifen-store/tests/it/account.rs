//! Accounts and sessions: what is one transaction, and what a session's end takes along.

use jifen_core::{id::Digest, time::Instant};
use jifen_store::{AccountRow, AuditFilter, AuditKind, AuditRow, GrantRow, RegionId, SessionRow, StoreError};

use crate::sample::{Fixture, open};

pub(crate) fn account(region: RegionId, name: &str) -> AccountRow {
    AccountRow {
        region,
        name: name.to_owned(),
        role: "staff".to_owned(),
        password: "old".to_owned(),
        must_change: true,
        disabled: false,
        person: Some("P1".to_owned()),
        created: Instant(5),
    }
}

pub(crate) fn session(region: RegionId, account: &str, digest: u8) -> SessionRow {
    SessionRow {
        digest: Digest([digest; 32]),
        region,
        number: 0,
        account: account.to_owned(),
        created: Instant(100),
        last_seen: Instant(100),
        agent: "Chrome · Linux".to_owned(),
        proved: Instant(100),
    }
}

#[test]
fn an_account_comes_back_as_it_was_and_its_name_is_taken() {
    let fixture = Fixture::new();
    let (database, region) = (&fixture.database, fixture.region);
    let lan = account(region, "lan");
    database.add_account(&lan).unwrap();
    assert!(database.account(region, "lan").unwrap() == Some(lan.clone()));
    assert!(matches!(database.add_account(&lan), Err(StoreError::AccountTaken(name)) if name == "lan"));
    let other = database.create_region("other", [8; 32]).unwrap().id;
    assert!(database.account(other, "lan").unwrap().is_none());
    database.add_account(&account(other, "lan")).unwrap();
    assert_eq!(database.accounts(region).unwrap().len(), 1);
    assert!(!database.disable_account(region, "wen").unwrap() && !database.give_password(region, "wen", "x").unwrap());
}

#[test]
fn sessions_have_rising_numbers_and_survive_a_restart() {
    let fixture = Fixture::new();
    let region = fixture.region;
    fixture.database.add_account(&account(region, "lan")).unwrap();
    let numbers: Vec<u64> = (1..=3)
        .map(|digest| {
            fixture.database.open_session(&session(region, "lan", digest), "old", None, None).unwrap().unwrap()
        })
        .collect();
    assert_eq!(numbers, [100, 101, 102]);
    fixture.database.session_seen(&Digest([2; 32]), Instant(700)).unwrap();
    fixture.database.session_seen(&Digest([2; 32]), Instant(600)).unwrap();
    let Fixture { scratch, database, .. } = fixture;
    database.close().unwrap();
    let database = open(scratch.url());
    let (row, owner) = database.session(&Digest([2; 32])).unwrap().unwrap();
    assert_eq!((row.number, row.last_seen, owner.name.as_str()), (101, Instant(700), "lan"));
    assert!(database.end_session(region, 102).unwrap() && !database.end_session(region, 102).unwrap());
    database.end_old_sessions(region, Instant(0), Instant(100)).unwrap();
    let rest: Vec<u64> = database.sessions(region).unwrap().iter().map(|row| row.number).collect();
    assert_eq!(rest, [101], "what was last used by then is over");
}

#[test]
fn a_changed_password_leaves_one_session_and_only_its_own_check_counts() {
    let fixture = Fixture::new();
    let (database, region) = (&fixture.database, fixture.region);
    for name in ["lan", "wen"] {
        database.add_account(&account(region, name)).unwrap();
    }
    let open =
        |name, digest, checked| database.open_session(&session(region, name, digest), checked, None, None).unwrap();
    assert!(open("lan", 1, "old").is_some() && open("lan", 2, "old").is_some() && open("wen", 3, "old").is_some());
    assert_eq!(database.set_password(&session(region, "lan", 4), "other", "new").unwrap(), None);
    let number = database.set_password(&session(region, "lan", 4), "old", "new").unwrap().unwrap();
    let rest: Vec<_> = database.sessions(region).unwrap().into_iter().map(|row| (row.account, row.number)).collect();
    assert_eq!(rest, [("lan".to_owned(), number), ("wen".to_owned(), 102)]);
    let lan = database.account(region, "lan").unwrap().unwrap();
    assert_eq!((lan.password.as_str(), lan.must_change), ("new", false));
    assert_eq!(open("lan", 5, "old"), None, "checked against a password that was changed meanwhile");
}

#[test]
fn a_better_hash_a_given_password_and_disabling_are_kept() {
    let fixture = Fixture::new();
    let (database, region) = (&fixture.database, fixture.region);
    for name in ["lan", "wen"] {
        database.add_account(&account(region, name)).unwrap();
    }
    let open = |name, digest, checked, better| {
        database.open_session(&session(region, name, digest), checked, better, None).unwrap().is_some()
    };
    let accounts =
        || database.accounts(region).unwrap().into_iter().map(|row| (row.password, row.must_change, row.disabled));
    assert!(!open("lan", 1, "other", Some("better")));
    assert!(open("lan", 1, "old", Some("better")) && open("wen", 2, "old", None));
    let is = |password: &str, must_change, disabled| (password.to_owned(), must_change, disabled);
    assert_eq!(accounts().collect::<Vec<_>>(), [is("better", true, false), is("old", true, false)]);
    assert!(database.disable_account(region, "lan").unwrap());
    assert_eq!(accounts().next(), Some(is("better", true, true)));
    assert!(!open("lan", 3, "better", None), "nobody signs in with it");
    assert_eq!(database.sessions(region).unwrap().len(), 1, "its sessions are over, others go on");
    assert!(database.give_password(region, "lan", "given").unwrap());
    assert_eq!(accounts().next(), Some(is("given", true, false)));
    assert!(open("lan", 4, "given", None));
    assert!(database.give_password(region, "lan", "again").unwrap());
    assert_eq!(database.sessions(region).unwrap().len(), 1);
}

fn grant(region: RegionId, account: &str, role: &str) -> GrantRow {
    GrantRow {
        region,
        number: 0,
        account: account.to_owned(),
        role: role.to_owned(),
        place_kind: "window".to_owned(),
        place: "7".to_owned(),
        begins: Instant(10),
        ends: Some(Instant(20)),
        reason: "on leave".to_owned(),
        granted: Instant(5),
        granted_by: "administrator:account/office".to_owned(),
        revoked: None,
        revoked_by: None,
    }
}

#[test]
fn grants_are_numbered_and_revoked_once_and_never_lost() {
    let fixture = Fixture::new();
    let (database, region) = (&fixture.database, fixture.region);
    let first = grant(region, "lan", "window_lead");
    database.add_account_with(&account(region, "lan"), std::slice::from_ref(&first)).unwrap();
    database.add_account(&account(region, "wen")).unwrap();
    assert_eq!(database.add_grant(&grant(region, "wen", "staff")).unwrap(), 2);
    assert_eq!(database.grants_of(region, "lan").unwrap(), [GrantRow { number: 1, ..first.clone() }]);
    assert!(database.add_grant(&grant(region, "nobody", "staff")).is_err(), "an account that is not there has no role");
    assert!(!database.revoke_grant(region, "wen", 1, Instant(15), "x").unwrap(), "a grant is of its account");
    assert!(database.revoke_grant(region, "lan", 1, Instant(15), "x").unwrap());
    assert!(!database.revoke_grant(region, "lan", 1, Instant(16), "y").unwrap(), "once");
    let all = database.grants(region).unwrap();
    assert_eq!(all[0].revoked, Some(Instant(15)));
    assert_eq!((all[0].revoked_by.as_deref(), all.len()), (Some("x"), 2));
    let other = database.create_region("other", [8; 32]).unwrap().id;
    assert!(database.grants(other).unwrap().is_empty());
    let active = |now| first.is_active(Instant(now));
    assert_eq!([9, 10, 19, 20].map(active), [false, true, true, false]);
    assert!(first.stands(Instant(0)) && !all[0].stands(Instant(0)));
}

#[test]
fn a_change_and_its_entry_are_one_and_the_chain_goes_through_all() {
    let fixture = Fixture::new();
    let (database, region) = (&fixture.database, fixture.region);
    let told = |object: &str| AuditRow {
        region,
        at: Instant(9),
        kind: AuditKind::Change,
        actor: "administrator:account/office".to_owned(),
        address: "10.0.0.7".to_owned(),
        act: "account.make".to_owned(),
        object: object.to_owned(),
        reason: "a\u{0}b".to_owned(),
        request: "r1".to_owned(),
    };
    database.auditing(&told("lan")).add_account(&account(region, "lan"), &[]).unwrap();
    assert!(database.auditing(&told("again")).add_account(&account(region, "lan"), &[]).is_err());
    assert!(!database.auditing(&told("wen")).disable_account(region, "wen").unwrap());
    assert!(database.auditing(&told("off")).disable_account(region, "lan").unwrap());
    database.audit(&AuditRow { kind: AuditKind::Reading, ..told("read") }).unwrap();
    let all = AuditFilter { limit: 10, ..AuditFilter::default() };
    let records = database.audited(region, &all).unwrap();
    let brief: Vec<_> = records.iter().map(|record| (record.position, record.row.object.as_str())).collect();
    assert_eq!(brief, [(3, "read"), (2, "off"), (1, "lan")], "what changed nothing is not told");
    assert!(records[2].row == told("lan"), "an entry comes back as it was");
    let filtered = |filter: AuditFilter| database.audited(region, &AuditFilter { limit: 10, ..filter }).unwrap().len();
    assert_eq!(filtered(AuditFilter { kind: Some(AuditKind::Reading), ..AuditFilter::default() }), 1);
    assert_eq!(
        filtered(AuditFilter { text: Some("of".to_owned()), ..AuditFilter::default() }),
        3,
        "every actor's name holds it"
    );
    assert_eq!(
        filtered(AuditFilter { text: Some("%".to_owned()), ..AuditFilter::default() }),
        0,
        "a text, not a pattern"
    );
    assert_eq!(filtered(AuditFilter { from: Some(Instant(10)), ..AuditFilter::default() }), 0);
    assert_eq!(filtered(AuditFilter { before: Some(3), ..AuditFilter::default() }), 2);
    let first = records[2].digest.to_string();
    let verdict = database.verify_audit(region, Some(&first)).unwrap();
    assert_eq!((verdict.entries, verdict.broken, verdict.holds), (3, None, true));
    assert_eq!(verdict.digest, records[0].digest);
    assert!(!database.verify_audit(region, Some(&"0".repeat(64))).unwrap().holds);
    let other = database.create_region("other", [8; 32]).unwrap().id;
    assert_eq!(database.verify_audit(other, None).unwrap().entries, 0);
}
