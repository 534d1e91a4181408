/**
 * The script that makes a page, or a worker, count: it replaces what loads WebAssembly at once, before any other script
 * runs. The build makes of it dist/browser/register.js, a classic script without imports.
 *
 * Modules that come instrumented get their counters. All others are sent to the page's server, which instruments them;
 * the page waits meanwhile, since a program that compiles synchronously cannot be told to come back later. What is counted
 * is reported as it grows, since a page may end at any time and then can send little.
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

/** What the server puts in front of the script, if it does. */
declare const WASM_KCOV_SETTINGS: PageSettings | undefined;

/** Milliseconds between reports. */
const INTERVAL = 500;
/** What a browser sends for a page that is going away, in bytes. */
const BEACON_BYTES = 60_000;
const NO_CONTENT = 204;
const OK = 200;

/** `globalThis.wasmKcov`: what tests and tools may ask of a page. */
export interface PageCoverage {
  /** Reports what was counted up to now. Resolves when the server has it. */
  flush(): Promise<void>;
  /**
   * What was counted since the last report, for a page that nobody serves: `PageRecorder.report` takes it. Undefined: nothing.
   */
  take(): PageReport | undefined;
}

/** The functions of the page that are used later, as they are when the script runs. */
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

/** A module that came instrumented, from a static server or a service worker. */
function adoptIn(counters: PageCounters, binary: Uint8Array<ArrayBuffer>, source: ModuleSource): boolean {
  const table = readSections(binary).find((section) => isPcTable(binary, section));
  if (table !== undefined) counters.adopt(binary.subarray(table.start, table.end), source);
  return table !== undefined;
}

/** The innermost script that is not this one. */
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

/** @returns the module instrumented; as it is when it is not to be, or nobody answers */
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
    // A page may not ask for bytes when it waits for them; it can have them as characters.
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
    // Without the server there is nobody to tell.
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
  // A worker that ends itself.
  Object.defineProperty(globalThis, "close", {
    configurable: true,
    writable: true,
    value: () => {
      last();
      close.call(globalThis);
    },
  });
}

/** While the page goes away the browser takes little. What is too much for it is sent all the same: it may arrive. */
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
