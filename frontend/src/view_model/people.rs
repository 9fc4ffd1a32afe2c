//! The people in the current room: who is here, and who is typing.

use parlor_shared::{MemberId, Name};

use crate::{
    model::{
        Model,
        activity::{self, Activity},
    },
    texts,
};

/// A member in the list of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The member.
    pub member: MemberId,
    /// Their colour.
    pub hue: u8,
    /// Their name, as it is shown.
    pub name: String,
    /// Whether it is the user who looks at this page.
    pub is_you: bool,
    /// When they were last active.
    pub activity: Activity,
}

impl Person {
    /// What is said beside the name.
    #[must_use]
    pub fn activity_text(&self) -> String {
        match &self.activity {
            _ if self.is_you => texts::you().to_owned(),
            Activity::Active => texts::active_now().to_owned(),
            Activity::Idle(elapsed) => texts::active_ago(elapsed),
            Activity::Unknown => String::new(),
        }
    }

    fn sort_key(&self) -> (bool, &str, MemberId) {
        (!self.is_you, self.name.as_str(), self.member)
    }

    /// Whether the row is dimmed.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.activity, Activity::Idle(_)) && !self.is_you
    }
}

/// The members present in the current room: the user first, then by name. In a room too large for a
/// list it is the user alone, whose card is reached from there.
#[must_use]
pub fn people(model: &Model) -> Vec<Person> {
    let person = |(member, name): (&MemberId, &Name)| Person {
        member: *member,
        hue: model.room().look_alikes.hue(*member),
        name: model.room().look_alikes.shown_name(*member, name),
        is_you: Some(*member) == model.member,
        activity: activity::of(model, *member),
    };
    let mut people: Vec<Person> = Vec::new();
    for person in model.room().members.iter().map(person) {
        // A sorting algorithm would be 1 KB of the page, for a list that is short.
        let place = people.partition_point(|other| other.sort_key() < person.sort_key());
        people.insert(place, person);
    }
    if people.is_empty()
        && model.room().member_count > 0
        && let Some(member) = model.member
    {
        people.push(person((&member, &model.name)));
    }
    people
}

/// The line has room for two names of together this many characters, on a phone as well.
const TYPING_CHARS_MAX: usize = 40;

/// Who is typing in the current room; empty while nobody is. It is on one line.
#[must_use]
pub fn typing(model: &Model) -> String {
    let room = model.room();
    let members = room.typing.keys();
    let members = members.filter(|member| !model.ignored.has(**member));
    let names = members.filter_map(|member| {
        let name = room.members.get(member)?;
        Some(room.look_alikes.shown_name(*member, name))
    });
    let names: Vec<String> = names.take(3).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => texts::is_typing(one),
        [one, two] if one.chars().count() + two.chars().count() <= TYPING_CHARS_MAX => {
            texts::are_typing(one, two)
        }
        _ => texts::several_typing().to_owned(),
    }
}
