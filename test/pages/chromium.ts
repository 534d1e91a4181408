/** Chromium, where it is installed. */

import { existsSync } from "node:fs";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Options to launch it with; undefined where it is absent. */
export function chromiumOptions(): { executablePath: string; args: string[] } | undefined {
  const executablePath = PROGRAMS.find((program) => existsSync(program));
  if (executablePath === undefined) {
    process.stderr.write("Chromium is not installed: what runs in pages is not tested\n");
    return undefined;
  }
  return { executablePath, args: ["--no-sandbox", "--disable-gpu"] };
}
