// Takes pictures of the window with invented views: node scripts/shots.mjs <folder> [name…]
// Builds it as it ships (plus the views), serves it under the shipped content policy, and fails on any breach of it.
import { createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { build } from "vite";

const [folder = "shots", ...only] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const WIDE = { width: 1100, height: 720 };
const NARROW = { width: 720, height: 640 };

const choose = (name) => async (page) => {
  await page.locator(`[data-row="${name}"]`).click();
  await page.waitForTimeout(250);
};
const go = (title) => (page) => page.getByRole("navigation").getByRole("button", { name: title }).click();
const converse = (title) => async (page) => {
  await page.getByRole("option", { name: title }).click();
  await page.waitForTimeout(200);
};
const take = (task) => async (page) => {
  await page.locator(`[data-row="${task}"]`).click();
  await page.waitForTimeout(100);
};
const see = (title) => (page) =>
  page.getByRole("heading", { name: title, exact: true }).evaluate((heading) => heading.scrollIntoView());
const wait = (page) => page.waitForTimeout(150);
const disclose = (page) => page.locator(".disclose").first().click();
const press = (key) => (page) => page.keyboard.press(key);

const SHOTS = [
  { name: "nine", fixture: "nine" },
  { name: "empty", fixture: "empty" },
  { name: "fifty", fixture: "fifty" },
  { name: "long", fixture: "long" },
  { name: "waiting", fixture: "nine", steps: [choose("payments-api")] },
  { name: "suspect", fixture: "nine", steps: [choose("reviewer")] },
  { name: "working", fixture: "fifty", steps: [choose("search-index")] },
  { name: "long-detail", fixture: "long", steps: [choose("rtl")] },
  {
    name: "reading",
    fixture: "nine",
    steps: [
      choose("payments-api"),
      press("Enter"),
      (page) => page.mouse.wheel(0, -400),
      (page) => page.waitForTimeout(150),
    ],
  },
  { name: "mute", fixture: "nine", steps: [choose("payments-api"), press("m")] },
  { name: "problems", fixture: "problems" },
  { name: "problems-page", fixture: "problems", steps: [go("Connected")] },
  { name: "lost", fixture: "lost" },
  { name: "broken", fixture: "broken" },
  { name: "paused", fixture: "paused" },
  { name: "settling", fixture: "settling" },
  { name: "conversations", fixture: "nine", steps: [go("Conversations")] },
  {
    name: "conversation",
    fixture: "nine",
    steps: [go("Conversations"), converse("payments-api and reviewer")],
  },
  { name: "receipts", fixture: "nine", steps: [go("Conversations"), converse("you and payments-api")] },
  {
    name: "receipts-top",
    fixture: "nine",
    steps: [
      go("Conversations"),
      converse("you and payments-api"),
      (page) => page.getByRole("feed").evaluate((feed) => feed.scrollTo(0, 0)),
      (page) => page.waitForTimeout(100),
    ],
  },
  { name: "gone", fixture: "nine", steps: [choose("spike-grpc")] },
  { name: "braked", fixture: "nine", steps: [go("Conversations"), converse("stands still")] },
  {
    name: "writing",
    fixture: "nine",
    steps: [
      choose("docs-site"),
      press("w"),
      (page) =>
        page.keyboard.type("Please link the guide from the README.\n\nAnd tell reviewer when it is done."),
    ],
  },
  {
    name: "sent",
    fixture: "nine",
    steps: [
      choose("design-tokens"),
      press("w"),
      (page) => page.keyboard.type("Are the focus rings done?"),
      press("Control+Enter"),
      (page) => page.waitForTimeout(100),
    ],
  },
  { name: "long-writing", fixture: "long", steps: [choose("cjk"), press("w")] },
  {
    name: "long-conversation",
    fixture: "long",
    steps: [
      go("Conversations"),
      (page) => page.getByRole("option").nth(1).click(),
      (page) => page.waitForTimeout(200),
    ],
  },
  {
    name: "long-conversation-own",
    fixture: "long",
    steps: [
      go("Conversations"),
      (page) => page.getByRole("option").nth(0).click(),
      (page) => page.waitForTimeout(200),
    ],
  },
  { name: "fifty-writing", fixture: "fifty", steps: [choose("service-11"), press("w")] },
  {
    name: "plan",
    fixture: "nine",
    steps: [
      go("Connected"),
      (page) => page.getByRole("button", { name: "What it would do" }).click(),
      (page) => page.waitForTimeout(100),
    ],
  },
  { name: "plugin-moved", fixture: "moved", steps: [go("Connected")] },
  { name: "history", fixture: "nine", steps: [go("History")] },
  { name: "connected", fixture: "nine", steps: [go("Connected")] },
  { name: "jumping", fixture: "nine", steps: [go("Connected"), wait, see("Jumping to a conversation")] },
  { name: "settings", fixture: "nine", steps: [go("Settings")] },
  {
    name: "settings-messages",
    fixture: "nine",
    steps: [
      go("Settings"),
      (page) => page.getByRole("heading", { name: "Messages" }).scrollIntoViewIfNeeded(),
    ],
  },
  { name: "keys", fixture: "nine", steps: [press("?")] },
  { name: "tasks", fixture: "nine", steps: [go("Tasks")] },
  { name: "tasks-fifty", fixture: "fifty", steps: [go("Tasks")] },
  { name: "tasks-long", fixture: "long", steps: [go("Tasks")] },
  { name: "tasks-none", fixture: "untasked", steps: [go("Tasks")] },
  { name: "task", fixture: "nine", steps: [go("Tasks"), take("12")] },
  { name: "task-contested", fixture: "contested", steps: [go("Tasks"), take("14")] },
  { name: "task-late", fixture: "late", steps: [go("Tasks"), take("15")] },
  { name: "task-handing", fixture: "handing", steps: [go("Tasks"), take("12")] },
  { name: "task-long", fixture: "long", steps: [go("Tasks"), take("l1")] },
  { name: "task-fifty", fixture: "fifty", steps: [go("Tasks"), take("104")] },
  { name: "worker-tasks", fixture: "handing", steps: [choose("reviewer")] },
  { name: "handovers", fixture: "handing", steps: [go("History"), see("Handovers")] },
  { name: "settings-tasks", fixture: "nine", steps: [go("Settings"), see("Tasks")] },
  { name: "reassign", fixture: "nine", steps: [choose("spike-grpc"), press("r"), wait] },
  { name: "reassign-several", fixture: "nine", steps: [choose("reviewer"), press("r"), wait] },
  { name: "reassign-one-of", fixture: "nine", steps: [choose("reviewer"), press("r"), wait, disclose] },
  { name: "reassign-braked", fixture: "braked", steps: [choose("spike-grpc"), press("r"), wait] },
  { name: "reassign-heirless", fixture: "heirless", steps: [go("Tasks"), take("12"), press("r"), wait] },
  { name: "reassign-long", fixture: "long", steps: [go("Tasks"), take("l1"), press("r"), wait] },
  { name: "reassign-underway", fixture: "handing", steps: [choose("reviewer"), press("r"), wait] },
  { name: "reassign-none", fixture: "untasked", steps: [choose("reviewer"), press("r"), wait] },
  {
    name: "reassign-edited",
    fixture: "nine",
    steps: [
      choose("spike-grpc"),
      press("r"),
      wait,
      (page) =>
        page.getByLabel("The card that its new owner gets").fill("# Port the ledger\n\nOnly the last five."),
    ],
  },
  {
    name: "reassigned",
    fixture: "nine",
    steps: [choose("spike-grpc"), press("r"), wait, press("Control+Enter"), wait],
  },
  {
    name: "reassigned-waits",
    fixture: "nine",
    steps: [choose("reviewer"), press("r"), wait, press("Control+Enter"), wait],
  },
];

const out = mkdtempSync(join(tmpdir(), "peerwatch-ui-"));
await build({ root, mode: "fixture", logLevel: "warn", build: { outDir: out, emptyOutDir: true } });

const server = createServer((request, response) => {
  const path = new URL(request.url ?? "/", "http://host").pathname;
  const file = resolve(out, `.${path === "/" ? "/index.html" : path}`);
  if (path === "/favicon.ico") return void response.writeHead(204).end();
  if (!file.startsWith(out) || !existsSync(file)) return void response.writeHead(404).end();
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "text/plain",
    "content-security-policy": POLICY,
  });
  createReadStream(file).pipe(response);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({
  executablePath: process.env.PEERWATCH_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
  ],
});
mkdirSync(folder, { recursive: true });
const faults = [];
const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  forced: { forcedColors: "active", colorScheme: "dark" },
  contrast: { colorScheme: "light", contrast: "more" },
};
for (const [scheme, look] of Object.entries(LOOKS)) {
  for (const [suffix, viewport] of [
    ["", WIDE],
    ["-720", NARROW],
  ]) {
    const context = await browser.newContext({ viewport, ...look });
    // The desktop application freezes Object.prototype before any script of ours.
    await context.addInitScript(() => Object.freeze(Object.prototype));
    for (const { name, fixture, steps = [] } of SHOTS) {
      if (only.length > 0 && !only.includes(name)) continue;
      const page = await context.newPage();
      page.on("console", (said) => said.type() === "error" && faults.push(`${name}: ${said.text()}`));
      page.on("pageerror", (error) => faults.push(`${name}: ${error.message}`));
      await page.goto(`${address}?fixture=${fixture}`);
      await page.waitForTimeout(fixture === "broken" ? 350 : 120);
      for (const step of steps) await step(page);
      await page.mouse.move(viewport.width - 1, viewport.height - 1);
      await page.screenshot({ path: join(folder, `${name}${suffix}-${scheme}.png`) });
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
server.close();
rmSync(out, { recursive: true });
for (const fault of new Set(faults)) console.error(fault);
console.log(`Pictures are in ${resolve(folder)}${faults.length > 0 ? `; ${faults.length} faults` : ""}.`);
process.exitCode = faults.length > 0 ? 1 : 0;
