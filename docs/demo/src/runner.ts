/** The worker that instruments modules and runs them. */

import { hasMultiMemory } from "../../../src/engine.ts";
import { instrument } from "../../../src/instrument/index.ts";
import { pcTableBytes } from "../../../src/instrument/read_pc_table.ts";
import { readModuleInfo } from "../../../src/instrument/wasm/module_info.ts";
import { installLoader } from "../../../src/loader/loader.ts";
import { CounterStore, type ModuleCounters } from "../../../src/runtime/counter_store.ts";
import type { Callable, News, Order } from "./messages.ts";

declare function importScripts(...urls: string[]): void;
declare const initSqlJs: (options: { locateFile(file: string): string }) => Promise<SqlJs>;

interface SqlJs {
  Database: new () => { exec(sql: string): { columns: string[]; values: unknown[][] }[] };
}

type Run = () => string;

/** Milliseconds between two looks at the messages while something is repeated. */
const PAUSE_AFTER = 200;

const store = new CounterStore();
let counters: ModuleCounters | undefined;
let call: (name: string, args: readonly string[]) => string = () => "";
let query: (sql: string) => string = () => "";
let round = 0;

store.onModule = (module) => {
  counters = module;
  if (module.memory === undefined || !self.crossOriginIsolated) return;
  tell({ type: "memory", memory: module.memory, length: module.length });
};
let opening = "module";
installLoader({ imports: store.imports, transform: (binary) => transform(binary) });

self.onmessage = async ({ data }: MessageEvent<Order>) => {
  try {
    await follow(data);
  } catch (error) {
    tell({ type: "failed", text: error instanceof Error ? error.message : String(error) });
  }
};

async function follow(order: Order): Promise<void> {
  const mine = ++round;
  if (order.type === "open") await open(order.name, order.bytes);
  else if (order.type === "open-sqlite") await openSqlite();
  else if (order.type === "call") await run(() => call(order.name, order.args), order.repeat, mine);
  else if (order.type === "query") await run(() => query(order.sql), order.repeat, mine);
}

function transform(binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  tell({ type: "status", text: `instrumenting ${opening}, ${binary.length.toLocaleString("en")} bytes …` });
  const counterStorage = hasMultiMemory() ? "memory" : "globals";
  const made = instrument(binary, { trace: ["counters"], counters: "64bit", counterStorage }).binary;
  tell({ type: "module", name: opening, original: binary, table: pcTableBytes(made).slice() });
  return made;
}

async function open(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  opening = name;
  const module = await WebAssembly.compile(bytes);
  const stubbed: string[] = [];
  const instance = await WebAssembly.instantiate(module, stubsFor(module, stubbed));
  const { exportedFunctions } = readModuleInfo(bytes);
  const exports: Callable[] = Array.from(exportedFunctions, ([exported, { params }]) => ({ name: exported, params }));
  call = (exported, args) => {
    const params = exportedFunctions.get(exported)?.params ?? [];
    const values = params.map((type, k) => (type === "i64" ? BigInt(args[k] || 0) : Number(args[k] || 0)));
    const result = (instance.exports[exported] as (...values: unknown[]) => unknown)(...values);
    return `${exported}(${values.join(", ")})${result === undefined ? "" : ` = ${String(result)}`}`;
  };
  tell({ type: "opened", exports, stubbed });
}

/** Functions that nobody provides do nothing and return 0. */
function stubsFor(module: WebAssembly.Module, stubbed: string[]): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    if (kind !== "function") throw new Error(`it imports a ${kind}, ${from}.${name}: this page has no such thing`);
    imports[from][name] = () => 0;
    stubbed.push(`${from}.${name}`);
  }
  return imports;
}

async function openSqlite(): Promise<void> {
  opening = "sql-wasm.wasm";
  importScripts("samples/sql-wasm.js");
  const { Database } = await initSqlJs({ locateFile: (file) => `samples/${file}` });
  const database = new Database();
  query = (sql) => {
    const results = database.exec(sql);
    const last = results.at(-1);
    return last ? [last.columns, ...last.values].map((row) => row.join("  ")).join("\n") : "done";
  };
  tell({ type: "opened", exports: [], stubbed: [] });
}

/** Runs something, once or until another order comes. */
async function run(once: Run, repeat: boolean, mine: number): Promise<void> {
  const start = performance.now();
  let text = once();
  while (repeat && mine === round) {
    const until = performance.now() + PAUSE_AFTER;
    while (performance.now() < until) text = once();
    tellCounts();
    await new Promise((resolve) => setTimeout(resolve));
  }
  tellCounts();
  tell({ type: "done", text, milliseconds: performance.now() - start, repeats: repeat });
}

/** A page that shares no memory sees what was counted when the worker says it. */
function tellCounts(): void {
  if (counters === undefined || (counters.memory !== undefined && self.crossOriginIsolated)) return;
  tell({ type: "counts", counts: BigUint64Array.from(counters.read() as BigUint64Array) });
}

function tell(news: News): void {
  self.postMessage(news);
}
