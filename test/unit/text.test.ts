/** What text may hold, and what is shown of it. */

import { describe, expect, it } from "vitest";
import { InstrumentError, TargetError } from "../../src/errors.ts";
import { visible, visibleJson, visibleLines } from "../../src/text.ts";

describe("visible", () => {
  it.each([
    ["an escape sequence", "\x1b[31mred", "\\x1b[31mred"],
    ["a title for the terminal", "\x1b]0;t\x07", "\\x1b]0;t\\x07"],
    ["line ends", "a\nb\r\nc\u2028d\u2029e\u0085f", "a\\nb\\r\\nc\\u2028d\\u2029e\\x85f"],
    ["a tab and a NUL", "a\tb\0", "a\\tb\\x00"],
    ["DEL and C1", "\x7f\x80\x9b1m\x9f", "\\x7f\\x80\\x9b1m\\x9f"],
    ["directions", "\u202eevil\u202c\u2066x\u2069\u200f\u061c", "\\u202eevil\\u202c\\u2066x\\u2069\\u200f\\u061c"],
    ["joiners and spaces of no width", "a\u200bb\u200dc\u2060\ufeff", "a\\u200bb\\u200dc\\u2060\\ufeff"],
    ["lone surrogates", "a\ud800b\udc00", "a\\ud800b\\udc00"],
    ["what fonts leave out", "a\u00ad\u034f\u3164\ufe0f", "a\\xad\\u034f\\u3164\\ufe0f"],
    ["tags beyond the first plane", "\u{e0041}", "\\u{e0041}"],
  ])("escapes %s", (_what, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each(["std::vector<int, std::allocator<int> >::push_back(int&&)", "größer als 🦀 日本", "C:\\a\\b", ""])(
    "leaves %j as it is",
    (text) => {
      expect(visible(text)).toBe(text);
    },
  );
});

it("keeps lines where there are to be lines", () => {
  expect(visibleLines("a\x1b\n\tat b\u202e\n")).toBe("a\\x1b\n\tat b\\u202e\n");
});

it("keeps JSON the same", () => {
  const value = { "k\x9b": ["\u202e\x1b\n\u{e0041}\ud800", "ä🦀"] };
  const json = visibleJson(JSON.stringify(value, null, 2));
  expect(JSON.parse(json)).toEqual(value);
  expect(json).toMatch(/^[\n\x20-\x7eä🦀]*$/u);
});

it("is what errors say", () => {
  expect(new InstrumentError("ERR_MALFORMED", "import \x1b[2J\n").message).toBe("import \\x1b[2J\\n");
  expect(new TargetError("ERR_TARGET", "a\u202eb").message).toBe("a\\u202eb");
});
