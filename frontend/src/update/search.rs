//! The search of the current room.

use parlor_shared::{Entry, RoomId};

use crate::model::{Model, search::has_words};

/// Opens the search, if it is not open, and searches for this.
pub(super) fn search(model: &mut Model, query: String) {
    model.search.get_or_insert_default().text = query;
    send_query(model);
}

/// Takes in the entries found, and sends the query again where the user has changed it meanwhile.
pub(super) fn found(model: &mut Model, room: &RoomId, query: String, entries: Vec<Entry>) {
    if let Some(room) = model.rooms.get_mut(room) {
        for entry in &entries {
            room.record_name(entry.member, &entry.name);
        }
    }
    if let Some(search) = &mut model.search {
        search.is_pending = false;
        search.found = entries;
        search.found_for = query;
    }
    send_query(model);
}

/// Takes in that the query under way has no word, which the server knows better than the page: it
/// finds nothing.
pub(super) fn query_refused(model: &mut Model) {
    if let Some(search) = &mut model.search {
        let asked = std::mem::take(&mut search.asked);
        found(model, &model.current_room.clone(), asked, Vec::new());
    }
}

/// Records that the request under way, if there is one, may get no answer, so that another can be
/// sent.
pub(super) fn request_refused(model: &mut Model) {
    if let Some(search) = &mut model.search {
        search.is_pending = false;
    }
}

/// Sends the query, unless it is answered already or a request is under way. A query without a word
/// has no results.
fn send_query(model: &mut Model) {
    let Some(search) = &mut model.search else {
        return;
    };
    let query = search.text.trim();
    if !has_words(query) {
        search.found.clear();
        search.found_for.clear();
    } else if !search.is_pending && !search.is_answered() {
        let requested = model.session.search(&model.current_room, query);
        search.is_pending = requested.is_ok();
        search.asked = query.to_owned();
    }
}
