// Keeps one pickup pass for when there is no connection: a service worker whose scope is the path of that pass.
// Every opening asks the server first. An answer that is no pass takes the copy, and the worker, away.

const path = new URL(self.registration.scope).pathname;
const store = `pickup pass ${path}`;
const NOBODY_THERE = new Set([502, 503, 504]); // said by what stands before the server, not by it
const PATIENCE = 6000; // milliseconds: a network that never answers is none

self.addEventListener("install", (event) => event.waitUntil(begin()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const isPass = request.mode === "navigate" && request.method === "GET" && url.pathname === path;
  if (isPass && !url.searchParams.has("save")) event.respondWith(show());
});

async function begin() {
  self.skipWaiting();
  await ask(path);
  // The browser's own copy of what is open now would outlive ours: an answer that may not be stored replaces it.
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.map((one) => one.url).filter((url) => new URL(url).pathname === path);
  await Promise.all(open.map((url) => ask(url, { cache: "reload" })));
}

async function show() {
  const kept = await find();
  try {
    const answer = await ask(path, kept ? { signal: AbortSignal.timeout(PATIENCE) } : {});
    if (!kept || !NOBODY_THERE.has(answer.status)) return answer;
  } catch {
    if (!kept) return Response.error();
  }
  const page = (await kept.text()).replace("<html ", "<html data-kept ");
  return new Response(page, { headers: kept.headers });
}

async function ask(address, more = {}) {
  const how = { headers: { "Pass-Keeper": "1" }, cache: "no-store", redirect: "manual", ...more };
  const answer = await fetch(address, how);
  if (answer.ok && answer.headers.has("Pass-Until")) {
    await (await caches.open(store)).put(path, answer.clone());
  } else if (answer.type === "opaqueredirect" || answer.status === 404) {
    await forget();
  }
  return answer;
}

async function find() {
  const kept = await caches.match(path, { cacheName: store, ignoreVary: true });
  if (!kept || Date.now() < Number(kept.headers.get("Pass-Until"))) return kept;
  await caches.delete(store);
  return undefined;
}

async function forget() {
  await caches.delete(store);
  await self.registration.unregister();
}
