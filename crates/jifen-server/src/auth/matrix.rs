//! `GET /api/v1/policy`: 角色、菜单权限、数据范围, the matrix of `policy.toml` as everybody may read it.

use axum::Json;
use serde::{Deserialize, Serialize};

use super::{Caller, Duty, HolderKind, Permission, Role, policy};

/// The matrix of roles, permissions and scopes.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AccessPolicy)]
pub(crate) struct Matrix {
    /// Roles, in the order of the text.
    pub(crate) roles: Vec<RoleLine>,
    /// Permissions, each with the roles that have it.
    pub(crate) permissions: Vec<PermissionLine>,
}

/// A role.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PolicyRole)]
pub(crate) struct RoleLine {
    /// Its name in the API.
    pub(crate) role: String,
    /// In Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
    /// `system`, `business`, `office`, `pilot` or `none`.
    pub(crate) class: String,
    /// `account`, `key` or both.
    pub(crate) holders: Vec<String>,
    /// Kinds of places it is granted for.
    pub(crate) places: Vec<String>,
    /// Roles that nobody has beside it.
    pub(crate) excludes: Vec<String>,
}

/// A permission.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PolicyPermission)]
pub(crate) struct PermissionLine {
    /// Its name in the API.
    pub(crate) permission: Permission,
    /// What it allows, in Chinese.
    pub(crate) zh: String,
    /// What it allows, in English.
    pub(crate) en: String,
    /// Whether it takes a grant of the whole region.
    pub(crate) region_wide: bool,
    /// Whether it takes a recent proof of who one is.
    pub(crate) proof: bool,
    /// The roles that have it, and over what.
    pub(crate) roles: Vec<ScopedRole>,
}

/// A role that has a permission.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ScopedRole {
    /// The role.
    pub(crate) role: String,
    /// `own`, `window`, `department`, `hall`, `region`, or `place`, that of the grant.
    pub(crate) scope: String,
}

/// Who may do what, and over what: the matrix that every answer is made by.
#[utoipa::path(
    get, path = "/api/v1/policy", tag = "accounts",
    responses((status = 200, body = Matrix))
)]
pub(crate) async fn get_policy(_: Caller) -> Json<Matrix> {
    let class = |duty| match duty {
        Duty::System => "system",
        Duty::Business => "business",
        Duty::Office => "office",
        Duty::Pilot => "pilot",
        Duty::None => "none",
    };
    let holder = |kind: &HolderKind| match kind {
        HolderKind::Account => "account".to_owned(),
        HolderKind::Key => "key".to_owned(),
    };
    let excluded = |role: Role| Role::ALL.iter().filter(move |other| policy().exclude(role, **other));
    let roles = Role::ALL.iter().filter_map(|role| Some((*role, policy().role(*role)?)));
    let permissions = Permission::ALL.iter().filter_map(|one| Some((*one, policy().permission(*one)?)));
    Json(Matrix {
        roles: roles
            .map(|(role, spec)| RoleLine {
                role: role.name().to_owned(),
                zh: spec.zh.clone(),
                en: spec.en.clone(),
                class: class(spec.duty).to_owned(),
                holders: spec.holders.iter().map(holder).collect(),
                places: spec.places.iter().map(|place| place.name().to_owned()).collect(),
                excludes: excluded(role).map(|other| other.name().to_owned()).collect(),
            })
            .collect(),
        permissions: permissions
            .map(|(permission, spec)| PermissionLine {
                permission,
                zh: spec.zh.clone(),
                en: spec.en.clone(),
                region_wide: spec.region_wide,
                proof: spec.proof,
                roles: Role::ALL
                    .iter()
                    .filter_map(|role| {
                        let scope = policy().scope(*role, permission)?;
                        Some(ScopedRole { role: role.name().to_owned(), scope: scope.name().to_owned() })
                    })
                    .collect(),
            })
            .collect(),
    })
}
