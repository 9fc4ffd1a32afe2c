//! What is posted or decided on one node, for those who are on another.

use std::time::{Duration, Instant};

use parlor_shared::{
    Access, ErrorCode, Moderation, Name, NewBan, Right, RoomKind, close::CloseCode,
};
use parlor_test_server::{NatsCluster, Sync};

use super::processes::{start, writer_and_reader};
use crate::{
    access::{code, run},
    api::events::Events,
    client::{Client, new_id, room},
    moderating::now_ms,
    owner::grant,
    rights::{received_right, set_kind},
};

const PATH: &str = "/rooms/lobby/entries";
/// Nodes look at what has changed every second.
const SOON: Duration = Duration::from_secs(4);

#[actix_web::test]
async fn who_waits_or_streams_on_one_node_gets_what_is_posted_on_another() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let nodes = folders
        .each_ref()
        .map(|folder| start(&cluster, folder.path()));
    let [writer, reader] = writer_and_reader(&nodes).await;
    // Each position is one that the other node may not have reached yet.
    let mut after = writer.say(new_id(), "first").await.after();
    let mut stream = Events::open(&reader, &format!("{PATH}?after={after}"), &[]).await;
    for n in 0..10 {
        let path = format!("{PATH}?after={after}&wait=60");
        let words = n.to_string();
        let (waited, said) = tokio::join!(reader.get(&path), writer.say(new_id(), &words));
        assert_eq!(waited.entries(), [said.entry()]);
        assert_eq!(stream.entry().await, said.entry());
        // Somebody who comes from the other node goes on behind it.
        let next = said.after();
        let mut moved = Events::open(&reader, &format!("{PATH}?after={next}"), &[]).await;
        let said = writer.say(new_id(), "next").await;
        assert_eq!(moved.entry().await, said.entry());
        assert_eq!(stream.entry().await, said.entry());
        let headers = [("last-event-id", moved.last_id.as_str())];
        let mut back = Events::open(&writer, PATH, &headers).await;
        let said = writer.say(new_id(), "and back").await;
        assert_eq!(back.entry().await, said.entry());
        assert_eq!(stream.entry().await, said.entry());
        after = said.after();
    }
}

#[actix_web::test]
async fn what_an_owner_decides_on_one_node_takes_hold_for_those_on_another() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, two] = folders
        .each_ref()
        .map(|folder| start(&cluster, folder.path()));
    let link = run(folders[0].path(), &["owner"]);
    let mut ann = Client::connect(one.address()).await;
    ann.access = Some(Access::Invitation(code(&link)));
    ann.hello("ann").await;
    let mut bob = Client::welcomed(two.address(), "bob").await;
    let mut eve = Client::welcomed(two.address(), "eve").await;
    for client in [&mut ann, &mut bob, &mut eve] {
        client.join("lobby").await;
    }
    let begun = Instant::now();
    ann.moderate(grant(&bob, Some(Right::Moderate))).await;
    ann.moderated().await;
    received_right(&mut bob, Right::Moderate).await;
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());

    // A private room: who has no right of his own in it is put out, wherever he is.
    let begun = Instant::now();
    set_kind(&mut ann, "lobby", RoomKind::Private).await;
    let put_out = eve.refused(ErrorCode::NotAllowed).await;
    assert_eq!(put_out.room, Some(room("lobby")));
    bob.post("lobby", "still here").await;
    bob.entry().await;
    ann.moderate(grant(&bob, None)).await;
    let put_out = bob.refused(ErrorCode::NotAllowed).await;
    assert_eq!(put_out.room, Some(room("lobby")));
    assert!(begun.elapsed() < 2 * SOON, "{:?}", begun.elapsed());

    let begun = Instant::now();
    let ban = NewBan {
        member: eve.member,
        name: Name::parse("eve").unwrap(),
        everywhere: true,
        addresses: false,
        until_ms: now_ms() + 60_000,
        reason: "spam".to_owned(),
    };
    ann.moderate(Moderation::Ban {
        room: room("lobby"),
        ban,
    })
    .await;
    let closed = u16::from(eve.closed().await.code);
    assert_eq!(closed, CloseCode::Banned.number());
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    bob.check_alive().await;
}
