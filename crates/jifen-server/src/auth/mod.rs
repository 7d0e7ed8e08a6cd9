//! Who may do what. Keys are parsed in `key`, sessions in `session`, requests in `caller`; the matrix is `policy.toml`, read by
//! `policy`, and access is decided in [`decide`] and nowhere else.

pub(crate) mod access;
mod caller;
pub(crate) mod factor;
pub(crate) mod federation;
pub(crate) mod gate;
mod grant;
pub(crate) mod granting;
pub(crate) mod http;
mod key;
pub(crate) mod matrix;
pub(crate) mod password;
mod permission;
mod policy;
pub(crate) mod reach;
pub(crate) mod reasons;
mod role;
mod session;
pub(crate) mod signing;
mod throttle;
pub mod totp;
mod weakness;

pub use caller::Caller;
pub use federation::{Federation, SettingsError};
pub use grant::{GrantFault, account_fault, combination_fault, external_fault, key_fault, place_of, role_words};
pub use key::{Key, KeyError};
pub use password::{HASHES_MAX, PASSWORD_CHARACTERS_MIN, PasswordError, hash_password, one_time_password};
pub use permission::Permission;
pub use policy::{Duty, HolderKind, POLICY_TEXT, PlaceKind, Policy, PolicyError, Scope, policy};
pub use reach::Reach;
pub use role::Role;
pub use session::{ABSOLUTE_MS, IDLE_MS, PROVED_MS};
pub use signing::{SIGNED_MS, sign, text_to_sign};

use jifen_core::{
    committee,
    event::{EventType, Family},
    id::Digest,
    rule::SubjectKind,
    time::Instant,
};
use jifen_store::{AccountRow, GrantRow, KeyRow, RegionRow, SessionRow};

use crate::approval;
pub(crate) use http::{signed as signed_in, time};

/// Who asks, as their key or their account says.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The name of the key or the account.
    pub name: String,
    /// Its own role.
    pub role: Role,
    /// What it is, and where: its own role, and those it acts in today.
    pub grants: Vec<Grant>,
    /// The one region it belongs to.
    pub region: RegionRow,
    /// Type prefixes a source may send (`jifen.queue.`); empty for all a source may.
    pub types: Vec<String>,
    /// Code of the person whose account it is.
    pub person: Option<String>,
    /// What it came with, to be looked at again while a stream lives.
    pub credential: Credential,
}

/// A role, and the place it is for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where.
    pub place: GrantPlace,
}

/// Where a role is held.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct GrantPlace {
    /// What kind of place.
    pub kind: PlaceKind,
    /// Its code; empty for the region and for the person of the account.
    pub code: String,
}

impl Grant {
    /// A role in the place it has where none is named.
    pub fn of(role: Role) -> Self {
        let kind = policy().role(role).and_then(|spec| spec.places.first().copied());
        Self { role, place: GrantPlace { kind: kind.unwrap_or(PlaceKind::Person), code: String::new() } }
    }

    fn granted(row: &GrantRow) -> Option<Self> {
        let place = GrantPlace { kind: PlaceKind::parse(&row.place_kind)?, code: row.place.clone() };
        Some(Self { role: Role::parse(&row.role)?, place })
    }

    /// The scope in which this grant gives a permission.
    pub fn scope(&self, permission: Permission) -> Option<Scope> {
        let scope = policy().scope(self.role, permission)?;
        let is_whole = scope == Scope::Region || (scope == Scope::Place && self.place.kind == PlaceKind::Region);
        (is_whole || !policy().is_region_wide(permission)).then_some(scope)
    }
}

/// What a principal came with; never the secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Credential {
    /// A bearer key, by its digest.
    Key(Digest),
    /// The session of an account.
    Session(Signed),
}

/// What a session says of who asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    /// Digest of the session's id.
    pub digest: Digest,
    /// The session's number.
    pub number: u64,
    /// Whether the password was given and not chosen.
    pub must_change: bool,
    /// Whether its account proved lately who it is.
    pub lately: bool,
}

impl Principal {
    /// The principal of a stored key; `None` when this program does not know its role.
    pub fn of(key: KeyRow, region: RegionRow) -> Option<Self> {
        let credential = Credential::Key(key.digest);
        let role = Role::parse(&key.role)?;
        let grants = vec![Grant::of(role)];
        Some(Self { role, grants, name: key.name, region, types: key.types, person: None, credential })
    }

    /// The principal of an account that is signed in; `None` when this program does not know its role.
    pub fn of_account(
        account: AccountRow,
        granted: &[GrantRow],
        session: &SessionRow,
        (region, now): (RegionRow, Instant),
    ) -> Option<Self> {
        let lately = now.0 - session.proved.0 < PROVED_MS;
        let signed =
            Signed { digest: session.digest, number: session.number, must_change: account.must_change, lately };
        let credential = Credential::Session(signed);
        let (own, person) = (Role::parse(&account.role)?, account.person);
        // A grant of another program, with a role or place that this one does not know, gives nothing here.
        let granted = granted.iter().filter(|row| row.is_active(now)).filter_map(Grant::granted);
        let grants: Vec<Grant> = std::iter::once(Grant::of(own)).chain(granted).collect();
        // Whoever has no role of their own is what they were first granted.
        let role = grants.iter().map(|grant| grant.role).find(|role| *role != Role::None).unwrap_or(own);
        Some(Self { role, grants, name: account.name, region, types: Vec::new(), person, credential })
    }

    /// Whether a subject is the person whose account it is.
    pub fn is_person(&self, kind: SubjectKind, code: &str) -> bool {
        kind == SubjectKind::Person && self.person.as_deref() == Some(code)
    }

    /// Whose streams are counted together.
    pub fn account(&self) -> String {
        match &self.credential {
            Credential::Key(_) => format!("key:{}", self.name),
            Credential::Session(_) => format!("account:{}", self.name),
        }
    }

    /// How the journal names it: `source:queue` for a key, `manager:account/lan` for an account.
    pub fn by(&self) -> String {
        match &self.credential {
            Credential::Key(_) => format!("{}:{}", self.role.name(), self.name),
            Credential::Session(_) => format!("{}:account/{}", self.role.name(), self.name),
        }
    }

    /// Everything it may do now.
    pub fn permissions(&self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(|permission| decide(self, *permission) == Decision::Allowed)
    }

    /// The scopes in which it has a permission, with the grants that give it.
    pub fn scopes(&self, permission: Permission) -> impl Iterator<Item = (Scope, &Grant)> {
        self.grants.iter().filter_map(move |grant| Some((grant.scope(permission)?, grant)))
    }

    /// Whether it proved who it is as lately as a permission asks for; a key has but its secret.
    pub(crate) fn has_proved(&self, permission: Permission) -> bool {
        match &self.credential {
            Credential::Session(signed) => signed.lately || !policy().takes_proof(permission),
            Credential::Key(_) => true,
        }
    }

    /// Whether it has a permission over the whole region.
    pub(crate) fn has_whole(&self, permission: Permission) -> bool {
        self.scopes(permission).any(|(scope, grant)| {
            scope == Scope::Region || (scope == Scope::Place && grant.place.kind == PlaceKind::Region)
        })
    }
}

/// What is said to whoever asks for something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Yes.
    Allowed,
    /// No, and why.
    Refused(Reason),
}

/// Why not, for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reason {
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

/// Decides access: whether there is anything a principal may do by this permission. The only place that does; over what is the
/// scopes' to say ([`Principal::scopes`]).
pub fn decide(principal: &Principal, permission: Permission) -> Decision {
    let own = permission.is_of_oneself();
    match &principal.credential {
        Credential::Key(_) if own && !principal.has_whole(permission) => {
            return Decision::Refused(policy().refusal(permission));
        }
        Credential::Key(_) if permission.is_personal() => return NAMED,
        Credential::Session(signed) if signed.must_change && !own => return Decision::Refused(MUST_CHANGE),
        Credential::Key(_) | Credential::Session(_) => {}
    }
    match principal.scopes(permission).next() {
        Some(_) => Decision::Allowed,
        None => Decision::Refused(policy().refusal(permission)),
    }
}

/// Decides whether an event of a type may be appended; what a hall's people do in their hall alone goes by ways of its own.
pub fn decide_append(principal: &Principal, kind: EventType) -> Decision {
    let Some(permission) = append_permission(kind) else {
        return match kind.spec().family {
            Family::Engine => refused("这类事件只由引擎自己写入", "only the engine itself appends this type"),
            _ => refused(
                "草案及其意见请经 `/api/v1/drafts` 提交",
                "drafts and what is said of them go by `/api/v1/drafts`",
            ),
        };
    };
    match decide(principal, permission) {
        Decision::Refused(reason) => Decision::Refused(reason),
        Decision::Allowed if !principal.has_whole(permission) => Decision::Refused(policy().refusal(permission)),
        Decision::Allowed if !principal.has_proved(permission) => Decision::Refused(PROVE),
        Decision::Allowed if approval::event_takes_two(kind) && !approval::closes_alone(principal) => {
            Decision::Refused(approval::TWO)
        }
        Decision::Allowed => of_types(principal, kind),
    }
}

/// Decides whether a refused event of a type may be corrected: what a source was allowed to send takes no right of its own;
/// source, id and type stay as they were.
pub fn decide_mend(principal: &Principal, kind: EventType) -> Decision {
    let mends = decide(principal, Permission::QuarantineMend);
    match append_permission(kind) {
        _ if mends != Decision::Allowed => mends,
        Some(Permission::EventWorld) => Decision::Allowed,
        Some(_) | None => decide_append(principal, kind),
    }
}

/// What it takes to append an event of a type; `None`: nobody sends it.
pub fn append_permission(kind: EventType) -> Option<Permission> {
    match kind.spec().family {
        Family::Service | Family::Case | Family::Rating | Family::Single | Family::Presence | Family::Kept => {
            return Some(Permission::EventWorld);
        }
        Family::Engine => return None,
        Family::Organisation | Family::Decision => {}
    }
    match kind {
        EventType::OrganisationRegion => Some(Permission::SettingsEdit),
        EventType::RosterAssigned
        | EventType::RosterUnassigned
        | EventType::PostAssigned
        | EventType::PostUnassigned
        | EventType::LeaveGranted
        | EventType::LeaveWithdrawn => Some(Permission::RosterEdit),
        EventType::ActorIdentified => Some(Permission::IdentityDecide),
        EventType::CommitteeMember => Some(Permission::CommitteeSeat),
        EventType::RulesetPublished => Some(Permission::RulesPublish),
        EventType::PeriodEnded | EventType::PeriodClosed => Some(Permission::PeriodEnd),
        EventType::HoldPlaced | EventType::HoldReleased | EventType::HoldDiscarded => Some(Permission::HoldJudge),
        EventType::ExemptionGranted | EventType::ExemptionWithdrawn => Some(Permission::ExemptionGrant),
        _ if committee::reads(kind) => None,
        _ => Some(Permission::OrganisationEdit),
    }
}

/// A source's key may be for some types only.
fn of_types(principal: &Principal, kind: EventType) -> Decision {
    let named = |prefix: &String| kind.spec().name.starts_with(prefix.as_str());
    if principal.types.is_empty() || principal.types.iter().any(named) {
        Decision::Allowed
    } else {
        refused("此密钥不得发送这类事件", "this key may not send this type")
    }
}

/// Why an account with a password that was given may do nothing else.
const MUST_CHANGE: Reason =
    Reason { zh: "请先修改密码", en: "change the password first: `POST /api/v1/accounts/password`" };

/// Why an account may not do now what it may do after proving again who it is.
const PROVE: Reason = Reason {
    zh: "请再验证一次身份（15 分钟内有效）",
    en: "prove again who you are: `POST /api/v1/sessions/current/proof`",
};

/// What a person decides in their own name.
const NAMED: Decision =
    refused("草案和表决要署名：请用账号登录", "a draft and an approval have a person's name: sign in with an account");

const fn refused(zh: &'static str, en: &'static str) -> Decision {
    Decision::Refused(Reason { zh, en })
}
