//! The page below a path, as where a host has other things as well.

use crate::{server::Server, window::Window};

const BASE: &str = "/team/chat";

/// Whether the service worker has cached the page below the path, and nothing elsewhere.
const IS_CACHED: &str = "return (async () => {
    if (!navigator.serviceWorker.controller) return false;
    const cache = await caches.open('parlor/team/chat');
    const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname);
    return paths.includes('/team/chat/') && paths.some(path => path.endsWith('.wasm'))
        && paths.every(path => path.startsWith('/team/chat/'));
})()";

const PATH: &str = "return location.pathname";

#[tokio::test]
async fn below_a_path_everything_works_also_without_the_server() {
    let mut server = Server::start_at(BASE);
    let ann = Window::open_online(&server, "/team/chat/").await;
    ann.wait_for_text("room-name", "lobby").await;
    ann.post("in the lobby").await;
    ann.wait_for_messages(1, "sent").await;
    let bob = Window::open_online(&server, "/team/chat/r/attic").await;
    bob.post("in the attic").await;
    bob.wait_for_messages(1, "sent").await;
    bob.wait_for(PATH, "/team/chat/r/attic").await;
    let links = "return Array.from(document.querySelectorAll('[data-testid=room] a'), a => \
                 a.pathname.startsWith('/team/chat/r/')).every(Boolean)";
    bob.wait_for(links, true).await;
    bob.wait_for(IS_CACHED, true).await;
    bob.screenshots("base-path").await;
    bob.assert_no_console_errors().await;

    server.kill();
    bob.wait_for_status("waiting").await;
    bob.reload().await;
    bob.wait_for_text("room-name", "attic").await;
    assert_eq!(bob.wait_for_messages(1, "sent").await, ["in the attic"]);
    server.restart();
    bob.wait_for_status("online").await;
}
