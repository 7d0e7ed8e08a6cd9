//! `jifen account`: accounts of people, with a password that opens once and must then be changed.

use jifen_server::auth::{
    Grant, HolderKind, PasswordError, Role, account_fault, external_fault, hash_password, one_time_password, place_of,
    role_words,
};
use jifen_store::{AccountRow, Database, GrantRow, RegionRow};

use super::{key::usage, open};
use crate::{
    failure::Failure,
    output::{self, Align},
};

#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// 新增账号 / adds an account and prints its one-time password once, alone on standard output
    Add {
        /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
        #[arg(long)]
        db: String,
        /// Region code
        #[arg(long)]
        region: String,
        /// Name to sign in with, unique in the region
        #[arg(long)]
        name: String,
        /// A role of docs/access.md, `staff` for one; a clerk's account needs --person
        #[arg(long, value_parser = role)]
        role: Role,
        /// Code of the person whose account it is
        #[arg(long)]
        person: Option<String>,
        /// Code of the window, department or hall that the role is for; the whole region without, where the role has that
        #[arg(long)]
        place: Option<String>,
        /// `window`, `department` or `hall`, where the role is held in more than one kind of place
        #[arg(long, requires = "place")]
        place_kind: Option<String>,
        /// Its owner signs in by the OpenID Connect provider or the directory only: no password is given, and the name is the one that
        /// those know
        #[arg(long)]
        external: bool,
    },
    /// 重置密码 / gives an account a new one-time password, ends its sessions, turns its second factor off, and lets a disabled one in again
    Reset(One),
    /// 停用账号 / lets nobody sign in with an account any more and ends its sessions
    Disable(One),
    /// 列出账号 / lists the region's accounts
    List {
        /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
        #[arg(long)]
        db: String,
        /// Region code
        #[arg(long)]
        region: String,
    },
}

#[derive(clap::Args)]
pub(crate) struct One {
    /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long)]
    db: String,
    /// Region code
    #[arg(long)]
    region: String,
    /// Name of the account
    #[arg(long)]
    name: String,
}

/// Name of the account that `jifen serve --first-account` makes.
const FIRST: &str = "admin";

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| format!("write one of {}", role_words(HolderKind::Account)))
}

pub(crate) fn run(what: &What) -> Result<(), Failure> {
    match what {
        What::Add { db, region, name, role, person, place, place_kind, external } => {
            usage(account_fault(name, *role, person.as_deref()))?;
            usage(external.then(|| external_fault(*role)).flatten())?;
            let place = match place_of(*role, place_kind.as_deref(), place.as_deref()) {
                Ok(place) => place,
                Err(fault) => return usage(Some(fault)),
            };
            let database = open::to_write(db, "account add")?;
            let row = open::region_row(&database, region)?;
            let grant = Grant { role: *role, place };
            let password = add(&database, &row, name, grant, (person.clone(), *external))?;
            database.close()?;
            // Of an account that signs in by a system outside nobody learns the password.
            if *external { Ok(()) } else { output::line(&password) }
        }
        What::Reset(one) => {
            let database = open::to_write(&one.db, "account reset")?;
            let row = open::region_row(&database, &one.region)?;
            let password = one_time_password().map_err(unmade)?;
            let hash = hash_password(&password).map_err(unmade)?;
            let entry = open::entry(&row, "account.reset", &one.name);
            let found = database.auditing(&entry).give_password(row.id, &one.name, &hash)?;
            // Whoever has lost the device, and every recovery code, is let in here and nowhere else.
            let entry = open::entry(&row, "factor.remove", &one.name);
            database.auditing(&entry).remove_factor(row.id, &one.name)?;
            database.close()?;
            if found { output::line(&password) } else { Err(absent(one)) }
        }
        What::Disable(one) => {
            let database = open::to_write(&one.db, "account disable")?;
            let row = open::region_row(&database, &one.region)?;
            let entry = open::entry(&row, "account.disable", &one.name);
            let found = database.auditing(&entry).disable_account(row.id, &one.name)?;
            database.close()?;
            if found { Ok(()) } else { Err(absent(one)) }
        }
        What::List { db, region } => {
            let reading = open::to_read(db, region)?;
            let granted = reading.database.grants(reading.row.id)?;
            let roles = |name: &str, own: String| {
                let held = granted.iter().filter(|grant| grant.account == name && grant.is_active(open::now()));
                let held = held.map(|grant| format!("{} {}", grant.role, grant.place).trim().to_owned());
                let own = std::iter::once(own).filter(|role| role != Role::None.name());
                own.chain(held).collect::<Vec<_>>().join(", ")
            };
            let rows = reading.database.accounts(reading.row.id)?.into_iter().map(|account| {
                let password = match account {
                    _ if account.disabled => "已停用 disabled",
                    _ if account.must_change => "一次性 one-time",
                    _ => "已修改 chosen",
                };
                let roles = roles(&account.name, account.role);
                [account.name, roles, account.person.unwrap_or_default(), password.to_owned()]
            });
            let titles = [
                ("账号 account", Align::Left),
                ("角色 role", Align::Left),
                ("人员 person", Align::Left),
                ("密码 password", Align::Left),
            ];
            output::table(titles, &rows.collect::<Vec<_>>())
        }
    }
}

/// Makes an administrator's account in every region without accounts; says their passwords, once, on standard error.
pub(super) fn first(database: &Database) -> Result<(), Failure> {
    for region in database.regions()? {
        if database.accounts(region.id)?.is_empty() {
            let password = add(database, &region, FIRST, Grant::of(Role::Administrator), (None, false))?;
            eprintln!("首个账号 first account: region {}, name {FIRST}, one-time password {password}", region.code);
        }
    }
    Ok(())
}

fn unmade(error: PasswordError) -> Failure {
    Failure::Storage(error.to_string())
}

fn absent(one: &One) -> Failure {
    Failure::Usage(format!("--name: the region `{}` has no account `{}`", one.region, one.name))
}

fn add(
    database: &Database,
    region: &RegionRow,
    name: &str,
    Grant { role, place }: Grant,
    (person, external): (Option<String>, bool),
) -> Result<String, Failure> {
    let (password, now) = (one_time_password().map_err(unmade)?, open::now());
    // A role for one place is a grant beside an account without one.
    let own = if place.code.is_empty() { role } else { Role::None };
    let granted = GrantRow {
        region: region.id,
        number: 0,
        account: name.to_owned(),
        role: role.name().to_owned(),
        place_kind: place.kind.name().to_owned(),
        place: place.code,
        begins: now,
        ends: None,
        reason: "jifen account add".to_owned(),
        granted: now,
        granted_by: open::OPERATOR.to_owned(),
        revoked: None,
        revoked_by: None,
    };
    let row = AccountRow {
        region: region.id,
        name: name.to_owned(),
        role: own.name().to_owned(),
        password: hash_password(&password).map_err(unmade)?,
        must_change: !external,
        disabled: false,
        person,
        created: now,
    };
    let entry = open::entry(region, "account.make", &format!("{name} {}", role.name()));
    database.auditing(&entry).add_account(&row, if own == role { &[] } else { std::slice::from_ref(&granted) })?;
    Ok(password)
}
