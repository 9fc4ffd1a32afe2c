//! The page's files: loaded into memory when the server starts, and served with their compressed
//! forms.
//!
//! `actix-files` serves a folder as well. This file earns its place by what that does not do:
//!
//! - Its ETags are hashes of the content. `actix-files` makes them from the modification time and
//!   size. Trunk derives the hash in a file's name from the code before `wasm-opt`, so two builds
//!   can give different files the same name.
//! - It computes the Content-Security-Policy from the inline scripts that Trunk wrote into the
//!   page, so that the policy allows no other inline script.
//! - The page can be inside the binary (feature `embed-page`), and no request touches the disk.
//!
//! The build compresses each file beforehand (at the time of writing 472 KB become 146 KB with
//! brotli, 175 KB with gzip), so no request waits for a compressor. Negotiation, tags and
//! conditional requests are actix-web's typed headers. The table of media types is our own: the
//! page has ten kinds of files, and `mime_guess` brings about a thousand.

mod policy;
mod rebase;

use std::{
    collections::HashMap,
    io::{self, Write},
    path::{Path, PathBuf},
};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{
        Method,
        header::{
            self, AcceptEncoding, ContentEncoding, ETag, Encoding, EntityTag, Header, IfNoneMatch,
        },
    },
    web,
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use parlor_shared::{RoomId, limits::PAGE_FILES_BYTES_MAX};
use sha2::{Digest, Sha256};

use self::rebase::INDEX;
use crate::http::base_path::BasePath;

/// The page's files by their names, and its Content-Security-Policy.
#[derive(Debug)]
pub(crate) struct Page {
    files: HashMap<String, Asset>,
    content_security_policy: String,
    /// The path below which they are.
    base: BasePath,
    /// What is before and after the title and the description in `index.html`, if it has them.
    around_head: Option<[String; 2]>,
}

/// What the page has in its head in the place of its title and description, as HTML.
#[derive(Debug)]
pub(crate) struct PageHead(pub(crate) String);

/// One file in all its forms.
#[derive(Debug)]
struct Asset {
    content_type: &'static str,
    cache_control: &'static str,
    plain: Form,
    /// The compressed forms that the build has made.
    compressed: Vec<Form>,
}

/// A file in one content encoding.
#[derive(Debug)]
struct Form {
    encoding: ContentEncoding,
    etag: EntityTag,
    body: Bytes,
}

/// Why the page can't be served.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A file or folder of the page can't be read.
    #[error("the page's file {} can't be read: {source}", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The page can't be put below a path.
    #[error("the page can't be compressed: {0}")]
    Incompressible(io::Error),
    /// The folder is too large to be a page.
    #[error("{} holds more than a page: over {PAGE_FILES_BYTES_MAX} bytes; name the built page with --page", .path.display())]
    TooLarge {
        /// The folder.
        path: PathBuf,
    },
}

/// The encodings that the build makes, each with the file extension and the suffix of its tag.
const COMPRESSED: [(ContentEncoding, &str, &str); 2] = [
    (ContentEncoding::Brotli, ".br", "-br"),
    (ContentEncoding::Gzip, ".gz", "-gz"),
];

/// For names with a hash: the content never changes, so a browser keeps the file.
const CACHE_FOREVER: &str = "public, max-age=31536000, immutable";
/// For all other names: a browser revalidates the file each time.
const REVALIDATE: &str = "no-cache";

impl Page {
    /// Loads the page inside the binary, or else the one in `folder`, to be served below this path.
    /// If there is none, the result is a page that says how to build it.
    ///
    /// # Errors
    /// [`PageError`] if a file can't be read, or the folder holds more than a page.
    pub(crate) fn load(folder: &Path, base: &BasePath) -> Result<Self, PageError> {
        let mut contents = contents(folder)?;
        if !contents.contains_key(INDEX) {
            tracing::warn!(
                "there is no page in {}: `cargo xtask run` builds it, and `trunk serve` serves one \
                 for development at http://127.0.0.1:8081",
                folder.display()
            );
            let missing = Bytes::from_static(include_bytes!("assets/missing.html"));
            contents = HashMap::from([(INDEX.to_owned(), missing)]);
        }
        rebase::rebase(&mut contents, base).map_err(PageError::Incompressible)?;
        let content_security_policy = policy::for_page(&contents[INDEX]);
        let around_head = around_head(&contents[INDEX]);
        let files = contents
            .iter()
            .filter(|(name, _)| {
                COMPRESSED
                    .iter()
                    .all(|(_, extension, _)| !name.ends_with(extension))
            })
            .map(|(name, plain)| (name.clone(), Asset::new(name, plain, &contents)))
            .collect();
        Ok(Self {
            files,
            content_security_policy,
            base: base.clone(),
            around_head,
        })
    }

    /// The file at a path of the site. The root and every room's path are the page itself.
    fn find(&self, path: &str) -> Option<&Asset> {
        let path = self.base.below(path)?;
        let name = path.strip_prefix('/').unwrap_or(path);
        let is_room = name
            .strip_prefix("r/")
            .is_some_and(|room| RoomId::parse(room).is_ok());
        let is_page = name.is_empty() || is_room || !name.contains('.') && name.starts_with("r/");
        self.files.get(if is_page { INDEX } else { name })
    }
}

impl Asset {
    fn new(name: &str, plain: &Bytes, contents: &HashMap<String, Bytes>) -> Self {
        let hash: String = Sha256::digest(plain)
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let form = |encoding, suffix: &str, body: &Bytes| Form {
            encoding,
            etag: EntityTag::new_strong(format!("{hash}{suffix}")),
            body: body.clone(),
        };
        let compressed = COMPRESSED
            .iter()
            .filter_map(|(encoding, extension, suffix)| {
                let body = contents.get(&format!("{name}{extension}"))?;
                Some(form(*encoding, suffix, body))
            });
        Self {
            content_type: content_type(name),
            cache_control: if has_hash(name) {
                CACHE_FOREVER
            } else {
                REVALIDATE
            },
            plain: form(ContentEncoding::Identity, "", plain),
            compressed: compressed.collect(),
        }
    }

    /// The form that the client prefers among those that the file has.
    fn negotiate(&self, accepted: &AcceptEncoding) -> &Form {
        let forms = || self.compressed.iter().chain([&self.plain]);
        let supported: Vec<Encoding> = forms().map(|form| Encoding::Known(form.encoding)).collect();
        let chosen = accepted.negotiate(supported.iter());
        let is_chosen = |form: &&Form| chosen == Some(Encoding::Known(form.encoding));
        // A client that refuses every form, the plain one included, gets the plain one.
        forms().find(is_chosen).unwrap_or(&self.plain)
    }
}

/// Whether a name holds the hash that Trunk adds: `name-0123456789abcdef_bg.wasm`.
fn has_hash(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let hash = stem.rsplit('-').next().unwrap_or_default();
    hash.len() >= 12 && hash.bytes().all(|b| b.is_ascii_hexdigit()) && hash.len() < stem.len()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(feature = "embed-page")]
fn contents(_folder: &Path) -> Result<HashMap<String, Bytes>, PageError> {
    #[derive(rust_embed::RustEmbed)]
    #[folder = "../dist"]
    struct Embedded;
    let files = Embedded::iter().filter_map(|name| {
        let data = Embedded::get(&name)?.data;
        Some((name.into_owned(), Bytes::from(data.into_owned())))
    });
    Ok(files.collect())
}

#[cfg(not(feature = "embed-page"))]
fn contents(folder: &Path) -> Result<HashMap<String, Bytes>, PageError> {
    let mut contents = HashMap::new();
    let mut bytes_total = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let entries = match std::fs::read_dir(&current) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => {
                return Err(PageError::Unreadable {
                    path: current,
                    source,
                });
            }
        };
        for entry in entries {
            let unreadable = |source| PageError::Unreadable {
                path: current.clone(),
                source,
            };
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let size = std::fs::metadata(&path).map_err(unreadable)?.len();
            bytes_total += size;
            if bytes_total > PAGE_FILES_BYTES_MAX {
                return Err(PageError::TooLarge {
                    path: folder.to_owned(),
                });
            }
            let data = std::fs::read(&path).map_err(unreadable)?;
            if let Some(name) = path.strip_prefix(folder).ok().and_then(Path::to_str) {
                contents.insert(name.replace('\\', "/"), Bytes::from(data));
            }
        }
    }
    Ok(contents)
}

/// What is before the description in the page's HTML, and what is after the title behind it.
fn around_head(index: &[u8]) -> Option<[String; 2]> {
    let index = String::from_utf8_lossy(index);
    let (before, rest) = index.split_once("<meta name=\"description\"")?;
    let (_, after) = rest.split_once("</title>")?;
    Some([before, after].map(str::to_owned))
}

/// Serves the page with a head of its own. The service worker takes what is between the two
/// comments out of what it keeps.
pub(crate) fn serve_with_head(request: &HttpRequest, page: &Page, head: &PageHead) -> HttpResponse {
    let Some([before, after]) = &page.around_head else {
        return respond(request, &page.files[INDEX], &page.content_security_policy);
    };
    let html = format!("{before}<!--room-->{}<!--/room-->{after}", head.0);
    serve_html(request, Bytes::from(html), &page.content_security_policy)
}

/// Serves HTML that was written for this request.
pub(crate) fn serve_html(request: &HttpRequest, html: Bytes, policy: &str) -> HttpResponse {
    let mut contents = HashMap::new();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    // Without it the answer is larger, and no other.
    if let Ok(compressed) = gzip.write_all(&html).and_then(|()| gzip.finish()) {
        contents.insert(format!("{INDEX}.gz"), Bytes::from(compressed));
    }
    respond(request, &Asset::new(INDEX, &html, &contents), policy)
}

/// The policy of a document that has this style sheet inline and loads nothing.
pub(crate) fn policy_of_style(style: &str) -> String {
    policy::for_style(style)
}

/// The same for a document whose forms go to its own address.
pub(crate) fn policy_of_form_page(style: &str) -> String {
    policy::for_style_and_forms(style)
}

/// Serves the page's files: handles every path that no other route does.
pub(crate) async fn serve(request: HttpRequest, page: web::Data<Page>) -> HttpResponse {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return refuse_method().await;
    }
    let Some(asset) = page.find(request.path()) else {
        return HttpResponse::NotFound()
            .content_type("text/plain; charset=utf-8")
            .body(
                "There is nothing at this address. Rooms are at /r/<room>, the lobby is at /.\n",
            );
    };
    respond(&request, asset, &page.content_security_policy)
}

/// The file in the form that the client prefers, unless it has it already.
fn respond(request: &HttpRequest, asset: &Asset, policy: &str) -> HttpResponse {
    let accepted = typed_header(request).unwrap_or(AcceptEncoding(Vec::new()));
    let form = asset.negotiate(&accepted);
    let not_modified = match typed_header(request) {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(known)) => known.iter().any(|tag| tag.weak_eq(&form.etag)),
        None => false,
    };
    let mut response = if not_modified {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header(ETag(form.etag.clone()))
        .insert_header((header::CACHE_CONTROL, asset.cache_control))
        .insert_header((header::VARY, "accept-encoding"));
    if not_modified {
        return response.finish();
    }
    if form.encoding != ContentEncoding::Identity {
        response.insert_header(form.encoding);
    }
    if asset.content_type.starts_with("text/html") {
        response.insert_header((header::CONTENT_SECURITY_POLICY, policy));
    }
    response
        .content_type(asset.content_type)
        .body(form.body.clone())
}

/// The answer to any other method than GET and HEAD.
pub(crate) async fn refuse_method() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, "GET, HEAD"))
        .content_type("text/plain; charset=utf-8")
        .body("Only GET and HEAD are answered here.\n")
}

/// A request's header, parsed; `None` if the request does not have it or it is malformed.
fn typed_header<H: Header>(request: &HttpRequest) -> Option<H> {
    request
        .headers()
        .contains_key(H::name())
        .then(|| request.get_header())
        .flatten()
}

#[cfg(test)]
mod tests;
