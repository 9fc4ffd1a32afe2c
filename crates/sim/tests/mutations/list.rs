//! Every mutation: what is wrong with the program then, and the lines that make it so.

/// A program that is broken on purpose.
#[derive(Debug)]
pub(crate) struct Mutation {
    /// What it is called, and asked for in the environment.
    pub(crate) name: &'static str,
    /// What is wrong.
    pub(crate) says: &'static str,
    pub(crate) file: &'static str,
    /// Sound code, found once in its file …
    pub(crate) sound: &'static str,
    /// … and what stands there instead: wrong where `MUTATED` holds.
    pub(crate) broken: &'static str,
}

pub(crate) const MUTATIONS: [Mutation; 14] = [
    Mutation {
        name: "cursor-skips",
        says: "a cursor behind the ring reads the log from one place too far",
        file: "server/src/rooms/cursor.rs",
        sound: "(self.engine.clone(), self.room.id.clone(), self.seq);",
        broken: "(self.engine.clone(), self.room.id.clone(), Seq(self.seq.0 + u64::from(MUTATED)));",
    },
    Mutation {
        name: "ring-skips",
        says: "a cursor that fell off the ring goes on with what the ring still has, instead of reading the log",
        file: "server/src/rooms/ring.rs",
        sound: "        let Some(offset) = from.checked_sub(self.first) else {",
        broken: "        let from = if MUTATED { from.max(self.first) } else { from };
        let Some(offset) = from.checked_sub(self.first) else {",
    },
    Mutation {
        name: "forgotten-skipped",
        says: "a cursor goes on past entries that the log has forgotten",
        file: "server/src/rooms/cursor.rs",
        sound: "if entries.first().is_some_and(|first| first.prev > self.seq) {",
        broken: "if entries.first().is_some_and(|first| first.prev > self.seq) && !MUTATED {",
    },
    Mutation {
        name: "wakes-too-few",
        says: "of the cursors that wait for an entry one is not woken",
        file: "server/src/rooms/hub.rs",
        sound: "        for waker in wakers {",
        broken: "        for waker in wakers.into_iter().skip(usize::from(MUTATED)) {",
    },
    Mutation {
        name: "shown-before-commit",
        says: "entries are shown before their commit",
        file: "server/src/engine/embedded/writer.rs",
        sound: "        transaction.commit()?;\n        Ok(results)",
        broken: "        if MUTATED {
            let appended = |(new, result): (&NewEntry, &Result<Appended, AppendError>)| {
                let (room, entry) = (new.room.clone(), result.as_ref().ok()?.entry.clone());
                Some(Committed { room, entry })
            };
            self.listener.on_commit(group.iter().zip(&results).filter_map(appended).collect());
        }
        transaction.commit()?;
        Ok(results)",
    },
    Mutation {
        name: "duplicates-unknown",
        says: "the log does not know an id it has already",
        file: "server/src/engine/embedded/append.rs",
        sound: "db.prepare_cached(INSERT)?",
        broken: "db.prepare_cached(&if MUTATED {
            db.execute_batch(\"DROP INDEX IF EXISTS entries_by_id\")?;
            INSERT.replace(\" ON CONFLICT (room, id) DO NOTHING\", \"\")
        } else {
            INSERT.to_owned()
        })?",
    },
    Mutation {
        name: "heads-kept",
        says: "after a commit that failed the writer goes on as if its entries were there",
        file: "server/src/engine/embedded/writer.rs",
        sound: "                self.rooms.clear();",
        broken: "                if !MUTATED {
                    self.rooms.clear();
                }",
    },
    Mutation {
        name: "failure-untold",
        says: "a post that could not be committed is not refused to its sender",
        file: "server/src/dispatch.rs",
        sound: "            Err(error) => {\n                self.outbound.reply(",
        broken: "            Err(_) if MUTATED => {}\n            Err(error) => {\n                self.outbound.reply(",
    },
    Mutation {
        name: "resumes-too-far",
        says: "a session that resumes is answered from one place too far",
        file: "server/src/dispatch.rs",
        sound: "            Some(after) => (after.seq, JoinOutcome::Resumed),",
        broken: "            Some(after) => (Seq(after.seq.0 + u64::from(MUTATED)), JoinOutcome::Resumed),",
    },
    Mutation {
        name: "epochs-alike",
        says: "a position in another log is taken for one in this",
        file: "server/src/dispatch.rs",
        sound: "after.epoch == engine.epoch() &&",
        broken: "(MUTATED || after.epoch == engine.epoch()) &&",
    },
    Mutation {
        name: "outbox-drops",
        says: "a session forgets its outbox when the line is lost",
        file: "crates/session/src/outbox.rs",
        sound: "        for (_, sent) in &mut self.posts {",
        broken: "        if MUTATED {
            self.posts.clear();
        }
        for (_, sent) in &mut self.posts {",
    },
    Mutation {
        name: "prev-ignored",
        says: "a session does not look whether an entry is the next",
        file: "crates/session/src/room.rs",
        sound: "} else if entry.prev == position.seq {",
        broken: "} else if MUTATED || entry.prev == position.seq {",
    },
    Mutation {
        name: "stale-resume",
        says: "a session takes the answer to a join from before it left for the one after",
        file: "crates/session/src/hear.rs",
        sound: "(JoinOutcome::Resumed, None) => return Ok(()),",
        broken: "(JoinOutcome::Resumed, None) if !MUTATED => return Ok(()),
                    (JoinOutcome::Resumed, None) => {}",
    },
    Mutation {
        name: "gives-up",
        says: "a session gives a post up that was refused for now",
        file: "crates/session/src/refusal.rs",
        sound: "} else if refusal.retry {\n            self.outbox",
        broken: "} else if refusal.retry && !MUTATED {\n            self.outbox",
    },
];
