//! Answers belong to their questions, whatever the connection does meanwhile.

use futures_util::{FutureExt, StreamExt, future::join_all, stream::FuturesUnordered};
use parlor_client::{AskError, ErrorCode, Place, Seq, limits::QUESTIONS_WAITING_MAX};
use parlor_test_server::TestServer;

use crate::stream::{connect, in_time};

#[tokio::test]
async fn each_of_many_questions_at_once_gets_its_own_answer() {
    let server = TestServer::start();
    let client = connect(&server, "Ada");
    let lobby = client.join("lobby").await.unwrap();
    let attic = client.join("attic").await.unwrap();
    let mut seqs = Vec::new();
    for n in 0..20 {
        seqs.push(in_time(lobby.post(format!("lobby {n}"))).await.unwrap().seq);
        in_time(attic.post(format!("attic {n}"))).await.unwrap();
    }
    let before = seqs.iter().skip(1);
    let pages = before.map(|seq| async {
        let page = in_time(lobby.history(*seq, 1)).await.unwrap();
        page.entries[0].text().map(str::to_owned)
    });
    let searches = (0..20).map(|n| async move { (n, n % 2 == 0) });
    let searches = searches.map(|asked| async {
        let (n, is_valid) = asked.await;
        let (room, name) = if n % 4 < 2 {
            (&lobby, "lobby")
        } else {
            (&attic, "attic")
        };
        // An invalid search among the others.
        let words = if is_valid {
            format!("\"{n}\" {name}")
        } else {
            String::new()
        };
        (is_valid, room.search(words).await)
    });
    let (pages, searches, rooms, slice) = tokio::join!(
        join_all(pages),
        join_all(searches),
        in_time(client.rooms("attic", None)),
        in_time(attic.slice(Place::After(Seq::ZERO), 3)),
    );
    let expected: Vec<_> = (0..19).map(|n| Some(format!("lobby {n}"))).collect();
    assert_eq!(pages, expected);
    for (is_valid, answer) in searches {
        match answer {
            Ok(_) => assert!(is_valid, "an invalid search has an answer"),
            Err(AskError::Refused(refusal)) => {
                assert_eq!(refusal.code, ErrorCode::SearchInvalid);
                assert!(!is_valid, "a valid search was refused");
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(rooms.unwrap().rooms[0].room.as_str(), "attic");
    let slice = slice.unwrap();
    assert_eq!(slice.entries.len(), 3);
    assert!(slice.newer && !slice.older);
}

#[tokio::test]
async fn a_question_waits_for_the_server_and_is_asked_again_after_a_restart() {
    let mut server = TestServer::stopped();
    let client = connect(&server, "Early");
    let lobby = client.join("lobby").await.unwrap();
    let (page, posted) = {
        let page = tokio::spawn({
            let lobby = lobby.room();
            async move { lobby.latest(5).await }
        });
        server.start_again();
        client.probe().await.unwrap();
        (
            in_time(page).await.unwrap(),
            in_time(lobby.post("first")).await,
        )
    };
    assert_eq!(page.unwrap().entries, []);
    posted.unwrap();
    server.stop();
    let page = tokio::spawn({
        let lobby = lobby.room();
        async move { lobby.latest(5).await }
    });
    server.start_again();
    client.probe().await.unwrap();
    let page = in_time(page).await.unwrap().unwrap();
    assert_eq!(page.entries[0].text(), Some("first"));
}

#[tokio::test]
async fn a_bounded_number_of_questions_waits() {
    let server = TestServer::stopped();
    let lobby = connect(&server, "Curious").join("lobby").await.unwrap();
    let mut asked: FuturesUnordered<_> = (0..=QUESTIONS_WAITING_MAX)
        .map(|_| lobby.latest(1))
        .collect();
    assert_eq!(in_time(asked.next()).await, Some(Err(AskError::TooMany)));
    // Those who wait no more make way.
    drop(asked);
    let mut next = std::pin::pin!(lobby.latest(1));
    assert_eq!(next.as_mut().now_or_never(), None);
    lobby.present().await.unwrap();
    assert_eq!(next.now_or_never(), None, "it was taken, and waits");
}
