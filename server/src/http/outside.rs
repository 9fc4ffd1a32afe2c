//! What is not below the path at which the server is hosted.

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use crate::node::Node;

/// The answer to a path that is not below the one at which the server is hosted.
pub(crate) async fn refuse_outside(node: web::Data<Node>) -> HttpResponse {
    let base = &node.base;
    HttpResponse::NotFound()
        .content_type("text/html; charset=utf-8")
        .body(format!(
            "<!doctype html>\n<title>Not here</title>\n<p>There is nothing at this address. The rooms are at \
             <a href=\"{base}/\">{base}/</a>.</p>\n<p>If that is the address that you have opened, a proxy in front of \
             the server must pass on the whole path, and passes on the end of it.</p>\n"
        ))
}

/// Sends a browser from the path at which the server is hosted to what is behind its slash.
pub(crate) async fn add_slash(request: HttpRequest, node: web::Data<Node>) -> HttpResponse {
    let query = request.uri().query().map(|query| format!("?{query}"));
    let address = format!("{}/{}", node.base, query.unwrap_or_default());
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, address))
        .finish()
}
