/**
 * Workers of a page. Before a worker from a server starts, the server is told to prepend this script to it. Workers
 * that a page makes itself, as a blob or a data URL, are started from a blob that runs this script first.
 */

import { type PageSettings, WORKER_PATH } from "./protocol.ts";

/** The whole script, which the build wraps in a function so that its text is available. */
declare const wasmKcovRegister: () => void;

/** Makes the workers that the page or worker starts count. */
export function coverWorkers(settings: PageSettings): void {
  for (const name of ["Worker", "SharedWorker"] as const) {
    // Both are created from a URL and options, which is all that matters here.
    const Own = (globalThis as unknown as Partial<Record<string, typeof Worker>>)[name];
    if (Own !== undefined) replaceConstructor(name, Own, settings);
  }
}

function replaceConstructor(name: string, Own: typeof Worker, settings: PageSettings): void {
  const { XMLHttpRequest: OwnRequest } = globalThis;
  const script = `{const WASM_KCOV_SETTINGS=${JSON.stringify(withAbsoluteEndpoint(settings))};(${wasmKcovRegister})()}`;
  const announce = (url: string): void => {
    if (settings.endpoint === undefined) return;
    const request = new OwnRequest();
    request.open("POST", settings.endpoint + WORKER_PATH, false);
    try {
      request.send(url);
    } catch {
      // Without a server nothing is covered, which the page finds out with its modules.
    }
  };
  const value = new Proxy(Own, {
    construct(target, [url, options], newTarget) {
      const text = String(url);
      const isOwn = text.startsWith("blob:") || text.startsWith("data:");
      if (!isOwn) announce(new URL(text, baseUrl()).href);
      const started = isOwn ? wrap(script, text, options?.type === "module") : url;
      return Reflect.construct(target, options === undefined ? [started] : [started, options], newTarget);
    },
  });
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/** Makes the endpoint absolute: relative URLs do not work in a blob. */
function withAbsoluteEndpoint({ endpoint, interval }: PageSettings): PageSettings {
  return { interval, endpoint: endpoint === undefined ? undefined : new URL(endpoint, baseUrl()).href };
}

/** The base URL; for a frame without a URL of its own, its parent's. */
function baseUrl(): string {
  const { document } = globalThis as { document?: Document };
  return document?.baseURI ?? location.href;
}

/** Makes a blob for a worker. It is never revoked: there is no notification when a worker has read it. */
function wrap(script: string, url: string, isModule: boolean): string {
  const text = JSON.stringify(url);
  const rest = isModule ? `await import(${text});` : `importScripts(${text});`;
  return URL.createObjectURL(new Blob([script, rest], { type: "text/javascript" }));
}
