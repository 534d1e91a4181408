/** Shows a campaign to the user: as JSON events, libFuzzer's lines, or one status line. */

import type { Figures, FuzzEvent } from "../../fuzz/builtin/events.ts";
import { formatEvent, runsPerSecond } from "../../fuzz/builtin/log.ts";
import { visibleJson } from "../../text.ts";
import { formatCount } from "../table.ts";

export interface Screen {
  onEvent(event: FuzzEvent): void;
  /** @param runs number of executions so far */
  onLook(runs: number): void;
  /** Called when there is nothing more to show. */
  close(): void;
}

/** Where messages for people go: standard error. */
export interface Terminal {
  readonly isTTY?: boolean;
  /** Width; undefined or 0 if it is not known. */
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * @param verbosity `-verbosity`
 * @param now returns milliseconds since some fixed time
 */
export function openScreen(
  json: boolean,
  verbosity: number,
  terminal: Terminal = process.stderr,
  now: () => number = () => performance.now(),
): Screen {
  if (json) return new JsonScreen();
  if (verbosity === 1 && terminal.isTTY) return new StatusScreen(terminal, now);
  return new LineScreen(verbosity, terminal);
}

class JsonScreen implements Screen {
  onEvent(event: FuzzEvent): void {
    const text = JSON.stringify(event, (_key, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
    );
    process.stdout.write(`${visibleJson(text)}\n`);
  }

  onLook(): void {}

  close(): void {}
}

class LineScreen implements Screen {
  readonly #verbosity: number;
  readonly #terminal: Terminal;

  constructor(verbosity: number, terminal: Terminal) {
    this.#verbosity = verbosity;
    this.#terminal = terminal;
  }

  onEvent(event: FuzzEvent): void {
    if (this.#verbosity === 0 && !isResult(event)) return;
    this.#terminal.write(formatEvent(event, process.pid));
  }

  onLook(): void {}

  close(): void {}
}

/** The least milliseconds between updates of the line: with short timeouts there are a hundred looks per second. */
const SHOWN = 100;
const DEFAULT_COLUMNS = 80;

/** One status line; findings are printed above it. */
class StatusScreen implements Screen {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #started: number;
  #figures: Figures | undefined;
  #findings = 0;
  /** When the line was written; undefined if there is none. */
  #shown: number | undefined;

  constructor(terminal: Terminal, now: () => number) {
    this.#terminal = terminal;
    this.#now = now;
    this.#started = now();
  }

  onEvent(event: FuzzEvent): void {
    if (event.event === "finding") this.#findings++;
    if ("figures" in event) this.#figures = event.figures;
    if (!isResult(event)) return;
    this.#clear();
    this.#terminal.write(formatEvent(event, process.pid));
  }

  onLook(runs: number): void {
    const now = this.#now();
    if (this.#figures === undefined || (this.#shown !== undefined && now - this.#shown < SHOWN)) return;
    const seconds = (now - this.#started) / 1000;
    const { edges, inputs, features } = this.#figures;
    const pace = runsPerSecond({ ...this.#figures, runs, seconds });
    const parts = [
      `${formatCount(runs)} runs`,
      `${formatCount(pace)}/s`,
      `${formatCount(edges)} edges`,
      `${formatCount(features)} features`,
      `${formatCount(inputs)} inputs`,
      ...(this.#findings > 0 ? [`${formatCount(this.#findings)} finding${this.#findings === 1 ? "" : "s"}`] : []),
      formatTime(seconds),
    ];
    this.#clear();
    this.#terminal.write(parts.join(" · ").slice(0, (this.#terminal.columns || DEFAULT_COLUMNS) - 1));
    this.#shown = now;
  }

  close(): void {
    this.#clear();
  }

  #clear(): void {
    if (this.#shown !== undefined) this.#terminal.write("\r\x1b[K");
    this.#shown = undefined;
  }
}

function isResult({ event }: FuzzEvent): boolean {
  return !["new", "reduce", "pulse", "reload", "inited", "loaded"].includes(event);
}

function formatTime(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
