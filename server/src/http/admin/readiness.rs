//! Whether clients are to be sent to this node, as far as its log says.

use std::time::Duration;

use parlor_shared::{
    RoomId,
    limits::{STREAM_BEHIND_MAX, THREAD_ANSWER_MS_MAX},
};

use crate::engine::{Engine, Promise, StreamState};

/// What is answered where they are; for a log that several nodes share, how it is doing.
///
/// A node that can't reach the stream is ready all the same, as it can be read: otherwise nobody
/// could come in anywhere while the stream is away.
///
/// # Errors
/// Why they are not.
pub(super) async fn check(engine: &dyn Engine) -> Result<String, String> {
    let timeout = Duration::from_millis(THREAD_ANSWER_MS_MAX);
    let read = async {
        let room = RoomId::parse("lobby").ok()?;
        engine.bounds(&room).await.ok()
    };
    let read = tokio::time::timeout(timeout, read).await;
    if read.ok().flatten().is_none() {
        return Err("the log can't be read".to_owned());
    }
    engine
        .stream()
        .map_or_else(|| Ok("ready\n".to_owned()), of_stream)
}

fn of_stream(stream: &StreamState) -> Result<String, String> {
    let condition = stream.condition();
    let (name, behind) = (stream.name(), stream.behind());
    let Some(promise) = &condition.promise else {
        return Err(format!("what the stream {name} has is not known yet"));
    };
    if behind > STREAM_BEHIND_MAX {
        return Err(format!(
            "this node has to apply {behind} more groups of the stream {name}"
        ));
    }
    let (kind, applied) = (promise.name(), stream.applied());
    let mut answer =
        format!("ready: {kind}, stream {name} applied up to {applied}, {behind} behind\n");
    if let Promise::Replicated(why) = promise {
        answer += &format!("not durable: {why}\n");
    }
    if let Some(away) = &condition.away {
        answer += &format!("a server is away: {away}\n");
    }
    if let Some(why) = condition.reason() {
        answer += &format!("posts are refused for now: {why}\n");
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_ready_once_it_is_near_the_head_and_says_what_is_promised() {
        let stream = StreamState::new("parlor".to_owned(), 3);
        assert!(of_stream(&stream).unwrap_err().contains("not known yet"));
        stream.update(|condition| condition.promise = Some(Promise::Durable));
        stream.on_last(3 + STREAM_BEHIND_MAX + 1);
        let why = of_stream(&stream).unwrap_err();
        assert!(why.contains("1001 more groups"), "{why}");
        stream.on_applied(4);
        let ready = of_stream(&stream).unwrap();
        assert_eq!(
            ready,
            "ready: durable, stream parlor applied up to 4, 1000 behind\n"
        );
        stream.update(|condition| condition.away = Some("c does not answer".to_owned()));
        let ready = of_stream(&stream).unwrap();
        assert!(ready.starts_with("ready: durable"), "{ready}");
        assert!(ready.ends_with("away: c does not answer\n"), "{ready}");
        stream.update(|condition| {
            condition.promise = Some(Promise::Replicated("two servers".to_owned()));
            condition.unreadable = Some("no answer".to_owned());
        });
        let ready = of_stream(&stream).unwrap();
        assert!(ready.starts_with("ready: replicated"), "{ready}");
        assert!(ready.contains("not durable: two servers"), "{ready}");
        assert!(ready.contains("refused for now: no answer"), "{ready}");
    }
}
