/** The target of `trace`: a module, a script, or a command. */

import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, extname, join, resolve } from "node:path";
import { hasMagic } from "../../binary_format.ts";
import { isFile } from "../../file_system.ts";
import { TEXT_FORM } from "../../instrument/wasm/text_form.ts";
import { Failure, fileFailure } from "../failure.ts";
import { checkTarget } from "../io.ts";
import { firstBytes } from "./child_names.ts";

export type Target =
  | { kind: "module"; path: string }
  /** A script for Node.js. */
  | { kind: "script"; path: string }
  /** Any program, which starts Node.js sooner or later. */
  | { kind: "command"; path: string };

/**
 * Determines what a target is. A path of an existing file is that file; a word is looked up among the commands of the
 * project's packages, then in PATH.
 *
 * @throws {Failure} nothing has that name, or it cannot be run
 */
export function findTarget(target: string): Target {
  if (existsSync(target)) return targetAt(target);
  const isWord = !target.includes("/") && extname(target) === "";
  const command = isWord ? findCommand(target) : undefined;
  if (command === undefined) {
    const error = Object.assign(new Error("not found"), { code: "ENOENT" });
    const failure = fileFailure("read", target, error);
    throw isWord ? new Failure(`${failure.message}, and no command of that name`) : failure;
  }
  const found = targetAt(command);
  return found.kind === "script" ? { kind: "script", path: realpathSync(command) } : { kind: "command", path: command };
}

function targetAt(path: string): Target {
  checkTarget(path);
  const bytes = firstBytes(path, 512);
  const start = bytes.toString("latin1");
  if (hasMagic(bytes)) return { kind: "module", path };
  if (extname(path) === ".wasm") return { kind: "module", path };
  if (/\.wast?$/.test(path)) throw new Failure(`${path} ${TEXT_FORM}`);
  const isOfShell = start.startsWith("#!") && !/^#!.*\bnode\b/.test(start);
  return { kind: isOfShell || isBinary(start) ? "command" : "script", path };
}

/** Whether a file starts like a native executable: of Linux, macOS or Windows. */
function isBinary(start: string): boolean {
  return start.startsWith("\x7fELF") || start.startsWith("\xcf\xfa\xed\xfe") || start.startsWith("MZ");
}

function findCommand(name: string): string | undefined {
  const folders = [...packageFolders(process.cwd()), ...(process.env.PATH ?? "").split(delimiter)];
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((path) => isFile(path));
}

/** `node_modules/.bin` in a directory and in those above it. */
function packageFolders(directory: string): string[] {
  const above = dirname(resolve(directory));
  const here = join(directory, "node_modules", ".bin");
  return above === directory ? [here] : [here, ...packageFolders(above)];
}
