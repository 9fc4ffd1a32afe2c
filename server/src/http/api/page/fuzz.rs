//! What must hold of whatever a request asks for.

use super::*;

/// What is asked for is within its bounds, and a position is one that an answer may have.
pub(in crate::http::api) fn query(request: &HttpRequest) {
    for wants_events in [true, false] {
        match Query::of(request, wants_events) {
            Ok(Query { place, limit, wait }) => {
                assert!(limit <= HISTORY_ENTRIES_MAX);
                assert!(wait <= Some(Duration::from_secs(LONG_POLL_S_MAX)));
                if let Place::After(position) = place {
                    assert_eq!(position.to_string().parse(), Ok(position));
                }
            }
            Err(problem) => problem.check(),
        }
    }
}
