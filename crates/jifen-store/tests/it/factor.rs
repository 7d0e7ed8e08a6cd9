//! Second factors: what counts once, and what counts as long as none is confirmed.

use std::thread;

use jifen_core::{id::Digest, time::Instant};
use jifen_store::{AuditFilter, AuditKind, AuditRow, FactorProof, FactorRow};

use crate::{
    account::{account, session},
    sample::Fixture,
};

fn told(fixture: &Fixture, act: &str) -> AuditRow {
    AuditRow {
        region: fixture.region,
        at: Instant(9),
        kind: AuditKind::Change,
        actor: "staff:account/lan".to_owned(),
        address: String::new(),
        act: act.to_owned(),
        object: "lan".to_owned(),
        reason: String::new(),
        request: String::new(),
    }
}

/// An account with a factor that was confirmed by step 7, and the recovery codes 1 and 2.
fn with_factor() -> Fixture {
    let fixture = Fixture::new();
    fixture.database.add_account(&account(fixture.region, "lan")).unwrap();
    let entry = told(&fixture, "factor");
    let audited = fixture.database.auditing(&entry);
    assert!(audited.enrol_factor(fixture.region, "lan", &[3; 20]).unwrap());
    let waiting = factor(&fixture).unwrap();
    assert!(audited.confirm_factor(&waiting, (7, Instant(50)), &[Digest([1; 32]), Digest([2; 32])]).unwrap());
    fixture
}

fn factor(fixture: &Fixture) -> Option<FactorRow> {
    fixture.database.factor(fixture.region, "lan").unwrap()
}

fn opens(fixture: &Fixture, digest: u8, proof: Option<FactorProof>) -> bool {
    let row = session(fixture.region, "lan", digest);
    fixture.database.open_session(&row, "old", None, proof.as_ref()).unwrap().is_some()
}

#[test]
fn a_factor_counts_once_it_is_confirmed_and_not_before() {
    let fixture = Fixture::new();
    let (database, region) = (&fixture.database, fixture.region);
    database.add_account(&account(region, "lan")).unwrap();
    let entry = told(&fixture, "factor");
    let audited = database.auditing(&entry);
    assert!(factor(&fixture).is_none());
    assert!(audited.enrol_factor(region, "lan", &[1; 20]).unwrap());
    let first = factor(&fixture).unwrap();
    assert!(audited.enrol_factor(region, "lan", &[2; 20]).unwrap(), "begun again");
    assert!(opens(&fixture, 1, None), "nothing was confirmed");
    assert!(!opens(&fixture, 2, Some(FactorProof::Step(9))), "nor is there a step that counts");
    assert!(!audited.give_recovery_codes(region, "lan", &[Digest([1; 32])]).unwrap());
    assert!(!audited.confirm_factor(&first, (7, Instant(50)), &[]).unwrap(), "another secret waits now");
    let second = factor(&fixture).unwrap();
    assert!(audited.confirm_factor(&second, (7, Instant(50)), &[Digest([1; 32])]).unwrap());
    assert!(!audited.confirm_factor(&second, (8, Instant(60)), &[]).unwrap(), "once");
    let confirmed = factor(&fixture).unwrap();
    assert_eq!((confirmed.secret, confirmed.confirmed, confirmed.step), ([2; 20], Some(Instant(50)), 7));
    assert_eq!(confirmed.codes_left, 1);
    assert!(!audited.enrol_factor(region, "lan", &[4; 20]).unwrap(), "a confirmed one is not replaced");
    assert!(!opens(&fixture, 3, None), "now it takes a proof");
    assert!(!opens(&fixture, 3, Some(FactorProof::Step(7))), "the step that confirmed it has counted");
    assert!(opens(&fixture, 3, Some(FactorProof::Step(8))));
    assert!(audited.remove_factor(region, "lan").unwrap() && !audited.remove_factor(region, "lan").unwrap());
    assert!(opens(&fixture, 4, None));
    assert!(!opens(&fixture, 5, Some(FactorProof::Code(Digest([1; 32])))), "its recovery codes went with it");
    let all = AuditFilter { limit: 10, ..AuditFilter::default() };
    assert_eq!(database.audited(region, &all).unwrap().len(), 4, "what changed nothing is not told");
}

#[test]
fn a_step_and_a_recovery_code_count_once() {
    let fixture = with_factor();
    let step = |step| Some(FactorProof::Step(step));
    let code = |byte| Some(FactorProof::Code(Digest([byte; 32])));
    assert!(opens(&fixture, 1, step(9)) && !opens(&fixture, 2, step(9)) && !opens(&fixture, 2, step(8)));
    assert!(opens(&fixture, 2, code(1)) && !opens(&fixture, 3, code(1)) && !opens(&fixture, 3, code(9)));
    assert_eq!(factor(&fixture).unwrap().codes_left, 1);
    let entry = told(&fixture, "codes");
    let fresh = [Digest([4; 32]), Digest([5; 32])];
    assert!(fixture.database.auditing(&entry).give_recovery_codes(fixture.region, "lan", &fresh).unwrap());
    assert!(!opens(&fixture, 3, code(2)) && opens(&fixture, 3, code(4)), "old codes went");
    // A password that is no longer the one checked spends nothing.
    let row = session(fixture.region, "lan", 6);
    assert_eq!(fixture.database.open_session(&row, "another", None, step(20).as_ref()).unwrap(), None);
    assert!(opens(&fixture, 6, step(20)));
}

#[test]
fn a_session_proves_itself_by_what_still_counts() {
    let fixture = with_factor();
    assert!(opens(&fixture, 1, Some(FactorProof::Step(9))));
    let entry = told(&fixture, "prove");
    let audited = fixture.database.auditing(&entry);
    let prove = |proof: Option<FactorProof>, digest: u8, at| {
        audited.prove_session(fixture.region, "lan", proof.as_ref(), (&Digest([digest; 32]), Instant(at))).unwrap()
    };
    let proved = || fixture.database.session(&Digest([1; 32])).unwrap().unwrap().0.proved;
    assert!(!prove(None, 1, 700) && !prove(Some(FactorProof::Step(9)), 1, 700));
    assert_eq!(proved(), Instant(100));
    assert!(prove(Some(FactorProof::Step(10)), 1, 800));
    assert_eq!(proved(), Instant(800));
    assert!(!prove(Some(FactorProof::Step(11)), 9, 900), "there is no such session");
}

#[test]
fn of_many_at_once_one_is_let_in_by_a_step() {
    let fixture = with_factor();
    for round in 0..20_i64 {
        let opened: usize = thread::scope(|scope| {
            let fixture = &fixture;
            let tasks: Vec<_> = (0..4_u8)
                .map(|task| {
                    let digest = u8::try_from(round).unwrap() * 4 + task + 1;
                    scope.spawn(move || usize::from(opens(fixture, digest, Some(FactorProof::Step(100 + round)))))
                })
                .collect();
            tasks.into_iter().map(|task| task.join().unwrap()).sum()
        });
        assert_eq!(opened, 1, "round {round}");
    }
}
