//! actix-ws as its usual example uses it: a registry of sessions, one `text()` for each of them and each message.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, rt, web};
use actix_ws::{Message, Session};
use futures_util::StreamExt;

/// The sessions of the one worker, by room.
type Registry = Rc<RefCell<HashMap<String, Vec<(usize, Session)>>>>;

thread_local! {
    static SESSIONS: Registry = Registry::default();
}

pub(super) fn serve() -> anyhow::Result<()> {
    rt::System::new().block_on(async {
        let server = HttpServer::new(|| App::new().route("/ws/{room}", web::get().to(open)))
            .workers(1)
            .tcp_nodelay(true)
            .bind(("127.0.0.1", 0))?;
        println!("http://{}/", server.addrs()[0]);
        Ok(server.run().await?)
    })
}

async fn open(
    request: HttpRequest,
    room: web::Path<String>,
    body: web::Payload,
) -> Result<HttpResponse, Error> {
    let (response, session, mut messages) = actix_ws::handle(&request, body)?;
    let registry = SESSIONS.with(Registry::clone);
    let room = room.into_inner();
    let id = {
        let mut rooms = registry.borrow_mut();
        let sessions = rooms.entry(room.clone()).or_default();
        let id = sessions.last().map_or(0, |(last, _)| last + 1);
        sessions.push((id, session));
        id
    };
    rt::spawn(async move {
        while let Some(Ok(message)) = messages.next().await {
            match message {
                Message::Text(text) => {
                    let everyone = registry.borrow().get(&room).cloned().unwrap_or_default();
                    for (_, mut session) in everyone {
                        // A session that is gone is taken out when its own task sees it.
                        drop(session.text(text.clone()).await);
                    }
                }
                Message::Close(_) => break,
                Message::Binary(_)
                | Message::Continuation(_)
                | Message::Ping(_)
                | Message::Pong(_)
                | Message::Nop => {}
            }
        }
        if let Some(sessions) = registry.borrow_mut().get_mut(&room) {
            sessions.retain(|(other, _)| *other != id);
        }
    });
    Ok(response)
}
