//! A small browser: follows redirects, keeps cookies, sends forms.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use url::Url;

/// What people open; it stands for the server's address.
pub(crate) const PUBLIC: &str = "http://chat.example.org";

/// A browser for which a name leads to the server.
pub(crate) struct Browser {
    server: SocketAddr,
    /// By origin, path and name.
    cookies: HashMap<(String, String, String), String>,
}

/// An answer that is no redirect, or one that is not followed.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(server: SocketAddr) -> Self {
        Self {
            server,
            cookies: HashMap::new(),
        }
    }

    /// One request, without following where it leads.
    pub(crate) fn request(&mut self, url: &Url, form: Option<&str>) -> Page {
        let public = Url::parse(PUBLIC).unwrap();
        let address = if url.origin() == public.origin() {
            self.server
        } else {
            url.socket_addrs(|| None).unwrap()[0]
        };
        let mut tcp = TcpStream::connect(address).unwrap();
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut request = match form {
            Some(_) => format!("POST {target} HTTP/1.1\r\n"),
            None => format!("GET {target} HTTP/1.1\r\n"),
        };
        request += &format!("host: {address}\r\nconnection: close\r\n");
        let origin = url.origin().ascii_serialization();
        let sent = self
            .cookies
            .iter()
            .filter(|((of, path, _), _)| *of == origin && url.path().starts_with(path.as_str()));
        let sent: Vec<String> = sent
            .map(|((_, _, name), value)| format!("{name}={value}"))
            .collect();
        if !sent.is_empty() {
            request += &format!("cookie: {}\r\n", sent.join("; "));
        }
        if let Some(form) = form {
            let length = form.len();
            request += &format!(
                "content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n"
            );
        }
        request += "\r\n";
        request += form.unwrap_or_default();
        tcp.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        tcp.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (headers, body) = answer.split_once("\r\n\r\n").unwrap();
        self.keep(&origin, url, headers);
        let location = header(headers, "location").next().map(str::to_owned);
        Page {
            url: url.clone(),
            status: headers[9..12].parse().unwrap(),
            location,
            headers: headers.to_owned(),
            body: body.to_owned(),
        }
    }

    /// Opens an address, and goes where it leads. Stops before the part behind a `#`.
    pub(crate) fn open(&mut self, url: &str, form: Option<&str>) -> Page {
        let mut page = self.request(&Url::parse(url).unwrap(), form);
        while let Some(location) = &page.location {
            if location.contains('#') {
                break;
            }
            let next = page.url.join(location).unwrap();
            page = self.request(&next, None);
        }
        page
    }

    /// Logs in at the provider that the server leads to, and comes back to the server.
    pub(crate) fn log_in(&mut self, account: &str, room: &str) -> Page {
        let login = format!("{PUBLIC}/login?room={room}");
        let page = self.open(&login, None);
        self.answer_provider(&page, account)
    }

    /// Sends the provider's forms from its first page on.
    pub(crate) fn answer_provider(&mut self, page: &Page, account: &str) -> Page {
        let form = format!("prompt=login&login={account}&password=any");
        let consent = self.open(page.url.as_str(), Some(&form));
        assert_eq!(consent.status, 200, "{consent:?}");
        self.open(consent.url.as_str(), Some("prompt=consent"))
    }

    fn keep(&mut self, origin: &str, url: &Url, headers: &str) {
        for cookie in header(headers, "set-cookie") {
            let mut parts = cookie.split(';').map(str::trim);
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let path = parts.find_map(|part| {
                let (key, path) = part.split_once('=')?;
                key.eq_ignore_ascii_case("path").then(|| path.to_owned())
            });
            let path = path.unwrap_or_else(|| url.path().to_owned());
            let key = (origin.to_owned(), path, name.to_owned());
            if value.is_empty() {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value.to_owned());
            }
        }
    }
}

fn header<'a>(headers: &'a str, wanted: &str) -> impl Iterator<Item = &'a str> {
    headers.lines().filter_map(move |line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim())
    })
}
