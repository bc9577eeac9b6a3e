/** Opens the whole window on an invented roster, in a real browser, and puts it away after each test. */
import { flushSync, mount, unmount } from "svelte";
import { afterEach } from "vitest";
import { commands, page, userEvent } from "vitest/browser";
import App from "../src/App.svelte";
import { type FixtureHost, fixtureHost } from "../src/host/fixture";
import "../src/styles/all.css";

declare module "vitest/browser" {
  interface BrowserCommands {
    emulate(media: {
      colorScheme?: "light" | "dark" | null;
      forcedColors?: "active" | "none" | null;
      reducedMotion?: "reduce" | null;
      contrast?: "more" | null;
    }): Promise<void>;
  }
}

let close: (() => void) | undefined;

export async function open(fixture: string | FixtureHost = "nine", entries?: number): Promise<FixtureHost> {
  const host = typeof fixture === "string" ? fixtureHost(fixture, entries) : fixture;
  const target = document.createElement("div");
  target.id = "window";
  document.body.append(target);
  document.documentElement.lang = "en";
  const app = mount(App, { target, props: { host } });
  close = () => {
    void unmount(app);
    target.remove();
  };
  // The pointer may still stand where the last test left it.
  await pointAway();
  await drawn();
  return host;
}

afterEach(async () => {
  close?.();
  close = undefined;
  location.hash = "";
  await commands.emulate({ colorScheme: null, forcedColors: null, reducedMotion: null, contrast: null });
});

/** Takes the pointer away from whatever may be held by it. */
export function pointAway(): Promise<void> {
  return page.getByRole("button", { name: "Keys" }).hover();
}

/** Until what changed is on the screen. */
export async function drawn(): Promise<void> {
  for (let frame = 0; frame < 2; frame += 1) {
    flushSync();
    await new Promise((ready) => requestAnimationFrame(ready));
  }
}

export function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(".list [role=option]")];
}

/** The list as a person reads it: groups and the names in them. */
export function outline(): string {
  return [...document.querySelectorAll<HTMLElement>(".list [role=group]")]
    .map((group) => {
      const names = [...group.querySelectorAll(".name")].map((name) => name.textContent);
      return `${group.querySelector("b")?.textContent}: ${names.join(" ")}`;
    })
    .join("\n");
}

export function row(id: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-row="${id}"]`);
  if (!found) throw new Error(`no row ${id}`);
  return found;
}

/** Opens a task's pane on the page of tasks. */
export async function showTask(id: string): Promise<void> {
  await userEvent.keyboard("{Control>}3{/Control}");
  const found = document.querySelector<HTMLElement>(`.list [data-row="${id}"]`);
  if (!found) throw new Error(`no task ${id}`);
  await userEvent.click(found);
}

export function text(selector: string): string {
  return (document.querySelector<HTMLElement>(selector)?.innerText ?? "").replace(/\s+/g, " ").trim();
}

/** The name in the row that has the focus. */
export function focused(): string | null {
  return document.activeElement?.querySelector(".name")?.textContent ?? null;
}
