/** The page: a module, a way to run it, and what it reaches while it runs. */

import { FunctionNames } from "../../../src/coverage/sources/function_names.ts";
import { readBodies, readSections } from "../../../src/instrument/wasm/sections.ts";
import { LiveCounts } from "./live_counts.ts";
import type { Callable, Listing, News, Order, ReadOrder } from "./messages.ts";
import { element, FunctionList, ListingView, status } from "./view.ts";

/** Milliseconds between two looks at the counters. */
const REFRESH = 120;

let runner: Worker | undefined;
let reader: Worker | undefined;
let counts: LiveCounts | undefined;
let names: FunctionNames | undefined;
let exports: readonly Callable[] = [];

const nameOf = (body: number): string => (names ? names.of(names.importedFunctions + body) : "");
const filter = element<HTMLInputElement>("filter");
const list = new FunctionList(nameOf, select);
const listing = new ListingView();

element("sqlite").addEventListener("click", () => open({ type: "open-sqlite" }));
element("sort").addEventListener("click", async () => {
  const response = await fetch("samples/sort.wasm");
  open({ type: "open", name: "sort.wasm", bytes: new Uint8Array(await response.arrayBuffer()) });
});
element<HTMLInputElement>("file").addEventListener("change", ({ target }) => {
  void openFile((target as HTMLInputElement).files?.[0]);
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  void openFile(event.dataTransfer?.files[0]);
});
element("run").addEventListener("click", () => run(false));
element("repeat").addEventListener("click", () => run(true));
element("stop").addEventListener("click", () => send({ type: "stop" }));
element("export").addEventListener("change", showArguments);
filter.addEventListener("input", refreshList);
await isolate();
tick();

/**
 * Only a page that is isolated from others may share memory with its workers. Where the server does not say so, a service
 * worker does, which needs the page to be loaded once more.
 */
async function isolate(): Promise<void> {
  if (crossOriginIsolated || !("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("service_worker.js");
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null || !sessionStorage.getItem("reloaded")) {
      sessionStorage.setItem("reloaded", "yes");
      location.reload();
    }
  } catch {
    // Then what was counted is shown when a call is over.
  }
}

async function openFile(file: File | undefined): Promise<void> {
  if (file === undefined) return;
  open({ type: "open", name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
}

function open(order: Order): void {
  runner?.terminate();
  reader?.terminate();
  runner = new Worker("runner.js");
  reader = new Worker("reader.js");
  runner.addEventListener("message", ({ data }: MessageEvent<News>) => receive(data));
  runner.addEventListener("error", ({ message }) => status(message, "failed"));
  reader.addEventListener("message", ({ data }: MessageEvent<Listing>) => {
    listing.show(data);
    refreshListing();
  });
  document.body.dataset.state = "opening";
  document.body.dataset.sample = order.type === "open-sqlite" ? "sqlite" : "module";
  counts = undefined;
  status("loading …", "busy");
  send(order);
}

function send(order: Order): void {
  runner?.postMessage(order);
}

function receive(news: News): void {
  if (news.type === "status") status(news.text, "busy");
  else if (news.type === "module") {
    counts = new LiveCounts(news.original, news.table);
    names = new FunctionNames(news.original, readBodies(news.original, readSections(news.original)));
    element("module").textContent = `${news.name}, ${news.original.length.toLocaleString("en")} bytes`;
    list.selected = -1;
    refreshList();
  } else if (news.type === "memory") counts?.watch(news.memory, news.length);
  else if (news.type === "counts") counts?.take(news.counts);
  else if (news.type === "opened") showExports(news.exports, news.stubbed);
  else if (news.type === "done") {
    const time = news.milliseconds < 10 ? news.milliseconds.toFixed(1) : Math.round(news.milliseconds);
    element("output").textContent = news.text;
    status(news.repeats ? `stopped after ${time} ms` : `took ${time} ms`);
  } else status(news.text, "failed");
}

function showExports(callable: readonly Callable[], stubbed: readonly string[]): void {
  document.body.dataset.state = "open";
  exports = callable;
  const select = element<HTMLSelectElement>("export");
  select.replaceChildren(...callable.map(({ name }) => new Option(name)));
  showArguments();
  const missing = stubbed.length === 0 ? "" : `; ${stubbed.length} imported functions do nothing here`;
  status(`ready${missing}`);
}

function showArguments(): void {
  const chosen = exports.find(({ name }) => name === element<HTMLSelectElement>("export").value);
  const fields = (chosen?.params ?? []).map((type, k) => {
    const field = document.createElement("input");
    field.value = type === "i32" && k === 0 ? "2000" : "1";
    field.title = type;
    return field;
  });
  element("arguments").replaceChildren(...fields);
}

function run(repeat: boolean): void {
  status("running …", "busy");
  element("output").textContent = "";
  if (document.body.dataset.sample === "sqlite") {
    send({ type: "query", sql: element<HTMLTextAreaElement>("sql").value, repeat });
    return;
  }
  const args = Array.from(element("arguments").querySelectorAll("input"), ({ value }) => value);
  send({ type: "call", name: element<HTMLSelectElement>("export").value, args, repeat });
}

function select(body: number): void {
  if (counts === undefined) return;
  const order: ReadOrder = { original: counts.original, body };
  reader?.postMessage(order);
  element("listing-title").textContent = `${nameOf(body)} …`;
  refreshList();
}

function refreshList(): void {
  list.show(counts?.functions.slice() ?? [], filter.value);
}

function refreshListing(): void {
  const { listing: shown } = listing;
  if (shown && counts) listing.update(counts.countsAt(shown.body, shown.offsets));
}

function tick(): void {
  if (counts?.update()) {
    refreshList();
    refreshListing();
    if (list.selected < 0) {
      // The one with the most to see.
      const [fullest] = [...counts.functions].sort((a, b) => b.reached - a.reached);
      if (fullest) {
        list.selected = fullest.body;
        select(fullest.body);
      }
    }
  }
  setTimeout(tick, REFRESH);
}
