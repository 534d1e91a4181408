/** The fenced code blocks of a page in Markdown, and what is to be done with each. */

/** Reasons for which a block may be left alone. */
const REASONS = ["install", "browser", "settings", "shape"] as const;

export interface Block {
  /** Number of its first line on the page, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** Exit code that is expected. */
  readonly exit: number;
  /** Programs without which it cannot run. */
  readonly needs: readonly string[];
  /** File that it is the content of. */
  readonly file: string | undefined;
  readonly notRun: boolean;
}

/** @throws {Error} a block is not closed, or its info string has a word that means nothing */
export function readBlocks(page: string): Block[] {
  const lines = page.split("\n");
  const blocks: Block[] = [];
  for (let k = 0; k < lines.length; k++) {
    const [, indent = "", info] = /^( *)```(\S.*)$/.exec(lines[k] ?? "") ?? [];
    if (info === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, k + 1);
    if (end < 0) throw new Error(`line ${k + 1}: the block is not closed`);
    const content = lines.slice(k + 1, end).map((line) => line.slice(indent.length));
    blocks.push({ line: k + 1, text: content.join("\n"), ...readInfo(info, k + 1) });
    k = end;
  }
  return blocks;
}

function readInfo(info: string, line: number): Omit<Block, "line" | "text"> {
  const [language = "", ...words] = info.trim().split(/\s+/);
  const block = { language, exit: 0, needs: [] as string[], file: undefined as string | undefined, notRun: false };
  for (const word of words) {
    const [key, value = ""] = word.split("=", 2);
    if (key === "exit") block.exit = Number(value);
    else if (key === "needs") block.needs = value.split(",");
    else if (key === "file") block.file = value;
    else if (key === "not-run" && (REASONS as readonly string[]).includes(value)) block.notRun = true;
    else throw new Error(`line ${line}: a block cannot be ${word}`);
  }
  return block;
}

/** The commands of a transcript, with the output that is expected of each. */
export function readTranscript(text: string): { command: string; output: string[] }[] {
  const steps: { command: string; output: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), output: [] });
    else steps.at(-1)?.output.push(line);
  }
  return steps;
}

/** Whether output is what a page shows: numbers may be other ones, and a line `…` stands for any lines. */
export function outputMatches(expected: readonly string[], output: string): boolean {
  const parts = expected
    .join("\n")
    .trim()
    .split(/^ *….*$/m)
    .map((part) => normalize(part))
    .filter((part) => part !== "");
  let rest = normalize(output);
  for (const part of parts) {
    const at = rest.indexOf(part);
    if (at < 0) return false;
    rest = rest.slice(at + part.length);
  }
  return true;
}

/** Without what may differ: numbers, columns, and the ends of lines. */
function normalize(text: string): string {
  return text
    .trim()
    .replace(/\d+([.,]\d+)*/g, "0")
    .replace(/[─-]{3,}/g, "---")
    .replace(/[ \t]+/g, " ")
    .replace(/ ?\n ?/g, "\n");
}
