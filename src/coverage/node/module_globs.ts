/** Translates globs for modules into regular expressions, so that processes of the run need not handle globs. */

import { resolve } from "node:path";
import picomatch from "picomatch";

/**
 * A glob is matched against the absolute path or URL of a module. One without a slash also matches file names in any
 * folder, and a package in node_modules.
 *
 * @param root the directory from which relative globs are resolved
 * @returns sources of regular expressions
 */
export function moduleExpressions(globs: readonly string[], root: string): string[] {
  return globs.flatMap((glob) => variants(glob, root).map((each) => picomatch.makeRe(each, { dot: true }).source));
}

function variants(glob: string, root: string): string[] {
  const isPackage = /^(@[^/]+\/)?[^/]+$/.test(glob);
  const packages = isPackage ? [`**/node_modules/${glob}/**`] : [];
  if (!glob.includes("/")) return [`**/${glob}`, ...packages];
  if (/^[a-z]+:\/\//i.test(glob) || glob.startsWith("**")) return [glob];
  return [resolve(root, glob).replaceAll("\\", "/"), ...packages];
}
