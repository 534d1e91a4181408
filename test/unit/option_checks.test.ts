/** What is no option, or none of that type, is refused with what there is: everywhere. */

import { describe, expect, it } from "vitest";
import { openTarget } from "../../src/fuzz/index.ts";
import { type InstrumentOptions, instrument } from "../../src/instrument/index.ts";
import { checkOptions, OBJECT, STRING } from "../../src/option_checks.ts";
import { Kcov } from "../../src/runtime/kcov.ts";
import { wat } from "../support/wat.ts";

const MODULE = wat(`(module (func (export "f")))`);

describe("instrument", () => {
  it.each<[string, unknown, string]>([
    ["an unknown option", { idl: 1 }, 'there is no option "idl"; there are trace, level, link,'],
    ["one of another spelling", { pcbase: 4n }, 'there is no option "pcbase"'],
    ["one that objects inherit", { toString: 1 }, 'there is no option "toString"'],
    ["a string for a list", { trace: "pc" }, 'trace must be an array of "pc", "cmp",'],
    ["an unknown element", { trace: ["pc", "pcs"] }, 'not ["pc", "pcs"]'],
    ["a list for a string", { level: ["edge"] }, 'level must be one of "func", "bb", "edge", not ["edge"]'],
    ["another string", { link: "static" }, 'link must be one of "fused", "import", "standalone", not "static"'],
    ["a number for a boolean", { prune: 0 }, 'prune must be true, false, "implied" or "calls-return", not 0'],
    ["null", { functions: null }, "functions must be an object, not null"],
    ["an array for an object", { functions: ["f"] }, 'functions must be an object, not ["f"]'],
    ["an unknown option of a filter", { functions: { only: ["f"] } }, 'functions: there is no option "only"'],
    ["a string for patterns", { functions: { include: "f" } }, 'include must be an array of strings, not "f"'],
    ["indices for patterns", { functions: { exclude: [1] } }, "exclude must be an array of strings, not [1]"],
    ["patterns for a list", { functions: { allowlist: ["fun:f"] } }, "allowlist must be a string"],
    ["a string for a number", { pcBase: "12" }, 'pcBase must be a bigint or an integer, not "12"'],
    ["a name of several lines", { "a\nb": 1 }, 'there is no option "a\\nb"'],
    ["no options at all", null, "options must be an object, not null"],
    ["a list of options", ["pc"], 'options must be an object, not ["pc"]'],
  ])("refuses %s", (_what, options, message) => {
    const act = () => instrument(MODULE, options as InstrumentOptions);
    expect(act).toThrow(TypeError);
    expect(act).toThrow(message);
  });

  it("takes undefined for not given", () => {
    const options = { level: undefined, functions: { include: undefined }, pcBase: undefined };
    expect(instrument(MODULE, options as unknown as InstrumentOptions).pcTable.sites).toHaveLength(1);
  });

  it.each([0.5, Number.NaN, 2 ** 60])("refuses %s for pcBase", (pcBase) => {
    expect(() => instrument(MODULE, { pcBase })).toThrow(RangeError);
  });
});

describe("the other functions with options", () => {
  it("refuse what there is not", async () => {
    const kcov = await Kcov.create();
    expect(() => kcov.trace(() => 0, { kind: "pc" } as object)).toThrow(
      'trace: there is no option "kind"; there are mode',
    );
    expect(() => kcov.trace(() => 0, { size: "4" } as object)).toThrow('size must be a number, not "4"');
    expect(kcov.inspect().kcovs).toEqual([]);
    await expect(openTarget("x.wasm", { timeout: 3 } as object)).rejects.toThrow('there is no option "timeout"');
    await expect(openTarget("x.wasm", { args: "a" } as object)).rejects.toThrow("args must be an array of strings");
    await expect(openTarget("x.wasm", { functions: { inculde: [] } } as object)).rejects.toThrow('"inculde"');
  });
});

it("shows values on one short line", () => {
  const kinds = { name: STRING, table: OBJECT };
  expect(() => checkOptions("it", { name: ["x".repeat(99)] as unknown as string }, kinds)).toThrow(/^.{1,110}$/);
  expect(() => checkOptions("it", { table: "a\nb" }, kinds)).toThrow('not "a\\nb"');
});
