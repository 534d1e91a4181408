/** Instruments modules for a traced program, in the process of the command line. */

import { randomUUID } from "node:crypto";
import {
  existsSync,
  type FSWatcher,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModuleSource } from "../../loader/index.ts";
import { decodeProgramCounts, type ProgramCounts } from "./counts.ts";
import { MAILBOX } from "./mailbox.ts";
import type { ModuleInstrumenter } from "./modules.ts";

/** Milliseconds after which the directory is checked without a notification: not every system sends them. */
const LOOK_AGAIN = 25;

export class InstrumentService {
  readonly directory: string = mkdtempSync(join(tmpdir(), `wasm-kcov-${randomUUID().slice(0, 8)}-`));
  readonly #instrumenter: Promise<ModuleInstrumenter>;
  readonly #watcher: FSWatcher | undefined;
  readonly #timer: NodeJS.Timeout;
  #isBusy = false;

  constructor(instrumenter: Promise<ModuleInstrumenter>) {
    this.#instrumenter = instrumenter;
    this.#watcher = watchOrNot(this.directory, () => this.#look());
    this.#timer = setInterval(() => this.#look(), LOOK_AGAIN);
  }

  /** The areas of the program's tasks, which it left when it ended; undefined if it could not. */
  records(): { task: number; words: BigUint64Array<ArrayBuffer> }[] | undefined {
    const all = this.#words(MAILBOX.records);
    if (all === undefined) return undefined;
    const tasks: { task: number; words: BigUint64Array<ArrayBuffer> }[] = [];
    for (let at = 0; at < all.length; ) {
      const [task = 0n, length = 0n] = all.subarray(at, at + 2);
      tasks.push({ task: Number(task), words: all.subarray(at + 2, at + 2 + Number(length)) });
      at += 2 + Number(length);
    }
    return tasks;
  }

  /** The program's counts, which it left when it ended; undefined if it could not. */
  counts(): ProgramCounts | undefined {
    const words = this.#words(MAILBOX.counts);
    return words && decodeProgramCounts(words);
  }

  /** Command lines of the child processes that were not traced. */
  children(): string[] {
    try {
      const text = readFileSync(join(this.directory, MAILBOX.children), "utf8");
      return text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as string);
    } catch {
      return [];
    }
  }

  /** Whether a process of the program has claimed to be the traced one. */
  wasClaimed(): boolean {
    return readdirSync(this.directory).includes(MAILBOX.claimed);
  }

  /** Whether this process has claimed that. */
  wasClaimedBy(pid: number): boolean {
    return existsSync(join(this.directory, MAILBOX.claimed, `${pid}`));
  }

  /** Whether the traced process has reported that nothing can be traced in it. */
  isUntraceable(): boolean {
    return existsSync(join(this.directory, MAILBOX.untraceable));
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    clearInterval(this.#timer);
    rmSync(this.directory, { recursive: true, force: true });
  }

  #words(name: string): BigUint64Array<ArrayBuffer> | undefined {
    try {
      return new BigUint64Array(new Uint8Array(readFileSync(join(this.directory, name))).buffer);
    } catch {
      return undefined;
    }
  }

  async #look(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      const instrumenter = await this.#instrumenter;
      for (let names = this.#requests(); names.length > 0; names = this.#requests()) {
        for (const name of names) await this.#answer(name, instrumenter);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #requests(): string[] {
    try {
      return readdirSync(this.directory).filter((name) => name.endsWith(MAILBOX.request));
    } catch {
      return [];
    }
  }

  async #answer(name: string, instrumenter: ModuleInstrumenter): Promise<void> {
    const path = join(this.directory, name);
    const contents = new Uint8Array(readFileSync(path));
    unlinkSync(path);
    const [headerLength = 0] = new Uint32Array(contents.buffer, 0, 1);
    const source = JSON.parse(new TextDecoder().decode(contents.subarray(4, 4 + headerLength))) as ModuleSource;
    const reply = path.slice(0, -MAILBOX.request.length) + MAILBOX.reply;
    const made = await instrumenter.transform(contents.slice(4 + headerLength), source);
    writeFileSync(`${reply}.part`, made ?? "");
    renameSync(`${reply}.part`, reply);
  }
}

function watchOrNot(directory: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, changed);
    watcher.on("error", () => {});
    return watcher;
  } catch {
    return undefined;
  }
}
