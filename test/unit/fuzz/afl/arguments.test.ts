import { describe, expect, test } from "vitest";
import { optionValue, splitArguments } from "../../../../src/fuzz/afl/arguments.ts";

describe("afl-fuzz's command line", () => {
  test.each([
    ["-i in -o out t.wasm", { fuzzer: ["-i", "in", "-o", "out"], target: "t.wasm", rest: [] }],
    ["-iin -oout -D t.wasm", { fuzzer: ["-iin", "-oout", "-D"], target: "t.wasm", rest: [] }],
    [
      "-i - -o out -- t.wasm --reset none",
      { fuzzer: ["-i", "-", "-o", "out"], target: "t.wasm", rest: ["--reset", "none"] },
    ],
    ["-M a t.wasm -- --reset none", { fuzzer: ["-M", "a"], target: "t.wasm", rest: ["--reset", "none"] }],
    ["-Zi in t.wasm", { fuzzer: ["-Zi", "in"], target: "t.wasm", rest: [] }],
  ])("%s", (line, expected) => {
    expect(splitArguments(line.split(" "))).toEqual(expected);
  });

  test("without a target", () => {
    expect(splitArguments(["-i", "in", "-o", "out"])).toBeUndefined();
    expect(splitArguments(["-i", "in", "--"])).toBeUndefined();
  });

  test("the value of an option", () => {
    const args = ["-i", "-c", "-t100+", "-Zm", "50", "-D"];
    expect(optionValue(args, "i")).toBe("-c");
    expect(optionValue(args, "c")).toBeUndefined();
    expect(optionValue(args, "t")).toBe("100+");
    expect(optionValue(args, "m")).toBe("50");
  });
});
