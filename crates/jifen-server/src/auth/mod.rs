//! Who may do what. Keys are parsed in `key`, sessions in `session`, requests in `caller`; access is decided in [`decide`] and
//! nowhere else.

pub(crate) mod access;
mod caller;
mod grant;
pub(crate) mod http;
mod key;
pub(crate) mod password;
mod session;
mod throttle;

pub use caller::Caller;
pub use grant::{GrantFault, account_fault, key_fault};
pub use key::{Key, KeyError};
pub use password::{HASHES_MAX, PASSWORD_CHARACTERS_MIN, PasswordError, hash_password, one_time_password};
pub use session::{ABSOLUTE_MS, IDLE_MS};

use jifen_core::{
    committee,
    event::{EventType, Family},
    id::Digest,
    rule::SubjectKind,
};
use jifen_store::{AccountRow, KeyRow, RegionRow, SessionRow};

/// What a key is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// 来源: a system that sends events.
    Source,
    /// 大屏: a hall's big screen; sees what everybody in the hall may see.
    Screen,
    /// 窗口人员: reads their own points, their place among those next to it, and the sums of windows, departments and halls.
    Clerk,
    /// 人员: reads boards and explanations.
    Staff,
    /// 管理: also ends and closes periods, judges holds, keeps rosters and identities.
    Manager,
    /// 管理员: also organisation, rules and settings.
    Administrator,
}

impl Role {
    /// All, from least to most.
    pub const ALL: [Self; 6] =
        [Self::Source, Self::Screen, Self::Clerk, Self::Staff, Self::Manager, Self::Administrator];

    /// The word of `--role` and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Screen => "screen",
            Self::Clerk => "clerk",
            Self::Staff => "staff",
            Self::Manager => "manager",
            Self::Administrator => "administrator",
        }
    }

    /// Parses the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == text)
    }
}

/// Who asks, as their key or their account says.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The name of the key or the account.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// The one region it belongs to.
    pub region: RegionRow,
    /// Type prefixes a source may send (`jifen.queue.`); empty for all a source may.
    pub types: Vec<String>,
    /// Code of the person whose account it is.
    pub person: Option<String>,
    /// What it came with, to be looked at again while a stream lives.
    pub credential: Credential,
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
}

impl Principal {
    /// The principal of a stored key; `None` when this program does not know its role.
    pub fn of(key: KeyRow, region: RegionRow) -> Option<Self> {
        let credential = Credential::Key(key.digest);
        Some(Self { role: Role::parse(&key.role)?, name: key.name, region, types: key.types, person: None, credential })
    }

    /// The principal of an account that is signed in; `None` when this program does not know its role.
    pub fn of_account(account: AccountRow, session: &SessionRow, region: RegionRow) -> Option<Self> {
        let signed = Signed { digest: session.digest, number: session.number, must_change: account.must_change };
        let credential = Credential::Session(signed);
        let (role, person) = (Role::parse(&account.role)?, account.person);
        Some(Self { role, name: account.name, region, types: Vec::new(), person, credential })
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
}

/// What somebody wants to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Append an event of this type.
    Append(EventType),
    /// Read the catalogue of event types.
    ReadCatalogue,
    /// Read about the region, its rules and what they did.
    ReadRegion,
    /// Read the sums of a subject: anybody's, or those of the person whose account it is.
    ReadSums {
        /// Whose.
        kind: SubjectKind,
        /// Whether it is the reader's own.
        own: bool,
    },
    /// Read the reader's own entries and why they stand.
    ReadOwnEntries,
    /// Read boards, entries and explanations of anybody.
    ReadPoints,
    /// Read whole boards of people, and what changes on them.
    ReadBoards,
    /// Follow what changes as it changes.
    Follow,
    /// Read what a hall's big screen shows.
    ReadScreen,
    /// Read the hall now: queue, windows, open cases, ratings.
    ReadHall,
    /// Read a case or counter service: its events, its clock, what it gave.
    ReadCases,
    /// Read how well data comes in: sources, unknown codes, how much is held or refused.
    ReadQuality,
    /// Correct a refused event of this type, or set it aside.
    Mend(EventType),
    /// Read events that were refused, as they came in, with whatever personal data they hold.
    ReadQuarantine,
    /// Try a draft of a rule set on days that have been, and read what it would have given whom.
    TryRules,
    /// Put a draft of a rule set before the committee, and take it back.
    ProposeRules,
    /// Approve a draft, and take the approval back. Who sits on the committee is the journal's to say.
    ApproveRules,
    /// Give an opinion on a draft.
    GiveOpinion,
    /// Read the program's metrics.
    ReadMetrics,
    /// Read how much space the database's disk has left.
    ReadSpace,
    /// See who one is and where one is signed in.
    ReadOwnSessions,
    /// See all sessions of the region.
    ReadSessions,
    /// Sign out, here or elsewhere.
    EndOwnSession,
    /// End any session of the region.
    EndSessions,
    /// List accounts and keys, make them, take them away.
    GiveAccess,
    /// Change one's own password.
    ChangePassword,
}

/// The answer to an [`Action`].
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

/// Decides access. The only place that does.
pub fn decide(principal: &Principal, action: Action) -> Decision {
    let role = principal.role;
    let own = matches!(action, Action::ReadOwnSessions | Action::EndOwnSession | Action::ChangePassword);
    match &principal.credential {
        Credential::Key(_) if own => {
            return refused("密钥没有登录会话，也没有密码", "a key has no session and no password");
        }
        Credential::Session(_) if own => return Decision::Allowed,
        Credential::Session(signed) if signed.must_change => return Decision::Refused(MUST_CHANGE),
        Credential::Key(_) | Credential::Session(_) => {}
    }
    match action {
        Action::ReadOwnSessions | Action::EndOwnSession | Action::ChangePassword => Decision::Allowed,
        Action::ReadSessions | Action::EndSessions => match role {
            Role::Administrator => Decision::Allowed,
            Role::Source | Role::Screen | Role::Clerk | Role::Staff | Role::Manager => {
                refused("他人的登录会话由管理员处理", "other people's sessions are an administrator's")
            }
        },
        Action::GiveAccess => match role {
            Role::Administrator => Decision::Allowed,
            Role::Source | Role::Screen | Role::Clerk | Role::Staff | Role::Manager => {
                refused("账号和密钥由管理员管理", "accounts and keys are an administrator's")
            }
        },
        Action::ReadSpace => match role {
            Role::Administrator => Decision::Allowed,
            Role::Source | Role::Screen | Role::Clerk | Role::Staff | Role::Manager => {
                refused("磁盘情况由管理员查看", "the disk is an administrator's")
            }
        },
        Action::ReadCatalogue => match role {
            Role::Source | Role::Clerk | Role::Staff | Role::Manager | Role::Administrator => Decision::Allowed,
            Role::Screen => SCREEN_ONLY,
        },
        Action::Follow | Action::ReadScreen => match role {
            Role::Screen | Role::Clerk | Role::Staff | Role::Manager | Role::Administrator => Decision::Allowed,
            Role::Source => SOURCE_ONLY,
        },
        Action::ReadRegion | Action::ReadOwnEntries => match role {
            Role::Clerk | Role::Staff | Role::Manager | Role::Administrator => Decision::Allowed,
            Role::Source => SOURCE_ONLY,
            Role::Screen => SCREEN_ONLY,
        },
        Action::ReadSums { kind, own } => match role {
            Role::Clerk if own || kind != SubjectKind::Person => Decision::Allowed,
            Role::Clerk => CLERK_OWN,
            Role::Staff | Role::Manager | Role::Administrator => Decision::Allowed,
            Role::Screen => SCREEN_ONLY,
            Role::Source => SOURCE_ONLY,
        },
        Action::ReadPoints
        | Action::ReadHall
        | Action::ReadBoards
        | Action::ReadCases
        | Action::ReadQuality
        | Action::ReadMetrics => match role {
            Role::Staff | Role::Manager | Role::Administrator => Decision::Allowed,
            Role::Clerk => CLERK_OWN,
            Role::Source => SOURCE_ONLY,
            Role::Screen => SCREEN_ONLY,
        },
        Action::ReadQuarantine => match role {
            Role::Manager | Role::Administrator => Decision::Allowed,
            Role::Source | Role::Screen | Role::Clerk | Role::Staff => {
                refused("查看隔离事件需要负责人以上权限", "reading refused events needs a manager's key")
            }
        },
        Action::TryRules => match role {
            Role::Manager | Role::Administrator => Decision::Allowed,
            Role::Source | Role::Screen | Role::Clerk | Role::Staff => {
                refused("试算规则草案需要负责人以上权限", "trying a draft of the rules needs a manager's key")
            }
        },
        Action::ProposeRules => match role {
            Role::Manager | Role::Administrator => of_account(principal),
            Role::Source | Role::Screen | Role::Clerk | Role::Staff => {
                refused("规则草案由负责人或管理员提出", "drafts are put up by managers and administrators")
            }
        },
        Action::ApproveRules => match role {
            Role::Clerk | Role::Staff | Role::Manager | Role::Administrator => of_account(principal),
            Role::Source => SOURCE_ONLY,
            Role::Screen => SCREEN_ONLY,
        },
        Action::GiveOpinion => match role {
            Role::Clerk | Role::Staff | Role::Manager | Role::Administrator => Decision::Allowed,
            Role::Source => SOURCE_ONLY,
            Role::Screen => SCREEN_ONLY,
        },
        Action::Mend(kind) => match role {
            Role::Source | Role::Screen | Role::Clerk | Role::Staff => {
                refused("更正隔离事件需要负责人以上权限", "mending refused events needs a manager's key")
            }
            // Correcting what a source was allowed to send takes no right of its own; source, id and type stay as they were.
            Role::Manager if is_of_the_world(kind) => Decision::Allowed,
            Role::Manager => manager_may(kind),
            Role::Administrator => administrator_may(kind),
        },
        Action::Append(kind) => match role {
            Role::Source => source_may(principal, kind),
            Role::Screen => SCREEN_ONLY,
            Role::Clerk | Role::Staff => {
                refused("窗口人员和工作人员的账号、密钥只能查看", "a clerk and a staff key only read")
            }
            Role::Manager => manager_may(kind),
            Role::Administrator => administrator_may(kind),
        },
    }
}

/// Why an account with a password that was given may do nothing else.
const MUST_CHANGE: Reason =
    Reason { zh: "请先修改密码", en: "change the password first: `POST /api/v1/accounts/password`" };

const fn refused(zh: &'static str, en: &'static str) -> Decision {
    Decision::Refused(Reason { zh, en })
}

const SOURCE_ONLY: Decision =
    refused("来源系统的密钥只能发送事件、读取事件目录", "a source's key may only send events and read the catalogue");
const SCREEN_ONLY: Decision =
    refused("大屏的密钥只能读取大屏所示的内容", "a screen's key only reads what its screen shows");
/// Neighbours rather than the whole list: a ranking of everybody before everybody's eyes shames (features, D10).
const CLERK_OWN: Decision = refused(
    "窗口人员可看本人的积分和名次，以及窗口、部门、大厅的合计",
    "a clerk reads their own points and place, and the sums of windows, departments and halls",
);
const ENGINE_ONLY: Decision = refused("这类事件只由引擎自己写入", "only the engine itself appends this type");

/// What a person decides in their own name.
fn of_account(principal: &Principal) -> Decision {
    match principal.credential {
        Credential::Session(_) => Decision::Allowed,
        Credential::Key(_) => refused(
            "草案和表决要署名：请用账号登录",
            "a draft and an approval have a person's name: sign in with an account",
        ),
    }
}

/// Whether halls' systems send it.
fn is_of_the_world(kind: EventType) -> bool {
    match kind.spec().family {
        Family::Service | Family::Case | Family::Rating | Family::Single | Family::Presence | Family::Kept => true,
        Family::Organisation | Family::Decision | Family::Engine => false,
    }
}

fn source_may(principal: &Principal, kind: EventType) -> Decision {
    let spec = kind.spec();
    match spec.family {
        Family::Engine => ENGINE_ONLY,
        Family::Organisation | Family::Decision => {
            refused("这类事件需要负责人或管理员的密钥", "this type needs a manager's or an administrator's key")
        }
        Family::Service | Family::Case | Family::Rating | Family::Single | Family::Presence | Family::Kept => {
            let named = |prefix: &String| spec.name.starts_with(prefix.as_str());
            if principal.types.is_empty() || principal.types.iter().any(named) {
                Decision::Allowed
            } else {
                refused("此密钥不得发送这类事件", "this key may not send this type")
            }
        }
    }
}

fn manager_may(kind: EventType) -> Decision {
    const TYPES: [EventType; 8] = [
        EventType::PeriodEnded,
        EventType::PeriodClosed,
        EventType::HoldPlaced,
        EventType::HoldReleased,
        EventType::HoldDiscarded,
        EventType::RosterAssigned,
        EventType::RosterUnassigned,
        EventType::ActorIdentified,
    ];
    match kind.spec().family {
        Family::Engine => ENGINE_ONLY,
        _ if TYPES.contains(&kind) => Decision::Allowed,
        _ => refused(
            "负责人的密钥只能写入周期、存疑、排班和编号认定",
            "a manager's key appends periods, holds, rosters and identities only",
        ),
    }
}

fn administrator_may(kind: EventType) -> Decision {
    match kind.spec().family {
        Family::Engine => ENGINE_ONLY,
        _ if committee::reads(kind) => {
            refused("草案及其意见请经 `/api/v1/drafts` 提交", "drafts and what is said of them go by `/api/v1/drafts`")
        }
        // Who may publish rules can move any point by right; what the halls' systems send adds nothing to that.
        Family::Organisation
        | Family::Decision
        | Family::Service
        | Family::Case
        | Family::Rating
        | Family::Single
        | Family::Presence
        | Family::Kept => Decision::Allowed,
    }
}
