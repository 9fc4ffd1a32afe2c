//! The members of a room whose names look alike, or are equal.

use litemap::LiteMap;
use parlor_shared::{
    MemberId, Name,
    characters::{has_visible, is_bidi_control},
    limits::LOOKS_MAX,
};

use crate::{
    look::{isolated, look},
    mention::mark,
    model::face::Hues,
};

/// The members of a room whose names look alike, or are equal. Others are told apart by their
/// names; these get a mark, too, wherever their names are shown.
#[derive(Debug, Default)]
pub struct LookAlikes {
    /// The first member that was seen with each look.
    looks: LiteMap<String, MemberId>,
    /// The name that each member had last. Its look is known.
    names: LiteMap<MemberId, Name>,
    marked: LiteMap<MemberId, ()>,
    /// The colours, which tell all members apart at a glance.
    hues: Hues,
}

impl LookAlikes {
    /// Records that a member has this name, and returns whether that is new. Past [`LOOKS_MAX`]
    /// names it starts over.
    pub fn record(&mut self, member: MemberId, name: &Name) -> bool {
        if self.names.get(&member) == Some(name) {
            return false;
        }
        if self.looks.len() >= LOOKS_MAX {
            let hues = std::mem::take(&mut self.hues);
            *self = Self {
                hues,
                ..Self::default()
            };
        }
        // There are more names than looks where members have equal ones.
        if self.names.len() >= LOOKS_MAX {
            self.names.clear();
        }
        self.hues.meet(member);
        self.names.insert(member, name.clone());
        let look = look(name.as_str());
        match self.looks.get(&look) {
            Some(first) if *first == member => {}
            Some(first) => {
                self.marked.insert(*first, ());
                self.marked.insert(member, ());
            }
            None => {
                self.looks.insert(look, member);
            }
        }
        true
    }

    /// The name that a member had last.
    #[must_use]
    pub fn name(&self, member: MemberId) -> Option<&Name> {
        self.names.get(&member)
    }

    /// The members that the page knows, with the names that they had last.
    pub fn members(&self) -> impl Iterator<Item = (MemberId, &Name)> {
        self.names.iter().map(|(member, name)| (*member, name))
    }

    /// How a member is mentioned, after the `@`: by their name, with a mark where others have one
    /// like it. Empty where the name has nothing to see.
    #[must_use]
    pub fn handle(&self, member: MemberId, name: &Name) -> String {
        let written = name.as_str().chars().filter(|c| !is_bidi_control(*c));
        let handle: String = written.collect();
        if !has_visible(&handle) {
            return String::new();
        }
        match self.marked.contains_key(&member) {
            true => [&handle, " #", &mark(member)].concat(),
            false => handle,
        }
    }

    /// The member's colour, below [`HUES`](crate::model::face::HUES).
    #[must_use]
    pub fn hue(&self, member: MemberId) -> u8 {
        self.hues.of(member)
    }

    /// How a member's name is shown.
    #[must_use]
    pub fn shown_name(&self, member: MemberId, name: &Name) -> String {
        // Old logs have names that were not checked.
        let shown = name.as_str().chars().filter(|c| !is_bidi_control(*c));
        let name: String = shown.collect();
        let is_blank = !has_visible(&name);
        if !is_blank && !self.marked.contains_key(&member) {
            return name;
        }
        let mark = mark(member);
        if is_blank {
            format!("#{mark}")
        } else {
            format!("{} #{mark}", isolated(&name))
        }
    }
}
