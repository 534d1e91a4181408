import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/global_setup.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxConcurrency: 2,
    maxWorkers: 2,
  },
});
