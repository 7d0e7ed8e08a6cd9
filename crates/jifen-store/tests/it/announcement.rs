//! Announcements: numbered, shown from when until when, withdrawn once, told in the trail.

use jifen_core::time::Instant;
use jifen_store::{AnnouncementFilter, AnnouncementRow, AuditFilter, AuditKind, AuditRow, RegionId, Withdrawal};

use crate::sample::Fixture;

fn row(region: RegionId, title: &str) -> AnnouncementRow {
    AnnouncementRow {
        region,
        number: 0,
        title: title.to_owned(),
        text: "周六上午照常办理\0。".to_owned(),
        hall: Some("h1".to_owned()),
        department: None,
        public: true,
        begins: Instant(100),
        ends: Some(Instant(200)),
        placed: Instant(50),
        placed_by: "chief".to_owned(),
        withdrawn: None,
    }
}

fn told(region: RegionId, act: &str) -> AuditRow {
    AuditRow {
        region,
        at: Instant(50),
        kind: AuditKind::Change,
        actor: "manager:account/chief".to_owned(),
        address: String::new(),
        act: act.to_owned(),
        object: String::new(),
        reason: "通知".to_owned(),
        request: String::new(),
    }
}

#[test]
fn an_announcement_is_numbered_and_withdrawn_once_and_the_trail_tells_of_both() {
    let Fixture { database, region, scratch: _scratch } = Fixture::new();
    let other = database.create_region("other", [8; 32]).unwrap().id;
    let (place, withdraw) = (told(region, "announcement.place"), told(region, "announcement.withdraw"));
    let first = row(region, "调休");
    let second = AnnouncementRow {
        hall: None,
        department: Some("d1".to_owned()),
        public: false,
        ends: None,
        ..row(region, "公示")
    };
    assert_eq!(database.auditing(&place).add_announcement(&first).unwrap(), 1);
    assert_eq!(database.auditing(&place).add_announcement(&second).unwrap(), 2);
    let elsewhere = told(other, "announcement.place");
    assert_eq!(database.auditing(&elsewhere).add_announcement(&row(other, "别处")).unwrap(), 1);

    let withdrawal = Withdrawal { at: Instant(150), by: "chief".to_owned() };
    assert!(database.auditing(&withdraw).withdraw_announcement((region, 1), &withdrawal).unwrap());
    let later = Withdrawal { at: Instant(160), by: "deputy".to_owned() };
    assert!(!database.auditing(&withdraw).withdraw_announcement((region, 1), &later).unwrap());
    assert!(!database.auditing(&withdraw).withdraw_announcement((region, 3), &later).unwrap());

    let filter = AnnouncementFilter { standing: None, before: None, limit: 10 };
    let found = database.announcements(region, filter).unwrap();
    let first = AnnouncementRow { number: 1, withdrawn: Some(withdrawal), ..first };
    assert_eq!(found, [AnnouncementRow { number: 2, ..second }, first]);
    assert_eq!(database.announcements(region, AnnouncementFilter { limit: 1, ..filter }).unwrap().len(), 1);
    assert_eq!(database.announcement(region, 2).unwrap().map(|row| row.title), Some("公示".to_owned()));
    assert_eq!((database.announcement(region, 3).unwrap(), database.announcement(other, 2).unwrap()), (None, None));
    // What changed nothing is not told.
    let trail = database.audited(region, &AuditFilter { limit: 10, ..AuditFilter::default() }).unwrap();
    let acts: Vec<&str> = trail.iter().map(|record| &*record.row.act).collect();
    assert_eq!(acts, ["announcement.withdraw", "announcement.place", "announcement.place"]);
}

#[test]
fn it_is_shown_from_its_beginning_until_its_end() {
    let shown = |row: &AnnouncementRow, at| row.is_shown(Instant(at));
    let row = row(RegionId(1), "调休");
    assert_eq!([99, 100, 199, 200].map(|at| shown(&row, at)), [false, true, true, false]);
    let open = AnnouncementRow { ends: None, ..row.clone() };
    assert!(shown(&open, i64::MAX));
    let withdrawn = Some(Withdrawal { at: Instant(150), by: "chief".to_owned() });
    assert!(!shown(&AnnouncementRow { withdrawn, ..row }, 160));
}

#[test]
fn an_old_one_that_stands_is_found_behind_hundreds_that_are_over() {
    let Fixture { database, region, scratch: _scratch } = Fixture::new();
    let place = told(region, "announcement.place");
    let add = |row: &AnnouncementRow| database.auditing(&place).add_announcement(row).unwrap();
    let forever = add(&AnnouncementRow { ends: None, ..row(region, "长期") });
    for number in 0..300 {
        add(&row(region, &number.to_string()));
    }
    let late = add(&AnnouncementRow { ends: Some(Instant(900)), ..row(region, "以后") });
    let withdrawn = add(&AnnouncementRow { ends: None, ..row(region, "撤回") });
    let withdrawal = Withdrawal { at: Instant(150), by: "chief".to_owned() };
    assert!(database.auditing(&place).withdraw_announcement((region, withdrawn), &withdrawal).unwrap());
    let numbers = |filter: AnnouncementFilter| -> Vec<u64> {
        database.announcements(region, filter).unwrap().iter().map(|row| row.number).collect()
    };
    let standing = AnnouncementFilter { standing: Some(Instant(200)), before: None, limit: 10 };
    assert_eq!(numbers(standing), [late, forever], "what ends at that moment is over");
    assert_eq!(numbers(AnnouncementFilter { before: Some(late), ..standing }), [forever]);
    assert_eq!(numbers(AnnouncementFilter { limit: 1, ..standing }), [late]);
    assert_eq!(numbers(AnnouncementFilter { standing: Some(Instant(199)), ..standing }).len(), 10);
    let all = AnnouncementFilter { standing: None, before: Some(3), limit: 10 };
    assert_eq!(numbers(all), [2, forever]);
}
