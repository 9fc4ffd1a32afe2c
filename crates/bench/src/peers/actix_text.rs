//! actix-ws as its usual example uses it: a registry of sessions, and one `text()` for each session
//! and message.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, rt, web};
use actix_ws::{Message, Session};
use futures_util::StreamExt;

/// The sessions of the only worker, by room and id.
#[derive(Default)]
struct Registry {
    rooms: RefCell<HashMap<String, HashMap<usize, Session>>>,
    next_id: Cell<usize>,
}

thread_local! {
    static REGISTRY: Rc<Registry> = Rc::default();
}

pub(super) fn serve() -> anyhow::Result<()> {
    rt::System::new().block_on(async {
        let server =
            HttpServer::new(|| App::new().route("/ws/{room}", web::get().to(open_session)))
                .workers(1)
                .tcp_nodelay(true)
                .bind(("127.0.0.1", 0))?;
        println!("http://{}/", server.addrs()[0]);
        Ok(server.run().await?)
    })
}

async fn open_session(
    request: HttpRequest,
    room: web::Path<String>,
    body: web::Payload,
) -> Result<HttpResponse, Error> {
    let (response, session, mut messages) = actix_ws::handle(&request, body)?;
    let registry = REGISTRY.with(Rc::clone);
    let room = room.into_inner();
    let id = registry.insert(&room, session);
    rt::spawn(async move {
        while let Some(Ok(message)) = messages.next().await {
            match message {
                Message::Text(text) => {
                    for mut session in registry.sessions(&room) {
                        // A closed session is removed by its own task.
                        session.text(text.clone()).await.ok();
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
        registry.remove(&room, id);
    });
    Ok(response)
}

impl Registry {
    fn insert(&self, room: &str, session: Session) -> usize {
        let id = self.next_id.replace(self.next_id.get() + 1);
        let mut rooms = self.rooms.borrow_mut();
        rooms
            .entry(room.to_owned())
            .or_default()
            .insert(id, session);
        id
    }

    fn sessions(&self, room: &str) -> Vec<Session> {
        let rooms = self.rooms.borrow();
        let sessions = rooms.get(room).into_iter().flat_map(HashMap::values);
        sessions.cloned().collect()
    }

    fn remove(&self, room: &str, id: usize) {
        if let Some(sessions) = self.rooms.borrow_mut().get_mut(room) {
            sessions.remove(&id);
        }
    }
}
