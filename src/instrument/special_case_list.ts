/**
 * clang's special case lists, as for `-fsanitize-coverage-allowlist` and `-fsanitize-coverage-ignorelist`
 * (https://clang.llvm.org/docs/SanitizerSpecialCaseList.html):
 *
 *     # a comment is a line of its own
 *     [coverage]                      sections, by glob; entries before the first section belong to all of them
 *     src:lib/*.c                     for a source file: ignored, since a binary does not know its sources
 *     fun:std::vector<int>::push_*    for a function: the whole rest of the line is the pattern, including blanks
 *     fun:operator\[\]*               a glob: * ? [a-z] [!a-z] {a,b}, and a backslash that escapes
 *     fun:other=word                  for a category: coverage has none, so the entry is not for coverage
 *
 * In a list that begins with `#!special-case-list-v1` patterns are regular expressions, in which `*` means `.*`.
 *
 * DIVERGES: for clang any `=` begins a category. Function names may contain that character (`operator==(A, B)`), so
 * here it only does if a plain word follows up to the end of the line.
 */

/** A pattern for functions, and its text in the list. */
export interface ListEntry {
  readonly text: string;
  readonly pattern: RegExp;
}

/**
 * The entries for functions that apply to coverage.
 *
 * @throws {TypeError} a line is not an entry, or has no valid pattern; the message has its number
 */
export function parseSpecialCaseList(text: string): ListEntry[] {
  const toPattern = text.startsWith(REGEX_LISTS) ? fromRegex : fromGlob;
  const entries: ListEntry[] = [];
  let isForCoverage = true;
  for (const [k, untrimmed] of text.split("\n").entries()) {
    const line = untrimmed.trim();
    if (line === "" || line.startsWith("#")) continue;
    try {
      if (line.startsWith("[")) isForCoverage = sectionOf(line, toPattern).test("coverage");
      else if (isForCoverage) entries.push(...entriesOf(line, toPattern));
    } catch (error) {
      throw new TypeError(`line ${k + 1}: ${(error as Error).message}`);
    }
  }
  return entries;
}

const REGEX_LISTS = "#!special-case-list-v1\n";

function sectionOf(line: string, toPattern: (text: string) => RegExp): RegExp {
  if (!line.endsWith("]")) throw new TypeError(`${JSON.stringify(line)} begins a section, and has no ] at its end`);
  return toPattern(line.slice(1, -1));
}

function entriesOf(line: string, toPattern: (text: string) => RegExp): ListEntry[] {
  const colon = line.indexOf(":");
  if (colon <= 0 || colon === line.length - 1) {
    throw new TypeError(`${JSON.stringify(line)} is no entry: those for functions are fun:PATTERN`);
  }
  if (line.slice(0, colon) !== "fun") return [];
  const pattern = toPattern(line.slice(colon + 1).replace(CATEGORY, ""));
  return CATEGORY.test(line) ? [] : [{ text: line, pattern }];
}

const CATEGORY = /(?<!\boperator[^\w\s]*)=[\w-]+$/;

/** @throws {TypeError} */
function fromRegex(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text.replaceAll("*", ".*")})$`, "s");
  } catch (error) {
    throw new TypeError(`${JSON.stringify(text)} is no regular expression: ${(error as Error).message}`);
  }
}

/**
 * Converts an LLVM glob. Braces contain words, not other braces.
 *
 * @throws {TypeError}
 */
function fromGlob(text: string): RegExp {
  return new RegExp(`^${globSource(text)}$`, "s");
}

function globSource(text: string): string {
  let source = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (character === "[") {
      const end = text.indexOf("]", at + 2);
      if (end < 0) throw unfinished(text, "[");
      source += classSource(text.slice(at + 1, end));
      at = end;
    } else if (character === "{") {
      const end = text.indexOf("}", at);
      if (end < 0) throw unfinished(text, "{");
      source += choiceSource(text, text.slice(at + 1, end));
      at = end;
    } else if (character === "\\") {
      at++;
      if (at === text.length) throw new TypeError(`${JSON.stringify(text)} ends with a backslash that nothing follows`);
      source += literal(text[at] as string);
    } else source += literal(character);
  }
  return source;
}

function classSource(content: string): string {
  const isNegated = /^[!^]/.test(content);
  const characters = (isNegated ? content.slice(1) : content).replaceAll(/[\\\]^[]/g, "\\$&");
  return `[${isNegated ? "^" : ""}${characters}]`;
}

function choiceSource(text: string, content: string): string {
  if (content.includes("{"))
    throw new TypeError(`${JSON.stringify(text)} has braces in braces; \\{ is the character itself`);
  const choices = content.split(",");
  if (choices.length < 2) {
    throw new TypeError(
      `${JSON.stringify(text)} has nothing to choose from in its braces; \\{ is the character itself`,
    );
  }
  return `(?:${choices.map(globSource).join("|")})`;
}

function unfinished(text: string, opening: string): TypeError {
  return new TypeError(
    `${JSON.stringify(text)} has a ${opening} that is not closed; \\${opening} is the character itself`,
  );
}

function literal(character: string): string {
  return character.replace(/[.+^${}()|[\]\\*?/-]/, "\\$&");
}
