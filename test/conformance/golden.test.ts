/** Replays the traces recorded from the real device: every result and every field of the state, after every line. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Op, type OpResult, System, type SystemState } from "../support/system.ts";

interface Line {
  op: Op;
  result: OpResult & {
    state: Partial<SystemState>;
    comparisons?: boolean;
    vmalloc_limit?: string;
    kaslr_offset?: string;
    cpus?: number;
    irq_area_size?: number;
  };
}

interface Script {
  name: string;
  lines: Line[];
}

describe.each([
  ["named", 96, undefined],
  ["public", 200, undefined],
  ["named-v6.12", 72, "v6.12"],
  ["random-v6.12", 22, "v6.12"],
  ["named-v7.2", 83, "v7.2"],
  ["random-v7.2", 21, "v7.2"],
] as const)("%s.jsonl", (file, count, abi) => {
  const scripts = readScripts(file);

  test("is complete", () => {
    expect(scripts).toHaveLength(count);
  });

  test.each(scripts)("$name", async ({ name, lines }) => {
    const [begin, ...rest] = lines;
    if (begin === undefined) throw new Error("empty script");
    const system = await System.create({
      comparisons: begin.result.comparisons ?? true,
      vmallocLimit: BigInt(begin.result.vmalloc_limit ?? 0),
      kaslrOffset: BigInt(begin.result.kaslr_offset ?? 0),
      cpus: begin.result.cpus ?? 1,
      ...(abi === undefined ? {} : { abi }),
      ...(begin.result.irq_area_size === undefined ? {} : { irqAreaWords: begin.result.irq_area_size }),
    });
    let state = begin.result.state;
    expect(system.state(), `${name}:1 state`).toStrictEqual(state);
    for (const [index, { op, result }] of rest.entries()) {
      const { state: changed, ...expected } = result;
      const where = `${name}:${index + 2} ${JSON.stringify(op)}`;
      expect(system.run(op), where).toStrictEqual(expected);
      state = { ...state, ...changed };
      expect(system.state(), `${where} state`).toStrictEqual(state);
    }
  });
});

function readScripts(file: string): Script[] {
  const scripts: Script[] = [];
  const text = readFileSync(new URL(`../fixtures/golden/${file}.jsonl`, import.meta.url), "utf8");
  for (const line of text.trimEnd().split("\n")) {
    const entry = JSON.parse(line) as { file: string } | Line;
    if ("file" in entry) scripts.push({ name: entry.file, lines: [] });
    else scripts.at(-1)?.lines.push(entry);
  }
  return scripts;
}
