// Gives the page instrumented modules in place of the originals.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (!url.pathname.endsWith(".wasm")) return;
  event.respondWith(fetch(url.pathname.replace(/\.wasm$/, ".cov.wasm")));
});
