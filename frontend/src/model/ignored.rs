//! The people whom the user ignores, on this device.

use std::{fmt, sync::Arc};

use parlor_shared::{MemberId, limits::IGNORED_MAX, timeline::Message};

/// They: at most [`IGNORED_MAX`]. Past it the one ignored first is shown again. A clone costs
/// nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored(Arc<Vec<MemberId>>);

/// Who reads, and whom they ignore: it decides what is new to them.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The user.
    pub member: Option<MemberId>,
    /// The people whom the user ignores.
    pub ignored: Ignored,
}

impl Reader {
    /// Whether a message can be new to the user: it is neither their own nor deleted, nor by
    /// somebody whom they ignore.
    #[must_use]
    pub fn is_news(&self, message: &Message) -> bool {
        Some(message.member) != self.member
            && message.text.is_some()
            && !self.ignored.has(message.member)
    }
}

impl Ignored {
    /// Reads what [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn parse(saved: &str) -> Self {
        let mut ignored = Self::default();
        for member in saved
            .split(' ')
            .filter_map(|id| id.to_owned().try_into().ok())
        {
            ignored.set(member, true);
        }
        ignored
    }

    /// Whether the user ignores this member.
    #[must_use]
    pub fn has(&self, member: MemberId) -> bool {
        self.0.contains(&member)
    }

    /// Ignores a member from now on, or no longer.
    pub fn set(&mut self, member: MemberId, on: bool) {
        let members = Arc::make_mut(&mut self.0);
        members.retain(|known| *known != member);
        if on {
            members.push(member);
        }
        if members.len() > IGNORED_MAX {
            members.remove(0);
        }
    }
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, member) in self.0.iter().enumerate() {
            let space = if n > 0 { " " } else { "" };
            write!(f, "{space}{member}")?;
        }
        Ok(())
    }
}
