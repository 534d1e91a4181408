import { test as base } from "@playwright/test";
import { wasmCoverage } from "wasm-kcov/playwright";

export const test = base.extend(wasmCoverage({ modules: ["*.wasm"] }));
