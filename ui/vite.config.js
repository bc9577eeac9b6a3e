import { svelte } from "@sveltejs/vite-plugin-svelte";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

// Invented views belong to development and pictures; the window that ships holds none of them.
export default defineConfig(({ mode, command }) => ({
  base: "./",
  plugins: [svelte()],
  define: { __FIXTURES__: JSON.stringify(command === "serve" || mode === "fixture") },
  build: {
    target: ["chrome111", "safari16.4"],
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  // Found out during a run they would reload the page under the tests.
  optimizeDeps: {
    include: ["axe-core", ...["core", "event", "mocks", "window"].map((part) => `@tauri-apps/api/${part}`)],
  },
  server: { host: "127.0.0.1", port: 5180, strictPort: true },
  test: {
    include: ["tests/**/*.test.ts"],
    testTimeout: 15_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      ui: false,
      provider: playwright({
        actionTimeout: 4_000,
        launchOptions: {
          executablePath: process.env.PEERWATCH_CHROMIUM ?? "/usr/bin/chromium",
          args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
          ],
        },
      }),
      commands: {
        // What only the browser's own side can do: another colour scheme, forced colours.
        emulate: ({ page }, media) => page.emulateMedia(media),
      },
      instances: [{ browser: "chromium", viewport: { width: 1100, height: 720 } }],
    },
  },
}));
