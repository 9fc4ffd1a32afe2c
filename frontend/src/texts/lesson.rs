//! What the lesson in the inspector says. docs/LEARN.md has the same steps.

use crate::{
    model::lesson::Step,
    texts::language::{find, texts},
};

/// What to do in a step of the lesson.
#[must_use]
pub fn step_text(step: Step) -> &'static str {
    find(TABLE, "step_", step.word()).unwrap_or_default()
}

/// What to look at in a step of the lesson, and why.
#[must_use]
pub fn step_look(step: Step) -> &'static str {
    find(TABLE, "look_", step.word()).unwrap_or_default()
}

texts! {
    /// The lesson.
    lesson = "Learn how it works";
    /// How far the user is in the lesson.
    lesson_progress(done: Count, all: Count) = "{done} of {all} done";
    /// Above the steps.
    lesson_intro = "Eight things to try, ten minutes. One window is enough; a second one or a phone makes steps 2 and 7 nicer.";
    /// Below the steps, once all are done.
    lesson_done = "That's how a live chat works. Nothing here is special to Parlor: you'd find most of it in any of them.";
    /// Begins the lesson again.
    lesson_restart = "Start again";

    /// A step of the lesson: what to do.
    step_handshake = "Disconnect, then reconnect.";
    /// A step of the lesson: what to look at, and why.
    look_handshake = "`connecting` is an HTTP request and `open` the server's 101. Then two frames at once: `hello` says who you are, `welcome` answers.";
    /// A step of the lesson: what to do.
    step_post = "Write a message.";
    /// A step of the lesson: what to look at, and why.
    look_post = "You send `post`. Your own `entry` coming back is the acknowledgement, and there is no other: what you see is on disk.";
    /// A step of the lesson: what to do.
    step_unfold = "Click an `entry` to unfold it.";
    /// A step of the lesson: what to look at, and why.
    look_unfold = "`seq` is its position in the room's log and `prev` the one before it. A gap between two would show that something is missing.";
    /// A step of the lesson: what to do.
    step_by_hand = "Choose the example `ping` at the bottom, and send it.";
    /// A step of the lesson: what to look at, and why.
    look_by_hand = "`pong` comes back with the same number: the other end is alive. Without such a question, a cut cable looks like silence.";
    /// A step of the lesson: what to do.
    step_refusal = "Choose the example that isn't JSON, and send it.";
    /// A step of the lesson: what to look at, and why.
    look_refusal = "The server answers with `error`, a code and a sentence. The connection stays open: a mistake costs only itself.";
    /// A step of the lesson: what to do.
    step_ping = "Filter the frames for `pong`.";
    /// A step of the lesson: what to look at, and why.
    look_ping = "While the inspector is open the page sends a ping every two seconds. Traffic shows how long each round trip takes.";
    /// A step of the lesson: what to do.
    step_resume = "Disconnect, write a message, then reconnect.";
    /// A step of the lesson: what to look at, and why.
    look_resume = "`join` says which entry you have last, and `joined` answers `resumed`: only what you missed follows. Then your message is sent.";
    /// A step of the lesson: what to do.
    step_backoff = "Drop the connection three times.";
    /// A step of the lesson: what to look at, and why.
    look_backoff = "Each wait has a random part that can grow: ten thousand clients must not come back in one second. Compare the bars at Backoff.";
}
