//! The HTTP server: its routes, and the hand-over of WebSockets.

use std::{net::TcpListener, rc::Rc, sync::Arc, time::Duration};

use actix_http::HttpService;
use actix_service::{IntoServiceFactory, map_config};
use actix_web::{
    App, Error, HttpResponse,
    body::BoxBody,
    dev::{
        AppConfig, Server, ServiceFactory, ServiceRequest, ServiceResponse, fn_factory, fn_service,
    },
    web,
};

use crate::{
    connection::{handshake, upgrade},
    http::assets::{self, Page},
    node::Node,
    rooms::registry::SessionRegistry,
};

/// The HTTP server on these listeners, ready to run.
pub(crate) fn serve(
    node: Arc<Node>,
    page: Arc<Page>,
    listeners: Vec<TcpListener>,
    workers: usize,
) -> std::io::Result<Server> {
    // main.rs handles signals.
    let server = Server::build()
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(1);
    let http = move || {
        let (node, page) = (node.clone(), page.clone());
        // This runs once on each worker thread, which so has a registry of its own.
        let registry = SessionRegistry::new(|task| {
            tokio::task::spawn_local(task);
        });
        let app = move || {
            let app = routes(node.clone(), page.clone());
            app.app_data(registry.clone()).into_factory()
        };
        let requests = map_config(app(), |()| AppConfig::default());
        let upgrades = fn_factory(move || {
            let app = app();
            async move {
                let app = Rc::new(app.new_service(AppConfig::default()).await?);
                Ok::<_, ()>(fn_service(move |(request, framed)| {
                    let app = app.clone();
                    async move { upgrade::serve(&*app, request, framed).await }
                }))
            }
        });
        HttpService::build()
            // The socket closes as soon as both sides have sent their close frames.
            .client_disconnect_timeout(Duration::ZERO)
            .h1_allow_half_closed(false)
            // A message is written whole, so waiting for more to fill a packet only costs time.
            .tcp_nodelay(true)
            .upgrade(upgrades)
            .finish(requests)
            .tcp()
    };
    listeners
        .into_iter()
        .try_fold(server, |server, listener| {
            server.listen("parlor", listener, http.clone())
        })
        .map(|server| server.run())
}

fn routes(
    node: Arc<Node>,
    page: Arc<Page>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(web::Data::from(node))
        .app_data(web::Data::from(page))
        .route("/ws", web::get().to(handshake::open))
        .route(
            "/health",
            web::get().to(|| async { HttpResponse::Ok().body("ok") }),
        )
        .default_service(web::to(assets::serve))
}
