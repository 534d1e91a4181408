/** The kind of a target file, determined by its contents, or for JavaScript by its name. */

import { extname } from "node:path";
import { hasMagic } from "../../../binary_format.ts";
import { TargetError } from "../../../errors.ts";
import { isTextForm, TEXT_FORM } from "../../../instrument/wasm/text_form.ts";

const SCRIPTS = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];

/** The kinds of target files: WebAssembly or JavaScript modules. */
export type TargetKind = "module" | "script";

/** @throws {TargetError} ERR_TARGET: it is neither */
export function kindOfTarget(path: string, contents: Uint8Array): TargetKind {
  if (hasMagic(contents)) return "module";
  if (contents.length === 0) throw new TargetError("ERR_TARGET", `${path} is empty`);
  if (isTextForm(contents)) throw new TargetError("ERR_TARGET", `${path} ${TEXT_FORM}`);
  if (SCRIPTS.includes(extname(path))) return "script";
  throw new TargetError(
    "ERR_TARGET",
    `${path} is neither a WebAssembly module (it does not begin with \\0asm) nor JavaScript (${SCRIPTS.join(", ")})`,
  );
}
