/** Files of the machine, for sources, maps and separate debug information. */

import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { FileAccess } from "../sources/access.ts";

export function nodeFiles(workingDirectory: string): FileAccess {
  return {
    read: (path) => {
      try {
        return readFileSync(path);
      } catch {
        return undefined;
      }
    },
    isFile,
    resolve: (directory, path) => resolve(directory === "" ? workingDirectory : directory, path),
    workingDirectory,
  };
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // It is not there, or what should be a folder of its path is none.
    return false;
  }
}
