//! The verbs of a timeline: each stands for an event type; the words after it are members in this order, then pairs of name and value.

/// A verb.
pub(crate) struct Verb {
    pub(crate) name: &'static str,
    /// Event type without `jifen.`.
    pub(crate) kind: &'static str,
    /// Members that follow without their names.
    pub(crate) members: &'static [&'static str],
    /// Other words for members.
    pub(crate) aliases: &'static [(&'static str, &'static str)],
}

const BY: &[(&str, &str)] = &[("by", "person")];

const fn verb(name: &'static str, kind: &'static str, members: &'static [&'static str]) -> Verb {
    Verb { name, kind, members, aliases: BY }
}

pub(crate) const VERBS: &[Verb] = &[
    verb("take", "queue.taken", &["service"]),
    verb("join", "queue.joined", &["service"]),
    verb("call", "queue.called", &["service"]),
    verb("recall", "queue.recalled", &["service"]),
    verb("no-show", "queue.no_show", &["service"]),
    verb("abandon", "queue.abandoned", &["service"]),
    Verb {
        name: "transfer",
        kind: "queue.transferred",
        members: &["service"],
        aliases: &[("by", "person"), ("to", "to_window")],
    },
    verb("open-window", "window.opened", &["window"]),
    verb("pause-window", "window.paused", &["window"]),
    verb("close-window", "window.closed", &["window"]),
    verb("login", "operator.login", &["person"]),
    verb("logout", "operator.logout", &[]),
    verb("start", "service.started", &["service"]),
    verb("hold", "service.held", &["service"]),
    verb("resume", "service.resumed", &["service"]),
    verb("end", "service.ended", &["service"]),
    verb("accept", "case.accepted", &["case"]),
    verb("assign", "case.assigned", &["case"]),
    verb("step", "case.step", &["case"]),
    verb("supplement", "case.supplement_asked", &["case"]),
    verb("suspend", "case.suspended", &["case"]),
    verb("resume-case", "case.resumed", &["case"]),
    verb("extend", "case.extended", &["case"]),
    verb("return", "case.returned", &["case"]),
    verb("withdraw", "case.withdrawn", &["case"]),
    verb("decline", "case.declined", &["case"]),
    verb("complete", "case.completed", &["case"]),
    verb("material", "material.received", &["case", "material"]),
    verb("rate", "rating.submitted", &["service", "level"]),
    verb("complain", "complaint.filed", &["service"]),
    Verb {
        name: "share",
        kind: "data.shared",
        members: &["provider"],
        aliases: &[("to", "receiver"), ("by", "provider_person"), ("for", "receiver_person")],
    },
    verb("suggest", "suggestion.adopted", &["person"]),
    verb("attend", "attendance.recorded", &["person", "category"]),
    verb("find", "finding.recorded", &["category"]),
    verb("outage", "system.outage", &["from", "to"]),
    verb("region", "organisation.region", &["time_zone"]),
    verb("setting", "organisation.region", &[]),
    verb("hall", "organisation.hall", &["hall"]),
    verb("department", "organisation.department", &["department"]),
    verb("window", "organisation.window", &["window"]),
    verb("matter", "organisation.matter", &["matter"]),
    verb("person", "organisation.person", &["person"]),
    verb("system", "organisation.person", &["person"]),
    verb("calendar", "organisation.calendar", &[]),
    verb("roster", "roster.assigned", &["person"]),
    verb("unroster", "roster.unassigned", &["person"]),
    verb("post", "post.assigned", &["post", "person"]),
    verb("unpost", "post.unassigned", &["post", "person"]),
    verb("leave", "leave.granted", &["leave", "person", "category"]),
    verb("unleave", "leave.withdrawn", &["leave"]),
    Verb { name: "identify", kind: "actor.identified", members: &[], aliases: &[("is", "person")] },
    verb("rules", "ruleset.published", &[]),
    verb("period", "period.ended", &[]),
    verb("month", "period.closed", &[]),
    verb("doubt", "hold.placed", &[]),
    verb("release", "hold.released", &[]),
    verb("discard", "hold.discarded", &[]),
];

impl Verb {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        VERBS.iter().find(|verb| verb.name == name)
    }

    /// The member a word stands for.
    pub(crate) fn member<'a>(&self, word: &'a str) -> &'a str {
        self.aliases.iter().find(|(alias, _)| *alias == word).map_or(word, |(_, member)| member)
    }
}
