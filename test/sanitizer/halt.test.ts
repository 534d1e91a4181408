import { expect, test } from "vitest";
import { hasMultiMemory, instrument } from "../../src/instrument/index.ts";
import { Kcov } from "../../src/runtime/kcov.ts";
import { MemoryError } from "../../src/runtime/memory_report.ts";
import { wat } from "../support/wat.ts";
import { TEXT_PROGRAMS } from "./programs_wat.ts";
import { type Link, programText } from "./sanitized.ts";

const LINKS: readonly Link[] = hasMultiMemory() ? ["fused", "import"] : ["import"];

test.each(LINKS)("without recover the first error ends the program, %s", { timeout: 300_000 }, async (link) => {
  for (const { name, text, wrong, right, kind } of TEXT_PROGRAMS) {
    expect(await thrownBy(programText(withNumber(text, right)), link), `${name}, right`).toBeUndefined();
    const error = await thrownBy(programText(withNumber(text, wrong)), link);
    expect(error, name).toBeInstanceOf(MemoryError);
    expect((error as MemoryError).report.kind, name).toBe(kind);
  }
});

async function thrownBy(text: string, link: Link): Promise<unknown> {
  using kcov = await Kcov.create();
  const { binary } = instrument(wat(text), { link, trace: [], sanitize: "memory" });
  const { instance } = await WebAssembly.instantiate(binary, kcov.imports as unknown as WebAssembly.Imports);
  try {
    (instance.exports.run as () => void)();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Code for a condition stands without the constant around it. */
function withNumber(text: string, what: number | string): string {
  return typeof what === "number" ? text.replaceAll("@", String(what)) : text.replaceAll("(i32.const @)", what);
}
