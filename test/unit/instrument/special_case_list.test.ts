/** clang's special case lists, and that a pattern which matches nothing is said. */

import { describe, expect, it } from "vitest";
import { type FunctionFilter, instrument } from "../../../src/instrument/index.ts";
import { parseSpecialCaseList } from "../../../src/instrument/special_case_list.ts";
import { custom, nameMap, withSections } from "../../support/custom_sections.ts";
import { wat } from "../../support/wat.ts";

/** Which of some names the entries of a list match. */
function matched(list: string, ...names: string[]): string[] {
  const entries = parseSpecialCaseList(list);
  return names.filter((name) => entries.some(({ pattern }) => pattern.test(name)));
}

describe("the grammar", () => {
  it.each<[what: string, list: string, names: string[], those: string[]]>([
    [
      "a pattern has blanks",
      "fun:std::vector<int, std::allocator<int> >::push_back(int&&)",
      ["std::vector<int, std::allocator<int> >::push_back(int&&)", "std::vector<int,"],
      ["std::vector<int, std::allocator<int> >::push_back(int&&)"],
    ],
    ["a pattern is the whole name", "fun:f", ["f", "ff", "f ", "a::f"], ["f"]],
    ["blanks around a line are none of it", "  fun:a b\t\r\n", ["a b"], ["a b"]],
    ["* and ? are any characters", "fun:* const\nfun:g?", ["f() const", "f()", "g1", "g", "g12"], ["f() const", "g1"]],
    ["a newline is a character, too", "fun:a*z", ["a\nz"], ["a\nz"]],
    [
      "classes",
      "fun:[a-c]x\nfun:[!a-z]y\nfun:[^0]z\nfun:[]q]w",
      ["ax", "dx", "1y", "by", "1z", "0z", "]w", "qw"],
      ["ax", "1y", "1z", "]w", "qw"],
    ],
    ["choices", "fun:{get,set}_{x,y*}", ["get_x", "set_yes", "put_x", "{get,set}_x"], ["get_x", "set_yes"]],
    [
      "a backslash takes a meaning away",
      String.raw`fun:operator\[\](\*)`,
      ["operator[](*)", "operator[](x)"],
      ["operator[](*)"],
    ],
    ["other characters mean themselves", "fun:a.b+(c)|$^", ["a.b+(c)|$^", "aXb+(c)|$^"], ["a.b+(c)|$^"]],
    ["comments are lines of their own", "# fun:a\n#fun:b\nfun:c # d", ["a", "b", "c", "c # d"], ["c # d"]],
    ["empty lines are nothing", "\n\n \nfun:a\n", ["", "a"], ["a"]],
    [
      "sections",
      "fun:a\n[address]\nfun:b\n[coverage]\nfun:c\n[c*]\nfun:d\n[{address,coverage}]\nfun:e\n[cfi-*]\nfun:f",
      ["a", "b", "c", "d", "e", "f"],
      ["a", "c", "d", "e"],
    ],
    [
      "entries for files and types are not for functions",
      "src:a\ntype:b\nmainfile:c\nglobal:d",
      ["a", "b", "c", "d"],
      [],
    ],
    ["a category is none of coverage's", "fun:a=init\nfun:b", ["a", "a=init", "b"], ["b"]],
    [
      "operators have that character",
      "fun:operator==(A, B)\nfun:X::operator=\nfun:*::operator<=*",
      ["operator==(A, B)", "X::operator=", "Y::operator<=(int)"],
      ["operator==(A, B)", "X::operator=", "Y::operator<=(int)"],
    ],
    [
      "the first version has regular expressions",
      "#!special-case-list-v1\nfun:(a|b)[0-9]+\nfun:c*d\n[coverage|x]\nfun:e",
      ["a1", "b22", "a", "cxxd", "e"],
      ["a1", "b22", "cxxd", "e"],
    ],
  ])("%s", (_what, list, names, those) => {
    expect(matched(list, ...names)).toEqual(those);
  });

  it.each([
    ["push_back", 'line 1: "push_back" is no entry'],
    ["fun:a\nfun:", 'line 2: "fun:" is no entry'],
    [":a", 'line 1: ":a" is no entry'],
    ["fun:a\n\n[coverage", 'line 3: "[coverage" begins a section'],
    ["fun:operator[](int)", 'line 1: "operator[](int)" has a [ that is not closed; \\[ is the character itself'],
    ["fun:{{closure}}", "has braces in braces"],
    ["fun:{lambda()#1}", "has nothing to choose from in its braces"],
    ["fun:{a", "has a { that is not closed"],
    ["fun:a\\", "ends with a backslash"],
    ["#!special-case-list-v1\nfun:(a", "is no regular expression"],
  ])("refuses %j", (list, message) => {
    expect(() => parseSpecialCaseList(list)).toThrow(TypeError);
    expect(() => parseSpecialCaseList(list)).toThrow(message);
  });
});

describe("functions", () => {
  const names = ["std::vector<int, std::allocator<int> >::push_back(int&&)", "f() const", "f()", "bell\x07"];
  const module = withSections(
    wat(`(module ${names.map((_, k) => `(func (export "e${k}"))`).join("")})`),
    custom("name", nameMap(1, Object.fromEntries(names.entries()))),
  );
  const chosen = (functions: FunctionFilter): number[] =>
    instrument(module, { functions }).pcTable.functions.map(({ index }) => index);

  it("are those that the lists name", () => {
    expect(chosen({ allowlist: `fun:${names[0]}` })).toEqual([0]);
    expect(chosen({ ignorelist: `fun:${names[0]}` })).toEqual([1, 2, 3]);
    expect(chosen({ ignorelist: "fun:* const" })).toEqual([0, 2, 3]);
    expect(chosen({ allowlist: "fun:f()*", ignorelist: "fun:* const" })).toEqual([2]);
    expect(chosen({ allowlist: "fun:f()*", include: ["f() const", "e3"] })).toEqual([1]);
    expect(chosen({ allowlist: "fun:bell*" })).toEqual([3]);
  });

  it("are none for an allowlist that names none, and all for an ignorelist that does", () => {
    for (const list of ["", "# nothing", "src:*.c", "[address]\nfun:*"]) {
      expect(chosen({ allowlist: list })).toEqual([]);
      expect(chosen({ ignorelist: list })).toEqual([0, 1, 2, 3]);
    }
  });

  it("are named by their exports as well", () => {
    expect(chosen({ allowlist: "fun:e[12]" })).toEqual([1, 2]);
  });

  it("that a pattern does not match are said", () => {
    const { unmatched } = instrument(module, {
      functions: {
        include: ["f*", "g", "2-3", "9"],
        exclude: ["e1", "h"],
        allowlist: "fun:*\nfun:push_back",
        ignorelist: "fun:f() const\n  fun:nothing like it",
        comparisons: ["memcmp"],
      },
    });
    expect(unmatched).toEqual(["g", "9", "fun:push_back", "h", "fun:nothing like it"]);
  });

  it("of a list that is none are a TypeError before anything is done", () => {
    const act = () => instrument(new Uint8Array(), { functions: { ignorelist: "fun:a\nnonsense" } });
    expect(act).toThrow(TypeError);
    expect(act).toThrow('ignorelist: line 2: "nonsense" is no entry');
  });
});
