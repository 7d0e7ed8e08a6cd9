//! The policy as data: `policy.toml` → who may what, over what. Loaded once; what it does not say is refused.
//!
//! In: the text in the program. Out: for a role and a permission the scope it is given in, or the reason why it is not.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::{Permission, Reason, Role};

/// The matrix this program was built with.
pub const POLICY_TEXT: &str = include_str!("../../policy.toml");

/// How far a permission reaches, seen from the place of a grant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// 本人.
    Own,
    /// The place that the grant names.
    Place,
    /// The window of that place.
    Window,
    /// Its department.
    Department,
    /// Its hall.
    Hall,
    /// 全区划.
    Region,
}

/// The kind of place that a grant names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// The person of the account.
    Person,
    /// A window.
    Window,
    /// A department.
    Department,
    /// A hall.
    Hall,
    /// The whole region.
    Region,
}

/// What a role is a part of: decides what else its holder may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Of systems.
    System,
    /// Of the people of the hall.
    Business,
    /// 三员: system, security and audit administration; excludes every other role.
    Office,
    /// All in one hand, for a pilot.
    Pilot,
    /// No duty yet.
    None,
}

/// Who holds a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    /// A person's account.
    Account,
    /// A system's key.
    Key,
}

/// What the policy says of a role.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleSpec {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// What it is a part of.
    pub duty: Duty,
    /// Who may have it.
    pub holders: Vec<HolderKind>,
    /// Kinds of places it is granted for; the first is what a grant without a place has.
    pub places: Vec<PlaceKind>,
    /// Roles that nobody has beside it.
    #[serde(default)]
    pub excludes: Vec<String>,
}

/// What the policy says of a permission.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionSpec {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Why not, in Chinese.
    pub no_zh: String,
    /// Why not, in English.
    pub no_en: String,
    /// A grant of a place smaller than the region does not give it.
    #[serde(default)]
    pub region_wide: bool,
    /// Whoever is signed in must have proved lately who they are.
    #[serde(default)]
    pub proof: bool,
    /// To which roles it is given, in which scope.
    pub roles: BTreeMap<String, Scope>,
}

/// The whole matrix.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(rename = "role")]
    roles: BTreeMap<String, RoleSpec>,
    #[serde(rename = "permission")]
    permissions: BTreeMap<String, PermissionSpec>,
    /// Looked up at every request.
    #[serde(skip)]
    cells: BTreeMap<(Role, Permission), Scope>,
}

/// What is wrong with a policy's text.
#[derive(Debug, thiserror::Error)]
#[error("policy: {0}")]
pub struct PolicyError(String);

static POLICY: LazyLock<Policy> = LazyLock::new(|| match Policy::parse(POLICY_TEXT) {
    Ok(policy) => policy,
    Err(error) => {
        // A test parses the text, so this is never built; were it, nobody would be allowed anything.
        tracing::error!(%error, "the policy cannot be read: everything is refused");
        Policy::default()
    }
});

/// The policy in force.
pub fn policy() -> &'static Policy {
    &POLICY
}

impl Policy {
    /// Parses a policy: every role and permission of the program is in it, and nothing else.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut policy: Self = toml::from_str(text).map_err(|error| PolicyError(error.to_string()))?;
        let fault = |what: String| Err(PolicyError(what));
        if let Some(role) = Role::ALL.iter().find(|role| !policy.roles.contains_key(role.name())) {
            return fault(format!("role `{}` is not described", role.name()));
        }
        if let Some(permission) = Permission::ALL.iter().find(|one| !policy.permissions.contains_key(one.name())) {
            return fault(format!("permission `{}` is not described", permission.name()));
        }
        for (name, spec) in &policy.roles {
            let others = spec.excludes.iter().chain([name]);
            if let Some(unknown) = others.into_iter().find(|name| Role::parse(name).is_none()) {
                return fault(format!("`{unknown}` is no role"));
            }
            if spec.places.is_empty() || spec.holders.is_empty() {
                return fault(format!("role `{name}` has neither places nor holders"));
            }
        }
        for (name, spec) in &policy.permissions {
            let Some(permission) = Permission::parse(name) else {
                return fault(format!("`{name}` is no permission"));
            };
            for (role, scope) in &spec.roles {
                let Some(role) = Role::parse(role) else {
                    return fault(format!("`{role}` at `{name}` is no role"));
                };
                let places = policy.roles.get(role.name()).map(|spec| spec.places.as_slice()).unwrap_or_default();
                if let Some(place) = places.iter().find(|place| !scope.is_above(**place)) {
                    return fault(format!("`{name}` in scope {scope:?} cannot be found from a {place:?} of {role:?}"));
                }
                policy.cells.insert((role, permission), *scope);
            }
        }
        Ok(policy)
    }

    /// The scope in which a role has a permission.
    pub fn scope(&self, role: Role, permission: Permission) -> Option<Scope> {
        self.cells.get(&(role, permission)).copied()
    }

    /// What the policy says of a role.
    pub fn role(&self, role: Role) -> Option<&RoleSpec> {
        self.roles.get(role.name())
    }

    /// What the policy says of a permission.
    pub fn permission(&self, permission: Permission) -> Option<&PermissionSpec> {
        self.permissions.get(permission.name())
    }

    /// Whether a grant of a place smaller than the region does not give it.
    pub fn is_region_wide(&self, permission: Permission) -> bool {
        self.permission(permission).is_none_or(|spec| spec.region_wide)
    }

    /// Whether it takes a recent proof of who one is.
    pub fn takes_proof(&self, permission: Permission) -> bool {
        self.permission(permission).is_none_or(|spec| spec.proof)
    }

    /// Why nobody without it may do so.
    pub fn refusal(&'static self, permission: Permission) -> Reason {
        let unknown = Reason { zh: "没有这项权限", en: "nobody has this permission" };
        self.permission(permission).map_or(unknown, |spec| Reason { zh: &spec.no_zh, en: &spec.no_en })
    }

    /// Whether nobody may have both roles at a time.
    pub fn exclude(&self, one: Role, other: Role) -> bool {
        if one == other {
            return false;
        }
        let (Some(first), Some(second)) = (self.role(one), self.role(other)) else { return true };
        // An account that waits for a role stands in nobody's way.
        if first.duty == Duty::None || second.duty == Duty::None {
            return false;
        }
        let office = first.duty == Duty::Office || second.duty == Duty::Office;
        let names = |spec: &RoleSpec, other: Role| spec.excludes.iter().any(|name| name == other.name());
        office || names(first, other) || names(second, one)
    }
}

impl Scope {
    /// Whether the scope can be found from a place: a department has no one window.
    fn is_above(self, place: PlaceKind) -> bool {
        match self {
            Self::Own | Self::Place | Self::Region => true,
            Self::Window => place <= PlaceKind::Window,
            Self::Department => place <= PlaceKind::Department,
            Self::Hall => place <= PlaceKind::Hall,
        }
    }

    /// The word of `policy.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Place => "place",
            Self::Window => "window",
            Self::Department => "department",
            Self::Hall => "hall",
            Self::Region => "region",
        }
    }
}

impl PlaceKind {
    /// The word of `policy.toml`, of `--place` and of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Window => "window",
            Self::Department => "department",
            Self::Hall => "hall",
            Self::Region => "region",
        }
    }

    /// Parses the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Person, Self::Window, Self::Department, Self::Hall, Self::Region]
            .into_iter()
            .find(|kind| kind.name() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_own_policy_is_sound() {
        let policy = Policy::parse(POLICY_TEXT).expect("policy");
        assert!(policy.cells.len() > 200, "{}", policy.cells.len());
    }

    #[test]
    fn a_policy_that_leaves_out_or_invents_is_refused() {
        let without = |gone: &str| POLICY_TEXT.replace(gone, "");
        let staff = POLICY_TEXT.find("[role.staff]").expect("staff");
        let end = staff + POLICY_TEXT[staff..].find("\n\n").expect("end");
        for (text, said) in [
            (without(&POLICY_TEXT[staff..end]), "role `staff` is not described"),
            (POLICY_TEXT.replace("[permission.\"sums.read\"]", "[permission.\"sums.real\"]"), "`sums.read` is not"),
            (
                POLICY_TEXT.replace(
                    "roles = { source = \"region\", administrator",
                    "roles = { sauce = \"region\", administrator",
                ),
                "`sauce`",
            ),
            (POLICY_TEXT.replace("clerk = \"own\", staff = \"place\"", "clerk = \"mine\", staff = \"place\""), "mine"),
            (
                POLICY_TEXT
                    .replace("hall_director = \"hall\", data_steward", "hall_director = \"window\", data_steward"),
                "cannot be found",
            ),
        ] {
            assert_ne!(text, POLICY_TEXT, "{said}");
            let error = Policy::parse(&text).expect_err(said).to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn the_three_offices_exclude_each_other_and_every_role_of_the_hall() {
        let policy = policy();
        let offices = [Role::SystemAdministrator, Role::SecurityAdministrator, Role::AuditAdministrator];
        for office in offices {
            for role in Role::ALL.iter().copied().filter(|role| *role != office && *role != Role::None) {
                assert!(policy.exclude(office, role) && policy.exclude(role, office), "{office:?} {role:?}");
            }
        }
        assert!(policy.exclude(Role::DataSteward, Role::HallDirector), "who corrects data does not direct the hall");
        assert!(!policy.exclude(Role::Clerk, Role::DepartmentHead), "somebody may act for the head");
    }
}
