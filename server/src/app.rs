//! The HTTP server: its routes, and the hand-over of WebSockets.

use std::{future::ready, net::SocketAddr, rc::Rc, sync::Arc, time::Duration};

use actix_http::{HttpService, Protocol, error::DispatchError};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, map_config};
use actix_web::{
    App, Error, HttpResponse, Resource, Route, Scope,
    body::BoxBody,
    dev::{
        AppConfig, Server, ServiceFactory, ServiceRequest, ServiceResponse, fn_factory, fn_service,
    },
    guard,
    middleware::from_fn,
    rt::net::{TcpStream, UnixStream},
    web,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    connection::{
        handshake::{self, Thread},
        http_socket::HttpSocket,
        transport::Transport,
        upgrade,
    },
    http::{
        api,
        assets::{self, Page},
        base_path::BasePath,
        checks, incoming, login, outside, plain,
    },
    listen::Listener,
    node::{HttpCounted, Node},
    tls,
};

/// The HTTP server on these listeners, ready to run.
pub(crate) fn serve(
    node: Arc<Node>,
    page: Arc<Page>,
    listeners: Vec<Listener>,
    tls: Option<TlsAcceptor>,
    workers: usize,
) -> std::io::Result<Server> {
    // main.rs handles signals.
    let server = Server::build()
        .workers(workers)
        // The server counts them itself, and says so to those that are too many.
        .max_concurrent_connections(usize::MAX)
        .disable_signals()
        .shutdown_timeout(1);
    let of_network = {
        let (node, page) = (node.clone(), page.clone());
        move || http(node.clone(), page.clone(), tls.clone())
    };
    let of_machine = move || http_at_unix(node.clone(), page.clone());
    let server = listeners
        .into_iter()
        .try_fold(server, |server, listener| match listener {
            Listener::Tcp(tcp) => server.listen("parlor", tcp, of_network.clone()),
            Listener::Unix(unix) => server.listen_uds("parlor", unix, of_machine.clone()),
        });
    Ok(server?.run())
}

/// What serves the sockets of one thread, with a session registry of its own.
pub(crate) fn http(
    node: Arc<Node>,
    page: Arc<Page>,
    tls: Option<TlsAcceptor>,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
{
    let speak_http = speak_http(node.clone(), page);
    fn_service(move |tcp: TcpStream| accept(tcp, node.clone(), tls.clone())).and_then(speak_http)
}

/// The same for the sockets of programs on this machine.
fn http_at_unix(
    node: Arc<Node>,
    page: Arc<Page>,
) -> impl ServiceFactory<UnixStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
{
    let speak_http = speak_http(node.clone(), page);
    let accept = move |unix: UnixStream| {
        let counted = count(&node, None);
        ready(counted.map(|counted| accepted(Transport::Unix(unix), counted)))
    };
    fn_service(accept).and_then(speak_http)
}

/// What speaks HTTP at a socket, until it is a WebSocket's.
fn speak_http(
    node: Arc<Node>,
    page: Arc<Page>,
) -> impl ServiceFactory<
    (HttpSocket<Transport>, Protocol, Option<SocketAddr>),
    Config = (),
    Response = (),
    Error = DispatchError,
    InitError = (),
> {
    let thread = Thread::start(&node);
    let app = move || {
        let app = routes(node.clone(), page.clone());
        app.app_data(thread.clone()).into_factory()
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
        .on_connect_ext(|socket: &HttpSocket<Transport>, data| {
            data.insert(socket.exchange());
        })
        // The socket closes as soon as both sides have sent their close frames.
        .client_disconnect_timeout(Duration::ZERO)
        .h1_allow_half_closed(false)
        .upgrade(upgrades)
        .finish(requests)
}

/// Takes a socket of the network, once it speaks TLS if it has to. It counts from before that on.
async fn accept(
    tcp: TcpStream,
    node: Arc<Node>,
    tls: Option<TlsAcceptor>,
) -> Result<(HttpSocket<Transport>, Protocol, Option<SocketAddr>), DispatchError> {
    let counted = count(&node, tcp.peer_addr().ok())?;
    // A message is written whole, so waiting for more to fill a packet only costs time. A socket
    // that can't be set is broken, and reports that when it is read.
    tcp.set_nodelay(true).ok();
    let transport = match tls {
        None => Transport::Tcp(tcp),
        Some(tls) => tls::accept(&tls, tcp)
            .await
            .map(|stream| Transport::Tls(Box::new(stream)))
            // A client that speaks no TLS, or takes too long, is gone.
            .map_err(|_| DispatchError::DisconnectTimeout)?,
    };
    Ok(accepted(transport, counted))
}

/// Counts one more socket, unless there are too many.
fn count(node: &Arc<Node>, peer: Option<SocketAddr>) -> Result<HttpCounted, DispatchError> {
    let counted = node.count_http(peer.map(|peer| peer.ip()));
    counted.ok_or(DispatchError::DisconnectTimeout)
}

fn accepted(
    transport: Transport,
    counted: HttpCounted,
) -> (HttpSocket<Transport>, Protocol, Option<SocketAddr>) {
    let (peer, local) = (transport.peer(), transport.local());
    let security = transport.security();
    let socket = HttpSocket::new(transport, local, security, Some(counted));
    (socket, Protocol::Http1, peer)
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
    let base = node.base.clone();
    let below = below(&base);
    let app = App::new()
        .wrap(from_fn(checks::check))
        .app_data(web::Data::from(node))
        .app_data(web::Data::from(page));
    if base.is_empty() {
        return app.service(below);
    }
    app.service(reading(base.as_str(), web::to(outside::add_slash)))
        // A probe need not know the path.
        .service(reading("/health", web::to(health)))
        .service(below)
        .default_service(web::to(outside::refuse_outside))
}

/// Everything that is below the path at which the server is hosted.
pub(crate) fn below(base: &BasePath) -> Scope {
    web::scope(base.as_str())
        .service(reading("/ws", web::to(handshake::open)))
        .service(reading("/health", web::to(health)))
        .service(reading("/login", web::to(login::begin)))
        .service(reading("/login/callback", web::to(login::finish)))
        .service(reading("/r/{room}", web::to(plain::serve_room)))
        .service(reading("/plain/{room}", web::to(plain::serve_plain)))
        .service(api::scope())
        .service(
            web::resource("/hooks/{secret}")
                .route(web::post().to(incoming::post))
                .default_service(web::to(incoming::refuse_method)),
        )
        .default_service(web::to(assets::serve))
}

/// A path that answers GET and HEAD with this route.
pub(crate) fn reading(path: &str, route: Route) -> Resource {
    let methods = guard::Any(guard::Get()).or(guard::Head());
    web::resource(path)
        .route(route.guard(methods))
        .default_service(web::to(assets::refuse_method))
}

async fn health() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("ok")
}
