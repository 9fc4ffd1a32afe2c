//! The page: its files, kept in memory, each with its type, its tag and its compressed forms.

mod negotiate;
mod policy;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web,
};
use bytes::Bytes;
use parlor_shared::{RoomId, limits::PAGE_FILES_BYTES_MAX};
use sha2::{Digest, Sha256};

use self::negotiate::Encoding;

/// The page's files, or word that there are none.
#[derive(Debug)]
pub(crate) struct Page {
    files: HashMap<String, Asset>,
    content_security_policy: String,
}

/// One file.
#[derive(Debug)]
struct Asset {
    content_type: &'static str,
    cache_control: &'static str,
    etag: String,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// Why the page can't be served.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A file can't be read.
    #[error("the page's file {} can't be read: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds something else.
    #[error("{} holds more than a page: over {PAGE_FILES_BYTES_MAX} bytes; name the built page with --page", .path.display())]
    TooLarge {
        /// The folder.
        path: PathBuf,
    },
}

const INDEX: &str = "index.html";

/// A name with a hash in it never means other content, so it may be kept for good; the rest is asked for each time.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

impl Page {
    /// The page inside the binary, or else in `folder`; without one, a page that says how to build it.
    pub(crate) fn load(folder: &Path) -> Result<Self, PageError> {
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
        let content_security_policy = policy::for_page(&contents[INDEX]);
        let compressed = |name: &str| name.ends_with(".br") || name.ends_with(".gz");
        let names: Vec<&String> = contents.keys().filter(|name| !compressed(name)).collect();
        let files = names
            .into_iter()
            .map(|name| (name.clone(), asset(name, &contents)))
            .collect();
        Ok(Self {
            files,
            content_security_policy,
        })
    }

    /// The file at an address of the site: itself, or the page for the address of a room.
    fn find(&self, path: &str) -> Option<&Asset> {
        let name = path.strip_prefix('/').unwrap_or(path);
        let is_room = name
            .strip_prefix("r/")
            .is_some_and(|room| RoomId::parse(room).is_ok());
        let is_page = name.is_empty() || is_room || !name.contains('.') && name.starts_with("r/");
        self.files.get(if is_page { INDEX } else { name })
    }
}

fn asset(name: &str, contents: &HashMap<String, Bytes>) -> Asset {
    let plain = contents[name].clone();
    let digest = Sha256::digest(&plain);
    let tag: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Asset {
        content_type: content_type(name),
        cache_control: if has_hash(name) { FOR_GOOD } else { ASK_FIRST },
        etag: tag,
        brotli: contents.get(&format!("{name}.br")).cloned(),
        gzip: contents.get(&format!("{name}.gz")).cloned(),
        plain,
    }
}

/// Whether a name has the hash of its content's source in it, as Trunk makes it: `name-0123456789abcdef_bg.wasm`.
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

/// Answers every address that is not the server's own.
pub(crate) async fn serve(request: HttpRequest, page: web::Data<Page>) -> HttpResponse {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, "GET, HEAD"))
            .finish();
    }
    let Some(asset) = page.find(request.path()) else {
        return HttpResponse::NotFound()
            .content_type("text/plain; charset=utf-8")
            .body(
                "There is nothing at this address. Rooms are at /r/<room>, the lobby is at /.\n",
            );
    };
    let accepted = request.headers().get(header::ACCEPT_ENCODING);
    let accepted = accepted
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let available = [
        (Encoding::Brotli, asset.brotli.as_ref()),
        (Encoding::Gzip, asset.gzip.as_ref()),
        (Encoding::Identity, Some(&asset.plain)),
    ];
    let (encoding, body) =
        negotiate::choose(accepted, available).unwrap_or((Encoding::Identity, &asset.plain));
    let etag = format!("\"{}{}\"", asset.etag, encoding.tag_suffix());
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok());
    let not_modified = known.is_some_and(|known| negotiate::matches_tag(known, &etag));
    let mut response = if not_modified {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, asset.cache_control))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header(("cross-origin-opener-policy", "same-origin"));
    if not_modified {
        return response.finish();
    }
    if let Some(name) = encoding.name() {
        response.insert_header((header::CONTENT_ENCODING, name));
    }
    if asset.content_type.starts_with("text/html") {
        response.insert_header((
            header::CONTENT_SECURITY_POLICY,
            page.content_security_policy.as_str(),
        ));
    }
    response.content_type(asset.content_type).body(body.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_good() {
        assert!(has_hash("parlor-frontend-fbeabf924dc565a_bg.wasm"));
        assert!(has_hash("style-5609e29c6aaa07e4.css"));
        assert!(!has_hash("index.html"));
        assert!(!has_hash("icon-192.png"));
        assert!(
            !has_hash("deadbeefdeadbeef.js"),
            "a name that is nothing else"
        );
    }

    #[test]
    fn without_a_built_page_it_says_how_to_build_one() {
        let folder = tempfile::tempdir().unwrap();
        let page = Page::load(&folder.path().join("dist")).unwrap();
        for path in ["/", "/r/lobby"] {
            let html = String::from_utf8(page.find(path).unwrap().plain.to_vec()).unwrap();
            assert!(html.contains("cargo xtask run"), "{path}");
        }
        assert!(page.find("/main.js").is_none());
    }
}
