/** Gives the page the headers that isolate it, where its server does not: only such a page shares memory with workers. */

interface Fetching extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

self.addEventListener("install", () => (self as unknown as { skipWaiting(): void }).skipWaiting());
self.addEventListener("activate", (event) => {
  const { clients } = self as unknown as { clients: { claim(): Promise<void> } };
  (event as unknown as { waitUntil(done: Promise<void>): void }).waitUntil(clients.claim());
});
self.addEventListener("fetch", (event) => {
  const fetching = event as Fetching;
  if (new URL(fetching.request.url).origin === location.origin) fetching.respondWith(isolated(fetching.request));
});

async function isolated(request: Request): Promise<Response> {
  const response = await fetch(request);
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
