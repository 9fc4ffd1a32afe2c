//! The admin address: for those who operate the server, on a port of its own.
//!
//! Probes and metrics are for everyone who reaches the address. What names people or changes
//! something is for programs on this machine only, and a request that a proxy has forwarded is not
//! from this machine. Pages of other sites get nowhere: a request from this machine must name the
//! machine as its host, as at the server's own address, and a form must have what the page put into
//! it.

mod duration;
mod metrics;
mod moderation;
mod page;
mod readiness;
mod webhooks;

use std::{net::TcpListener, path::PathBuf, sync::Arc, time::Duration};

use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer, Resource,
    body::BoxBody,
    dev::{Server, ServiceRequest, ServiceResponse},
    guard,
    http::{StatusCode, header},
    middleware::{Next, from_fn},
    web,
};
use parlor_shared::{
    RoomId, ServerMessage,
    limits::{ADMIN_CONNECTIONS_MAX, ADMIN_FORM_BYTES_MAX, ADMIN_ROWS_MAX, ANNOUNCEMENT_CHARS_MAX},
};
use serde::Deserialize;

use self::{metrics::Exporter, moderation::Moderation};
use crate::{
    connection::{frame::frame, hosts::Arrival, proxy::ForwardedHeaders},
    engine::embedded::{AdminError, AdminFile},
    http::checks,
    node::Node,
    operation::Phase,
    repeated_line::log_repeated,
};

/// What is answered to everyone who reaches the address.
const PROBES: [&str; 4] = ["/live", "/ready", "/metrics", "/health"];

/// The admin address's own state.
#[derive(Debug)]
pub(crate) struct Admin {
    node: Arc<Node>,
    exporter: Exporter,
    /// What a form of the page has in it, and no other page knows.
    form_token: String,
    /// How long a draining that is begun here takes.
    drain: Duration,
}

impl Admin {
    /// Of this node, whose data is in this folder.
    pub(crate) fn new(node: Arc<Node>, data: PathBuf, drain: Duration) -> Self {
        let random = [(); 4].map(|()| getrandom::u64());
        let words = random.map(|word| word.map(|word| format!("{word:016x}")));
        Self {
            exporter: Exporter::new(node.clone(), data),
            // Without random bytes no form is accepted.
            form_token: words
                .into_iter()
                .collect::<Result<_, _>>()
                .unwrap_or_default(),
            node,
            drain,
        }
    }
}

/// The HTTP server of the admin address, ready to run, if there is such an address. It has a thread
/// of its own, so that it answers while the others are busy.
pub(crate) fn serve(admin: Admin, listeners: Vec<TcpListener>) -> std::io::Result<Option<Server>> {
    if listeners.is_empty() {
        return Ok(None);
    }
    let admin = Arc::new(admin);
    let app = move || {
        App::new()
            .wrap(from_fn(check))
            .app_data(web::Data::from(admin.clone()))
            .app_data(web::FormConfig::default().limit(ADMIN_FORM_BYTES_MAX))
            .service(reading("/live").to(live))
            // `parlor health` asks here where the other address speaks TLS.
            .service(reading("/health").to(live))
            .service(reading("/ready").to(ready))
            .service(reading("/metrics").to(export))
            .service(reading("/").to(show))
            .route("/announce", web::post().to(announce))
            .route("/drain", web::post().to(drain))
            .route("/open", web::post().to(open))
            .route("/unban", web::post().to(unban))
            .route("/resolve", web::post().to(resolve))
            .default_service(web::to(not_found))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .max_connections(ADMIN_CONNECTIONS_MAX)
        // main.rs handles signals.
        .disable_signals()
        .shutdown_timeout(1);
    let server = listeners.into_iter().try_fold(server, HttpServer::listen);
    Ok(Some(server?.run()))
}

fn reading(path: &str) -> Resource {
    web::resource(path).guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Has a request answered, unless it may not be made from where it comes.
async fn check(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let admin = request.app_data::<web::Data<Admin>>().cloned();
    let refusal = admin.and_then(|admin| refuse(&request, &admin.node));
    let mut response = match refusal {
        Some(refusal) => request.into_response(refusal),
        None => next.call(request).await?,
    };
    checks::add_headers(&mut response);
    Ok(response)
}

fn refuse(request: &ServiceRequest, node: &Node) -> Option<HttpResponse> {
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let is_here = peer.is_some_and(|peer| peer.is_loopback());
    let is_forwarded = !ForwardedHeaders::of(request.headers()).is_empty();
    let is_probe = PROBES.contains(&request.path());
    if is_probe && !is_here {
        return None;
    }
    if !is_probe && (!is_here || is_forwarded) {
        let why = "This page is for programs on the server's own machine. Over a network there are \
                   /live, /ready and /metrics.\n";
        return Some(text(StatusCode::FORBIDDEN, why));
    }
    checks::refuse_host(request, node, Arrival::Loopback)
}

/// The answer with a sentence.
fn text(status: StatusCode, sentence: impl Into<String>) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/plain; charset=utf-8")
        .body(sentence.into())
}

async fn not_found() -> HttpResponse {
    let why = "There is nothing at this address. See /, /live, /ready and /metrics.\n";
    text(StatusCode::NOT_FOUND, why)
}

/// Whether the process works: every thread answers. If not, only a restart helps.
async fn live(admin: web::Data<Admin>) -> HttpResponse {
    match admin.node.operation.threads.check().await {
        Ok(()) => text(StatusCode::OK, "live\n"),
        Err(error) => text(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not live: {error}\n"),
        ),
    }
}

/// Whether clients are to be sent here: the server takes connections, and the log can be read.
async fn ready(admin: web::Data<Admin>) -> HttpResponse {
    if admin.node.operation.phase() != Phase::Open {
        let why = "not ready: the server sends its clients away\n";
        return text(StatusCode::SERVICE_UNAVAILABLE, why);
    }
    match readiness::check(&*admin.node.engine).await {
        Ok(ready) => text(StatusCode::OK, ready),
        Err(why) => text(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {why}\n"),
        ),
    }
}

async fn export(admin: web::Data<Admin>) -> HttpResponse {
    admin.node.webhooks.look(&*admin.node.engine).await;
    match admin.exporter.export() {
        Ok(metrics) => HttpResponse::Ok()
            .content_type(metrics::CONTENT_TYPE)
            .body(metrics),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}

/// What was done by the form before, in the page's address.
#[derive(Debug, Deserialize)]
struct Done {
    announced: Option<usize>,
}

async fn show(admin: web::Data<Admin>, done: web::Query<Done>) -> HttpResponse {
    let sessions = admin.node.operation.threads.sessions(ADMIN_ROWS_MAX).await;
    let now_ms = admin.node.hub.clock().unix_ms();
    let read = on_file(&admin, move |file| Moderation::read(file, now_ms)).await;
    admin.node.webhooks.look(&*admin.node.engine).await;
    let shown = page::Shown {
        node: &admin.node,
        sessions,
        moderation: read.ok(),
        form_token: &admin.form_token,
        announced: done.announced,
    };
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, page::policy()))
        .body(page::page(&shown))
}

/// A form of the page.
#[derive(Debug, Deserialize)]
struct Form {
    token: String,
    #[serde(default)]
    text: String,
    /// The number of a ban or a report.
    #[serde(default)]
    id: u64,
    /// The report's room.
    room: Option<RoomId>,
}

/// The refusal of a form that is not from the page, as it is now.
fn refuse_form(request: &HttpRequest, admin: &Admin, form: &Form) -> Option<HttpResponse> {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let host = header(header::HOST).unwrap_or_default();
    let origin = header(header::ORIGIN);
    let is_ours = origin.is_none_or(|origin| origin == format!("http://{host}"));
    let has_token = !admin.form_token.is_empty() && form.token == admin.form_token;
    (!is_ours || !has_token).then(|| {
        let why = "That form is of an earlier start of the server, or of another page. Open the page \
                   again.\n";
        text(StatusCode::FORBIDDEN, why)
    })
}

async fn announce(
    request: HttpRequest,
    admin: web::Data<Admin>,
    form: web::Form<Form>,
) -> HttpResponse {
    if let Some(refusal) = refuse_form(&request, &admin, &form) {
        return refusal;
    }
    let words = form.text.trim();
    if words.is_empty() || words.chars().count() > ANNOUNCEMENT_CHARS_MAX {
        let why = format!("An announcement has 1 to {ANNOUNCEMENT_CHARS_MAX} characters.\n");
        return text(StatusCode::UNPROCESSABLE_ENTITY, why);
    }
    let notice = ServerMessage::Notice {
        text: words.to_owned(),
    };
    match admin.node.operation.threads.announce(&frame(&notice)).await {
        Ok(count) => {
            tracing::info!(sessions = count, "announced");
            to_page(&format!("/?announced={count}"))
        }
        Err(error) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
    }
}

async fn drain(
    request: HttpRequest,
    admin: web::Data<Admin>,
    form: web::Form<Form>,
) -> HttpResponse {
    refuse_form(&request, &admin, &form).unwrap_or_else(|| {
        let count = admin.node.connections.count_now();
        let over = admin.node.operation.drain(count, admin.drain);
        tracing::info!(connections = count, over = ?over, "draining");
        to_page("/")
    })
}

async fn open(
    request: HttpRequest,
    admin: web::Data<Admin>,
    form: web::Form<Form>,
) -> HttpResponse {
    refuse_form(&request, &admin, &form).unwrap_or_else(|| {
        admin.node.operation.open();
        tracing::info!("takes connections again");
        to_page("/")
    })
}

/// Who lifts a ban or closes a report here, in the admin log.
const OPERATOR: &str = "the operator";

async fn unban(
    request: HttpRequest,
    admin: web::Data<Admin>,
    form: web::Form<Form>,
) -> HttpResponse {
    if let Some(refusal) = refuse_form(&request, &admin, &form) {
        return refusal;
    }
    let (id, now_ms) = (form.id, admin.node.hub.clock().unix_ms());
    let lifted = on_file(&admin, move |file| file.unban(id, OPERATOR, now_ms)).await;
    admin.node.access.reload_now().await;
    lifted.map_or_else(|refusal| refusal, |_| to_page("/"))
}

async fn resolve(
    request: HttpRequest,
    admin: web::Data<Admin>,
    form: web::Form<Form>,
) -> HttpResponse {
    if let Some(refusal) = refuse_form(&request, &admin, &form) {
        return refusal;
    }
    let Form { id, room, .. } = form.into_inner();
    let Some(room) = room else {
        return text(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Name the report's room.\n",
        );
    };
    let (access, now_ms) = (admin.node.access.clone(), admin.node.hub.clock().unix_ms());
    let closed = on_file(&admin, move |file| {
        let closed = file.resolve(&room, id, OPERATOR, now_ms)?;
        access.open_reports().look_after_change(file);
        Ok(closed)
    });
    closed
        .await
        .map_or_else(|refusal| refusal, |_| to_page("/"))
}

/// Does something with the file of bans and reports, on a thread that may wait for the disk.
///
/// # Errors
/// The answer that says that it can't be done now.
async fn on_file<T: Send + 'static>(
    admin: &Admin,
    work: impl FnOnce(&AdminFile) -> Result<T, AdminError> + Send + 'static,
) -> Result<T, HttpResponse> {
    let unavailable = || {
        let why = "Bans and reports can't be read or changed now. The server's log says why.\n";
        text(StatusCode::SERVICE_UNAVAILABLE, why)
    };
    let file = admin.node.access.admin().cloned().ok_or_else(unavailable)?;
    match web::block(move || work(&file)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            log_repeated!(error, %error, "bans and reports can't be read or changed");
            Err(unavailable())
        }
        // The runtime ends.
        Err(_) => Err(unavailable()),
    }
}

fn to_page(address: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, address))
        .finish()
}
