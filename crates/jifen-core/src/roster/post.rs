//! Posts: who is chief representative, lead or backup of a window, department or hall, and since when; and who belongs there.

use super::{Organisation, Reach, Shift, order_of};
use crate::{
    both,
    event::{Event, EventType, member},
    id::{ActorId, ActorRef},
    language::Words,
    roster::ActorKind,
    rule::SubjectKind,
    time::Instant,
};

/// A post: its name, of which kind of place, and the place's code.
pub type PostKey = (String, SubjectKind, String);

pub(super) fn key_of(event: &Event) -> Option<PostKey> {
    let places = [
        (SubjectKind::Window, member::WINDOW),
        (SubjectKind::Department, member::DEPARTMENT),
        (SubjectKind::Hall, member::HALL),
    ];
    let mut named = places.into_iter().filter_map(|(kind, id)| Some((kind, event.data.text(id)?)));
    let (kind, code) = named.next()?;
    let post = event.data.text(member::POST)?;
    named.next().is_none().then(|| (post.to_owned(), kind, code.to_owned()))
}

impl Organisation {
    pub(super) fn absorb_post(&mut self, event: &Event) -> Option<Reach> {
        let shift = Shift::of(event, event.kind == EventType::PostAssigned)?;
        let reach = Reach::Span(shift.from, shift.to.unwrap_or(Instant::MAX));
        self.posts.entry(key_of(event)?).or_default().insert(order_of(event), shift);
        Some(reach)
    }

    /// Why an event about a post cannot be taken.
    pub fn refuses_post(event: &Event) -> Option<Words> {
        if key_of(event).is_none() {
            return Some(both!(
                "职务属于一个窗口、部门或大厅；请恰好写明其中一个",
                "a post is one of a window, a department or a hall; name exactly one of them"
            ));
        }
        let (from, to) = (event.data.time(member::FROM), event.data.time(member::TO));
        let empty = to.is_some_and(|to| from.is_some_and(|from| to <= from));
        empty.then(|| {
            both!(
                "`to` 须晚于 `from`；要免职请送 `jifen.post.unassigned`",
                "`to` must lie after `from`; to end a post send `jifen.post.unassigned`"
            )
        })
    }

    /// Who holds a post of a place at `time`: of several the last in the events' order.
    pub fn post_holder(&self, post: &str, (kind, code): (SubjectKind, &str), time: Instant) -> Option<ActorRef> {
        Shift::standing(self.posts.get(&(post.to_owned(), kind, code.to_owned()))?, time)
            .next()
            .map(|shift| shift.person)
    }

    /// The people who belong to a window, department or hall at `time`; nobody before they are registered.
    pub fn staff_of<'a>(
        &'a self,
        kind: SubjectKind,
        code: &'a str,
        time: Instant,
    ) -> impl Iterator<Item = ActorId> + 'a {
        let belongs = move |actor: ActorId| {
            let home = self.home(actor, time);
            let own = match kind {
                SubjectKind::Window => home.window,
                SubjectKind::Department => home.department,
                SubjectKind::Hall => home.hall,
                SubjectKind::Person => None,
            };
            own.as_deref() == Some(code)
        };
        let known = self.people.iter().filter(move |(_, line)| {
            line.since().is_some_and(|since| since <= time)
                && line.at(time).is_some_and(|person| person.kind == ActorKind::Person)
        });
        known.map(|(actor, _)| *actor).filter(move |actor| belongs(*actor))
    }

    /// From which time an event changes who belongs where, beyond what [`Organisation::reach`] finds.
    pub fn staff_reach(&self, event: &Event) -> Option<Instant> {
        (event.kind == EventType::OrganisationPerson).then_some(event.time)
    }
}
