//! The mutations: for each what is wrong with the program, and the code that makes it so.

use parlor_sim::Worlds;

/// A defect that is put into the program on purpose.
#[derive(Debug)]
pub(crate) struct Mutation {
    /// Its name, which selects it through the environment.
    pub(crate) name: &'static str,
    /// What is wrong with the program.
    pub(crate) says: &'static str,
    /// The worlds in which that does harm.
    pub(crate) worlds: Worlds,
    pub(crate) file: &'static str,
    /// Correct code that is found once in the file.
    pub(crate) sound: &'static str,
    /// What replaces it: the defect where `MUTATED` is true, and the same as before where it is
    /// not.
    pub(crate) broken: &'static str,
}

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "cursor-skips",
        says: "a cursor behind the ring reads the log from one place too far",
        worlds: Worlds::Own,
        file: "server/src/rooms/room.rs",
        sound: "let (deletions, page) = log.read_after(&room.id, after, limit, begin).await?;",
        broken: "let place = Seq(after.0 + u64::from(MUTATED));
                let (deletions, page) = log.read_after(&room.id, place, limit, begin).await?;",
    },
    Mutation {
        name: "ring-skips",
        says: "a cursor that the ring has left behind continues with what the ring still has, instead of reading the log",
        worlds: Worlds::Own,
        file: "server/src/rooms/ring.rs",
        sound: "        let Some(offset) = from.checked_sub(self.first) else {",
        broken: "        let from = if MUTATED { from.max(self.first) } else { from };
        let Some(offset) = from.checked_sub(self.first) else {",
    },
    Mutation {
        name: "deleted-skipped",
        says: "a cursor continues past entries that the log has deleted",
        worlds: Worlds::Own,
        file: "server/src/rooms/entry_reader.rs",
        sound: "if page.prev > self.seq {",
        broken: "if page.prev > self.seq && !MUTATED {",
    },
    Mutation {
        name: "wakes-too-few",
        says: "a commit does not wake one of the tasks that wait for it on a thread",
        worlds: Worlds::Own,
        file: "server/src/rooms/wakeups.rs",
        sound: "            due.into_iter().for_each(Waker::wake);",
        broken: "            due.into_iter().skip(usize::from(MUTATED)).for_each(Waker::wake);",
    },
    Mutation {
        name: "thread-not-woken",
        says: "a commit does not wake one of the threads that have subscribers of its rooms",
        worlds: Worlds::Own,
        file: "server/src/rooms/wakeups.rs",
        sound: "        for inbox in &self.inboxes {",
        broken: "        for inbox in self.inboxes.iter().skip(usize::from(MUTATED)) {",
    },
    Mutation {
        name: "receipts-mixed-up",
        says: "what became of a post is taken for the answer to a later one",
        worlds: Worlds::Own,
        file: "server/src/dispatch/client.rs",
        sound: "let post = self.posts.borrow_mut().pop_front();",
        broken: "let post = if MUTATED {
                self.posts.borrow_mut().pop_back()
            } else {
                self.posts.borrow_mut().pop_front()
            };",
    },
    Mutation {
        name: "subscriber-passed-over",
        says: "a subscriber that is passed over while its socket is busy is not written to afterwards",
        worlds: Worlds::Own,
        file: "server/src/rooms/cursor.rs",
        sound: "match subscription.read() {",
        broken: "match if MUTATED { RingRead::Empty } else { subscription.read() } {",
    },
    Mutation {
        name: "rest-lost",
        says: "the rest of a partial write is lost",
        worlds: Worlds::Own,
        file: "server/src/rooms/registry.rs",
        sound: "            unsent.advance(written);",
        broken: "            unsent.advance(if MUTATED { unsent.len() } else { written });",
    },
    Mutation {
        name: "heartbeat-hasty",
        says: "the server's heartbeat gives up a client that has answered the ping",
        worlds: Worlds::Own,
        file: "server/src/connection/heartbeat.rs",
        sound: "        self.heartbeat.on_received(now_ms);",
        broken: "        if !MUTATED {
            self.heartbeat.on_received(now_ms);
        }",
    },
    Mutation {
        name: "ping-is-life",
        says: "the server takes its own ping for a sign of life of the client",
        worlds: Worlds::Own,
        file: "server/src/connection/outbound.rs",
        sound: "        if self.ping_due.take() {",
        broken: "        if self.ping_due.take() {
            if MUTATED {
                self.has_drained.set(true);
                self.progress.notify_one();
            }",
    },
    Mutation {
        name: "writes-are-life",
        says: "the server takes whatever it writes to a client for a sign of life",
        worlds: Worlds::Own,
        file: "server/src/connection/outbound.rs",
        sound: "if self.socket.take_drained() && self.is_full() {",
        broken: "if self.socket.take_drained() && self.is_full() || MUTATED {",
    },
    Mutation {
        name: "shown-before-commit",
        says: "entries are shown before their commit",
        worlds: Worlds::Own,
        file: "server/src/engine/embedded/writer.rs",
        sound: "        transaction.commit()?;\n        self.seen.on_committed(seen);",
        broken: "        if MUTATED {
            let appended = |(new, result): (&NewEntry, &Result<Appended, AppendError>)| {
                let (room, entry) = (new.room.clone(), result.as_ref().ok()?.entry.clone());
                Some(Committed { room, entry })
            };
            self.listener.on_commit(group.iter().zip(&results).filter_map(appended).collect());
        }
        transaction.commit()?;
        self.seen.on_committed(seen);",
    },
    Mutation {
        name: "duplicates-unknown",
        says: "the log does not recognise an id that it has already",
        worlds: Worlds::Own,
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
        says: "after a failed commit the writer continues as if its entries were on the log",
        worlds: Worlds::Own,
        file: "server/src/engine/embedded/writer/batch.rs",
        sound: "        self.rooms.clear();\n        self.metrics",
        broken: "        if !MUTATED {
            self.rooms.clear();
        }
        self.metrics",
    },
    Mutation {
        name: "failure-unreported",
        says: "the author of a post that could not be committed is not told",
        worlds: Worlds::Own,
        file: "server/src/dispatch/client.rs",
        sound: "            Err(error) => {\n                let refusal",
        broken: "            Err(_) if MUTATED => {}\n            Err(error) => {\n                let refusal",
    },
    Mutation {
        name: "deleted-words-handed-out",
        says: "a reader of the log hands out the words of a message whose deletion is on it",
        worlds: Worlds::Own,
        file: "server/src/engine/embedded/row.rs",
        sound: "body: if is_withheld {",
        broken: "body: if is_withheld && !MUTATED {",
    },
    Mutation {
        name: "deleted-words-in-ring",
        says: "the ring keeps the words of a message whose deletion was published",
        worlds: Worlds::Own,
        file: "server/src/rooms/room.rs",
        sound: "if let Some(ring) = &mut state.ring {\n                    ring.blank",
        broken: "if let Some(ring) = state.ring.as_mut().filter(|_| !MUTATED) {\n                    ring.blank",
    },
    Mutation {
        name: "deleted-words-in-pages",
        says: "pages of the log that others have read keep the words of a message whose deletion was published",
        worlds: Worlds::Own,
        file: "server/src/rooms/room.rs",
        sound: "                state.pages.void();",
        broken: "                if !MUTATED {
                    state.pages.void();
                }",
    },
    Mutation {
        name: "resumes-too-far",
        says: "a session that resumes is answered from one place too far",
        worlds: Worlds::Own,
        file: "server/src/dispatch/join.rs",
        sound: "            Some(after) => (after.seq, JoinOutcome::Resumed),",
        broken: "            Some(after) => (Seq(after.seq.0 + u64::from(MUTATED)), JoinOutcome::Resumed),",
    },
    Mutation {
        name: "epochs-alike",
        says: "a position in another log is taken for a position in this one",
        worlds: Worlds::Own,
        file: "server/src/dispatch/opened_room.rs",
        sound: "node.engine.continues(after) &&",
        broken: "(MUTATED || node.engine.continues(after)) &&",
    },
    Mutation {
        name: "restore-resumed",
        says: "a position in an epoch that the log knows is taken to hold, wherever the next epoch began",
        worlds: Worlds::Own,
        file: "server/src/engine/embedded/epochs.rs",
        sound: "let is_before_end = |end: &Seq| position.seq <= *end;",
        broken: "let is_before_end = |end: &Seq| MUTATED || position.seq <= *end;",
    },
    Mutation {
        name: "outbox-drops",
        says: "a session clears its outbox when the connection is lost",
        worlds: Worlds::Own,
        file: "crates/session/src/outbox.rs",
        sound: "        self.slow_rooms.clear();\n        for queued in",
        broken: "        self.slow_rooms.clear();
        if MUTATED {
            self.posts.clear();
        }
        for queued in",
    },
    Mutation {
        name: "prev-ignored",
        says: "a session does not check that an entry is the next one",
        worlds: Worlds::Own,
        file: "crates/session/src/rooms.rs",
        sound: "} else if entry.prev == position.seq {",
        broken: "} else if MUTATED || entry.prev == position.seq {",
    },
    Mutation {
        name: "stale-resume",
        says: "a session that left a room and joined again takes the answer to its first join",
        worlds: Worlds::Own,
        file: "crates/session/src/session/on_message.rs",
        sound: "        if self.rooms.take_abandoned_answer(room) {\n            return Ok(false);\n        }",
        broken: "        let outcome = match self.rooms.take_abandoned_answer(room) {
            true if MUTATED => JoinOutcome::Reset,
            true => return Ok(false),
            false => outcome,
        };",
    },
    Mutation {
        name: "gives-up",
        says: "a session drops a post that was refused for now",
        worlds: Worlds::Own,
        file: "crates/session/src/session/refusals.rs",
        sound: "} else if refusal.retry {\n            self.outbox",
        broken: "} else if refusal.retry && !MUTATED {\n            self.outbox",
    },
    Mutation {
        name: "overtaken",
        says: "the log appends a post though it lacks the one that this follows",
        worlds: Worlds::Own,
        file: "server/src/engine/embedded/append.rs",
        sound: "let Some(follows) = new.follows else {",
        broken: "let Some(follows) = new.follows.filter(|_| !MUTATED) else {",
    },
    Mutation {
        name: "follows-none",
        says: "a session does not name the post before one that it sends",
        worlds: Worlds::Own,
        file: "crates/session/src/outbox.rs",
        sound: "        let follows = self.predecessor(index);",
        broken: "        let follows = self.predecessor(index).filter(|_| !MUTATED);",
    },
    Mutation {
        name: "mute-ignored",
        says: "the log takes what a muted member posts",
        worlds: Worlds::Own,
        file: "server/src/engine/embedded/rules.rs",
        sound: "        && until_ms > new.at_ms\n",
        broken: "        && until_ms > new.at_ms\n        && !MUTATED\n",
    },
    Mutation {
        name: "slow-mode-stays",
        says: "a session goes on waiting for slow mode after it has ended",
        worlds: Worlds::Own,
        file: "crates/session/src/outbox.rs",
        sound: "        self.slow_rooms.retain(|slow| slow.room != *room);",
        broken: "        if !MUTATED {
            self.slow_rooms.retain(|slow| slow.room != *room);
        }",
    },
    Mutation {
        name: "banned-everywhere",
        says: "a ban from one room keeps the member out of every room",
        worlds: Worlds::Own,
        file: "server/src/bans.rs",
        sound: "hold.room.as_ref() == room &&",
        broken: "(MUTATED && room.is_some() || hold.room.as_ref() == room) &&",
    },
    Mutation {
        name: "group-applied-twice",
        says: "a node applies a group again that the stream has twice",
        worlds: Worlds::Several,
        file: "server/src/engine/embedded/stream.rs",
        sound: "if newest.is_some_and(|newest| newest.cast_unsigned() >= number) {",
        broken: "if newest.is_some_and(|newest| newest.cast_unsigned() >= number && !MUTATED) {",
    },
    Mutation {
        name: "shown-before-stream",
        says: "a node shows what is posted there before the stream has it",
        worlds: Worlds::Several,
        file: "server/src/engine/replicated.rs",
        sound: "        let place = self.work.reserve().await;\n",
        broken: "        if MUTATED {
            self.log.append_for(new.clone(), receipts).await?;
        }
        let place = self.work.reserve().await;\n",
    },
    Mutation {
        name: "jump-trusted",
        says: "a node goes on behind a group that it was not given",
        worlds: Worlds::Several,
        file: "server/src/engine/embedded/writer/apply.rs",
        sound: "if sequence != has + 1 {",
        broken: "if sequence <= has || sequence != has + 1 && !MUTATED {",
    },
    Mutation {
        name: "hash-unchecked",
        says: "a node does not compare what it has applied with what others have",
        worlds: Worlds::Several,
        // Where a group is applied and in each check: both compare this.
        file: "server/src/engine/replicated/group.rs",
        sound: "&sequence.to_be_bytes(), payload]);",
        broken: "&sequence.to_be_bytes(), if MUTATED { b\"\" } else { payload }]);",
    },
    Mutation {
        name: "reach-ignored",
        says: "a node does not wait until it has what its client has read on another one",
        worlds: Worlds::Several,
        file: "server/src/engine/replicated.rs",
        sound: "place.wait_for(|place| place.sequence >= sequence)",
        broken: "place.wait_for(|place| MUTATED || place.sequence >= sequence)",
    },
];
