//! The people whom the user ignores, on this device.

use std::fmt;

use parlor_shared::{MemberId, limits::IGNORED_MAX};

/// They: at most [`IGNORED_MAX`]. Past it the one ignored first is shown again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored(Vec<MemberId>);

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
        self.0.retain(|known| *known != member);
        if on {
            self.0.push(member);
        }
        if self.0.len() > IGNORED_MAX {
            self.0.remove(0);
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
