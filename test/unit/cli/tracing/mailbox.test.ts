/** What a traced program has instrumented, on the program's side. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MAILBOX, Mailbox } from "../../../../src/cli/tracing/mailbox.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-mailbox-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const BINARY = Uint8Array.of(1, 2, 3);
const REPLY = Uint8Array.of(4, 5);

/** Answers what was asked. */
function answer(reply: Uint8Array): void {
  for (const name of readdirSync(directory).filter((each) => each.endsWith(MAILBOX.request))) {
    writeFileSync(join(directory, name.replace(MAILBOX.request, MAILBOX.reply)), reply);
  }
}

test.each([
  ["a module", REPLY, REPLY],
  ["that it stays as it is", new Uint8Array(0), undefined],
])("an answer that comes while the event loop turns: %s", async (_, reply, expected) => {
  const later = new Mailbox(directory, process.pid).instrumentLater(BINARY, { script: "a.js" });
  // Nobody could answer before this thread goes on.
  setImmediate(() => answer(reply));
  expect(await later).toEqual(expected);
});

test("nobody is there to answer: the module stays as it is", async () => {
  const gone = 2 ** 30;
  expect(await new Mailbox(directory, gone).instrumentLater(BINARY, {})).toBeUndefined();
  rmSync(directory, { recursive: true });
  expect(await new Mailbox(directory, process.pid).instrumentLater(BINARY, {})).toBeUndefined();
});
