/**
 * The script that makes a page or a worker count: before any other script runs, it replaces the functions that load
 * WebAssembly. The build turns it into dist/browser/register.js, a classic script without imports.
 *
 * Modules that are already instrumented get their counters. All others are sent to the page's server, which instruments
 * them; the page blocks meanwhile, because a program that compiles synchronously cannot be made to wait otherwise.
 * Counts are reported as they grow, because a page may end at any time, and can then send only little.
 */

import { hasMagic } from "../../binary_format.ts";
import { hasMultiMemory } from "../../engine.ts";
import { isPcTable } from "../../instrument/read_pc_table.ts";
import { readSections } from "../../instrument/wasm/sections.ts";
import { installLoader } from "../../loader/loader.ts";
import type { Caller, ModuleSource } from "../../loader/options.ts";
import { readStackText } from "../../loader/stack.ts";
import { CounterStore } from "../../runtime/counter_store.ts";
import { PageCounters } from "./page_counters.ts";
import { coverWorkers } from "./page_workers.ts";
import {
  COUNTS_PATH,
  MODULE_PATH,
  type PageReport,
  type PageSettings,
  SOURCE_HEADER,
  STORAGE_HEADER,
} from "./protocol.ts";

/** Settings that the server may put before the script. */
declare const WASM_KCOV_SETTINGS: PageSettings | undefined;

/** Milliseconds between reports. */
const INTERVAL = 500;
/** The most that a browser sends for a page that is being closed, in bytes. */
const BEACON_BYTES = 60_000;
const NO_CONTENT = 204;
const OK = 200;

/** `globalThis.wasmKcov`: the interface of a page for tests and tools. */
export interface PageCoverage {
  /** Reports the counts so far. Resolves when the server has received them. */
  flush(): Promise<void>;
  /**
   * Returns what was counted since the last report, for a page without a server: pass it to `PageRecorder.report`.
   * Undefined if nothing was counted.
   */
  take(): PageReport | undefined;
}

/** Functions that are used later, captured before the page can replace them. */
const { fetch: ownFetch, setTimeout: ownTimeout, XMLHttpRequest: OwnRequest } = globalThis;

start(settings());

function start(given: PageSettings): void {
  const { endpoint, interval = INTERVAL } = given;
  if ("wasmKcov" in globalThis) return;
  const store = new CounterStore();
  const counters = new PageCounters(store);
  const transform = (binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Uint8Array<ArrayBuffer> =>
    instrumentAtServer(binary, source, endpoint, counters);
  const adopt = (binary: Uint8Array<ArrayBuffer>, source: ModuleSource): boolean => adoptIn(counters, binary, source);
  installLoader({ imports: store.imports, transform, adopt }, { caller: callerInPage });
  coverWorkers(given);
  const flush = async (): Promise<void> => {
    const report = endpoint === undefined ? undefined : counters.take(location.href);
    if (report === undefined) return;
    await ownFetch(endpoint + COUNTS_PATH, { method: "POST", body: JSON.stringify(report) });
  };
  const page: PageCoverage = { flush, take: () => counters.take(location.href) };
  Object.defineProperty(globalThis, "wasmKcov", { value: page, configurable: true });
  if (endpoint !== undefined) reportUntilTheEnd(endpoint, interval, counters, flush);
}

/** Adopts a module that was instrumented before it was served, by a static server or a service worker. */
function adoptIn(counters: PageCounters, binary: Uint8Array<ArrayBuffer>, source: ModuleSource): boolean {
  const table = readSections(binary).find((section) => isPcTable(binary, section));
  if (table !== undefined) counters.adopt(binary.subarray(table.start, table.end), source);
  return table !== undefined;
}

/** The innermost script on the stack other than this one. */
function callerInPage(): Caller {
  const [own, ...files] = readStackText();
  return { script: files.find((file) => file !== undefined && file !== own), isHost: false };
}

function settings(): PageSettings {
  if (typeof WASM_KCOV_SETTINGS !== "undefined" && WASM_KCOV_SETTINGS !== undefined) return WASM_KCOV_SETTINGS;
  const { document } = globalThis as { document?: Document };
  const { endpoint } = (document?.currentScript as HTMLScriptElement | null)?.dataset ?? {};
  return { endpoint };
}

/** @returns the instrumented module; the given one if it should not be instrumented, or the server does not answer */
function instrumentAtServer(
  binary: Uint8Array<ArrayBuffer>,
  source: ModuleSource,
  endpoint: string | undefined,
  counters: PageCounters,
): Uint8Array<ArrayBuffer> {
  if (endpoint === undefined || !hasMagic(binary)) return binary;
  try {
    const request = new OwnRequest();
    request.open("POST", endpoint + MODULE_PATH, false);
    request.setRequestHeader(SOURCE_HEADER, encodeURIComponent(JSON.stringify(source)));
    request.setRequestHeader(STORAGE_HEADER, hasMultiMemory() ? "memory" : "globals");
    // A synchronous request of a page cannot receive bytes, but it can receive them as characters.
    request.overrideMimeType("text/plain; charset=x-user-defined");
    request.send(binary);
    if (request.status === OK) return bytesOf(request.responseText);
    if (request.status !== NO_CONTENT) counters.note(`${nameOf(source)} is not covered: status ${request.status}`);
  } catch (error) {
    counters.note(`${nameOf(source)} is not covered: ${(error as Error).message}`);
  }
  return binary;
}

function reportUntilTheEnd(
  endpoint: string,
  interval: number,
  counters: PageCounters,
  flush: () => Promise<void>,
): void {
  const tick = (): void => {
    // Without the server, there is nobody to report the failure to.
    flush()
      .catch(() => undefined)
      .then(() => ownTimeout(tick, interval));
  };
  ownTimeout(tick, interval);
  const last = (): void => {
    const report = counters.take(location.href);
    for (const module of report?.modules ?? []) sendLast(endpoint, { ...report, modules: [module] });
  };
  addEventListener("pagehide", last);
  const { document } = globalThis as { document?: Document };
  document?.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") last();
  });
  const { close } = globalThis as { close?: () => void };
  if (document !== undefined || close === undefined) return;
  // For a worker that ends itself.
  Object.defineProperty(globalThis, "close", {
    configurable: true,
    writable: true,
    value: () => {
      last();
      close.call(globalThis);
    },
  });
}

/** While a page is being closed, the browser accepts little. A larger report is sent all the same: it may arrive. */
function sendLast(endpoint: string, report: object): void {
  const body = JSON.stringify(report);
  const keepalive = body.length <= BEACON_BYTES;
  ownFetch(endpoint + COUNTS_PATH, { method: "POST", body, keepalive }).catch(() => undefined);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) bytes[k] = text.charCodeAt(k);
  return bytes;
}

function nameOf({ url, script }: ModuleSource): string {
  return url ?? (script === undefined ? "a module" : `a module of ${script}`);
}
