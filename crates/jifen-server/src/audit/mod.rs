//! 审计: who did or read what, when, from where, why. What changes accounts, roles, keys and the quarantine is written in one transaction
//! with its entry (`Database::auditing`); decisions, which the journal holds, and readings of personal data are written here, before the
//! answer leaves.
//!
//! In: a request that was admitted and answered. Out: an entry of the region's trail, or a problem in the place of the answer.

pub(crate) mod http;
mod table;

use std::borrow::Cow;

use axum::http::{Method, Uri};
use jifen_store::{AuditKind, AuditRow};
use percent_encoding::percent_decode_str;

use crate::{
    app::{App, blocking},
    auth::{Permission, Principal, Role},
    problem::Problem,
    request,
};

/// Longest object of an entry, in characters: a query may be long.
const OBJECT_CHARACTERS_MAX: usize = 300;

/// An entry about something that a principal does now.
pub(crate) fn entry(app: &App, principal: &Principal, act: &str, object: &str, reason: &str) -> AuditRow {
    AuditRow {
        region: principal.region.id,
        at: app.now(),
        kind: AuditKind::Change,
        actor: principal.by(),
        address: request::current_address(),
        act: act.to_owned(),
        object: object.chars().take(OBJECT_CHARACTERS_MAX).collect(),
        reason: reason.to_owned(),
        request: request::current_id(),
    }
}

/// The entry that a request is to have once it is answered; `None`: it changes nothing and reads nothing personal, or what it changes
/// is written with its entry.
pub(crate) fn of_request(
    app: &App,
    principal: &Principal,
    permission: Permission,
    method: &Method,
    uri: &Uri,
) -> Option<AuditRow> {
    let object = uri.path_and_query().map_or(uri.path(), |both| both.as_str());
    let object = object.strip_prefix("/api/v1/").unwrap_or(object);
    let row = |kind| AuditRow { kind, ..entry(app, principal, permission.name(), &decoded(object), "") };
    if method.is_safe() {
        // One's own data are told of under an act of their own.
        let is_file = is_file(uri) && permission != Permission::SessionOwn;
        return (reads_of_people(permission) || is_file).then(|| row(AuditKind::Reading));
    }
    let is_written_with = match permission {
        Permission::AccountManage
        | Permission::AnnouncementPlace
        | Permission::RoleGrant
        | Permission::PersonForget
        | Permission::PersonUnmask
        | Permission::RoleAcknowledge
        | Permission::ClosingApprove
        | Permission::KeyAsk
        | Permission::UnmaskApprove
        | Permission::CorrectionAsk
        | Permission::CorrectionApprove
        | Permission::KeyIssue
        | Permission::SessionOwn
        | Permission::FactorOwn
        | Permission::SessionRead => true,
        Permission::QuarantineMend => uri.path().ends_with("/setting_aside"),
        // Asked for in one transaction with its entry.
        Permission::PeriodEnd => uri.path().starts_with("/api/v1/approvals"),
        // Somebody writes at a draft, of which nothing is kept.
        Permission::RulesTry => uri.path().starts_with("/api/v1/drafting"),
        // Written before it is done, with its reason; of a rehearsal nothing is kept.
        Permission::RosterEdit => uri.path().starts_with("/api/v1/organisation"),
        // What halls' systems send is the journal's: it says who sent each event.
        Permission::EventSend => principal.role == Role::Source,
        _ => false,
    };
    (!is_written_with).then(|| row(AuditKind::Change))
}

/// Whether reading by this permission shows what is personal: texts as they came in, cases, the trail itself.
fn reads_of_people(permission: Permission) -> bool {
    matches!(permission, Permission::QuarantineRead | Permission::CaseRead | Permission::AuditRead)
}

/// Whether an answer leaves as a file, with everybody in it.
fn is_file(uri: &Uri) -> bool {
    let pairs = uri.query().unwrap_or_default().split('&');
    pairs.into_iter().any(|pair| pair == "format=csv" || pair == "format=xlsx")
}

/// `%E7%8E%8B` as people read it; as it came where that is no text.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// Writes an entry down.
///
/// # Errors
/// Store faults: then the answer must not leave.
pub(crate) async fn write(app: &App, row: AuditRow) -> Result<(), Problem> {
    let database = app.database().clone();
    blocking(move || Ok(database.audit(&row)?)).await
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn paths_are_written_as_people_read_them() {
        for (path, text) in [
            ("cases/%E7%8E%8B1", "cases/王1"),
            ("a%2Fb%3f", "a/b?"),
            ("100%", "100%"),
            ("%zz%E7", "%zz%E7"),
            ("plain", "plain"),
        ] {
            assert_eq!(decoded(path), text);
        }
    }
}
