/**
 * Workers of a page. Of those that come from a server it is told, before they start, so that it puts this script in front
 * of them. What a page makes itself, as a blob or a data URL, is started from a blob that runs this script first.
 */

import { type PageSettings, WORKER_PATH } from "./protocol.ts";

/** The whole script, as the build wraps it: a function, so that its text is at hand. */
declare const wasmKcovRegister: () => void;

/** Makes the workers count that the page, or the worker, starts. */
export function coverWorkers(settings: PageSettings): void {
  for (const name of ["Worker", "SharedWorker"] as const) {
    // Both are made from a URL and options, and that is all that is of interest here.
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
      // Without a server nothing is covered; the page learns that from its modules.
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

/** A blob knows no relative URL. */
function withAbsoluteEndpoint({ endpoint, interval }: PageSettings): PageSettings {
  return { interval, endpoint: endpoint === undefined ? undefined : new URL(endpoint, baseUrl()).href };
}

/** A frame without a URL of its own has its parent's base. */
function baseUrl(): string {
  const { document } = globalThis as { document?: Document };
  return document?.baseURI ?? location.href;
}

/** The blob is never revoked: nobody tells when a worker has read it. */
function wrap(script: string, url: string, isModule: boolean): string {
  const text = JSON.stringify(url);
  const rest = isModule ? `await import(${text});` : `importScripts(${text});`;
  return URL.createObjectURL(new Blob([script, rest], { type: "text/javascript" }));
}
