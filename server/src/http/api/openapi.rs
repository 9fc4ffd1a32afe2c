//! The API's description: OpenAPI 3.1, made from the handlers and the types, and served as a file.

mod operations;
mod schemas;

use actix_web::{HttpResponse, http::header, web};
use parlor_shared::schema::log_types;
use serde_json::Value;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components, Server,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use self::operations::Operations;
use super::asked::PATH;
use crate::node::Node;

/// Where the document has its schemas.
const SCHEMAS: &str = "/components/schemas";
/// The name of the way in which a request shows its token.
const BEARER: &str = "bearer";

/// Adds how a request shows its token.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A member's token of `POST /members` or of the WebSocket's `welcome`, an access \
                 token, or both with a `~` between them. Where everyone may come in, reading needs \
                 none.",
            ))
            .build();
        openapi
            .components
            .get_or_insert_with(Components::new)
            .add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    }
}

/// The description, for a server that is hosted at this path.
fn document(base: &str) -> serde_json::Result<Value> {
    let mut document = Operations::openapi();
    Bearer.modify(&mut document);
    document.servers = Some(vec![Server::new(format!("{base}{PATH}"))]);
    let mut document = serde_json::to_value(document)?;
    if let Some(schemas) = document.pointer_mut(SCHEMAS).and_then(Value::as_object_mut) {
        for (name, schema) in log_types(SCHEMAS) {
            schemas.insert(name, serde_json::to_value(schema)?);
        }
    }
    Ok(document)
}

/// Serves the description.
pub(super) async fn serve(node: web::Data<Node>) -> HttpResponse {
    match document(node.base.as_str()) {
        Ok(document) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .content_type("application/json")
            .body(document.to_string()),
        // A document of texts and numbers is always JSON.
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The paths of the routes and the methods that each answers, from the source that makes them.
    fn routes() -> BTreeMap<&'static str, Vec<&'static str>> {
        let source = include_str!("../api.rs");
        let calls = source.split("methods(\"").skip(1);
        let calls = calls.filter_map(|rest| {
            let (path, rest) = rest.split_once("\", \"")?;
            let (methods, _) = rest.split_once('"')?;
            Some((
                path,
                methods.split(", ").filter(|one| *one != "HEAD").collect(),
            ))
        });
        calls.collect()
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let document = document("").unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let described = document["paths"].as_object().unwrap().iter();
        let described: BTreeMap<&str, Vec<String>> = described
            .map(|(path, item)| {
                let mut methods: Vec<String> = item
                    .as_object()
                    .unwrap()
                    .keys()
                    .map(|method| method.to_uppercase())
                    .collect();
                methods.sort();
                (path.as_str(), methods)
            })
            .collect();
        let routes = routes();
        assert!(routes.len() > 8, "{routes:?}");
        assert_eq!(
            described.keys().copied().collect::<Vec<_>>(),
            routes.keys().copied().collect::<Vec<_>>()
        );
        for (path, methods) in routes {
            assert_eq!(described[path], methods, "{path}");
        }
    }

    #[test]
    fn the_address_in_it_is_where_the_server_is_hosted() {
        let document = document("/chat").unwrap();
        assert_eq!(document["servers"][0]["url"], "/chat/api/v1");
    }

    #[test]
    fn what_a_log_has_is_described_by_the_wires_own_types() {
        let document = document("").unwrap();
        let schemas = &document["components"]["schemas"];
        let kinds = schemas["Body"]["oneOf"].as_array().unwrap();
        assert!(kinds.len() > 8, "{kinds:?}");
        let reference = &schemas["Entry"]["properties"]["body"]["$ref"];
        assert_eq!(reference, "#/components/schemas/Body");
        for reference in document.to_string().split("\"$ref\":\"#").skip(1) {
            let (pointer, _) = reference.split_once('"').unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
