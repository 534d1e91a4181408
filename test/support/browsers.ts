/** Browsers, where they are installed. Scripts and the consumers' tests use it, too. */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FIREFOX = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];
const MINI_BROWSER = ["4.1", "4.0"].map((version) => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`);
const XVFB_RUN = ["/usr/bin/xvfb-run"];

/** What Playwright launches Chromium with; undefined where it is absent, which is said. */
export function chromiumOptions(): { executablePath: string; args: string[] } | undefined {
  const executablePath = find(CHROMIUM);
  if (executablePath !== undefined) return { executablePath, args: ["--no-sandbox", "--disable-gpu"] };
  process.stderr.write("Chromium is not installed: what runs in it is not tested\n");
  return undefined;
}

const BROWSERS = ["Chromium", "Firefox", "WebKitGTK"] as const;

/** A browser that needs nothing but itself to open a page. */
export type BrowserName = (typeof BROWSERS)[number];

/** How a browser is started with a page, without anything that it asks of its user; undefined where it is absent. */
function commandFor(name: BrowserName, folder: string, url: string): [string, ...string[]] | undefined {
  const program = find({ Chromium: CHROMIUM, Firefox: FIREFOX, WebKitGTK: XVFB_RUN }[name]);
  if (program === undefined) return undefined;
  if (name === "Firefox") return [program, "--headless", "--no-remote", "--profile", folder, url];
  if (name === "Chromium") {
    return [program, "--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder}`, url];
  }
  const mini = find(MINI_BROWSER);
  return mini === undefined ? undefined : [program, "-a", mini, url];
}

function find(programs: readonly string[]): string | undefined {
  return programs.find((program) => existsSync(program));
}

/** Names of the browsers that are there; says which are not. */
export function browsers(): BrowserName[] {
  return BROWSERS.filter((name) => {
    if (commandFor(name, "", "") !== undefined) return true;
    process.stderr.write(`${name} is not installed: what runs in it is not tested\n`);
    return false;
  });
}

/**
 * Opens a page, which is to report to its server by itself.
 *
 * @returns ends the browser, with all that it started
 */
export function openPage(name: BrowserName, url: string): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "wasm-kcov-browser-"));
  const [program, ...args] = commandFor(name, folder, url) ?? ["false"];
  // Its home is nobody's: it would find the user's settings, or none that it may write.
  const env = { ...process.env, HOME: folder, LIBGL_ALWAYS_SOFTWARE: "1" };
  const child = spawn(program, args, { stdio: "ignore", detached: true, env });
  const ended = new Promise((resolve) => child.once("close", resolve));
  return async () => {
    try {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
}
