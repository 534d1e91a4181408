import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const { status } = spawnSync(process.execPath, [fileURLToPath(new URL("./workers.mjs", import.meta.url))]);
process.exitCode = status ?? 1;
