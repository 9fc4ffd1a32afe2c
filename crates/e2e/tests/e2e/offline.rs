//! The page without its server: it opens from the service worker's cache, and can be installed.

use std::{fs, path::Path};

use serde_json::json;

use crate::{environment::env_var, server::Server, window::Window};

/// Whether the service worker has cached the page and everything that the page loads.
pub(crate) const IS_CACHED: &str = "return (async () => {
    if (!navigator.serviceWorker.controller) return false;
    const cache = await caches.open('parlor');
    const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname);
    return paths.includes('/') && paths.some(path => path.endsWith('.wasm'));
})()";

#[tokio::test]
async fn the_page_opens_without_the_server_and_sends_once_what_was_written_then() {
    let mut server = Server::start();
    let ann = Window::open_online(&server, "/r/attic").await;
    ann.post("before").await;
    ann.wait_for_messages(1, "sent").await;
    ann.wait_for(IS_CACHED, true).await;

    server.kill();
    ann.wait_for_status("waiting").await;
    ann.reload().await;
    ann.wait_for_status("waiting").await;
    ann.wait_for_text("room-name", "attic").await;
    ann.post("from nowhere").await;
    let pending = ann.wait_for_messages(1, "pending").await;
    assert_eq!(pending, ["from nowhere"]);
    let sent = ann.wait_for_messages(1, "sent").await;
    assert_eq!(sent, ["before"], "from the last visit");
    ann.screenshots("offline").await;
    // A second reload loses nothing either.
    ann.reload().await;
    let pending = ann.wait_for_messages(1, "pending").await;
    assert_eq!(pending, ["from nowhere"]);
    assert_eq!(ann.wait_for_messages(1, "sent").await, ["before"]);

    server.restart();
    let both = ["before", "from nowhere"];
    assert_eq!(ann.wait_for_messages(2, "sent").await, both);
    let bob = Window::open(&server, "/r/attic").await;
    let sent = bob.wait_for_messages(2, "sent").await;
    assert_eq!(sent, both, "each post once, for everyone");
    bob.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_new_version_of_the_page_is_used_from_the_next_load_on() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page");
    copy_files(Path::new(&env_var("PARLOR_PAGE")), &page);
    let mut server = Server::start_with_page(&page);
    let ann = Window::open_online(&server, "/").await;
    ann.wait_for(IS_CACHED, true).await;
    let index = page.join("index.html");
    let html = fs::read_to_string(&index).unwrap();
    let newer = html.replace("lang=\"en\"", "lang=\"en-GB\"");
    assert_ne!(html, newer);
    for compressed in ["index.html.br", "index.html.gz"] {
        // A page that was built without them has none.
        fs::remove_file(page.join(compressed)).ok();
    }
    fs::write(&index, newer).unwrap();
    server.kill();
    server.restart();
    ann.wait_for_status("online").await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    let language = "return document.documentElement.lang";
    assert_eq!(ann.eval(language).await, "en-GB");
    let is_cached = "return (await (await caches.match('/')).text()).includes('en-GB')";
    ann.wait_for(is_cached, true).await;
}

#[tokio::test]
async fn the_browser_can_install_the_page() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    // What browsers require of a page that can be installed.
    let manifest = "const { href } = document.querySelector('link[rel=manifest]');
        const manifest = await (await fetch(href)).json();
        const sizes = await Promise.all(manifest.icons.map(async icon => {
            const picture = Object.assign(new Image(), { src: icon.src });
            await picture.decode();
            const size = `${picture.naturalWidth}x${picture.naturalHeight}`;
            return size === icon.sizes && size;
        }));
        return [manifest.name, manifest.start_url, manifest.display, sizes]";
    let expected = json!([
        "Parlor",
        "/",
        "standalone",
        ["192x192", "512x512", "192x192"]
    ]);
    assert_eq!(ann.eval(manifest).await, expected);
    ann.wait_for(IS_CACHED, true).await;
    ann.assert_no_console_errors().await;
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let (from, to) = (file.path(), to.join(file.file_name()));
        if from.is_dir() {
            copy_files(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}
