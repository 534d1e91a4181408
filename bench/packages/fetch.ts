/** Packages that are measured and used for nothing else: in `build/bench/npm`, not among those that development needs. */

import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BUILD, runTool, ToolFailure } from "../programs/tools.ts";

/** Where they are installed. */
export const DIRECTORY: string = join(BUILD, "npm");

const PACKAGES = [
  "quickjs-emscripten@0.32.0",
  "harfbuzzjs@1.6.4",
  "@resvg/resvg-wasm@2.6.2",
  "dejavu-fonts-ttf@2.37.3",
];

/**
 * Installs those that are missing.
 *
 * @param packages each with its version
 * @returns why that was not possible; undefined if it was
 */
export function fetchPackages(packages: readonly string[] = PACKAGES): string | undefined {
  const missing = packages.filter((each) => !isInstalled(each));
  if (missing.length === 0) return undefined;
  mkdirSync(DIRECTORY, { recursive: true });
  try {
    const flags = [
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      "--legacy-peer-deps",
      "--save-exact",
      "--prefix",
      DIRECTORY,
    ];
    runTool(["npm", "install", ...flags, ...missing], DIRECTORY);
    return undefined;
  } catch (error) {
    if (error instanceof ToolFailure) return `no ${missing.join(", ")}: ${error.message}`;
    throw error;
  }
}

function isInstalled(versioned: string): boolean {
  return existsSync(join(DIRECTORY, "node_modules", versioned.slice(0, versioned.lastIndexOf("@"))));
}

/** Loads one of them, or finds its files. */
export const requirePackage: NodeJS.Require = createRequire(join(DIRECTORY, "packages.js"));

/** Loads one that cannot be loaded without waiting. */
export function importPackage(name: string): Promise<unknown> {
  return import(pathToFileURL(requirePackage.resolve(name)).href);
}
