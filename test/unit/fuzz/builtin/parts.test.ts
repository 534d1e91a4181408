/** Small parts of the engine. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Compared } from "../../../../src/fuzz/builtin/comparisons.ts";
import { parseDictionary } from "../../../../src/fuzz/builtin/dictionary.ts";
import { attempts, insertions } from "../../../../src/fuzz/builtin/encodings.ts";
import { parseEngineArguments } from "../../../../src/fuzz/builtin/flags.ts";
import { Haystack } from "../../../../src/fuzz/builtin/haystack.ts";
import { chooseInputs } from "../../../../src/fuzz/builtin/merge.ts";
import { cleanse, minimize } from "../../../../src/fuzz/builtin/minimize.ts";
import { Mutator } from "../../../../src/fuzz/builtin/mutate.ts";
import { Random } from "../../../../src/fuzz/builtin/random.ts";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));
const text = (input: Uint8Array): string => new TextDecoder().decode(input);

test("mutations keep within the limit, leave something, and change most inputs", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.integer(),
      fc.integer({ min: 40, max: 64 }),
      (input, seed, limit) => {
        const words = [bytes("dictionary"), bytes("x")];
        const pairs = [{ from: input.slice(0, 2), to: bytes("longer") }];
        const mutator = new Mutator(new Random(seed), {
          maxLength: 64,
          dictionary: words,
          substitutions: pairs,
          crossOver: true,
          custom: undefined,
        });
        mutator.state.limit = limit;
        mutator.state.other = bytes("another input of the corpus");
        mutator.state.data.fill(0xa5);
        mutator.load(input);
        let size = input.length;
        for (let k = 0; k < 20; k++) {
          size = mutator.mutate(size);
          expect(size).toBeGreaterThan(0);
          expect(size).toBeLessThanOrEqual(limit);
        }
        expect(mutator.history().length).toBeGreaterThan(0);
      },
    ),
  );
});

test("random numbers are even, and the seed determines them", () => {
  const random = new Random(1);
  const counts = new Uint32Array(7);
  for (let k = 0; k < 70_000; k++) {
    const value = random.below(7);
    counts[value] = (counts[value] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(9_500);
  expect(Math.max(...counts)).toBeLessThan(10_500);
  const first = [1, 1, 2].map((seed) => new Random(seed).next());
  expect(first[0]).toBe(first[1]);
  expect(first[0]).not.toBe(first[2]);
});

describe("dictionaries", () => {
  test("all forms of a line", () => {
    const words = parseDictionary('# comment\n\n"plain"\nname="a\\x00\\xfFb"\nkw@2="\\\\ \\""\n"plain"\r\n');
    expect(words.map((word) => [...word])).toEqual([[...bytes("plain")], [97, 0, 255, 98], [92, 32, 34]]);
  });

  test.each([
    ["word", 'line 1: a word is in quotes: name="value"'],
    ['"ok"\n"\\n"', "line 2: inside of a word"],
    ['""', "line 1: the word is empty"],
    ['"a"b"', "line 1: inside of a word"],
  ])("%j is refused", (line, message) => {
    expect(() => parseDictionary(line)).toThrow(message);
  });
});

describe("flags", () => {
  test("values, paths and what is unknown", () => {
    const { flags, paths, warnings } = parseEngineArguments([
      "--",
      "-runs=7",
      "dir",
      "-dict=a=b",
      "-frob=1",
      "--runs=1",
    ]);
    expect([flags.runs, flags.dict, flags.timeout]).toEqual([7, "a=b", 1200]);
    expect(paths).toEqual(["dir"]);
    expect(warnings).toEqual([
      "WARNING: unrecognized flag '-frob=1'; use -help=1 to list all flags",
      "WARNING: unrecognized flag '--runs=1'; use -help=1 to list all flags",
    ]);
  });

  test.each([
    ["-timeout=7", 7],
    ["-timeout=0.05", 0.05],
    ["-timeout=.5", 0.5],
    ["-timeout=0", 0],
  ])("%s: %d seconds", (flag, seconds) => {
    expect(parseEngineArguments([flag]).flags.timeout).toBe(seconds);
  });

  test.each([
    ["-runs", "-runs needs a value: -runs=-1"],
    ["-runs=x", "-runs=x: not a whole number"],
    ["-runs=0.5", "-runs=0.5: not a whole number"],
    ["-max_total_time=0.5", "-max_total_time=0.5: not a whole number"],
    ["-timeout=-1", "-timeout=-1: below 0"],
    ["-timeout=-0.1", "-timeout=-0.1: below 0"],
    ["-timeout=x", "-timeout=x: not a number of seconds"],
    ["-timeout=", "-timeout=: not a number of seconds"],
    ["-timeout=1.", "-timeout=1.: not a number of seconds"],
    ["-timeout=1e3", "-timeout=1e3: not a number of seconds"],
    ["-timeout=0.0000001", "-timeout=0.0000001: not a number of seconds"],
  ])("%s is refused", (flag, message) => {
    expect(() => parseEngineArguments([flag])).toThrow(message);
  });
});

describe("ways of writing an operand", () => {
  const compare = (size: number, arg1: bigint, arg2: bigint, isConst = true): Compared => {
    const value = (v: bigint) => ({ low: Number(v & 0xffffffffn), high: Number(v >> 32n) });
    return { size, isConst, arg1: value(arg1), arg2: value(arg2), site: 0, pc: { low: 0, high: 0 }, at: 0, ordinal: 0 };
  };
  const ways = (compared: Compared, input: Uint8Array) =>
    [...attempts(compared, new Haystack(input, input.length))].map(({ from, to }) => [[...from], [...to]]);

  test("either byte order, and one more or less", () => {
    const found = ways(compare(4, 0x01020304n, 0x0a0b0c0dn), Uint8Array.of(9, 0x0a, 0x0b, 0x0c, 0x0d));
    expect(found).toEqual(
      [4, 5, 3].map((last) => [
        [0x0a, 0x0b, 0x0c, 0x0d],
        [1, 2, 3, last],
      ]),
    );
  });

  test("in fewer bytes, with and without sign", () => {
    expect(ways(compare(8, 0x1234n, 0x7fn), Uint8Array.of(0x7f, 0))).toContainEqual([
      [0x7f, 0],
      [0x34, 0x12],
    ]);
    expect(ways(compare(4, 0xfffffffen, 0xffffff80n), Uint8Array.of(0x80))).toContainEqual([[0x80], [0xfe]]);
    expect(ways(compare(2, 0xfffen, 0xff80n), Uint8Array.of(0x80))).toContainEqual([[0x80], [0xfe]]);
  });

  test("in digits", () => {
    expect(ways(compare(4, 31337n, 12n), bytes("a12"))).toEqual(
      ["31337", "31338", "31336"].map((digits) => [[...bytes("12")], [...bytes(digits)]]),
    );
    expect(ways(compare(8, 5n, 2n ** 64n - 12n), bytes("-12"))).toContainEqual([[...bytes("-12")], [...bytes("5")]]);
  });

  test("what the code adds something to", () => {
    const found = ways(compare(4, 0x10n, 0x12345678n + 6n, false), Uint8Array.of(0x12, 0x34, 0x56, 0x78));
    expect(found).toContainEqual([
      [0x12, 0x34, 0x56, 0x78],
      [0, 0, 0, 0x0a],
    ]);
  });

  test("a string that ends early, and a number without digits, are inserted", () => {
    const inserted = (compared: Compared) => insertions(compared).map(({ from, to }) => [[...from], text(to)]);
    expect(inserted(compare(1, 0x61n, 0n))).toEqual([[[], "a"]]);
    expect(inserted(compare(4, 42n, 0n))).toEqual([[[], "42"]]);
    expect(inserted(compare(4, 42n, 1n))).toEqual([]);
  });

  test("a constant is not looked for, another operand is", () => {
    expect(ways(compare(2, 0x4142n, 0x1111n), bytes("AB"))).toEqual([]);
    expect(ways(compare(2, 0x4142n, 0x1111n, false), bytes("AB")).length).toBe(3);
  });
});

describe("minimizing", () => {
  const limits = (best: string[] = []) => ({
    goOn: () => true,
    onBetter: (input: Uint8Array) => best.push(text(input)),
  });
  const has = (word: string) => async (input: Uint8Array) => text(input).includes(word);

  test("takes out what is not needed", async () => {
    const steps: string[] = [];
    const result = await minimize(bytes("a long input with a needle in it, and more"), has("needle"), limits(steps));
    expect(text(result)).toBe("needle");
    expect(steps.at(-1)).toBe("needle");
    expect(steps.map(({ length }) => length)).toEqual([...steps.map(({ length }) => length)].sort((a, b) => b - a));
  });

  test("stops when it is told to", async () => {
    let left = 3;
    const result = await minimize(bytes("xxxxneedle"), has("needle"), { ...limits(), goOn: () => left-- > 0 });
    expect(left).toBe(-1);
    expect(text(result)).toContain("needle");
  });

  test("cleansing keeps the length", async () => {
    expect(text(await cleanse(bytes("abcneedledef"), has("needle"), limits()))).toBe("   needle   ");
  });
});

test("merging chooses the shortest that add something, and counts what they add", () => {
  const reach = (path: string, length: number, ...features: number[]) => ({
    path,
    bytes: length,
    features: Uint32Array.from(features),
  });
  const kept = [reach("k", 9, 0, 8)];
  const offered = [reach("long", 5, 16, 24), reach("short", 2, 16, 1), reach("none", 1, 8), reach("rest", 3, 24)];
  const { chosen, features, edges } = chooseInputs(kept, offered);
  expect(chosen.map(({ path }) => path)).toEqual(["short", "rest"]);
  expect([features, edges]).toEqual([3, 2]);
});

test("a set cover takes fewer inputs, and longer ones", () => {
  const reach = (path: string, size: number, ...features: number[]) => ({
    path,
    bytes: size,
    features: Uint32Array.from(features),
  });
  const offered = [reach("a", 1, 8, 16), reach("b", 2, 24), reach("c", 9, 8, 16, 24), reach("d", 3, 24, 32)];
  const chosen = (setCover: boolean): string[] => chooseInputs([], offered, setCover).chosen.map(({ path }) => path);
  expect(chosen(false)).toEqual(["a", "b", "d"]);
  expect(chosen(true)).toEqual(["c", "d"]);
  expect(chooseInputs([reach("kept", 1, 8, 16)], offered, true).chosen.map(({ path }) => path)).toEqual(["d"]);
});
