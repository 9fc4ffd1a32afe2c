//! Long random walks: a server that sends what a session expects and what it does not, a network
//! that breaks, and a program that asks for anything. What must hold whatever happens is the
//! fuzzer's (crates/fuzz-targets/src/session.rs); these are there for their traces, which another
//! client must follow to the last frame.

use parlor_shared::Position;

use crate::*;

const WALKS: u64 = 12;
const STEPS: usize = 120;

const CODES: [ErrorCode; 10] = [
    ErrorCode::RateLimited,
    ErrorCode::Busy,
    ErrorCode::OutOfOrder,
    ErrorCode::NotJoined,
    ErrorCode::TargetUnknown,
    ErrorCode::TextTooLong,
    ErrorCode::Muted,
    ErrorCode::SlowMode,
    ErrorCode::NotAllowed,
    ErrorCode::TokenInvalid,
];
const REQUESTS: [Option<Request>; 8] = [
    None,
    Some(Request::Join),
    Some(Request::Post),
    Some(Request::Leave),
    Some(Request::Rename),
    Some(Request::History),
    Some(Request::Seen),
    Some(Request::Typing),
];
const CLOSES: [Option<u16>; 5] = [None, Some(1006), Some(4000), Some(1011), Some(4500)];

/// Numbers that look random, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        let Self(state) = self;
        // The multiplier of Knuth's MMIX.
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (*state >> 33) % end
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        let at = self.below(choices.len() as u64);
        choices[usize::try_from(at).unwrap()].clone()
    }
}

/// A session on its walk, and the server's side of it.
struct Walk {
    harness: SessionHarness,
    numbers: Numbers,
    /// The number of the next post.
    posts: u64,
    /// The server's epoch. A restart begins the next one.
    epoch: u8,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut harness = SessionHarness::new(None, vec![]);
        harness.session.start(0);
        harness.be_welcomed();
        Self {
            harness,
            numbers: Numbers(seed),
            posts: 0,
            epoch: 7,
        }
    }

    fn room(&mut self) -> RoomId {
        self.numbers.of(&[lobby(), lobby(), room("attic")])
    }

    fn step(&mut self) {
        let pause = self.numbers.below(400);
        self.harness.advance(pause);
        match self.numbers.below(24) {
            0..8 => self.program(),
            8 => self.break_connection(),
            9 => {
                self.harness.advance(5_000);
            }
            10..12 => self.refuse(),
            _server => self.serve(),
        }
        self.harness.drain_outputs();
        let is_connecting = matches!(
            self.harness.session.status(),
            Status::Connecting { .. } | Status::Stopped(_)
        );
        if is_connecting && self.numbers.below(2) == 0 {
            self.harness.session.start(self.harness.now_ms);
            let epoch = Epoch::from_bytes([self.epoch; 16]);
            self.harness.be_welcomed_in(epoch);
        }
    }

    fn program(&mut self) {
        let room = self.room();
        let now_ms = self.harness.now_ms;
        let session = &mut self.harness.session;
        match self.numbers.below(12) {
            0 => session.leave(&room),
            1 | 2 => session.join(&room),
            3 => session.rename(name(self.numbers.of(&["n", "m"]))),
            4 => session.typing(&room, now_ms),
            5 => session.probe(now_ms),
            6 => {
                let posts = self.posts.max(1);
                session.discard(id(self.numbers.below(posts)));
            }
            7 => {
                // It is refused where the room is not live.
                session.history(&room, Seq(5), 10).ok();
            }
            8 => {
                let position = Position {
                    epoch: Epoch::from_bytes([self.epoch; 16]),
                    seq: Seq(self.numbers.below(9)),
                };
                session.mark_seen(&room, position, now_ms);
            }
            _post => {
                let n = self.posts;
                self.posts += 1;
                session.post(&room, id(n), text(n)).unwrap();
            }
        }
    }

    fn break_connection(&mut self) {
        let code = self.numbers.of(&CLOSES);
        let random = self.numbers.below(1_000);
        self.epoch += u8::from(code == Some(4000));
        let now_ms = self.harness.now_ms;
        self.harness.session.handle_closed(now_ms, code, random);
    }

    fn refuse(&mut self) {
        let code = self.numbers.of(&CODES);
        let request = self.numbers.of(&REQUESTS);
        let mut refusal = Refusal::new(code, "no").in_room(&self.room());
        refusal.request = request;
        if request == Some(Request::Post) {
            let posts = self.posts.max(1);
            refusal = refusal.of_post(id(self.numbers.below(posts)));
        }
        let wait_ms = self.numbers.below(3_000);
        refusal.retry_after_ms = self.numbers.of(&[None, Some(wait_ms)]);
        self.harness.receive(ServerMessage::Error(refusal));
    }

    /// What a server says that is in its senses, most of the time.
    fn serve(&mut self) {
        let room = self.room();
        let position = self.harness.session.position(&room);
        let at = position.map_or(0, |position| position.seq.0);
        let message = match self.numbers.below(8) {
            0 | 1 => {
                let outcome = self.numbers.of(&[JoinOutcome::Resumed, JoinOutcome::Reset]);
                joined(&room, at, outcome)
            }
            2 | 3 => present(&room),
            4 => ServerMessage::Seen {
                room,
                epoch: Epoch::from_bytes([self.epoch; 16]),
                seq: Seq(self.numbers.below(9)),
            },
            5 => ServerMessage::Duplicate {
                room,
                entry: entry(0, 1, self.numbers.below(self.posts.max(1)), other()),
            },
            _entry => {
                let gap = u64::from(self.numbers.below(12) == 0);
                let post = self.numbers.below(self.posts.max(1));
                let author = self.numbers.of(&[me(), me(), other()]);
                let entry = entry(at + gap, at + gap + 1, post, author);
                ServerMessage::Entry { room, entry }
            }
        };
        self.harness.receive(message);
    }
}

#[test]
fn a_session_keeps_its_promises_on_a_random_walk() {
    for seed in 1..=WALKS {
        let mut walk = Walk::new(seed);
        for _step in 0..STEPS {
            walk.step();
        }
        let mut acked = walk.harness.acked();
        let count = acked.len();
        acked.sort_unstable();
        acked.dedup();
        assert_eq!(acked.len(), count, "acked twice, seed {seed}");
        assert!(count > 0, "nothing was acked, seed {seed}");
    }
}
