import { execFileSync } from "node:child_process";

/** Tests run on the hooks as they are in assembly/ now, not as they were at the last build. */
export default function setup(): void {
  execFileSync(process.execPath, ["assembly/build.mjs"], { stdio: ["ignore", "ignore", "inherit"] });
}
