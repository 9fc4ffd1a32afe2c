//! A shop with a chat: Parlor as a part of an actix-web app. `cargo run -p parlor-server --example
//! embed` prints the address. Who opens `/chat/` is there under the name that they have in the
//! shop. The shop is a member, too: it greets in the lobby, and answers those who ask when it is
//! open.

use std::{
    io::{self, Write},
    net::TcpListener,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use parlor_client::{Client, TimelineEvent};
use parlor_server::{Account, Parlor, Refused};
use parlor_shared::Name;

/// What says who a user is: here a proxy in front of the shop has seen to that. A shop of its own
/// would look at its cookie.
const USER: &str = "x-forwarded-user";

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let parlor = Parlor::builder(data.path().join("rooms"))?
        .at("/chat".parse()?)
        .authenticate(user)
        .open()
        .await?;
    actix_web::rt::spawn(attend(parlor.clone()));

    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(io::stdout(), "http://{}/", listener.local_addr()?)?;
    let rooms = parlor.clone();
    let app = move || {
        let shop = web::get().to(|| async { HttpResponse::Ok().body("the shop") });
        App::new().route("/", shop).service(rooms.scope())
    };
    // Until Ctrl-C or SIGTERM. Two threads, so that its visitors meet on different ones.
    let server = HttpServer::new(app).workers(2).listen(listener)?;
    server.run().await?;
    parlor.close().await;
    Ok(())
}

/// Who makes a request: Parlor asks at each.
fn user(request: &HttpRequest) -> Result<Account, Refused> {
    let user = request
        .headers()
        .get(USER)
        .and_then(|user| user.to_str().ok());
    let user = user.ok_or_else(|| Refused("The shop does not know you. Log in.".to_owned()))?;
    let name = Name::parse(user).map_err(|invalid| Refused(invalid.to_string()))?;
    Ok(Account::new(user, name))
}

/// The shop as a member of its own chat, over a connection within the process.
async fn attend(parlor: Parlor) -> anyhow::Result<()> {
    let account = Account::new("the shop", Name::parse("Shop")?);
    let shop = Client::builder("http://shop/", "Shop").over(parlor.dial(account));
    let shop = shop.connect()?;
    let mut lobby = shop.join("lobby").await?;
    lobby.post("Welcome!").await?;
    while let Some(event) = lobby.next().await {
        if let TimelineEvent::Entry(entry) = event?
            && entry.text() == Some("When are you open?")
        {
            lobby.reply(entry.id, "Always.").await?;
        }
    }
    Ok(())
}
