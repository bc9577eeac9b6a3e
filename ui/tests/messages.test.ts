import { describe, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { type FixtureHost } from "../src/host/fixture";
import { receipt } from "../src/receipts";
import { drawn, open, text } from "./window";

const select = () => document.querySelector<HTMLSelectElement>("select") as HTMLSelectElement;

async function read(title: string | RegExp): Promise<FixtureHost> {
  const host = await open();
  await userEvent.keyboard("{Control>}2{/Control}");
  await page.getByRole("option", { name: title }).click();
  await vi.waitFor(() => expect(document.querySelector("article")).not.toBeNull());
  return host;
}

/** A message as it is seen: ticks, dots and crosses, then the word. */
function drawing(head: Element): string {
  const marks = [...head.querySelectorAll("svg g")].map((place) => {
    if (place.querySelector("circle")) return "·";
    return place.querySelector("path")?.getAttribute("stroke-width") ? "✕" : "✓";
  });
  return `${marks.join("")} ${head.querySelector(".receipt .word")?.textContent}`;
}

describe("receipts", () => {
  test("each state has its shape and its word, and none needs a colour", async () => {
    await read("you and payments-api");
    const feed = document.querySelector("[role=feed]") as HTMLElement;
    const seen = new Set<string>();
    for (const top of [feed.scrollHeight, 0]) {
      feed.scrollTop = top;
      await drawn();
      for (const head of feed.querySelectorAll(".head")) seen.add(drawing(head));
    }
    expect([...seen].sort()).toEqual([
      "✓··· sent",
      "✓✓·· accepted",
      "✓✓·· fetched",
      "✓✓✓· seen",
      "✓✓✓✓ acknowledged",
      "✓✕·· denied",
      "✓✕·· dropped",
      "✓✕·· expired",
      "✓✕·· held: waits in a dialog there",
      "✓✕·· no way in",
      "✓✕·· rate limited",
      "✓✕·· refused",
    ]);
  });

  test("are told in a sentence to whoever points at them or hears them", async () => {
    await read("you and payments-api");
    const last = [...document.querySelectorAll<HTMLElement>(".receipt")].at(-1);
    const told = "1 of 4 receipts: sent. It is kept in the bridge. It has not reached the session yet.";
    expect(last?.title).toBe(told);
    expect(last?.querySelector("svg")?.getAttribute("aria-label")).toBe(told);
  });

  test("what is in a message's way is written under it", async () => {
    await read("you and payments-api");
    expect(text("[role=feed]")).toContain(
      "no way in The guide for `settled_at` is written. Where shall I link it? No way into that session is known.",
    );
  });

  test("a word of a later version is shown as it is, without ticks", () => {
    expect(receipt("teleported")).toMatchObject({ reached: 0, trouble: false, word: "teleported" });
    expect(receipt("constructor").word).toBe("constructor");
  });
});

describe("delivery", () => {
  test("is chosen for each conversation, and given back to the settings", async () => {
    const host = await read(/^main: search-index and docs-site .*stands still/);
    expect(select().selectedOptions[0]?.textContent).toBe("As in Settings: wake the session");
    await page.getByRole("combobox", { name: "New messages" }).selectOptions("tell_me");
    await vi.waitFor(() => expect(text("#deliver-means")).toContain("Nothing is put into a session."));
    await page.getByRole("combobox", { name: "New messages" }).selectOptions("");
    await vi.waitFor(() => expect(text("#deliver-means")).toContain("An idle session starts a turn"));
    expect(host.commands.filter(({ command }) => command === "deliver")).toEqual([
      { command: "deliver", conversation: "own:main", mode: "tell_me" },
      { command: "deliver", conversation: "own:main", mode: null },
    ]);
  });

  test("of what the person writes is as usual, whatever the settings say of workers", async () => {
    await read("you and payments-api");
    expect(select().selectedOptions[0]?.textContent).toBe("As usual here: wake the session");
  });

  test("in a database of others is to tell the person, and heartbeats are offered there alone", async () => {
    const host = await read("payments-api and reviewer");
    expect(select().selectedOptions[0]?.textContent).toBe("As usual here: tell me only");
    await page.getByRole("checkbox", { name: /Write heartbeats/ }).click();
    expect(host.commands).toContainEqual({ command: "heartbeats", conversation: "bridge:1", on: true });
    await page.getByRole("option", { name: "you and payments-api" }).click();
    await vi.waitFor(() => expect(select()).not.toBeNull());
    expect(document.querySelector(".delivery [type=checkbox]")).toBeNull();
    await page.getByRole("option", { name: "lead and design-tokens" }).click();
    await vi.waitFor(() => expect(document.querySelector(".delivery")).toBeNull());
  });

  test("lost tasks are reassigned as in Settings, or as was chosen for this bridge alone", async () => {
    const host = await read(/^main: search-index and docs-site/);
    const lost = () => document.querySelector<HTMLSelectElement>("#recover") as HTMLSelectElement;
    expect(lost().selectedOptions[0]?.textContent).toBe("As in Settings: ask me");
    await page.getByRole("combobox", { name: "Lost tasks" }).selectOptions("on");
    await vi.waitFor(() => expect(text("#recover-means")).toContain("goes to the best free one here."));
    expect(text("#recover-means")).not.toContain("written into this database");
    host.refuse = "config.toml is read-only.";
    await page.getByRole("combobox", { name: "Lost tasks" }).selectOptions("off");
    await vi.waitFor(() => expect(text("[role=alert]")).toBe("✕ config.toml is read-only."));
    expect(lost().value).toBe("on");
    host.refuse = null;
    await page.getByRole("combobox", { name: "Lost tasks" }).selectOptions("");
    await vi.waitFor(() => expect(text("#recover-means")).toContain("until you reassign it"));
    expect(host.commands.filter(({ command }) => command === "recover")).toEqual(
      [true, false, null].map((on) => ({ command: "recover", conversation: "own:main", on })),
    );
    await page.getByRole("option", { name: "you and payments-api" }).click();
    await vi.waitFor(() => expect(lost()).toBeNull());
  });

  test("that can't be changed stays as it was, and says why", async () => {
    const host = await read("payments-api and reviewer");
    host.refuse = "config.toml is read-only.";
    await page.getByRole("combobox", { name: "New messages" }).selectOptions("wake");
    await vi.waitFor(() => expect(text("[role=alert]")).toBe("✕ config.toml is read-only."));
    expect(select().value).toBe("");
    await page.getByRole("checkbox", { name: /Write heartbeats/ }).click();
    await drawn();
    expect(document.querySelector<HTMLInputElement>(".delivery [type=checkbox]")?.checked).toBe(false);
  });

  test("that stands still says why, and goes on when a person lets it", async () => {
    const host = await read(/stands still/);
    expect(text(".brake")).toContain(
      "Deliveries stand still: search-index and docs-site answered each other",
    );
    host.refuse = "The engine closed its socket.";
    await page.getByRole("button", { name: "Let them go on" }).click();
    await vi.waitFor(() => expect(text("[role=alert]")).toBe("✕ The engine closed its socket."));
    host.refuse = null;
    await page.getByRole("button", { name: "Let them go on" }).click();
    await vi.waitFor(() => expect(document.querySelector(".brake")).toBeNull());
    expect(text("[role=listbox]")).not.toContain("stands still");
    expect(host.commands).toContainEqual({ command: "release", conversation: "own:main" });
  });
});

describe("the plugin", () => {
  const section = () => text("section[aria-labelledby=plugin]");
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();

  test("is shown before it is done, done, and undone", async () => {
    const host = await open();
    await userEvent.keyboard("{Control>}5{/Control}");
    expect(section()).toContain("Not installed in Claude Code 2.1.330.");
    expect(section()).not.toContain("Connect ");
    await press("What it would do…");
    await vi.waitFor(() => expect(section()).toContain("Run `claude plugin install peerwatch@peerwatch`."));
    await press("Connect");
    await vi.waitFor(() => expect(section()).toContain("This was done: Wrote 4 files"));
    expect(section()).toContain("Installed in Claude Code 2.1.330");
    expect(document.activeElement?.id).toBe("plugin");
    await press("Disconnect");
    await vi.waitFor(() => expect(section()).toContain("settings.json is byte for byte as before."));
    expect(host.commands.filter(({ command }) => command === "plugin")).toEqual(
      ["plan", "connect", "disconnect"].map((act) => ({ command: "plugin", act })),
    );
  });

  test("that can't be installed says why, and the plan stays", async () => {
    const host = await open();
    await userEvent.keyboard("{Control>}5{/Control}");
    await press("What it would do…");
    await vi.waitFor(() => expect(section()).toContain("It would do this"));
    host.refuse = "The program `claude` was not found on PATH.";
    await press("Connect");
    await vi.waitFor(() =>
      expect(text("[role=alert]")).toBe("✕ The program `claude` was not found on PATH."),
    );
    expect(section()).toContain("It would do this");
    await press("Leave it");
    await vi.waitFor(() => expect(section()).not.toContain("It would do this"));
  });

  test("while it is being installed nothing else can be asked of it, in words", async () => {
    const host = await open();
    await userEvent.keyboard("{Control>}5{/Control}");
    await press("What it would do…");
    await vi.waitFor(() => expect(section()).toContain("It would do this"));
    const command = host.command.bind(host);
    let go: () => void = () => undefined;
    host.command = async (asked) => {
      if (asked.command === "plugin") await new Promise<void>((ready) => (go = ready));
      return command(asked);
    };
    await press("Connect");
    await vi.waitFor(() => expect(section()).toContain("Connecting…"));
    expect(document.querySelectorAll("section[aria-labelledby=plugin] button")).toHaveLength(0);
    go();
    await vi.waitFor(() => expect(section()).toContain("This was done:"));
  });

  test("that no longer works says so, and what helps", async () => {
    await open("moved");
    await userEvent.keyboard("{Control>}5{/Control}");
    expect(section()).toContain("does not work");
    expect(section()).toContain("Connect again");
    await press("What it would do…");
    await vi.waitFor(() => expect(section()).toMatch(/Connect Leave it Disconnect$/));
  });
});
