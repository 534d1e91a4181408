/**
 * Coverage of WebAssembly in Playwright tests of pages. In a file that tests import instead of `@playwright/test`:
 *
 *     import { test as base } from "@playwright/test";
 *     import { wasmCoverage } from "wasm-kcov/playwright";
 *
 *     export const test = base.extend(wasmCoverage({ modules: ["*.wasm"] }));
 *
 * `wasm-kcov coverage -- npx playwright test` makes the report; `wasm-kcov report coverage/tmp` makes it later.
 */

import type { PageCoverage } from "../pages/page.ts";
import { type PageOptions, PageRecorder } from "../pages/page_recorder.ts";
import { PageEndpoint } from "../pages/page_requests.ts";

export { type PageOptions, PageRecorder } from "../pages/page_recorder.ts";

/** The part of Playwright's interface that is used; the package is the user's. */
interface Request {
  url(): string;
  headers(): Record<string, string>;
  postDataBuffer(): Buffer | null;
}

interface Route {
  request(): Request;
  fulfill(response: object): Promise<void>;
  fetch(): Promise<{ text(): Promise<string> }>;
}

interface Evaluates {
  evaluate(fn: () => Promise<void>): Promise<void>;
}

interface Frame extends Evaluates {}

interface Page {
  frames(): Frame[];
  workers(): Evaluates[];
  isClosed(): boolean;
}

interface BrowserContext {
  route(url: string | RegExp | ((url: URL) => boolean), handler: (route: Route) => Promise<void>): Promise<unknown>;
  addInitScript(script: { content: string }): Promise<unknown>;
  pages(): Page[];
}

/** Fixtures as `test.extend` takes them. */
export interface WasmCoverageFixtures {
  /** Collects the counts of the pages of a worker, and writes a profile when it ends. */
  _wasmKcovRecorder: [
    (fixtures: object, use: (recorder: PageRecorder) => Promise<void>) => Promise<void>,
    {
      /** One recorder for each of Playwright's workers. */
      scope: "worker";
      /** It is created even if no test asks for it. */
      auto: true;
    },
  ];
  /** The context of a test, whose pages count. */
  context: (
    fixtures: { context: BrowserContext; _wasmKcovRecorder: PageRecorder },
    use: (context: BrowserContext) => Promise<void>,
  ) => Promise<void>;
}

/** Fixtures that cover every page of a test's context. Each of Playwright's workers writes a profile. */
export function wasmCoverage(options: PageOptions = {}): WasmCoverageFixtures {
  return {
    _wasmKcovRecorder: [
      // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures are needed.
      async ({}, use) => {
        const recorder = new PageRecorder(options, (line) => process.stderr.write(`wasm-kcov: ${line}\n`));
        await use(recorder);
        recorder.finish();
      },
      { scope: "worker", auto: true },
    ],
    context: async ({ context, _wasmKcovRecorder }, use) => {
      const covered = await coverContext(context, _wasmKcovRecorder);
      await use(context);
      await covered.flush();
    },
  };
}

/** A context whose pages count. */
export interface CoveredContext {
  /** Resolves when everything that pages have counted so far is recorded. Call it before pages are closed. */
  flush(): Promise<void>;
}

/** Makes the pages of a context count, for programs that use Playwright without its test runner. */
export async function coverContext(context: BrowserContext, recorder: PageRecorder): Promise<CoveredContext> {
  const endpoint = new PageEndpoint(recorder);
  const script = endpoint.script();
  await context.addInitScript({ content: script });
  await context.route(
    (url) => endpoint.isFor(url.pathname),
    async (route) => {
      const request = route.request();
      const body = request.postDataBuffer() ?? new Uint8Array(0);
      const answer = endpoint.answer({ path: new URL(request.url()).pathname, headers: request.headers(), body });
      await route.fulfill({
        ...answer,
        body: typeof answer.body === "string" ? answer.body : Buffer.from(answer.body),
      });
    },
  );
  await context.route(
    (url) => endpoint.isWorker(url.href),
    async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: script + (await response.text()) });
    },
  );
  return { flush: () => flushPages(context) };
}

async function flushPages(context: BrowserContext): Promise<void> {
  const flush = async (): Promise<void> => {
    await (globalThis as { wasmKcov?: PageCoverage }).wasmKcov?.flush();
  };
  const places = context.pages().flatMap((page) => [...page.frames(), ...page.workers()]);
  // A page may be closed meanwhile; then it has reported what it could.
  await Promise.allSettled(places.map((place) => place.evaluate(flush)));
}
