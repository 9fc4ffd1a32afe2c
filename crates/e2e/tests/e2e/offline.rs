//! The page while the server is not there: it opens all the same, once it was open.

use serde_json::json;

use crate::{browser::Window, server::Server};

/// Whether the service worker has the page and all that it names.
const IS_KEPT: &str = "if (!navigator.serviceWorker.controller) return false;
    const cache = await caches.open('parlor');
    const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname);
    return paths.includes('/') && paths.some(path => path.endsWith('.wasm'));";

#[tokio::test]
async fn it_opens_without_the_server_and_what_is_written_then_is_sent_once() {
    let mut server = Server::start();
    let ann = Window::open(&server, "/r/attic").await;
    ann.is("online").await;
    ann.say("before").await;
    ann.messages(1, "sent").await;
    ann.until(IS_KEPT, json!(null), |kept| kept == true).await;

    server.kill();
    ann.is("waiting").await;
    ann.page.refresh().await.unwrap();
    ann.is("waiting").await;
    ann.reads("room-name", "attic").await;
    ann.say("from nowhere").await;
    assert_eq!(ann.messages(1, "pending").await, ["from nowhere"]);
    assert_eq!(ann.messages(1, "sent").await, ["before"], "what it has");
    ann.pictures("offline").await;
    // Once more: what waits is still there.
    ann.page.refresh().await.unwrap();
    assert_eq!(ann.messages(1, "pending").await, ["from nowhere"]);
    assert_eq!(ann.messages(1, "sent").await, ["before"]);

    server.start_again();
    let both = ["before", "from nowhere"];
    assert_eq!(ann.messages(2, "sent").await, both);
    let bob = Window::open(&server, "/r/attic").await;
    assert_eq!(bob.messages(2, "sent").await, both, "once, for everyone");
    bob.has_no_complaints().await;
}

#[tokio::test]
async fn a_new_page_is_taken_at_the_next_load() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page");
    copy(
        std::path::Path::new(&crate::browser::named("PARLOR_PAGE")),
        &page,
    );
    let mut server = Server::start_with(&page);
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    ann.until(IS_KEPT, json!(null), |kept| kept == true).await;
    let index = page.join("index.html");
    let html = std::fs::read_to_string(&index).unwrap();
    let newer = html.replace("lang=\"en\"", "lang=\"en-GB\"");
    assert_ne!(html, newer);
    for compressed in ["index.html.br", "index.html.gz"] {
        std::fs::remove_file(page.join(compressed)).ok();
    }
    std::fs::write(&index, newer).unwrap();
    server.kill();
    server.start_again();
    ann.is("online").await;
    ann.page.refresh().await.unwrap();
    ann.is("online").await;
    let language = "return document.documentElement.lang";
    assert_eq!(ann.run(language, json!(null)).await, "en-GB");
    // And it is what is kept from now on.
    let kept = "return (await (await caches.match('/')).text()).includes('en-GB')";
    ann.until(kept, json!(null), |kept| kept == true).await;
}

#[tokio::test]
async fn the_browser_can_install_it() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    // What a browser asks of a page that is to be installed.
    let manifest = "const { href } = document.querySelector('link[rel=manifest]');
        const manifest = await (await fetch(href)).json();
        const sizes = await Promise.all(manifest.icons.map(async icon => {
            const picture = Object.assign(new Image(), { src: icon.src });
            await picture.decode();
            return `${picture.naturalWidth}x${picture.naturalHeight}` === icon.sizes && icon.sizes;
        }));
        return [manifest.name, manifest.start_url, manifest.display, sizes]";
    let wanted = json!([
        "Parlor",
        "/",
        "standalone",
        ["192x192", "512x512", "192x192"]
    ]);
    assert_eq!(ann.run(manifest, json!(null)).await, wanted);
    ann.until(IS_KEPT, json!(null), |kept| kept == true).await;
    ann.has_no_complaints().await;
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}
