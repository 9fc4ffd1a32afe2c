//! What moderators are told of reports while they are there.

use parlor_shared::{ClientMessage, Moderated, Moderation, Right, ServerMessage};

use crate::{
    client::{Client, room},
    moderating::{give, moderated_lobby},
    rights::admin,
};

impl Client {
    /// How many open reports the lobby has, as the client is told next.
    async fn open_reports(&mut self) -> u32 {
        let is_told =
            |message: &ServerMessage| matches!(message, ServerMessage::OpenReports { .. });
        match self.until(is_told).await {
            ServerMessage::OpenReports { room: of, count } if of == room("lobby") => count,
            other => panic!("not of the lobby: {other:?}"),
        }
    }

    /// Reads everything that the server has sent so far.
    async fn all_so_far(&mut self) -> Vec<ServerMessage> {
        self.send(&ClientMessage::Ping { t: 7 }).await;
        let mut messages = Vec::new();
        loop {
            match self.next().await {
                ServerMessage::Pong { t: 7 } => return messages,
                message => messages.push(message),
            }
        }
    }
}

#[actix_web::test]
async fn moderators_are_told_at_once_how_many_reports_are_open_and_nobody_else_is() {
    let (server, mut ann, mut bob) = moderated_lobby().await;
    assert_eq!(ann.open_reports().await, 0, "with the right");
    let mut second = ann.reconnected(server.address(), "ann").await;
    second.join("lobby").await;
    let mut elsewhere = ann.reconnected(server.address(), "ann").await;
    elsewhere.join("attic").await;
    for (n, words) in ["spam", "more spam"].into_iter().enumerate() {
        let target = ann.post("lobby", words).await;
        bob.entry().await;
        let report = Moderation::Report {
            room: room("lobby"),
            target,
            reason: words.to_owned(),
        };
        bob.moderate(report).await;
        bob.moderated().await;
        for moderator in [&mut ann, &mut second] {
            assert_eq!(moderator.open_reports().await, n as u32 + 1);
        }
    }

    ann.moderate(Moderation::Reports {
        room: room("lobby"),
    })
    .await;
    let Moderated::Reports { reports, .. } = ann.moderated().await else {
        panic!("no reports")
    };
    let resolve = Moderation::Resolve {
        room: room("lobby"),
        report: reports[0].report,
    };
    ann.moderate(resolve).await;
    assert_eq!(second.open_reports().await, 1, "one is done");
    // The command line closes the other.
    admin(&server)
        .resolve(&room("lobby"), reports[1].report, "operator", 1)
        .unwrap();
    assert_eq!(second.open_reports().await, 0);
    second.join("lobby").await;

    let is_told = |message: &ServerMessage| matches!(message, ServerMessage::OpenReports { .. });
    assert!(!bob.all_so_far().await.iter().any(is_told));
    // Of the attic, once; of the lobby nothing.
    let told = elsewhere.all_so_far().await;
    assert!(!told.iter().any(is_told), "{told:?}");
    give(&server, &mut bob, Right::Moderate).await;
    assert_eq!(bob.open_reports().await, 0, "who becomes a moderator");
}
