//! The routes.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{App, HttpResponse, HttpServer, dev::Server, web};

use crate::{
    assets::{self, Page},
    connection,
    node::Node,
};

/// The HTTP server over these listeners, ready to run.
pub(crate) fn serve(
    node: Arc<Node>,
    page: Arc<Page>,
    listeners: Vec<TcpListener>,
    workers: usize,
) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::from(node.clone()))
            .app_data(web::Data::from(page.clone()))
            .route("/ws", web::get().to(connection::open))
            .route(
                "/health",
                web::get().to(|| async { HttpResponse::Ok().body("ok") }),
            )
            .default_service(web::to(assets::serve))
    })
    .workers(workers)
    // Signals are main's; and a socket closes as soon as both sides have said so.
    .disable_signals()
    .client_disconnect_timeout(Duration::ZERO)
    .h1_allow_half_closed(false)
    // A message is written whole: holding it back to fill a packet only costs time.
    .tcp_nodelay(true)
    .shutdown_timeout(1);
    listeners
        .into_iter()
        .try_fold(server, HttpServer::listen)
        .map(HttpServer::run)
}
