//! Receivers that are down, slow, gone or elsewhere: they cost their place in the log, and nobody
//! anything else.

use openmetrics_parser::openmetrics::parse_openmetrics;
use parlor_shared::limits::WEBHOOK_ENTRIES_MAX;
use parlor_test_server::TestServer;

use super::receiver::{Answer, OPTIONS, Receiver, add, data, listed, until_listed};
use crate::{
    access::run,
    admin::{ADMIN, get},
    client::{Client, check_chain, text},
    server::command,
    start::complaint,
};

/// Posts this many messages, each with its number.
async fn post(client: &mut Client, count: usize) {
    for n in 0..count {
        client.post("lobby", &format!("{n}")).await;
    }
    for _ in 0..count {
        client.entry().await;
    }
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|n| n.to_string()).collect()
}

#[actix_web::test]
async fn a_receiver_that_was_down_gets_everything_in_order_once_it_is_back() {
    let server = TestServer::start_with(&[&OPTIONS[..], &ADMIN[..2]].concat());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "before").await;
    let before = ann.entry().await;
    // The parser wants a sample of each metric.
    ann.send_text("nonsense").await;
    ann.refusal().await;
    let mut receiver = Receiver::start();
    receiver.answer(Answer::status(503));
    let made = add(&data(&server), &receiver, "lobby");
    post(&mut ann, 250).await;
    let failed = receiver.requests(2).await;
    assert_eq!(failed[0].id(), failed[1].id(), "the same delivery, again");
    assert_eq!(failed[0].body, failed[1].body);
    let line = until_listed(&data(&server), &made, "250 entries behind").await;
    for part in [
        "failing for ",
        "answered with status 503",
        "tries again in ",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let metrics = get(server.admin(), "/metrics").await.body;
    parse_openmetrics(&metrics).unwrap_or_else(|error| panic!("{error}\n{metrics}"));
    let number = &made.number;
    for line in [
        format!("parlor_webhook_lag_entries{{webhook=\"{number}\"}} 250\n"),
        format!("parlor_webhook_failing{{webhook=\"{number}\"}} 1\n"),
        format!("parlor_webhook_deliveries_total{{webhook=\"{number}\"}} 0\n"),
    ] {
        assert!(metrics.contains(&line), "{line}{metrics}");
    }
    let page = get(server.admin(), "/").await.body;
    assert!(page.contains("<h2>Webhooks</h2>"), "{page}");
    assert!(
        page.contains("<td class=\"n\">250</td>") && page.contains("status 503"),
        "{page}"
    );
    assert!(!page.contains(&made.secret) && !line.contains(&made.secret));

    receiver.answer(Answer::status(200));
    // By itself, without being told.
    let sent = receiver.entries(2, 250).await;
    let sent: Vec<_> = sent.into_iter().map(|(_, entry)| entry).collect();
    check_chain(before.seq, &sent);
    let texts: Vec<&str> = sent.iter().map(text).collect();
    assert_eq!(texts, numbers(250));
    let received = receiver.received();
    assert!(
        received
            .iter()
            .all(|one| one.entries().len() <= usize::from(WEBHOOK_ENTRIES_MAX))
    );
    until_listed(&data(&server), &made, "nothing to send").await;
    let metrics = get(server.admin(), "/metrics").await.body;
    assert!(metrics.contains(&format!(
        "parlor_webhook_failing{{webhook=\"{number}\"}} 0\n"
    )));
}

#[actix_web::test]
async fn a_receiver_that_never_answers_keeps_nobody_waiting() {
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let [mut dead, mut well] = [Receiver::start(), Receiver::start()];
    dead.answer(Answer::Nothing);
    add(&data(&server), &dead, "lobby");
    add(&data(&server), &well, "lobby");
    ann.post("lobby", "first").await;
    ann.entry().await;
    dead.requests(1).await;
    post(&mut ann, 500).await;
    let sent = well.entries(0, 501).await;
    let texts: Vec<&str> = sent[1..].iter().map(|(_, entry)| text(entry)).collect();
    assert_eq!(texts, numbers(500));
    assert_eq!(dead.received().len(), 1, "one request, and what it has");
}

#[actix_web::test]
async fn a_receiver_that_is_gone_is_left_alone_until_the_operator_wants_it_back() {
    let mut server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut receiver = Receiver::start();
    receiver.answer(Answer::status(410));
    let made = add(&data(&server), &receiver, "lobby");
    post(&mut ann, 3).await;
    receiver.requests(1).await;
    let line = until_listed(&data(&server), &made, "disabled ").await;
    assert!(
        line.contains("status 410") && line.contains("webhook replay"),
        "{line}"
    );
    post(&mut ann, 3).await;
    server.restart_with(&OPTIONS);
    assert_eq!(receiver.received().len(), 1);
    receiver.answer(Answer::status(200));
    run(&data(&server), &["webhook", "replay", &made.number]);
    assert_eq!(receiver.entries(1, 6).await.len(), 6);
}

#[actix_web::test]
async fn a_receiver_that_asks_to_be_left_alone_for_a_while_is() {
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut receiver = Receiver::start();
    let later = "retry-after: 7200\r\n".to_owned();
    receiver.answer(Answer::Status(429, later));
    let made = add(&data(&server), &receiver, "lobby");
    post(&mut ann, 1).await;
    receiver.requests(1).await;
    let line = until_listed(&data(&server), &made, "status 429").await;
    assert!(
        line.contains("tries again in 1h") || line.contains("tries again in 2h"),
        "{line}"
    );
    receiver.answer(Answer::status(200));
    run(&data(&server), &["webhook", "replay", &made.number]);
    receiver.requests(2).await;
}

#[actix_web::test]
async fn nothing_is_sent_to_this_machine_or_a_private_network_that_is_not_listed() {
    // A redirect is no way there, either: it is a failure like others.
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let [mut first, elsewhere] = [Receiver::start(), Receiver::start()];
    let to = format!("location: http://{}/\r\n", elsewhere.address);
    first.answer(Answer::Status(307, to));
    let made = add(&data(&server), &first, "lobby");
    post(&mut ann, 1).await;
    first.requests(1).await;
    until_listed(&data(&server), &made, "answered with status 307").await;
    assert_eq!(elsewhere.received().len(), 0);

    let careful = TestServer::start_with(&["--rate-per-second", "0"]);
    let mut bob = Client::welcomed(careful.address(), "bob").await;
    bob.join("lobby").await;
    let made = add(&data(&careful), &elsewhere, "lobby");
    post(&mut bob, 1).await;
    until_listed(&data(&careful), &made, "--fetch-from").await;
    assert_eq!(elsewhere.received().len(), 0);
}

#[actix_web::test]
async fn a_command_says_what_is_wrong_with_it() {
    let server = TestServer::start_with(&OPTIONS);
    let data = &data(&server);
    let wrong = |arguments: &[&str]| {
        let output = command(data)
            .arg("webhook")
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let refused = |arguments: &[&str]| {
        let output = command(data)
            .arg("webhook")
            .args(arguments)
            .output()
            .unwrap();
        complaint(&output, 1)
    };
    assert!(refused(&["remove", "7"]).contains("webhook list"));
    assert!(refused(&["replay", "7"]).contains("webhook list"));
    let url = "https://example.org/";
    let later = refused(&["add", url, "--room", "lobby", "--from", "5"]);
    assert!(later.contains("the log ends at 0"), "{later}");
    let with_password = "https://ann:secret@example.org/";
    assert!(wrong(&["add", with_password, "--room", "lobby"]).contains("without a password"));
    assert!(wrong(&["add", url, "--room", "Lobby"]).contains("team-*"));
    assert_eq!(run(data, &["webhook", "list"]), "There are no webhooks.\n");
    let receiver = Receiver::start();
    let made = add(data, &receiver, "lobby");
    assert!(listed(data, &made).contains("nothing delivered yet"));
    assert!(receiver.received().is_empty());
}
