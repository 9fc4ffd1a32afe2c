//! What the tokens of those who are connected let them do, where that is more than to post: nobody
//! bans who may do as much as they may, and the rights of another member's token are written
//! nowhere else.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

use parlor_shared::{MemberId, Right, Rights, RoomId, RoomKind};

/// The rights of the connected: one entry a connection, for as long as it lasts.
#[derive(Debug, Default)]
pub(crate) struct HeldRights(Mutex<HashMap<MemberId, Vec<Arc<Rights>>>>);

impl HeldRights {
    /// Notes what a connection of this member may do by its token, until what is returned is
    /// dropped. `None` where that is nothing that anyone asks for.
    pub(super) fn note(
        self: &Arc<Self>,
        member: MemberId,
        rights: &Arc<Rights>,
    ) -> Option<NotedRights> {
        if rights.rules().all(|(_, right)| right < Right::Moderate) {
            return None;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(member).or_default().push(rights.clone());
        Some(NotedRights {
            all: self.clone(),
            member,
            rights: rights.clone(),
        })
    }

    /// What a member may do in a room of this kind by a token that one of their connections has
    /// shown; `None` for nothing that is noted.
    pub(super) fn in_room(&self, member: MemberId, room: &RoomId, kind: RoomKind) -> Option<Right> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = all.get(&member).into_iter().flatten();
        noted.filter_map(|rights| rights.in_room(room, kind)).max()
    }
}

/// The rights of a connection, which are noted until it is dropped.
#[derive(Debug)]
pub(crate) struct NotedRights {
    all: Arc<HeldRights>,
    member: MemberId,
    rights: Arc<Rights>,
}

impl Drop for NotedRights {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut noted) = all.entry(self.member) {
            let is_this = |rights: &Arc<Rights>| Arc::ptr_eq(rights, &self.rights);
            if let Some(place) = noted.get().iter().position(is_this) {
                noted.get_mut().swap_remove(place);
            }
            if noted.get().is_empty() {
                noted.remove();
            }
        }
    }
}
