//! A program that uses the API.

use std::net::SocketAddr;

use http_body_util::BodyExt;
use hyper::{HeaderMap, Request, Response, body::Incoming};
use parlor_shared::{Entry, MessageId};
use parlor_test_server::{TestServer, http};
use serde_json::{Value, json};

use crate::client::PATIENCE;

/// A program that uses the API, with its token if it has one.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    pub(crate) token: Option<String>,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    /// Its entries, which have no gap.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        assert_eq!(self.status, 200, "{self:?}");
        serde_json::from_value(self.json()["entries"].clone()).unwrap()
    }

    /// Its entry.
    pub(crate) fn entry(&self) -> Entry {
        serde_json::from_value(self.json()["entry"].clone())
            .unwrap_or_else(|_| panic!("no entry: {self:?}"))
    }

    /// What to go on after.
    pub(crate) fn after(&self) -> String {
        self.json()["after"].as_str().unwrap().to_owned()
    }

    /// Checks that it is a refusal with this status and code.
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(
            (self.status, &problem["code"]),
            (status, &json!(code)),
            "{problem}"
        );
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
        problem
    }
}

impl Program {
    /// A program that nobody knows.
    pub(crate) fn of(server: &TestServer) -> Self {
        Self {
            address: server.address(),
            token: None,
        }
    }

    /// A program that has become a member with this name.
    pub(crate) async fn named(server: &TestServer, name: &str) -> Self {
        let mut program = Self::of(server);
        let made = program.post("/members", &[], json!({"name": name})).await;
        assert_eq!(made.status, 201, "{made:?}");
        program.token = Some(made.json()["token"].as_str().unwrap().to_owned());
        program
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, "").await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        self.send("POST", path, &all, &body.to_string()).await
    }

    /// Posts a text to the lobby with this id.
    pub(crate) async fn say(&self, id: MessageId, text: &str) -> Answer {
        let key = format!("\"{id}\"");
        let headers = [("idempotency-key", key.as_str())];
        self.post("/rooms/lobby/entries", &headers, post(text))
            .await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let answer = self.try_send(method, path, headers, body).await;
        answer.expect("the server answers to the end")
    }

    /// The same; `None` if the connection breaks.
    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Answer> {
        let answer = self.try_open(method, path, headers, body).await?;
        let (head, body) = answer.into_parts();
        let body = tokio::time::timeout(PATIENCE, body.collect()).await;
        let body = body.expect("the answer has an end").ok()?.to_bytes();
        Some(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        })
    }

    /// The metrics of an admin address.
    pub(crate) async fn scrape(&self) -> String {
        let metrics = self.open("GET", "/../../metrics", &[], "").await;
        let body = metrics.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// Sends a request, and gives the answer before its body was read.
    pub(crate) async fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response<Incoming> {
        let answer = self.try_open(method, path, headers, body).await;
        answer.expect("the server answers")
    }

    /// The same; `None` if the server can't be reached, or the connection breaks.
    pub(crate) async fn try_open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Response<Incoming>> {
        let mut request = Request::builder()
            .method(method)
            .uri(match path.strip_prefix("/../..") {
                Some(path) => path.to_owned(),
                None => format!("/api/v1{path}"),
            })
            .header("host", self.address.to_string());
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = http::send(self.address, request.body(body.to_owned()).unwrap());
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        answer.expect("the server answers in time").ok()
    }
}

/// The body of a request that posts this text.
pub(crate) fn post(text: &str) -> Value {
    json!({"body": {"kind": "post", "text": text}})
}
