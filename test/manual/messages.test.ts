/** The messages that troubleshooting explains are messages that the program has. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("every message of docs/troubleshooting.md is in the sources", () => {
  const page = readFileSync(join(root, "docs/troubleshooting.md"), "utf8");
  const headings = page.split("\n").filter((line) => line.startsWith("### "));
  const messages = headings.flatMap((line) => Array.from(line.matchAll(/`([^`]+)`/g), ([, message = ""]) => message));
  expect(messages.length).toBeGreaterThan(10);
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(root, "src", file), "utf8"))
    .join("\n");
  for (const message of messages) {
    // An errno stands in front of what the device says.
    for (const part of message.replace(/^E[A-Z]+: /, "").split("…")) expect(sources).toContain(part.trim());
  }
});
