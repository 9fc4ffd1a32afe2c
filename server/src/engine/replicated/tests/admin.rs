//! What operators, owners and moderators decide is the same on every node.

use std::fs;

use parlor_shared::{AccessSecret, Member, Right, RoomPattern};

use super::*;
use crate::engine::embedded::{
    AdminFile, Admits, BanOrder, Banned, Grant, InvitationError, NewInvitation, NewReport,
    NewWebhook, RightChange, SharedContent, TakesAddresses, shared_content,
};

/// Everything that nodes share of their files, and the numbers that they give next.
fn content(folder: &TempDir) -> SharedContent {
    shared_content(folder.path())
}

impl Node {
    /// Does something with what this node decides, as its server does.
    async fn admin<T: Send + 'static>(
        &self,
        folder: &TempDir,
        work: impl FnOnce(&AdminFile) -> T + Send + 'static,
    ) -> T {
        let file = AdminFile::open(folder.path()).unwrap();
        let file = file.published_by(self.engine.admin_changes());
        let done = tokio::task::spawn_blocking(move || work(&file)).await;
        done.unwrap()
    }

    /// Waits until it has applied everything that stands in the log.
    async fn catch_up(&self, log: &Arc<MemoryLog>) {
        self.reach(seq_of(log.len() as u64, 0)).await;
    }
}

fn member(n: u8) -> Member {
    Member {
        member: MemberId::from_bytes([n; 16]),
        name: Name::parse(format!("guest {n}")).unwrap(),
    }
}

fn code(text: &str) -> AccessSecret {
    AccessSecret::try_from(text.to_owned()).unwrap()
}

fn invitation(uses_max: u32) -> NewInvitation {
    NewInvitation {
        rooms: RoomPattern::one(&room()),
        right: Right::Post,
        expires_at_ms: None,
        uses_max: Some(uses_max),
    }
}

fn ban(n: u8) -> BanOrder {
    let Member { member, name } = member(n);
    BanOrder {
        who: Banned::Member {
            member,
            name,
            addresses: TakesAddresses::Yes,
        },
        room: None,
        until_ms: 10_000,
        reason: "spam".to_owned(),
        by: "ann".to_owned(),
    }
}

/// A bit of everything.
fn decide(file: &AdminFile, n: u8) {
    let at_ms = 100 + u64::from(n);
    let bot = member(n);
    let Member { member, name } = bot.clone();
    let grant = Grant {
        member,
        rooms: RoomPattern::all(),
        right: Right::Moderate,
        admits: Admits::Yes,
    };
    file.grant(&grant, at_ms).unwrap();
    let change = RightChange {
        member,
        name: name.clone(),
        room: room(),
        right: Some(Right::Moderate),
        by: "ann".to_owned(),
    };
    file.change_right(&change, at_ms).unwrap();
    let secret = code(&format!("code {n}"));
    file.invite_by(&secret, &invitation(3), "ann", at_ms)
        .unwrap();
    let report = NewReport {
        room: room(),
        target: MessageId::new(u64::from(n), [0; 10]),
        member,
        name: name.clone(),
        reason: "rude".to_owned(),
    };
    file.report(&report, at_ms).unwrap();
    let id = file.ban(&ban(n), at_ms).unwrap();
    assert!(file.ban_network(id, "192.0.2.1", at_ms).unwrap());
    file.revoke_token(&format!("token {n}"), Some(9_000), at_ms)
        .unwrap();
    file.set_password(&format!("hash {n}")).unwrap();
    let webhook = NewWebhook {
        name,
        rooms: RoomPattern::all(),
        address: "https://example.org/".parse().unwrap(),
        secret: crate::webhooks::secret::WebhookSecret::new([n; 32]),
        position: Position {
            epoch: Epoch::new(EPOCH),
            seq: Seq::ZERO,
        },
    };
    let id = file.add_webhook(&webhook, at_ms).unwrap();
    file.replay_webhook(id, None, at_ms).unwrap();
    file.add_incoming(&format!("secret {n}"), &room(), &bot, at_ms)
        .unwrap();
    // What has this number depends on who came first, and not on who looks.
    if n.is_multiple_of(3) {
        file.unban(1, "ann", at_ms).unwrap();
        file.remove_webhook(1, at_ms).unwrap();
    }
}

#[tokio::test]
async fn what_is_decided_on_any_node_is_the_same_on_all() {
    let log = Arc::new(MemoryLog::default());
    let [one, two, late] = folders();
    let nodes = [
        Node::start(&one, &log, 1).await,
        Node::start(&two, &log, 2).await,
    ];
    let all = (1..=6).map(|n| {
        let index = usize::from(n % 2);
        nodes[index].admin([&one, &two][index], move |file| decide(file, n))
    });
    futures_util::future::join_all(all).await;
    let late_node = Node::start(&late, &log, 3).await;
    for node in nodes.iter().chain([&late_node]) {
        node.catch_up(&log).await;
        assert_eq!(node.engine.secret(), nodes[0].engine.secret(), "one key");
    }
    let expected = content(&one);
    assert!(
        expected.values().all(|rows| !rows.is_empty()),
        "{expected:?}"
    );
    assert_eq!(content(&two), expected);
    assert_eq!(content(&late), expected);
}

#[tokio::test]
async fn an_invitation_of_one_use_is_used_once_where_two_nodes_are_asked_at_once() {
    let log = Arc::new(MemoryLog::default());
    let [one, two] = folders();
    let first = Node::start(&one, &log, 1).await;
    let second = Node::start(&two, &log, 2).await;
    let made = first.admin(&one, |file| file.invite(&code("one"), &invitation(1), 1));
    made.await.unwrap();
    second.catch_up(&log).await;
    let redeem = |n| move |file: &AdminFile| file.redeem(&code("one"), &member(n), 2);
    let (a, b) = tokio::join!(first.admin(&one, redeem(1)), second.admin(&two, redeem(2)));
    let (given, refused) = match (a, b) {
        (Ok(given), Err(refused)) | (Err(refused), Ok(given)) => (given, refused),
        both @ ((Ok(_), Ok(_)) | (Err(_), Err(_))) => panic!("{both:?}"),
    };
    assert!(matches!(refused, InvitationError::UsedUp), "{refused:?}");
    for node in [&first, &second] {
        node.catch_up(&log).await;
    }
    assert_eq!(content(&one), content(&two));
    // The same member again, and a code that is none: neither costs the stream anything.
    let before = log.len();
    let winner = if given.member == member(1).member {
        1
    } else {
        2
    };
    second.admin(&two, redeem(winner)).await.unwrap();
    let wrong = |file: &AdminFile| file.redeem(&code("none"), &member(3), 2);
    let unknown = first.admin(&one, wrong).await;
    assert!(matches!(unknown, Err(InvitationError::Unknown)));
    assert_eq!(log.len(), before);
}

#[tokio::test]
async fn a_change_that_comes_again_after_a_crash_is_made_once() {
    let log = Arc::new(MemoryLog::default());
    let [one, two] = folders();
    let other = Node::start(&two, &log, 2).await;
    let node = Node::start(&one, &log, 1).await;
    node.admin(&one, |file| decide(file, 1)).await;
    node.engine.close().await;
    let (file, kept) = (one.path().join("parlor.db"), one.path().join("before"));
    fs::copy(&file, &kept).unwrap();
    let admin_before = fs::read(one.path().join("admin.db")).unwrap();
    let node = Node::start(&one, &log, 3).await;
    node.admin(&one, |file| decide(file, 2)).await;
    node.engine.close().await;
    drop(node);
    // The log has lost its end, and the file of decisions has not.
    fs::rename(&kept, &file).unwrap();
    let node = Node::start(&one, &log, 4).await;
    for node in [&node, &other] {
        node.catch_up(&log).await;
    }
    assert_eq!(content(&one), content(&two));
    node.engine.close().await;
    drop(node);
    // The other way round there would be a hole in it.
    for name in ["admin.db-wal", "admin.db-shm"] {
        fs::remove_file(one.path().join(name)).ok();
    }
    fs::write(one.path().join("admin.db"), admin_before).unwrap();
    let start = StreamStart {
        epoch: Epoch::new(EPOCH),
        after: 0,
        goes_on: None,
    };
    let refused = Embedded::follow(one.path(), start, Arc::new(()));
    assert!(matches!(refused, Err(OpenError::AdminBehind { .. })));
}

#[tokio::test]
async fn what_was_decided_before_a_stream_was_followed_is_put_to_it() {
    let log = Arc::new(MemoryLog::default());
    let [one, two] = folders();
    let first = Node::start(&one, &log, 1).await;
    first
        .admin(&one, |file| file.ban(&ban(9), 1))
        .await
        .unwrap();
    {
        let alone = AdminFile::open(two.path()).unwrap();
        alone.set_password("hash").unwrap();
        alone.invite(&code("early"), &invitation(1), 1).unwrap();
        alone.ban(&ban(1), 1).unwrap();
    }
    let second = Node::start(&two, &log, 2).await;
    second.admin(&two, |file| file.do_requests()).await.unwrap();
    first.catch_up(&log).await;
    assert_eq!(content(&one), content(&two));
    let given = first.admin(&one, |file| {
        assert_eq!(file.password().unwrap().as_deref(), Some("hash"));
        assert_eq!(file.bans(2).unwrap().len(), 2);
        file.redeem(&code("early"), &member(1), 2)
    });
    given.await.unwrap();
}

#[tokio::test]
async fn the_command_line_asks_the_node_of_its_folder() {
    let log = Arc::new(MemoryLog::default());
    let [one, two] = folders();
    let first = Node::start(&one, &log, 1).await;
    let second = Node::start(&two, &log, 2).await;
    // Another process: it has the folder alone.
    let asked = AdminFile::open(one.path()).unwrap();
    let before = first.admin(&one, |file| file.version().unwrap()).await;
    let asking = tokio::task::spawn_blocking(move || asked.ban(&ban(1), 1));
    let id = loop {
        let version = first.admin(&one, |file| file.version().unwrap()).await;
        if version != before {
            first.admin(&one, |file| file.do_requests()).await.unwrap();
            break asking.await.unwrap().unwrap();
        }
        tokio::task::yield_now().await;
    };
    second.catch_up(&log).await;
    let banned = second.admin(&two, |file| file.bans(2).unwrap()).await;
    assert_eq!((banned.len(), banned[0].id), (1, id));
}

#[tokio::test]
async fn what_a_member_has_seen_on_one_node_is_known_on_another() {
    let log = Arc::new(MemoryLog::default());
    let [one, two] = folders();
    let first = Node::start(&one, &log, 1).await;
    let second = Node::start(&two, &log, 2).await;
    let post = first.post(1, "one").await;
    let ann = member(1).member;
    let seen = |seq, at_ms| Seen {
        member: ann,
        room: room(),
        seq,
        at_ms,
    };
    first.engine.keep_seen(seen(Seq(1), 1)).unwrap();
    first.engine.keep_seen(seen(post.seq, 2)).unwrap();
    let at_first = first.engine.seen(&room(), ann).await.unwrap();
    assert_eq!(at_first, Some(post.seq), "at once on its node");
    // Two keys, a post, and both positions as one.
    log.has(4).await;
    second.catch_up(&log).await;
    let at_second = second.engine.seen(&room(), ann).await.unwrap();
    assert_eq!(at_second, Some(post.seq));
    let joined = second.engine.read_join(&room(), ann).await.unwrap();
    assert_eq!(joined.seen, Some(post.seq));
    // What waits when a node ends is not lost.
    second.engine.keep_seen(seen(Seq(7), 3)).unwrap();
    second.engine.close().await;
    first.catch_up(&log).await;
    let at_first = first.engine.seen(&room(), ann).await.unwrap();
    assert_eq!(at_first, Some(Seq(7)));
    assert_eq!(log.len(), 5);
}
