// The service worker: the page for when the server does not answer, and what is shown while nobody looks.
// The rule of updates is in ARCHITECTURE.md: a load asks the server, and only without an answer gets what is kept.

const PATIENCE_MS = 4000;
const TEXT_CHARS_MAX = 200;

const kept = () => caches.open("parlor");
// Under a name with a hash in it there is never other content.
const isForGood = path => /-[0-9a-f]{12,}(_bg)?\.\w+$/.test(path);

// Keeps this page and all the files that it names, and no others.
async function keep(page) {
  const text = await page.clone().text();
  const files = Array.from(text.matchAll(/["'](\/[\w-]+\.\w+)["']/g), found => found[1]);
  const cache = await kept();
  const get = async file => isForGood(file) && await cache.match(file) || cache.add(file);
  await Promise.all(Array.from(new Set(files), get));
  await cache.put("/", page);
  for (const request of await cache.keys()) {
    const path = new URL(request.url).pathname;
    if (path !== "/" && !files.includes(path)) await cache.delete(request);
  }
}

async function load(event) {
  try {
    const page = await fetch(event.request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (page.ok) event.waitUntil(keep(page.clone()));
    // Above that the server is not there, and a proxy says so.
    if (page.status < 500) return page;
  } catch {}
  return await find("/") ?? Response.error();
}

const find = async what => (await kept()).match(what, { ignoreVary: true });

async function file(request, path) {
  const known = await find(request);
  if (known && isForGood(path)) return known;
  return fetch(request).catch(() => known ?? Response.error());
}

addEventListener("install", event => {
  skipWaiting();
  event.waitUntil(fetch("/").then(keep));
});
addEventListener("activate", event => event.waitUntil(clients.claim()));
addEventListener("fetch", event => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode !== "navigate") event.respondWith(file(request, pathname));
  else if (pathname === "/" || pathname.startsWith("/r/")) event.respondWith(load(event));
});

// A tab that nobody sees tells what came; of several tabs the first, and of none that one sees.
let last;
async function alert({ data: [room, id, title, text, wanted], source }) {
  const windows = await clients.matchAll({ type: "window" });
  if (id === last || windows.some(window => window.visibilityState === "visible")) return;
  last = id;
  if (wanted.includes("sound")) source.postMessage("");
  if (wanted.includes("notify") && Notification.permission === "granted")
    await registration.showNotification(title,
      { body: text.slice(0, TEXT_CHARS_MAX), icon: "/icon-192.png", tag: room, renotify: true, data: room });
}
async function answer(notification) {
  notification.close();
  const room = notification.data;
  const [window] = await clients.matchAll({ type: "window" });
  if (!window) return clients.openWindow(`/r/${room}`);
  window.postMessage(room);
  return window.focus();
}
addEventListener("message", event => event.waitUntil(alert(event)));
addEventListener("notificationclick", event => event.waitUntil(answer(event.notification)));
