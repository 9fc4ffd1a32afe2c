// Serves the page while the server does not answer, and shows notifications. ARCHITECTURE.md has the rule of updates.

const TIMEOUT_MS = 4000;
const TEXT_CHARS_MAX = 200;

const TYPES = {
  js: "text/javascript", css: "text/css", wasm: "application/wasm", svg: "image/svg+xml", png: "image/png", txt: "text/plain",
  webmanifest: "application/manifest+json", "/": "text/html",
};

// The path at which the server is hosted, with a slash at its end.
const BASE = new URL(".", location).pathname;

const openCache = () => caches.open(`parlor${BASE.slice(0, -1)}`);
const findCached = async request => (await openCache()).match(request, { ignoreVary: true });
// A file that the page names.
const FILE = new RegExp(`["'](${BASE}(?:later/)?[\\w-]+\\.\\w+)["']`, "g");
// Named by a hash of their content.
const isImmutable = path => /-[0-9a-f]{12,}(_bg)?\.\w+$/.test(path);
// Loaded when it is first needed, and kept from then on.
const isLater = path => path.startsWith(`${BASE}later/`);
// A proxy's "Back soon" or a login page has status 200, too.
const isFile = (response, path) => response.status === 200 && !response.redirected
  && (response.headers.get("content-type") ?? "").startsWith(TYPES[path.split(".").pop()] ?? "none");

// Caches this page with the files that it names, if it is Parlor's: it names its program, and all that it names is there.
async function cachePage(page) {
  if (!isFile(page, "/")) return;
  const text = await page.clone().text();
  const paths = Array.from(new Set(Array.from(text.matchAll(FILE), match => match[1])));
  if (!paths.some(path => path.endsWith("_bg.wasm"))) return;
  const cache = await openCache();
  const cached = await Promise.all(paths.map(async path => isImmutable(path) && await cache.match(path)));
  const missing = paths.filter((path, n) => !cached[n] || !isFile(cached[n], path));
  const loaded = await Promise.all(missing.map(path => fetch(path)));
  if (!loaded.every((response, n) => isFile(response, missing[n]))) return;
  await Promise.all(loaded.map((response, n) => cache.put(missing[n], response)));
  // Without the head of one room or message.
  const shell = text.replace(/<!--room-->.*?<!--\/room-->/s, "<title>Parlor</title>");
  await cache.put(BASE, new Response(shell, page));
  for (const request of await cache.keys()) {
    const path = new URL(request.url).pathname;
    const isKept = path === BASE || paths.includes(path) || (isLater(path) && !isImmutable(path));
    if (!isKept) await cache.delete(request);
  }
}

async function loadPage(event) {
  try {
    const page = await fetch(event.request, { signal: AbortSignal.timeout?.(TIMEOUT_MS) });
    event.waitUntil(cachePage(page.clone()));
    // 500 and more: a proxy says that the server is down.
    if (page.status < 500) return page;
  } catch {}
  return await findCached(BASE) ?? Response.error();
}

async function loadFile(request, path) {
  const cached = await findCached(request);
  if (cached && isImmutable(path)) return cached;
  const loaded = await fetch(request).catch(() => Response.error());
  if (!isFile(loaded, path)) return cached ?? loaded;
  if (isLater(path)) await (await openCache()).put(path, loaded.clone());
  return loaded;
}

addEventListener("install", event => {
  skipWaiting();
  event.waitUntil(fetch(BASE).then(cachePage));
});
addEventListener("activate", event => event.waitUntil(clients.claim()));
addEventListener("fetch", event => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode !== "navigate") event.respondWith(loadFile(request, pathname));
  else if (pathname === BASE || pathname.startsWith(`${BASE}r/`)) event.respondWith(loadPage(event));
});

// Hidden tabs ask for it: the first one's counts, and none while a tab is visible.
let lastId;
async function alert({ data: [room, id, title, text, settings], source }) {
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (id === lastId || windows.some(window => window.visibilityState === "visible")) return;
  lastId = id;
  // An empty message has the tab play a sound.
  if (settings.includes("sound")) source.postMessage("");
  if (settings.includes("notify") && Notification.permission === "granted")
    await registration.showNotification(title,
      { body: text.slice(0, TEXT_CHARS_MAX), icon: `${BASE}icon-192.png`, tag: room, renotify: true, data: { room, id } });
}
// Its message was deleted.
async function withdraw(room, id) {
  for (const notification of await registration.getNotifications({ tag: room }))
    if (notification.data.id === id) notification.close();
}
async function openRoom(notification) {
  notification.close();
  const { room } = notification.data;
  const [window] = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!window) return clients.openWindow(`${BASE}r/${room}`);
  window.postMessage(room);
  return window.focus();
}
addEventListener("message", event => {
  const { data } = event;
  event.waitUntil(data.length > 2 ? alert(event) : withdraw(...data));
});
addEventListener("notificationclick", event => event.waitUntil(openRoom(event.notification)));
