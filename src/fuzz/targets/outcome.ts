/** Turns a thrown value into the outcome of an execution. */

import { MemoryError, type MemoryReport } from "../../runtime/memory_report.ts";
import type { Crash, CrashFrame, RunOutcome } from "../engine.ts";
import { formatMemoryReport } from "./memory_error.ts";

/** Translates stack frames into terms of the original module. */
export interface FrameNames {
  /**
   * @param url the module's URL according to the JavaScript engine; `pc`: offset in the original, if known
   * @returns undefined for a frame outside of the target's code
   */
  resolve(url: string, func: number, offset: number, pc?: number): CrashFrame | undefined;
}

export const OK: RunOutcome = { kind: "ok", rejected: false };
export const REJECTED: RunOutcome = { kind: "ok", rejected: true };

/** Deeper stacks come mostly from recursion and say no more. */
const MAX_FRAMES = 32;

/** Turns a thrown value of any kind into a crash. */
export function crashOf(error: unknown, names: FrameNames): RunOutcome {
  const report = memoryReportOf(error);
  if (report !== undefined) return memoryCrash(report, error, names);
  return crash(reasonOf(error), framesOf(error, names), error);
}

/** The report of a memory error; undefined for anything else, which may even throw when it is inspected. */
export function memoryReportOf(error: unknown): MemoryReport | undefined {
  try {
    return error instanceof MemoryError ? error.report : undefined;
  } catch {
    return undefined;
  }
}

function memoryCrash(report: MemoryReport, error: unknown, names: FrameNames): RunOutcome {
  const resolve = (stack: string, pc?: number): CrashFrame[] => framesIn(stack, names, pc);
  const frames = resolve(report.stack, report.pc);
  const crash: Crash = { reason: report.kind, frames, error, report: formatMemoryReport(report, resolve) };
  return { kind: "crash", crash };
}

/** The outcome of an exit: a crash if the code is other than 0. */
export function exitOf(code: number, error: unknown, names: FrameNames): RunOutcome {
  return code === 0 ? OK : crash(`exit ${code}`, framesOf(error, names), error);
}

function crash(reason: string, frames: readonly CrashFrame[], error: unknown): RunOutcome {
  const found: Crash = { reason, frames, error };
  return { kind: "crash", crash: found };
}

/** Describes the kind of failure, in the same words on every engine. */
export function reasonOf(error: unknown): string {
  try {
    return reasonIn(error);
  } catch {
    // A proxy, or an error whose message is a getter: a thrown value may do anything when it is inspected.
    return "threw something that throws when it is looked at";
  }
}

function reasonIn(error: unknown): string {
  if (!(error instanceof Error)) return isWasmException(error) ? "uncaught exception" : `threw ${describe(error)}`;
  const [name, message] = [String(error.name), String(error.message)];
  if (name === "RangeError" && STACK_OVERFLOW.test(message)) return "stack overflow";
  // SpiderMonkey's error.
  if (name === "InternalError" && STACK_OVERFLOW.test(message)) return "stack overflow";
  if (!(error instanceof WebAssembly.RuntimeError)) return message === "" ? name : `${name}: ${firstLine(message)}`;
  return TRAPS.find(([pattern]) => pattern.test(message))?.[1] ?? firstLine(message);
}

const STACK_OVERFLOW = /call stack|too much recursion|stack overflow/i;

/** Messages of V8, SpiderMonkey and JavaScriptCore, the more specific ones first. */
const TRAPS: readonly (readonly [RegExp, string])[] = [
  [/table.*out of bounds|out of bounds (table|call_indirect)|table index/i, "table access out of bounds"],
  [/array.*out of bounds/i, "array access out of bounds"],
  [/(element|data) segment/i, "segment access out of bounds"],
  [/out of bounds.*trunc|unrepresentable in integer|invalid conversion to integer/i, "invalid conversion to integer"],
  [/signature|indirect call to null|null function|null table entry/i, "indirect call of a wrong function"],
  [/memory.*out of bounds|out of bounds memory|index out of bounds/i, "memory access out of bounds"],
  [/remainder by zero|divi(de|sion) by zero/i, "division by zero"],
  [/divide result unrepresentable|integer overflow/i, "integer overflow"],
  [/null (pointer|reference)|dereferenc/i, "null reference"],
  [/cast/i, "illegal cast"],
  [/unaligned/i, "unaligned atomic access"],
  [/stack (overflow|exhausted)|too much recursion/i, "stack overflow"],
  [/unreachable/i, "unreachable"],
];

function isWasmException(error: unknown): boolean {
  // Not every engine has the class.
  return "Exception" in WebAssembly && error instanceof WebAssembly.Exception;
}

function describe(value: unknown): string {
  try {
    return firstLine(String(value));
  } catch {
    return typeof value;
  }
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n", 1);
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** V8's `wasm://wasm/1a2b:wasm-function[12]:0x34`, and other engines' `….wasm:wasm-function[12]:0x34`. */
const STACK_FRAME = /(\S+):wasm-function\[(\d+)\]:0x([0-9a-f]+)/;

/** V8's `at name (file:line:column)`, and other engines' `name@file:line:column`. */
const SCRIPT_FRAME = /^\s*(?:at (?:async )?(?:(.+?) \()?|(.*)@)((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/;
/** Frames of this library say nothing about a target, and neither do the frames that called into the target. */
const OWN = new URL("../../", import.meta.url);
const CALLER = /\/targets\/(instance|node\/script_target)\.[jt]s:/;

/** The WebAssembly and script frames of a stack, innermost first. */
export function framesOf(error: unknown, names: FrameNames): CrashFrame[] {
  return framesIn(stackOf(error), names);
}

/** @param pc pc of the innermost frame; 0 if it is not known */
function framesIn(stack: string, names: FrameNames, pc = 0): CrashFrame[] {
  const frames: CrashFrame[] = [];
  for (const line of stack.split("\n")) {
    const known = frames.length === 0 && pc !== 0 ? pc : undefined;
    const frame = wasmFrame(line, names, known) ?? scriptFrame(line);
    if (frame) frames.push(frame);
    if (frames.length === MAX_FRAMES || (CALLER.test(line) && isOwn(line))) break;
  }
  return frames;
}

function wasmFrame(line: string, names: FrameNames, pc?: number): CrashFrame | undefined {
  const [, url, func, offset] = STACK_FRAME.exec(line) ?? [];
  if (url === undefined) return undefined;
  return names.resolve(moduleUrl(url), Number(func), Number.parseInt(offset ?? "", 16), pc);
}

function isOwn(text: string): boolean {
  return text.includes(OWN.href) || text.includes(OWN.pathname);
}

function scriptFrame(line: string): CrashFrame | undefined {
  const [, v8Name, otherName, place] = SCRIPT_FRAME.exec(line) ?? [];
  if (place === undefined || place.includes("wasm-function[")) return undefined;
  if (isOwn(place)) return undefined;
  const location = place.startsWith("file://") ? decodeURI(place.slice("file://".length)) : place;
  return { function: undefined, name: v8Name || otherName || "(anonymous)", offset: undefined, location };
}

/** In frames of named functions, the URL follows a parenthesis or an `@`. */
function moduleUrl(text: string): string {
  return text.replace(/^.*[(@]/, "");
}

function stackOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  try {
    const { stack } = error as { stack?: unknown };
    return typeof stack === "string" ? stack : "";
  } catch {
    return "";
  }
}
