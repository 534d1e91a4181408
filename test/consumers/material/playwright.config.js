export default {
  testDir: "tests",
  timeout: 120_000,
  use: {
    baseURL: "http://localhost:5987",
    launchOptions: { executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] },
  },
  webServer: { command: "vite app --port 5987 --strictPort", port: 5987 },
};
