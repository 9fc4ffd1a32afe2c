// Serves the page while the server does not answer, and shows notifications. ARCHITECTURE.md has the rule of updates.

const TIMEOUT_MS = 4000;
const TEXT_CHARS_MAX = 200;

const openCache = () => caches.open("parlor");
// Named by a hash of their content.
const isImmutable = path => /-[0-9a-f]{12,}(_bg)?\.\w+$/.test(path);

// Caches this page with the files that it names, and no others.
async function cachePage(page) {
  const text = await page.clone().text();
  const files = Array.from(text.matchAll(/["'](\/[\w-]+\.\w+)["']/g), match => match[1]);
  const cache = await openCache();
  const add = async file => isImmutable(file) && await cache.match(file) || cache.add(file);
  await Promise.all(Array.from(new Set(files), add));
  await cache.put("/", page);
  for (const request of await cache.keys()) {
    const path = new URL(request.url).pathname;
    if (path !== "/" && !files.includes(path)) await cache.delete(request);
  }
}

const findCached = async request => (await openCache()).match(request, { ignoreVary: true });

async function loadPage(event) {
  try {
    const page = await fetch(event.request, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (page.ok) event.waitUntil(cachePage(page.clone()));
    // 500 and more: a proxy says that the server is down.
    if (page.status < 500) return page;
  } catch {}
  return await findCached("/") ?? Response.error();
}

async function loadFile(request, path) {
  const cached = await findCached(request);
  if (cached && isImmutable(path)) return cached;
  return fetch(request).catch(() => cached ?? Response.error());
}

addEventListener("install", event => {
  skipWaiting();
  event.waitUntil(fetch("/").then(cachePage));
});
addEventListener("activate", event => event.waitUntil(clients.claim()));
addEventListener("fetch", event => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode !== "navigate") event.respondWith(loadFile(request, pathname));
  else if (pathname === "/" || pathname.startsWith("/r/")) event.respondWith(loadPage(event));
});

// Hidden tabs ask for it: the first one's counts, and none while a tab is visible.
let lastId;
async function alert({ data: [room, id, title, text, settings], source }) {
  const windows = await clients.matchAll({ type: "window" });
  if (id === lastId || windows.some(window => window.visibilityState === "visible")) return;
  lastId = id;
  // An empty message has the tab play a sound.
  if (settings.includes("sound")) source.postMessage("");
  if (settings.includes("notify") && Notification.permission === "granted")
    await registration.showNotification(title,
      { body: text.slice(0, TEXT_CHARS_MAX), icon: "/icon-192.png", tag: room, renotify: true, data: { room, id } });
}
// Its message was deleted.
async function withdraw(room, id) {
  for (const notification of await registration.getNotifications({ tag: room }))
    if (notification.data.id === id) notification.close();
}
async function openRoom(notification) {
  notification.close();
  const { room } = notification.data;
  const [window] = await clients.matchAll({ type: "window" });
  if (!window) return clients.openWindow(`/r/${room}`);
  window.postMessage(room);
  return window.focus();
}
addEventListener("message", event => {
  const { data } = event;
  event.waitUntil(data.length > 2 ? alert(event) : withdraw(...data));
});
addEventListener("notificationclick", event => event.waitUntil(openRoom(event.notification)));
