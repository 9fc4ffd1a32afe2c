//! What moderators do in a room: their entries, the rules that follow from them, and whom these
//! hold for.

use parlor_server::engine::{
    AppendError, AppendResult, Authority, Engine, NewEntry, Outcome, RetentionPolicy,
    embedded::{backup, check},
};
use parlor_shared::{
    Body, Emoji, MemberId, MessageId, Mute, Name, RoomId, RoomState, Seq, Text, Topic,
    limits::MUTES_MAX,
};

use crate::{
    client::{new_id, room},
    engine::{new_entry, open, post},
};

const START_MS: u64 = 1_760_000_000_000;

fn member(n: u8) -> MemberId {
    MemberId::from_bytes([n; 16])
}

fn name() -> Name {
    Name::parse("bob").unwrap()
}

/// A mute of this member that ends this long after [`START_MS`], in milliseconds.
fn mute(who: MemberId, end_ms: u64) -> Body {
    Body::Mute {
        member: who,
        name: name(),
        until_ms: Some(START_MS + end_ms),
    }
}

fn unmute(who: MemberId) -> Body {
    Body::Mute {
        member: who,
        name: name(),
        until_ms: None,
    }
}

fn muted(who: MemberId, end_ms: u64) -> Mute {
    Mute {
        member: who,
        name: name(),
        until_ms: START_MS + end_ms,
    }
}

/// Who appends, and when.
#[derive(Clone, Copy)]
struct By {
    member: MemberId,
    authority: Authority,
    /// After [`START_MS`].
    at_ms: u64,
}

fn moderator() -> By {
    By {
        member: member(9),
        authority: Authority::Moderator,
        at_ms: 0,
    }
}

fn bob() -> By {
    By {
        member: member(2),
        authority: Authority::Member,
        at_ms: 0,
    }
}

impl By {
    fn at(self, at_ms: u64) -> Self {
        Self { at_ms, ..self }
    }

    fn entry(self, room: &RoomId, body: Body) -> NewEntry {
        NewEntry {
            member: self.member,
            authority: self.authority,
            at_ms: START_MS + self.at_ms,
            ..new_entry(room, new_id(), body)
        }
    }
}

async fn append(engine: &dyn Engine, room: &RoomId, by: By, body: Body) -> AppendResult {
    let new = by.entry(room, body);
    engine.append(new).await.unwrap().await
}

/// Appends what must be accepted, and returns its id.
async fn accepted(engine: &dyn Engine, room: &RoomId, by: By, body: Body) -> MessageId {
    let appended = append(engine, room, by, body).await.unwrap();
    assert_eq!(appended.outcome, Outcome::New);
    appended.entry.id
}

async fn refused(engine: &dyn Engine, room: &RoomId, by: By, body: Body) -> AppendError {
    append(engine, room, by, body).await.unwrap_err()
}

async fn state(engine: &dyn Engine, room: &RoomId) -> RoomState {
    engine.room_state(room).await.unwrap()
}

async fn check_deletions(engine: &dyn Engine) {
    let room = room("deletions");
    let said = accepted(engine, &room, bob(), post("rude words")).await;
    let deletion = Body::Deletion { target: said };
    let eve = By {
        member: member(3),
        ..bob()
    };
    assert_eq!(
        refused(engine, &room, eve, deletion.clone()).await,
        AppendError::NotAuthor
    );
    let edit = Body::Edit {
        target: said,
        text: Text::parse("kind words").unwrap(),
    };
    assert_eq!(
        refused(engine, &room, moderator(), edit.clone()).await,
        AppendError::NotAuthor,
        "a moderator puts no words into anyone's mouth"
    );
    accepted(engine, &room, moderator(), deletion.clone()).await;
    for (by, body) in [(bob(), edit), (moderator(), deletion)] {
        let error = refused(engine, &room, by, body).await;
        assert_eq!(error, AppendError::TargetUnknown, "deleted for good");
    }
    let entries = engine
        .read_after(&room, Seq::ZERO, 10)
        .await
        .unwrap()
        .entries;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].body.text(), None);
    assert_eq!(entries[1].member, moderator().member);
}

async fn check_mutes(engine: &dyn Engine) {
    let (tea, other) = (room("mutes"), room("elsewhere"));
    let said = accepted(engine, &tea, bob(), post("one")).await;
    let by_bob = [
        mute(member(3), 10),
        unmute(member(3)),
        Body::SlowMode { seconds: 5 },
    ];
    for body in by_bob {
        let error = refused(engine, &tea, bob(), body).await;
        assert_eq!(error, AppendError::NotModerator);
    }
    accepted(engine, &tea, moderator(), mute(bob().member, 1_000)).await;
    assert_eq!(
        state(engine, &tea).await.mutes,
        [muted(bob().member, 1_000)]
    );
    let emoji = Emoji::parse("👍").unwrap();
    let whatever = [
        post("two"),
        Body::Edit {
            target: said,
            text: Text::parse("two").unwrap(),
        },
        Body::Reaction {
            target: said,
            emoji,
            on: true,
        },
        Body::Topic {
            topic: Topic::parse("two").ok(),
        },
        Body::RoomName { name: Some(name()) },
        Body::Pin {
            target: said,
            on: true,
        },
    ];
    for body in whatever {
        let error = refused(engine, &tea, bob().at(400), body.clone()).await;
        assert_eq!(error, AppendError::Muted { left_ms: 600 }, "{body:?}");
    }
    accepted(engine, &tea, bob(), Body::Deletion { target: said }).await;
    accepted(engine, &other, bob(), post("elsewhere")).await;
    check_end_of_mutes(engine, &tea).await;
}

/// Checks what follows while Bob is muted for a second.
async fn check_end_of_mutes(engine: &dyn Engine, tea: &RoomId) {
    let ann = By {
        member: member(1),
        ..bob()
    };
    accepted(engine, tea, ann, post("another member")).await;
    accepted(engine, tea, bob().at(1_000), post("it has ended")).await;

    accepted(engine, tea, moderator(), mute(bob().member, 5_000)).await;
    accepted(engine, tea, moderator(), mute(bob().member, 2_000)).await;
    let error = refused(engine, tea, bob().at(1_500), post("three")).await;
    assert_eq!(
        error,
        AppendError::Muted { left_ms: 500 },
        "the last one counts"
    );
    accepted(engine, tea, moderator(), unmute(bob().member)).await;
    assert_eq!(state(engine, tea).await.mutes, []);
    accepted(engine, tea, bob().at(1_500), post("three")).await;

    // What is on the log already is acknowledged, also to someone who is muted since.
    let new = bob().entry(tea, post("four"));
    engine.append(new.clone()).await.unwrap().await.unwrap();
    let muting = moderator().entry(tea, mute(bob().member, 9_000));
    engine.append(muting.clone()).await.unwrap().await.unwrap();
    let again = engine.append(new).await.unwrap().await.unwrap();
    assert_eq!(again.outcome, Outcome::Duplicate);
    // A mute that is sent again after its end is acknowledged, too. A new one with that end is
    // refused.
    let late = moderator().at(9_000);
    let at_ms = START_MS + late.at_ms;
    let again = NewEntry { at_ms, ..muting };
    let again = engine.append(again).await.unwrap().await.unwrap();
    assert_eq!(again.outcome, Outcome::Duplicate);
    let error = refused(engine, tea, late, mute(bob().member, 9_000)).await;
    assert_eq!(error, AppendError::MuteOver);
    let moderating_bob = By {
        authority: Authority::Moderator,
        ..bob()
    };
    accepted(
        engine,
        tea,
        moderating_bob,
        post("a moderator is never muted"),
    )
    .await;
}

async fn check_mutes_max(engine: &dyn Engine) {
    let full = room("full-of-mutes");
    for n in 0..MUTES_MAX {
        let end_ms = if n == 0 { 500 } else { 1_000 };
        accepted(engine, &full, moderator(), mute(member(n as u8), end_ms)).await;
    }
    let one_more = mute(member(200), 9_000);
    let error = refused(engine, &full, moderator(), one_more.clone()).await;
    assert_eq!(error, AppendError::TooManyMutes);
    accepted(engine, &full, moderator(), mute(member(7), 2_000)).await;
    assert_eq!(state(engine, &full).await.mutes.len(), MUTES_MAX);
    accepted(engine, &full, moderator().at(500), one_more).await;
    let mutes = state(engine, &full).await.mutes;
    assert_eq!(mutes.len(), MUTES_MAX, "one has ended and made way");
    assert_eq!(mutes.last(), Some(&muted(member(200), 9_000)));
}

async fn check_slow_mode(engine: &dyn Engine) {
    let slow = room("slow");
    accepted(engine, &slow, bob(), post("before")).await;
    accepted(engine, &slow, moderator(), Body::SlowMode { seconds: 30 }).await;
    assert_eq!(state(engine, &slow).await.slow_mode_s, 30);
    let said = accepted(engine, &slow, bob().at(100), post("one")).await;
    let error = refused(engine, &slow, bob().at(10_100), post("two")).await;
    assert_eq!(error, AppendError::SlowMode { left_ms: 20_000 });
    let ann = By {
        member: member(1),
        ..bob()
    };
    accepted(
        engine,
        &slow,
        ann.at(10_100),
        post("others do not wait for me"),
    )
    .await;
    let edit = Body::Edit {
        target: said,
        text: Text::parse("one, mended").unwrap(),
    };
    accepted(engine, &slow, bob().at(10_100), edit).await;
    for n in 0..3 {
        accepted(
            engine,
            &slow,
            moderator().at(10_100 + n),
            post("a moderator"),
        )
        .await;
    }
    accepted(engine, &slow, bob().at(30_100), post("two")).await;
    // Where the clock was set back, nobody knows how long they have waited.
    accepted(
        engine,
        &slow,
        bob().at(5_000),
        post("the clock was set back"),
    )
    .await;
    accepted(engine, &slow, moderator(), Body::SlowMode { seconds: 0 }).await;
    accepted(engine, &slow, bob().at(30_101), post("three")).await;
    assert!(state(engine, &slow).await.is_empty());
}

async fn check_moderation(engine: &dyn Engine) {
    check_deletions(engine).await;
    check_mutes(engine).await;
    check_mutes_max(engine).await;
    check_slow_mode(engine).await;
}

#[actix_web::test]
async fn the_embedded_engine_does_what_moderators_say_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    check_moderation(&open(&folder).1).await;
}

#[actix_web::test]
async fn mutes_and_slow_mode_outlive_retention_and_a_restart_and_are_in_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let copies = tempfile::tempdir().unwrap();
    let lobby = room("lobby");
    let (_, engine) = open(&folder);
    accepted(&engine, &lobby, moderator(), mute(bob().member, 60_000)).await;
    accepted(&engine, &lobby, moderator(), Body::SlowMode { seconds: 30 }).await;
    let ann = By {
        member: member(1),
        ..bob()
    };
    accepted(&engine, &lobby, ann, post("one")).await;
    let all = RetentionPolicy {
        entries: None,
        since_ms: Some(u64::MAX / 2),
    };
    engine.apply_retention(all).await.unwrap();
    let copy = copies.path().join("copy");
    backup(folder.path(), &copy).unwrap();
    engine.close().await;
    drop(engine);
    for folder in [folder.path(), &copy] {
        assert_eq!(check(folder).unwrap().problems, [""; 0]);
        let record = std::sync::Arc::new(crate::engine::Record::default());
        let engine = parlor_server::engine::embedded::Embedded::open(folder, record).unwrap();
        let kept = state(&engine, &lobby).await;
        assert_eq!(kept.mutes, [muted(bob().member, 60_000)]);
        assert_eq!(kept.slow_mode_s, 30);
        let error = refused(&engine, &lobby, bob().at(59_000), post("x")).await;
        assert_eq!(error, AppendError::Muted { left_ms: 1_000 });
        let error = refused(&engine, &lobby, ann.at(10_000), post("two")).await;
        assert_eq!(error, AppendError::SlowMode { left_ms: 20_000 });
        engine.close().await;
    }
}
