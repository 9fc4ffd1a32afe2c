//! Parlor as a part of another program: a scope of its actix-web app.

use std::{
    collections::HashSet,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
};

use actix_web::{App, HttpRequest, HttpServer, dev::ServerHandle, web};
use futures_util::{SinkExt, StreamExt, future::join_all};
use http_body_util::BodyExt;
use hyper::Request;
use parlor_client::{Client, JoinFrom, JoinedRoom, PostError, TimelineEvent};
use parlor_server::{Account, Parlor, Refused};
use parlor_shared::{
    ErrorCode, Name, Right, Rights,
    limits::{CONNECTIONS_WITHIN_WAITING_MAX, FRAME_BYTES_MAX},
};
use parlor_test_server::{
    ServerProcess,
    http::{self, EventStream},
};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use crate::client::PATIENCE;

/// What says who a user is.
const USER: &str = "x-forwarded-user";

async fn in_time<F: IntoFuture>(future: F) -> F::Output {
    let timed = tokio::time::timeout(PATIENCE, future.into_future());
    timed.await.expect("an answer in time")
}

/// An answer over HTTP.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// A request of this user.
fn request(method: &str, path: &str, user: Option<&str>, body: Option<Value>) -> Request<String> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost");
    if let Some(user) = user {
        request = request.header(USER, user);
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    request.body(body).unwrap()
}

async fn ask(address: SocketAddr, request: Request<String>) -> Answer {
    let answer = in_time(http::send(address, request)).await.unwrap();
    let status = answer.status().as_u16();
    let body = in_time(answer.into_body().collect()).await.unwrap();
    Answer {
        status,
        body: String::from_utf8(body.to_bytes().to_vec()).unwrap(),
    }
}

/// A client of this user; whatever name it gives, its own is the user's.
fn client(address: SocketAddr, path: &str, user: &str) -> Client {
    Client::builder(format!("http://{address}{path}/"), "somebody")
        .header(USER, user)
        .connect()
        .unwrap()
}

/// Joins the lobby, and waits until the server has answered: later entries are in the stream.
async fn join_lobby(client: &Client) -> JoinedRoom {
    let mut lobby = in_time(client.join("lobby")).await.unwrap();
    while in_time(lobby.next()).await.unwrap().unwrap() != TimelineEvent::Live {}
    lobby
}

/// The texts of the next entries.
async fn next_texts(room: &mut JoinedRoom, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < count {
        let event = in_time(room.next()).await.expect("the room goes on");
        if let TimelineEvent::Entry(entry) = event.unwrap() {
            texts.push(entry.text().unwrap_or_default().to_owned());
        }
    }
    texts
}

/// The compiled example, which `cargo test` builds together with the tests.
fn example() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let folder = this.parent().and_then(Path::parent).unwrap();
    let program = folder.join("examples/embed");
    assert!(
        program.exists(),
        "run `cargo build -p parlor-server --example embed` first, or the tests without `--test`"
    );
    program
}

#[actix_web::test]
async fn the_example_is_a_shop_with_a_chat() {
    let shop = ServerProcess::spawn(&mut Command::new(example())).unwrap();
    let address = shop.address();
    let front = ask(address, request("GET", "/", None, None)).await;
    assert_eq!((front.status, front.body.as_str()), (200, "the shop"));

    let stranger = request("GET", "/chat/api/v1/rooms/lobby/entries", None, None);
    let refused = ask(address, stranger).await;
    assert_eq!(refused.status, 401, "{refused:?}");
    assert_eq!(refused.json()["code"], "access_required");

    let ann = client(address, "/chat", "ann");
    assert_eq!(in_time(ann.online()).await.unwrap().name.as_str(), "ann");
    let mut lobby = in_time(ann.join_from("lobby", JoinFrom::LastPage))
        .await
        .unwrap();
    assert_eq!(next_texts(&mut lobby, 1).await, ["Welcome!"]);
    in_time(lobby.post("When are you open?")).await.unwrap();
    let texts = next_texts(&mut lobby, 2).await;
    assert_eq!(texts, ["When are you open?", "Always."]);

    // Somebody else, over HTTP.
    let said = json!({"body": {"kind": "post", "text": "Good."}});
    let path = "/chat/api/v1/rooms/lobby/entries";
    let appended = ask(address, request("POST", path, Some("bob"), Some(said))).await;
    assert_eq!(appended.status, 201, "{appended:?}");
    assert_eq!(appended.json()["entry"]["name"], "bob");
    assert_eq!(next_texts(&mut lobby, 1).await, ["Good."]);
}

/// A program with a chat.
struct Program {
    parlor: Parlor,
    address: SocketAddr,
    server: ServerHandle,
}

/// The user of a request. A reader may only read.
fn user(request: &HttpRequest) -> Result<Account, Refused> {
    let user = request
        .headers()
        .get(USER)
        .map(|user| user.to_str().unwrap());
    let user = user.ok_or_else(|| Refused("Who are you?".to_owned()))?;
    let account = Account::new(user, Name::parse(user).unwrap());
    Ok(match user {
        "reader" => account.rights(Rights::everywhere(Right::Read)),
        _ => account,
    })
}

impl Program {
    async fn start(data: &Path) -> Self {
        let parlor = Parlor::builder(data)
            .unwrap()
            .at("/chat".parse().unwrap())
            .configure(|config| {
                config.connections_per_address = None;
                config.rate_per_second = None;
            })
            .authenticate(user)
            .open();
        let parlor = parlor.await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let rooms = parlor.clone();
        let app = move || {
            let front = web::get().to(|| async { "front" });
            App::new().route("/", front).service(rooms.scope())
        };
        let server = HttpServer::new(app).workers(2).disable_signals();
        let server = server.listen(listener).unwrap().run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            parlor,
            address,
            server: handle,
        }
    }

    async fn stop(self) {
        in_time(self.parlor.close()).await;
        in_time(self.server.stop(false)).await;
    }
}

#[actix_web::test]
async fn members_are_who_the_program_says_and_do_what_it_lets_them() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path()).await;
    let ann = client(program.address, "/chat", "ann");
    let reader = client(program.address, "/chat", "reader");
    let mut read = join_lobby(&reader).await;
    let lobby = in_time(ann.join("lobby")).await.unwrap();
    in_time(lobby.post("hello")).await.unwrap();
    assert_eq!(next_texts(&mut read, 1).await, ["hello"]);
    let refused = in_time(read.post("me too")).await;
    assert!(
        matches!(&refused, Err(PostError::Refused(why)) if why.code == ErrorCode::NotAllowed),
        "{refused:?}"
    );
    let path = "/chat/api/v1/rooms/lobby/entries";
    let said = json!({"body": {"kind": "post", "text": "me too"}});
    let refused = request("POST", path, Some("reader"), Some(said));
    assert_eq!(ask(program.address, refused).await.status, 403);

    // The path is the page's, with its slash.
    let page = ask(program.address, request("GET", "/chat", Some("ann"), None)).await;
    assert_eq!(page.status, 308);
    let page = ask(program.address, request("GET", "/chat/", Some("ann"), None)).await;
    assert_eq!(page.status, 200);
    let front = ask(program.address, request("GET", "/", None, None)).await;
    assert_eq!(front.body, "front");

    // The same account is the same member, on every way in.
    let again = client(program.address, "/chat", "ann");
    let member = in_time(ann.online()).await.unwrap().member;
    assert_eq!(in_time(again.online()).await.unwrap().member, member);
    let me = ask(
        program.address,
        request("GET", "/chat/api/v1/me", Some("ann"), None),
    )
    .await;
    assert_eq!(me.json()["member"], json!(member));
    let within = Account::new("ann", Name::parse("Ann within").unwrap());
    assert_eq!(within.member(), member);
    let within = Client::builder("http://program/", "x")
        .over(program.parlor.dial(within))
        .connect()
        .unwrap();
    let welcome = in_time(within.online()).await.unwrap();
    assert_eq!(
        (welcome.member, welcome.name.as_str()),
        (member, "Ann within")
    );
    program.stop().await;
}

/// What a client of the program's server can do to others, it can't do here either.
#[actix_web::test]
async fn the_bounds_of_a_connection_hold_in_anothers_server() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path()).await;
    let mut handshake = format!("ws://{}/chat/ws", program.address)
        .into_client_request()
        .unwrap();
    let refused = tokio_tungstenite::connect_async(handshake.clone()).await;
    assert!(refused.is_err(), "nobody is let in");
    handshake.headers_mut().insert(USER, "eve".parse().unwrap());
    let mut slow = handshake.clone();
    slow.headers_mut()
        .insert("origin", "https://evil.example".parse().unwrap());
    let foreign = tokio_tungstenite::connect_async(slow).await;
    assert!(
        foreign.is_err(),
        "a page of another origin does not connect"
    );

    let (mut eve, _) = tokio_tungstenite::connect_async(handshake).await.unwrap();
    let huge = Message::text("x".repeat(FRAME_BYTES_MAX + 1));
    eve.send(huge).await.unwrap();
    let closed = in_time(eve.next()).await.unwrap().unwrap();
    let Message::Close(Some(frame)) = closed else {
        panic!("no close: {closed:?}")
    };
    assert_eq!(u16::from(frame.code), 1009);
    program.stop().await;
}

#[actix_web::test]
async fn a_stream_and_a_slow_client_get_everything_and_what_was_acked_outlives_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path()).await;
    let path = "/chat/api/v1/rooms/lobby/entries";
    let mut follow = request("GET", path, Some("reader"), None);
    let accept = "text/event-stream".parse().unwrap();
    follow.headers_mut().insert("accept", accept);
    let answer = in_time(http::send(program.address, follow)).await.unwrap();
    let mut events = EventStream::new(answer.into_body());
    let slow = client(program.address, "/chat", "reader");
    let mut slow_lobby = join_lobby(&slow).await;
    let shop = Account::new("shop", Name::parse("Shop").unwrap());
    let shop = Client::builder("http://program/", "Shop")
        .over(program.parlor.dial(shop))
        .connect()
        .unwrap();
    let lobby = in_time(shop.join("lobby")).await.unwrap();
    // More than the buffers of the sockets between them have.
    let long = "x".repeat(7_000);
    let texts: Vec<String> = (0..200).map(|n| format!("{n} {long}")).collect();
    for text in &texts {
        in_time(lobby.post(text.as_str())).await.unwrap();
    }
    for text in &texts {
        let event = in_time(events.next()).await.expect("an event");
        let entry: Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(entry["body"]["text"], text.as_str());
    }
    assert_eq!(next_texts(&mut slow_lobby, texts.len()).await, texts);
    program.stop().await;
    let end = in_time(events.next()).await.expect("why it ends");
    assert_eq!(end.name.as_deref(), Some("end"));

    let program = Program::start(folder.path()).await;
    let last = format!("{path}?limit=1");
    let last = ask(program.address, request("GET", &last, Some("reader"), None)).await;
    assert_eq!(last.json()["entries"][0]["body"]["text"], texts[199]);
    program.stop().await;
}

#[actix_web::test]
async fn a_program_that_opens_more_connections_at_once_than_may_wait_gets_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path()).await;
    let clients: Vec<Client> = (0..3 * CONNECTIONS_WITHIN_WAITING_MAX)
        .map(|n| {
            let account = Account::new(&format!("bot-{n}"), Name::parse("Bot").unwrap());
            Client::builder("http://program/", "Bot")
                .over(program.parlor.dial(account))
                .connect()
                .unwrap()
        })
        .collect();
    let members = join_all(clients.iter().map(|client| in_time(client.online()))).await;
    let members: HashSet<_> = members.into_iter().map(|one| one.unwrap().member).collect();
    assert_eq!(members.len(), clients.len());
    program.stop().await;
}
