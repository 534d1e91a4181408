/**
 * Coverage of WebAssembly in pages that vite serves, including those of vitest's browser mode:
 *
 *     import wasmKcov from "wasm-kcov/vite";
 *
 *     export default { plugins: [wasmKcov({ modules: ["*.wasm"] })] };
 *
 * Pages count while the development server runs; the profile is written whenever a page reports, and `wasm-kcov report`
 * makes a report from it. Pages built by `vite build` count only if they are built under `wasm-kcov coverage`, or with
 * the option `build`: then they are for tests with the preview server, not for users.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { settingsFromEnvironment } from "../../coverage/node/settings.ts";
import { type PageOptions, PageRecorder } from "../pages/page_recorder.ts";
import { PageEndpoint } from "../pages/page_requests.ts";

export type { PageOptions } from "../pages/page_recorder.ts";

/** The part of vite's interface that is used; the package is the user's. */
interface ViteServer {
  middlewares: { use(handler: Middleware): void };
  httpServer: { once(event: "close", listener: () => void): void } | null;
}

type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

interface HtmlTag {
  tag: string;
  children: string;
  injectTo: "head-prepend";
}

/** Options for what is recorded, and when. */
export interface ViteOptions extends PageOptions {
  /** Whether built pages count, too. Default: only under `wasm-kcov coverage`. */
  build?: boolean;
}

/** The plugin, in vite's terms. */
export interface WasmKcovPlugin {
  /** "wasm-kcov". */
  name: string;
  /** Settings that the plugin needs. */
  config(): object;
  /** Learns whether vite serves or builds. */
  configResolved(config: { command: "serve" | "build" }): void;
  /** Answers pages on the development server. */
  configureServer(server: ViteServer): void;
  /** Answers pages on the preview server. */
  configurePreviewServer(server: ViteServer): void;
  /** Adds the script that counts to every page. */
  transformIndexHtml: {
    /** Before vite's own scripts. */
    order: "pre";
    /** The tags that are added. */
    handler(): HtmlTag[];
  };
}

/** Milliseconds without a report after which the profile is written. */
const QUIET = 200;
const OK = 200;
const FLUSH_AFTER_TESTS = fileURLToPath(new URL("./flush_after_tests.js", import.meta.url));

/** Creates the plugin. */
export default function wasmKcov({ build, ...options }: ViteOptions = {}): WasmKcovPlugin {
  const recorder = new PageRecorder(options, (line) => process.stderr.write(`wasm-kcov: ${line}\n`));
  const endpoint = new PageEndpoint(recorder);
  const serve = (server: ViteServer): void => {
    server.middlewares.use(middlewareFor(endpoint, recorder));
    server.httpServer?.once("close", () => recorder.finish());
  };
  process.once("exit", () => recorder.finish());
  let counts = true;
  return {
    name: "wasm-kcov",
    config: () => (process.env.VITEST ? { test: { setupFiles: [FLUSH_AFTER_TESTS] } } : {}),
    /** Learns whether vite serves or builds. */
    configResolved({ command }) {
      counts = command === "serve" || (build ?? settingsFromEnvironment(process.env) !== undefined);
    },
    configureServer: serve,
    configurePreviewServer: serve,
    transformIndexHtml: {
      order: "pre",
      handler: () => (counts ? [{ tag: "script", children: endpoint.script(), injectTo: "head-prepend" }] : []),
    },
  };
}

function middlewareFor(endpoint: PageEndpoint, recorder: PageRecorder): Middleware {
  let timer: NodeJS.Timeout | undefined;
  const finishSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => recorder.finish(), QUIET);
    timer.unref();
  };
  return (request, response, next) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (!endpoint.isFor(path)) {
      if (isWorker(request)) prepend(response, endpoint.script());
      return next();
    }
    const parts: Uint8Array[] = [];
    request.on("data", (part: Uint8Array) => parts.push(part));
    request.on("error", next);
    request.on("end", () => {
      const answer = endpoint.answer({ path, headers: request.headers, body: Buffer.concat(parts) });
      response.writeHead(answer.status, answer.headers).end(answer.body);
      finishSoon();
    });
  };
}

/** Whether a request is for a worker's script: browsers send what a script is for. */
function isWorker({ headers }: IncomingMessage): boolean {
  return /^(shared)?worker$/.test(String(headers["sec-fetch-dest"] ?? ""));
}

/** Prepends text to a body that other middleware is about to send. */
function prepend(response: ServerResponse, text: string): void {
  const { writeHead, write, end } = response;
  let isBegun = false;
  const begin = (): void => {
    if (isBegun || response.statusCode !== OK || response.hasHeader("content-encoding")) return;
    isBegun = true;
    if (!response.headersSent) response.removeHeader("content-length");
    write.call(response, text, "utf8");
  };
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    for (const headers of rest) if (typeof headers === "object" && headers !== null) dropLength(headers);
    response.removeHeader("content-length");
    return writeHead.call(response, status, ...(rest as [undefined]));
  }) as ServerResponse["writeHead"];
  response.write = ((...args: Parameters<ServerResponse["write"]>) => {
    begin();
    return write.apply(response, args);
  }) as ServerResponse["write"];
  response.end = ((...args: Parameters<ServerResponse["end"]>) => {
    if (args[0] && typeof args[0] !== "function") begin();
    return end.apply(response, args);
  }) as ServerResponse["end"];
}

function dropLength(headers: object): void {
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === "content-length") delete (headers as Record<string, unknown>)[name];
  }
}
