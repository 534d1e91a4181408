/**
 * One construct a file: `NAME.wat`, and `NAME.expected.wat`, what the pass makes of it. Lines `;; option NAME=VALUE` set
 * options; the import link is the default here, since it is the one that can be read. `npm run test:update` rewrites
 * what is expected.
 */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type Idle,
  type InstrumentOptions,
  instrument,
  type Level,
  type LinkMode,
  type StateScope,
  type TraceKind,
} from "../../src/instrument/index.ts";
import { toWat, wat } from "../support/wat.ts";

const directory = new URL("instrument/", import.meta.url);
const names = readdirSync(directory)
  .filter((file) => file.endsWith(".wat") && !file.endsWith(".expected.wat"))
  .map((file) => file.slice(0, -".wat".length));

describe("goldens of the pass", () => {
  it.each(names)("%s", async (name) => {
    const text = readFileSync(new URL(`${name}.wat`, directory), "utf8");
    const { binary, pcTable } = instrument(wat(text, true), optionsOf(text));
    const sites = pcTable.sites.map(
      ({ pc, kind, function: func, impliedBy }) =>
        `;; pc ${pc} function ${func} ${kind}${impliedBy ? ` implied by ${impliedBy.map((k) => pcTable.sites[k]?.pc)}` : ""}`,
    );
    const expected = new URL(`${name}.expected.wat`, directory).pathname;
    await expect(`${sites.join("\n")}\n${toWat(binary)}`).toMatchFileSnapshot(expected);
  });
});

function optionsOf(text: string): InstrumentOptions {
  const options: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/^;; option (\w+)=(\S+)/gm)) options[name] = value;
  return {
    link: (options.link ?? "import") as LinkMode,
    level: (options.level ?? "edge") as Level,
    trace: (options.trace ?? "pc").split(",") as TraceKind[],
    prune: options.prune !== "false",
    selects: options.selects === "true",
    idle: (options.idle ?? "exact") as Idle,
    ...(options.state === undefined ? {} : { state: options.state as StateScope }),
  };
}
