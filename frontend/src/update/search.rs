//! The search of the current room.

use parlor_shared::{Entry, RoomId};

use crate::{
    event::ResultsEvent,
    model::{
        Model,
        search::{ResultStep, has_words},
    },
    update::history,
};

/// Opens the search. One that is open keeps its query, and shows its results again.
pub(super) fn open(model: &mut Model) {
    model.search.get_or_insert_default().is_folded = false;
}

/// Opens the search, if it is not open, and searches for this.
pub(super) fn search(model: &mut Model, query: String) {
    open(model);
    if let Some(search) = &mut model.search {
        search.text = query;
    }
    send_query(model);
}

/// Moves through the results, and shows the selected one in the list where the user asked for it.
pub(super) fn on_results(model: &mut Model, event: ResultsEvent) {
    let Some(search) = &mut model.search else {
        return;
    };
    let is_jump = match event {
        ResultsEvent::Moved(step) => {
            search.step(step);
            false
        }
        ResultsEvent::Stepped(step) => {
            search.step(step);
            true
        }
        ResultsEvent::Entered => {
            if search.position().is_none() {
                search.step(ResultStep::Next);
            }
            true
        }
        ResultsEvent::Chosen(id) => {
            search.selected = Some(id);
            true
        }
        ResultsEvent::Unfolded => {
            search.is_folded = false;
            false
        }
    };
    if let (true, Some(id)) = (is_jump, search.selected) {
        search.is_folded = true;
        history::show_message(model, id);
    }
}

/// Takes in the entries found, and sends the query again where the user has changed it meanwhile.
pub(super) fn found(
    model: &mut Model,
    room: &RoomId,
    query: String,
    entries: Vec<Entry>,
    is_incomplete: bool,
) {
    if let Some(room) = model.rooms.get_mut(room) {
        for entry in &entries {
            room.record_name(entry.member, &entry.name);
        }
    }
    if let Some(search) = &mut model.search {
        search.is_pending = false;
        search.found = entries;
        search.is_incomplete = is_incomplete;
        search.selected = None;
        search.found_for = query;
    }
    send_query(model);
}

/// Takes in that the query under way has no word, which the server knows better than the page: it
/// finds nothing.
pub(super) fn query_refused(model: &mut Model) {
    if let Some(search) = &mut model.search {
        let asked = std::mem::take(&mut search.asked);
        found(model, &model.current_room.clone(), asked, Vec::new(), false);
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
        search.selected = None;
    } else if !search.is_pending && !search.is_answered() {
        let requested = model.session.search(&model.current_room, query);
        search.is_pending = requested.is_ok();
        search.asked = query.to_owned();
    }
}
