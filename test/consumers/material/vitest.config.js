import { playwright } from "@vitest/browser-playwright";
import wasmKcov from "wasm-kcov/vite";

const launchOptions = { executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] };

export default {
  plugins: [wasmKcov()],
  publicDir: "app",
  test: {
    include: ["browser_tests/*.test.js"],
    browser: {
      enabled: true,
      headless: true,
      provider: playwright({ launchOptions }),
      instances: [{ browser: "chromium" }],
    },
  },
};
