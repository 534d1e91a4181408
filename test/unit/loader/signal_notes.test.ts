/** What is known of a process that was sent a signal. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ignoresSignal, SignalNotes } from "../../../src/loader/node/signal_notes.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-notes-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const ignores = (signal: NodeJS.Signals, pid = process.pid): boolean => ignoresSignal(directory, pid, signal);

it("a signal that nobody handles, and that has not arrived, comes to nothing", () => {
  const notes = new SignalNotes(directory);
  expect(ignores("SIGTERM")).toBe(true);
  notes.arrived("SIGTERM");
  expect([ignores("SIGTERM"), ignores("SIGINT"), ignores("SIGTERM", 1)]).toEqual([false, true, true]);
});

it("the program decides what comes of a signal as long as it has a handler", () => {
  const notes = new SignalNotes(directory);
  notes.handles("SIGINT", true);
  notes.handles("SIGINT", true);
  expect([ignores("SIGINT"), ignores("SIGTERM")]).toEqual([false, true]);
  notes.handles("SIGINT", false);
  notes.handles("SIGINT", false);
  expect(ignores("SIGINT")).toBe(true);
  expect(readdirSync(directory)).toEqual([]);
});

it("a directory that is gone is nobody's trouble", () => {
  rmSync(directory, { recursive: true });
  const notes = new SignalNotes(directory);
  notes.arrived("SIGTERM");
  notes.handles("SIGTERM", false);
  expect(ignores("SIGTERM")).toBe(true);
});
