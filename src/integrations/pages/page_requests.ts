/** A server's answers to pages that count. */

import { readFileSync } from "node:fs";
import type { CountingStorage } from "../../coverage/node/collector_options.ts";
import type { PageRecorder } from "./page_recorder.ts";
import {
  COUNTS_PATH,
  DEFAULT_ENDPOINT,
  MODULE_PATH,
  type PageReport,
  type PageSettings,
  SCRIPT_PATH,
  SOURCE_HEADER,
  STORAGE_HEADER,
  WORKER_PATH,
} from "./protocol.ts";

/** A request, in a form that every server can provide. */
export interface PageRequest {
  /** Path without the query. */
  readonly path: string;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface PageResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

const OK = 200;
const NO_CONTENT = 204;
const BAD_REQUEST = 400;
const NOT_FOUND = 404;

/** Answers the requests of pages to the endpoint. */
export class PageEndpoint {
  readonly path: string;
  readonly #recorder: PageRecorder;
  readonly #settings: PageSettings;
  readonly #workers = new Set<string>();

  constructor(recorder: PageRecorder, endpoint: string = DEFAULT_ENDPOINT) {
    this.path = endpoint;
    this.#recorder = recorder;
    this.#settings = { endpoint };
  }

  /** The script that a page must run before all others: a classic script that is also valid at the top of a module. */
  script(): string {
    return pageScript(this.#settings);
  }

  /** Whether a request is for this endpoint. */
  isFor(path: string): boolean {
    return path.startsWith(`${this.path}/`);
  }

  /** Whether a page has announced a worker with this URL, which needs the script before its own code. */
  isWorker(url: string): boolean {
    return this.#workers.has(url);
  }

  answer({ path, headers, body }: PageRequest): PageResponse {
    try {
      switch (path.slice(this.path.length)) {
        case SCRIPT_PATH:
          return respond(OK, this.script(), "text/javascript");
        case MODULE_PATH:
          return this.#instrument(headers, body);
        case COUNTS_PATH:
          this.#recorder.report(JSON.parse(new TextDecoder().decode(body)) as PageReport);
          return respond(NO_CONTENT, "");
        case WORKER_PATH:
          this.#workers.add(new TextDecoder().decode(body));
          return respond(NO_CONTENT, "");
        default:
          return respond(NOT_FOUND, "wasm-kcov: there is nothing here");
      }
    } catch (error) {
      return respond(BAD_REQUEST, `wasm-kcov: ${(error as Error).message}`);
    }
  }

  #instrument(headers: PageRequest["headers"], body: Uint8Array): PageResponse {
    const source = JSON.parse(decodeURIComponent(String(headers[SOURCE_HEADER] ?? "{}")));
    const storage: CountingStorage = headers[STORAGE_HEADER] === "globals" ? "globals" : "memory";
    const binary = this.#recorder.instrument(body, source, storage);
    // Not as application/wasm, because the page reads it as characters.
    return binary === undefined ? respond(NO_CONTENT, "") : respond(OK, binary, "application/octet-stream");
  }
}

/** The page's script with its settings. */
export function pageScript(settings: PageSettings): string {
  const script = readFileSync(new URL("../../browser/register.js", import.meta.url), "utf8");
  return `{const WASM_KCOV_SETTINGS=${JSON.stringify(settings)};\n${script}}\n`;
}

/** Makes a response. Pages of other origins, such as a worker from a data URL, may use the endpoint, too. */
function respond(status: number, body: Uint8Array | string, type = "text/plain"): PageResponse {
  const headers = { "content-type": type, "access-control-allow-origin": "*", "cache-control": "no-store" };
  return { status, headers, body };
}
