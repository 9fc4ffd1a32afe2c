//! Without TLS beside it: browsers are sent to where it is spoken.

use std::{net::TcpListener, sync::Arc};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    http::{StatusCode, Uri, header, uri::Scheme},
    middleware::from_fn,
    web,
};
use parlor_shared::limits::REDIRECT_CONNECTIONS_MAX;

use crate::{connection::hosts::host, http::checks, node::Node};

/// The port at which the server speaks TLS.
#[derive(Debug, Clone, Copy)]
struct SecurePort(u16);

/// The HTTP server on these addresses, ready to run, if there are any. It sends every request to
/// the same address with `https` and this port.
pub(crate) fn serve(
    node: Arc<Node>,
    listeners: Vec<TcpListener>,
    port: u16,
) -> std::io::Result<Option<Server>> {
    if listeners.is_empty() {
        return Ok(None);
    }
    let app = move || {
        App::new()
            .wrap(from_fn(checks::check))
            .app_data(web::Data::from(node.clone()))
            .app_data(SecurePort(port))
            .default_service(web::to(redirect))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .max_connections(REDIRECT_CONNECTIONS_MAX)
        // main.rs handles signals.
        .disable_signals()
        .shutdown_timeout(1);
    let server = listeners.into_iter().try_fold(server, HttpServer::listen);
    Ok(Some(server?.run()))
}

/// The port to send browsers to: that of the address that people open, as a proxy or a container
/// may have another port than the server's own, and else that.
pub(crate) fn port(url: Option<&str>, own: Option<u16>) -> u16 {
    url.and_then(secure_port).or(own).unwrap_or(443)
}

fn secure_port(url: &str) -> Option<u16> {
    let url: Uri = url.parse().ok()?;
    let is_secure = url.scheme() == Some(&Scheme::HTTPS);
    is_secure.then(|| url.port_u16().unwrap_or(443))
}

async fn redirect(request: HttpRequest) -> HttpResponse {
    let named = request.headers().get(header::HOST);
    let named = named.and_then(|name| host(name.to_str().ok()?));
    let port = request.app_data::<SecurePort>();
    let (Some(name), Some(SecurePort(port))) = (named, port) else {
        return HttpResponse::build(StatusCode::BAD_REQUEST)
            .content_type("text/plain; charset=utf-8")
            .body("This server speaks HTTPS. Ask again with https.\n");
    };
    let port = match port {
        443 => String::new(),
        port => format!(":{port}"),
    };
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, format!("https://{name}{port}{path}")))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_sent_to_the_port_that_people_open() {
        for (url, port) in [
            ("https://chat.example.org", Some(443)),
            ("https://chat.example.org:8443/chat", Some(8443)),
            ("https://[2001:db8::1]:444", Some(444)),
            ("http://chat.example.org:8080", None),
            ("chat.example.org", None),
        ] {
            assert_eq!(secure_port(url), port, "{url}");
        }
    }
}
