/** The output of `trace --calls`: who called whom, as a tree, or in formats for flame graphs. */

import { type CallEvent, type CallNode, callEvents, callTree } from "../../runtime/calls.ts";
import { visible } from "../../text.ts";
import { formatCount } from "../table.ts";
import { readableName } from "./decode.ts";
import type { TracedModule } from "./modules.ts";
import { type Records, recordsOf, type TraceResult } from "./records.ts";

/** The formats in which calls can be written. */
export const CALLS_FORMATS = ["tree", "folded", "speedscope"] as const;

/** A format of calls. */
export type CallsFormat = (typeof CALLS_FORMATS)[number];

/** @returns pieces of text, to be written one after the other */
export function* formatCalls(result: TraceResult, format: CallsFormat): Generator<string, void, void> {
  const functions = new Functions(result.modules);
  const tasks = recordsOf(result);
  if (format === "speedscope") {
    yield speedscope(functions, tasks);
    return;
  }
  for (const records of tasks) {
    const tree = callTree(functions.events(records));
    if (format === "tree" && tasks.length > 1) yield `task ${records.task}\n`;
    for (const line of format === "tree" ? treeLines(functions, tree) : foldedLines(functions, tree)) yield `${line}\n`;
  }
}

/** The functions of the modules, by the PCs in them. */
class Functions {
  readonly #modules: readonly TracedModule[];
  /** For each module, the end offset and the index of every function, in order. */
  readonly #ends: { end: number; index: number }[][];

  constructor(modules: readonly TracedModule[]) {
    this.#modules = modules;
    this.#ends = modules.map(({ table }) =>
      table.functions.map(({ index, body }) => ({ end: body[1], index })).sort((a, b) => a.end - b.end),
    );
  }

  events({ words }: Records): Generator<CallEvent, void, void> {
    return callEvents(words, (pc) => this.keyOf(pc));
  }

  /** A key that is the same for all PCs of a function. */
  keyOf(pc: bigint): string {
    return `${pc >> 32n}:${this.#indexOf(pc)}`;
  }

  nameOf(pc: bigint): string {
    const module = this.#modules[Number(pc >> 32n)];
    const index = this.#indexOf(pc);
    if (module === undefined || index === undefined) return `0x${pc.toString(16)}`;
    const name = visible(readableName(module, index));
    return this.#modules.length === 1 ? name : `${visible(module.name)}:${name}`;
  }

  #indexOf(pc: bigint): number | undefined {
    const ends = this.#ends[Number(pc >> 32n)] ?? [];
    const offset = Number(pc & 0xffff_ffffn);
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle]?.end ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return ends[low]?.index;
  }
}

/** Lines of a tree: how often a function was called on this path, the ordinal of its first call, its name, indented. */
function* treeLines(functions: Functions, roots: readonly CallNode[]): Generator<string, void, void> {
  yield "   calls  first at  function";
  const open = roots.map((node) => ({ node, depth: 0 })).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    const [count, first] = [formatCount(node.count).padStart(8), formatCount(node.first).padStart(8)];
    yield `${count}  ${first}  ${"  ".repeat(depth)}${functions.nameOf(node.pc)}`;
    for (const child of node.children.toReversed()) open.push({ node: child, depth: depth + 1 });
  }
}

/** One stack per line: its functions, separated by semicolons, and how often the last one was called on it. */
function* foldedLines(functions: Functions, roots: readonly CallNode[]): Generator<string, void, void> {
  const open = roots.map((node) => ({ node, stack: "" })).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node } = next;
    const stack = next.stack + functions.nameOf(node.pc).replaceAll(";", ":");
    yield `${stack} ${node.count}`;
    for (const child of node.children.toReversed()) open.push({ node: child, stack: `${stack};` });
  }
}

/** https://www.speedscope.app/file-format-schema.json: one profile per task. Time is the number of calls so far. */
function speedscope(functions: Functions, tasks: readonly Records[]): string {
  const frames: { name: string }[] = [];
  const numbers = new Map<string, number>();
  const frameOf = (pc: bigint): number => {
    const key = functions.keyOf(pc);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, frames.length);
    return frames.push({ name: functions.nameOf(pc) }) - 1;
  };
  const profiles = tasks.map((records) => {
    const events = Array.from(functions.events(records), ({ type, pc, at }) => ({
      type: type === "open" ? "O" : "C",
      frame: frameOf(pc),
      at,
    }));
    const endValue = events.at(-1)?.at ?? 0;
    return { type: "evented", name: `task ${records.task}`, unit: "none", startValue: 0, endValue, events };
  });
  const schema = "https://www.speedscope.app/file-format-schema.json";
  return `${JSON.stringify({ $schema: schema, exporter: "wasm-kcov", shared: { frames }, profiles })}\n`;
}
