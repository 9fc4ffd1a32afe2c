//! The frames as a ladder between the user and the server, what an unfolded frame says, and the
//! steps of the lesson.

use std::sync::Arc;

use crate::{
    model::{
        Model,
        inspector::{Inspector, frames::Frame},
        lesson::{Lesson, Step},
    },
    texts,
};

/// A frame in the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// The frame.
    pub frame: Arc<Frame>,
    /// Its part of the lines that join questions to their answers.
    pub line: Line,
}

/// The part of the joining lines that is beside a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// A line comes from above.
    pub above: bool,
    /// A line goes on below.
    pub below: bool,
    /// A line begins or ends at this frame.
    pub joint: bool,
}

impl Line {
    /// The names that the style sheet has for it.
    #[must_use]
    pub fn class(self) -> String {
        let names = [
            (self.above, "above "),
            (self.below, "below "),
            (self.joint, "joint"),
        ];
        let names = names.into_iter().filter(|(is_there, _)| *is_there);
        names.map(|(_, name)| name).collect()
    }
}

/// The frames that the inspector shows, oldest first. Each answer is joined to its question.
#[must_use]
pub fn rungs(inspector: &Inspector) -> Vec<Rung> {
    let rung = |frame: &Arc<Frame>| Rung {
        frame: frame.clone(),
        line: Line::default(),
    };
    let mut rungs: Vec<Rung> = inspector.frames().map(rung).collect();
    for end in 0..rungs.len() {
        let Some(answers) = rungs[end].frame.answers else {
            continue;
        };
        // The question may have been filtered out, or be too old.
        let question = rungs.binary_search_by_key(&answers.number, |rung| rung.frame.number);
        let Ok(start) = question else {
            continue;
        };
        rungs[start].line.joint = true;
        rungs[end].line.joint = true;
        for rung in &mut rungs[start..end] {
            rung.line.below = true;
        }
        for rung in &mut rungs[start + 1..=end] {
            rung.line.above = true;
        }
    }
    rungs
}

/// A line of a message that is laid out over several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedLine {
    /// The line.
    pub code: String,
    /// What its field means; empty where that was said before, and for what is no field.
    pub meaning: &'static str,
}

/// The lines of a message, each with the meaning of its field.
#[must_use]
pub fn explained(laid_out: &str) -> Vec<ExplainedLine> {
    let mut said: Vec<&str> = Vec::new();
    let explain = |line| {
        let field = field_of(line).filter(|field| !said.contains(field));
        said.extend(field);
        ExplainedLine {
            code: line.to_owned(),
            meaning: field.and_then(texts::field_meaning).unwrap_or_default(),
        }
    };
    laid_out.lines().map(explain).collect()
}

/// The field on a line such as `  "seq": 3,`.
fn field_of(line: &str) -> Option<&str> {
    let (field, _) = line.trim_start().strip_prefix('"')?.split_once("\":")?;
    Some(field)
}

/// Pieces of a text in which code stands between backticks: every second piece is code.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    text.split('`').enumerate().map(|(at, text)| Piece {
        text,
        is_code: at % 2 == 1,
    })
}

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The piece.
    pub text: &'a str,
    /// Whether it is code.
    pub is_code: bool,
}

/// A step of the lesson, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownStep {
    /// What to do.
    pub text: &'static str,
    /// What to look at, before the step and right after it; empty at other times.
    pub look: &'static str,
    /// Whether it was done.
    pub is_ticked: bool,
    /// Whether it is the next one.
    pub is_next: bool,
}

/// What the shown steps follow from: the steps that are done, and the last one.
#[must_use]
pub fn lesson_state(model: &Model) -> String {
    let inspector = model.inspector.as_ref();
    let state = inspector.map(|inspector| inspector.lesson.state());
    state.unwrap_or_default()
}

/// The steps of the lesson.
#[must_use]
pub fn steps(model: &Model) -> Vec<ShownStep> {
    let none = Lesson::default();
    let inspector = model.inspector.as_ref();
    let lesson = inspector.map_or(&none, |inspector| &inspector.lesson);
    let shown = |step| ShownStep {
        text: texts::step_text(step),
        look: match lesson.is_explained(step) {
            true => texts::step_look(step),
            false => "",
        },
        is_ticked: lesson.has_done(step),
        is_next: lesson.next() == Some(step),
    };
    Step::ALL.map(shown).to_vec()
}
