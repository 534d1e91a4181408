/** Names of reporters, in a file of their own so that a command line can list them without loading the reporters. */

import type { ReportOptions } from "istanbul-reports";

/** All reporters. */
export const REPORTERS = [
  ...["text", "text-summary", "text-lcov", "html", "html-spa", "lcov", "lcovonly"],
  ...["cobertura", "clover", "json", "json-summary", "teamcity", "none"],
] as readonly (keyof ReportOptions)[];
