//! What an account or a key may be, wherever it is made: on the command line or over HTTP.

use jifen_core::event::TYPES;

use super::{Duty, GrantPlace, HolderKind, PlaceKind, Role, policy};

/// Longest name of an account or key.
const NAME_CHARACTERS_MAX: usize = 64;

/// What is wrong, and with which member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrantFault {
    /// `name`, `role`, `person`, `types` or `external`.
    pub member: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// Why there cannot be such an account.
pub fn account_fault(name: &str, role: Role, person: Option<&str>) -> Option<GrantFault> {
    if !has_length(name) || name.chars().any(|c| c.is_control() || c.is_whitespace() || is_invisible(c)) {
        return fault("name", "1 to 64 characters, no blanks");
    }
    let spec = policy().role(role);
    if !spec.is_some_and(|spec| spec.holders.contains(&HolderKind::Account)) {
        return fault("role", format!("systems use keys; an account is one of {}", role_words(HolderKind::Account)));
    }
    if role == Role::Clerk && person.is_none_or(str::is_empty) {
        return fault("person", "a clerk's account names the person whose points it shows");
    }
    None
}

/// Why an account of a role cannot sign in by a system outside only.
pub fn external_fault(role: Role) -> Option<GrantFault> {
    let is_above = policy().role(role).is_some_and(|spec| matches!(spec.duty, Duty::Office | Duty::Pilot));
    is_above.then(|| GrantFault {
        member: "external",
        reason: "officers and administrators sign in here, with a password".to_owned(),
    })
}

/// Where a role is held: the place that is named, or the one the role has where none is.
pub fn place_of(role: Role, kind: Option<&str>, code: Option<&str>) -> Result<GrantPlace, GrantFault> {
    let places = policy().role(role).map(|spec| spec.places.as_slice()).unwrap_or_default();
    let wrong = |member, reason: String| GrantFault { member, reason };
    let words = || places.iter().map(|kind| format!("`{}`", kind.name())).collect::<Vec<_>>().join(", ");
    let code = code.map(str::trim).filter(|code| !code.is_empty());
    let kind = match (kind, code) {
        (Some(word), _) => PlaceKind::parse(word)
            .filter(|kind| places.contains(kind))
            .ok_or_else(|| wrong("place_kind", format!("`{}` is held in {}", role.name(), words())))?,
        // A code alone means the widest place that has one.
        (None, Some(_)) => {
            let coded = places.iter().copied().filter(|kind| !matches!(kind, PlaceKind::Region | PlaceKind::Person));
            coded.max().ok_or_else(|| wrong("place", format!("`{}` is held in {}", role.name(), words())))?
        }
        (None, None) => places.first().copied().unwrap_or(PlaceKind::Person),
    };
    match (kind, code) {
        (PlaceKind::Region | PlaceKind::Person, None) => Ok(GrantPlace { kind, code: String::new() }),
        (PlaceKind::Region | PlaceKind::Person, Some(_)) => {
            Err(wrong("place", format!("a {} has no code", kind.name())))
        }
        (_, Some(code)) => Ok(GrantPlace { kind, code: code.to_owned() }),
        (_, None) => Err(wrong("place", format!("name the {} by its code", kind.name()))),
    }
}

/// Why an account with these roles may not have this one too.
pub fn combination_fault<'a>(role: Role, others: impl Iterator<Item = &'a str>) -> Option<String> {
    // A role that this program does not know is not combined with anything.
    let excluded = |word: &&str| Role::parse(word).is_none_or(|other| policy().exclude(role, other));
    let other = others.into_iter().find(excluded)?;
    let name = role.name();
    Some(format!(
        "nobody is both `{name}` and `{other}`: system, security and audit administration exclude each other and every other role, \
         and a data steward does not direct the hall; revoke the other role first, or use another account"
    ))
}

/// The roles that an account or a key may have, in words.
pub fn role_words(holder: HolderKind) -> String {
    let held = |role: &&Role| policy().role(**role).is_some_and(|spec| spec.holders.contains(&holder));
    Role::ALL.iter().filter(held).map(|role| format!("`{}`", role.name())).collect::<Vec<_>>().join(", ")
}

/// Why there cannot be such a key.
pub fn key_fault(name: &str, role: Role, types: &[String]) -> Option<GrantFault> {
    if !has_length(name) || name.chars().any(|c| c.is_control() || is_invisible(c)) {
        return fault("name", "1 to 64 characters");
    }
    // The journal tells an account from a key by this beginning.
    if name.starts_with("account/") {
        return fault("name", "it does not begin with `account/`");
    }
    if !policy().role(role).is_some_and(|spec| spec.holders.contains(&HolderKind::Key)) {
        return fault(
            "role",
            format!("people sign in with an account; a key is one of {}", role_words(HolderKind::Key)),
        );
    }
    if !types.is_empty() && role != Role::Source {
        return fault("types", "only a source's key has types");
    }
    let known = |prefix: &String| !prefix.is_empty() && TYPES.iter().any(|spec| spec.name.starts_with(prefix.as_str()));
    let unknown = types.iter().find(|prefix| !known(prefix))?;
    fault("types", format!("no event type begins with `{unknown}`; see docs/events.md"))
}

fn fault(member: &'static str, reason: impl Into<String>) -> Option<GrantFault> {
    Some(GrantFault { member, reason: reason.into() })
}

fn has_length(name: &str) -> bool {
    (1..=NAME_CHARACTERS_MAX).contains(&name.chars().count())
}

/// Zero-width and direction marks: two names that look alike, or one that looks like another, deceive who decides.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(fault: Option<GrantFault>) -> Option<&'static str> {
        fault.map(|fault| fault.member)
    }

    #[test]
    fn accounts_are_peoples() {
        for (name, role, person, wrong) in [
            ("wanglan", Role::Clerk, Some("P1"), None),
            ("王岚", Role::Staff, None, None),
            ("wanglan", Role::Clerk, None, Some("person")),
            ("wanglan", Role::Clerk, Some(""), Some("person")),
            ("wanglan", Role::Source, None, Some("role")),
            ("wanglan", Role::Screen, None, Some("role")),
            ("", Role::Staff, None, Some("name")),
            ("a b", Role::Staff, None, Some("name")),
            ("a\u{202e}b", Role::Staff, None, Some("name")),
        ] {
            assert_eq!(member(account_fault(name, role, person)), wrong, "{name:?} {role:?} {person:?}");
        }
        assert_eq!(member(account_fault(&"长".repeat(64), Role::Staff, None)), None);
        assert_eq!(member(account_fault(&"长".repeat(65), Role::Staff, None)), Some("name"));
    }

    #[test]
    fn keys_are_systems() {
        let types = |types: &[&str]| types.iter().map(|&prefix| prefix.to_owned()).collect::<Vec<_>>();
        for (name, role, given, wrong) in [
            ("叫号 系统", Role::Source, types(&["jifen.queue.", "jifen.service."]), None),
            ("wall", Role::Screen, types(&[]), None),
            ("wall", Role::Screen, types(&["jifen.queue."]), Some("types")),
            ("queue", Role::Source, types(&["jifen.queues."]), Some("types")),
            ("queue", Role::Source, types(&[""]), Some("types")),
            ("lan", Role::Clerk, types(&[]), Some("role")),
            ("a\nb", Role::Source, types(&[]), Some("name")),
            ("account/lan", Role::Administrator, types(&[]), Some("name")),
        ] {
            assert_eq!(member(key_fault(name, role, &given)), wrong, "{name:?} {role:?} {given:?}");
        }
    }
}
