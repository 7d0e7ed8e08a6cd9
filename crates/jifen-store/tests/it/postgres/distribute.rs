//! Distribution over the servers of a Citus cluster, as far as it shows without one.

use std::thread;

use jifen_scratch::{APP, Cluster, OWNER, Scratch, cluster};
use jifen_store::{Database, StoreError};

use super::{name, server};
use crate::sample::{Fixture, records};

/// The extension's book and nothing behind it: it keeps which tables it was told to spread, takes its time, and refuses one that is
/// spread already, as the real one does.
const BOOK: &str = "
    set allow_system_table_mods = on;
    create table pg_catalog.pg_dist_partition (logicalrelid regclass primary key, partmethod \"char\");
    create function pg_catalog.create_distributed_table(one regclass, by text, colocate_with text default 'default')
    returns void language plpgsql security definer as $$
    begin
        perform pg_sleep(0.02);
        if exists (select from pg_dist_partition where logicalrelid = one) then
            raise 'table % is already distributed', one;
        end if;
        insert into pg_dist_partition values (one, 'h');
    end $$;
    grant select on pg_catalog.pg_dist_partition to public;
    insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    values (99999, 'citus', 10, 11, false, '0')";

/// A hall that nobody serves, in a database with the book.
struct WithBook {
    cluster: &'static Cluster,
    scratch: Scratch,
    name: String,
    owner: String,
}

impl WithBook {
    fn new() -> Self {
        let Fixture { scratch, .. } = server();
        let cluster = cluster().unwrap();
        let name = scratch.url().rsplit('/').next().unwrap().to_owned();
        cluster.run_in(&name, BOOK).unwrap();
        let owner = cluster.url(OWNER, &name);
        Self { cluster, scratch, name, owner }
    }

    /// Tables in the book.
    fn spread(&self) -> Vec<String> {
        let listed = self.cluster.run_in(&self.name, "select logicalrelid from pg_dist_partition").unwrap();
        let mut tables: Vec<String> =
            listed.lines().map(|table| table.trim_start_matches("jifen.").to_owned()).collect();
        tables.sort();
        tables
    }
}

/// Tables whose rows are a region's and lie where it does; `region_writer` stays beside locks and nodes.
const OF_REGIONS: [&str; 22] = [
    "account",
    "actor_code",
    "announcement",
    "approval",
    "audit",
    "job",
    "journal_key",
    "journal_segment",
    "ledger",
    "measure",
    "projection",
    "quarantine",
    "recovery_code",
    "region_head",
    "role_grant",
    "rollup",
    "second_factor",
    "signing_secret",
    "state",
    "vault",
    "vault_key",
    "vault_name",
];

#[test]
fn every_table_of_regions_would_be_distributed_by_them_and_none_without_the_extension() {
    let fixture = server();
    let owner = cluster().unwrap().url(OWNER, name(&fixture));
    let plan = Database::distribution(&owner).unwrap();
    let tables = |function: &str| -> Vec<String> {
        let said = plan.iter().filter_map(|statement| statement.strip_prefix(&format!("select {function}('jifen.")));
        let mut tables: Vec<String> = said.map(|rest| rest.split('\'').next().unwrap().to_owned()).collect();
        tables.sort();
        tables
    };
    assert_eq!(tables("create_distributed_table"), OF_REGIONS);
    assert_eq!(tables("create_reference_table"), [""; 0], "the server's role could not add to it");
    let said = |what: &str| plan.iter().position(|said| said.contains(what)).unwrap();
    let distributed = said("create_distributed_table('jifen.account'");
    assert!(said("jifen.role_grant drop constraint") < distributed, "{plan:#?}");
    assert!(distributed < said("jifen.role_grant add constraint"), "{plan:#?}");
    let beside = plan.iter().filter(|said| said.contains("create_distributed_table")).skip(1);
    beside.for_each(|said| assert!(said.contains("colocate_with"), "{said} would lie anywhere"));
    let error = Database::distribute(&owner).unwrap_err();
    assert!(matches!(&error, StoreError::Unfit { why, .. } if why.contains("create extension citus")), "{error}");
    let error = Database::distribution("sqlite:hall.db").unwrap_err();
    assert!(error.to_string().contains("jifen copy"), "{error}");
}

#[test]
fn what_goes_before_distribution_leaves_a_hall_that_works() {
    let fixture = server();
    let (cluster, name) = (cluster().unwrap(), name(&fixture).to_owned());
    let owner = cluster.url(OWNER, &name);
    let altering = || -> Vec<String> {
        Database::distribution(&owner).unwrap().into_iter().filter(|said| said.starts_with("alter table")).collect()
    };
    let dropped: Vec<String> = altering().into_iter().filter(|said| said.contains(" drop constraint ")).collect();
    assert_eq!(dropped.len(), 12, "seven refer to regions, five to accounts: {dropped:#?}");
    assert!(dropped.iter().any(|said| said.starts_with("alter table jifen.session ")), "{dropped:?}");
    dropped.iter().for_each(|statement| drop(cluster.run_in(&name, statement).unwrap()));
    fixture.commit(&records(0, 2));
    assert_eq!(fixture.database.head(fixture.region).unwrap().journal, 2);
    assert_eq!(altering(), [""; 0]);
}

#[test]
fn what_is_printed_is_one_transaction_that_waits_for_migrations() {
    let fixture = server();
    let plan = Database::distribution(&cluster().unwrap().url(OWNER, name(&fixture))).unwrap();
    assert_eq!((&plan[0][..], &plan[plan.len() - 1][..]), ("begin", "commit"));
    assert_eq!(plan[1], "select pg_advisory_xact_lock(1785292398, 1)");
    assert_eq!(plan.iter().filter(|said| said.starts_with("set local")).count(), 2);
}

#[test]
fn a_hall_is_distributed_once_whole_and_not_while_it_is_written() {
    let hall = WithBook::new();
    let serving = Database::open(hall.scratch.url(), super::write()).unwrap();
    let error = Database::distribute(&hall.owner).unwrap_err();
    assert!(matches!(&error, StoreError::Held { holder, .. } if holder.contains("jifen import")), "{error}");
    drop(serving);
    // Two at once, and a migration: one of them does it, the others find it done.
    let said: Vec<usize> = thread::scope(|scope| {
        let distributing = [(); 2].map(|()| scope.spawn(|| distributed_when_free(&hall.owner)));
        let migrating = scope.spawn(|| Database::migrate(&hall.owner, None).unwrap());
        migrating.join().unwrap();
        distributing.map(|one| one.join().unwrap().len()).into()
    });
    assert_eq!(said.iter().filter(|count| **count == 0).count(), 1, "{said:?}");
    assert_eq!(hall.spread(), OF_REGIONS);
    assert!(Database::distribution(&hall.owner).unwrap().is_empty());
    // What fails within leaves nothing behind.
    let hall = WithBook::new();
    let last = "alter function pg_catalog.create_distributed_table(regclass, text, text) rename to gone";
    hall.cluster.run_in(&hall.name, &format!("set allow_system_table_mods = on; {last}")).unwrap();
    Database::distribute(&hall.owner).unwrap_err();
    assert_eq!(hall.spread(), [""; 0]);
}

/// The writers' lock is waited for: the other distribution has it.
fn distributed_when_free(owner: &str) -> Vec<String> {
    loop {
        match Database::distribute(owner) {
            Err(StoreError::Held { .. }) => thread::sleep(std::time::Duration::from_millis(20)),
            said => return said.unwrap(),
        }
    }
}

#[test]
fn tables_that_a_migration_adds_are_spread_like_the_others() {
    let hall = WithBook::new();
    let made = "
        create table jifen.later (region_id bigint primary key references jifen.region);
        alter table jifen.later owner to jifen_owner";
    hall.cluster.run_in(&hall.name, made).unwrap();
    Database::migrate(&hall.owner, Some(APP)).unwrap();
    assert_eq!(hall.spread(), [""; 0], "a hall that is not distributed stays so");
    hall.cluster.run_in(&hall.name, "drop table jifen.later").unwrap();
    Database::distribute(&hall.owner).unwrap();
    hall.cluster.run_in(&hall.name, made).unwrap();
    Database::migrate(&hall.owner, Some(APP)).unwrap();
    assert!(hall.spread().contains(&"later".to_owned()), "{:?}", hall.spread());
    assert_eq!(hall.spread().len(), OF_REGIONS.len() + 1);
}

#[test]
fn tables_of_an_extension_do_not_make_a_database_anothers() {
    let cluster = cluster().unwrap();
    let name = cluster.empty().unwrap();
    let owner = cluster.url(OWNER, &name);
    cluster.run_in(&name, "create table kept (one integer)").unwrap();
    let error = Database::migrate(&owner, Some(APP)).unwrap_err();
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");
    cluster.run_in(&name, "create extension pg_trgm; alter extension pg_trgm add table kept").unwrap();
    Database::migrate(&owner, Some(APP)).unwrap();
}
