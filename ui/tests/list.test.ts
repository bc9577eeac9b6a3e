import { describe, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { NINE, view, worker } from "../src/host/fixture/roster";
import { drawn, focused, open, outline, pointAway, row, rows, text } from "./window";

const NINE_OUTLINE = [
  "Needs you: payments-api checkout",
  "Suspect: reviewer",
  "Working: search-index docs-site nightly-bench infra",
  "Idle: design-tokens",
  "Ended: spike-grpc",
].join("\n");

/** docs-site begins to wait, so it belongs to the top; checkout goes on working. */
const MOVED = NINE.map((was) => {
  if (was.id === "docs-site")
    return { ...was, presence: "waiting_for_you", waiting_for: "plan", group: "needs_you" } as const;
  if (was.id === "checkout")
    return { ...was, presence: "working", waiting_for: null, group: "working" } as const;
  return was;
});
const MOVED_OUTLINE = [
  "Needs you: payments-api docs-site",
  "Suspect: reviewer",
  "Working: checkout search-index nightly-bench infra",
  "Idle: design-tokens",
  "Ended: spike-grpc",
].join("\n");

describe("the list", () => {
  test("stands by need, a row of 32 pixels a worker, each with shape and word", async () => {
    await open();
    expect(text("h1")).toBe("3 of 9 need you");
    expect(outline()).toBe(NINE_OUTLINE);
    for (const row of rows()) {
      expect(row.offsetHeight).toBe(32);
      expect(row.querySelector("svg")).not.toBeNull();
      expect(row.querySelector(".word")?.textContent).not.toBe("");
    }
    await expect
      .element(page.getByRole("option").first())
      .toHaveAccessibleName(
        "payments-api waits: permission Wants to run `psql -f migrations/0042_ledger.sql` src/payments-api for 4 min",
      );
  });

  test("is one tab stop, walked by arrows, Home, End and letters", async () => {
    await open();
    expect(rows().filter((row) => row.tabIndex === 0)).toHaveLength(1);
    await userEvent.keyboard("{ArrowDown}");
    expect(focused()).toBe("payments-api");
    await userEvent.keyboard("{ArrowDown}{ArrowDown}");
    expect(focused()).toBe("reviewer");
    expect(row("reviewer").getAttribute("aria-selected")).toBe("true");
    await userEvent.keyboard("{End}");
    expect(focused()).toBe("spike-grpc");
    await userEvent.keyboard("{ArrowDown}");
    expect(focused()).toBe("spike-grpc");
    await userEvent.keyboard("{Home}{ArrowUp}");
    expect(focused()).toBe("payments-api");
    await userEvent.keyboard("d");
    expect(focused()).toBe("docs-site");
    await userEvent.keyboard("e");
    expect(focused()).toBe("design-tokens");
    expect(rows().filter((row) => row.tabIndex === 0)).toEqual([row("design-tokens")]);
  });

  test("Enter goes to the conversation, Space shows the evidence and leaves the focus", async () => {
    await open();
    await userEvent.keyboard("{ArrowDown} ");
    expect(text(".detail h2")).toBe("payments-api");
    expect(focused()).toBe("payments-api");
    await userEvent.keyboard("{ArrowDown}");
    await drawn();
    expect(text(".detail h2")).toBe("checkout");
    await userEvent.keyboard("{Enter}");
    await vi.waitFor(() => expect(document.activeElement?.getAttribute("role")).toBe("feed"));
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Conversation of checkout");
  });

  test("Esc closes the pane, then clears the filter, then hides the window", async () => {
    const host = await open();
    await userEvent.keyboard("/");
    await userEvent.keyboard("led");
    expect(outline()).toBe("Needs you: payments-api\nSuspect: reviewer\nEnded: spike-grpc");
    await userEvent.keyboard("{ArrowDown}{Enter}");
    await vi.waitFor(() => expect(document.activeElement?.getAttribute("role")).toBe("feed"));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(focused()).toBe("payments-api"));
    expect(document.querySelector(".detail")).toBeNull();
    expect(host.hidden).toBe(0);
    await userEvent.keyboard("{Escape}");
    await drawn();
    expect(outline()).toBe(NINE_OUTLINE);
    expect(host.hidden).toBe(0);
    await userEvent.keyboard("{Escape}");
    expect(host.hidden).toBe(1);
  });

  test("a filter that matches nobody says so", async () => {
    await open();
    await userEvent.keyboard("/");
    await userEvent.keyboard("nobody at all");
    expect(text(".none")).toBe("None of 9 workers matches “nobody at all”. Esc clears the filter.");
  });

  test("S, M and R act on the row with the focus; where they can't they say why", async () => {
    const host = await open();
    await userEvent.keyboard("{ArrowDown}");
    await userEvent.keyboard("s");
    await vi.waitFor(() => expect(document.activeElement?.textContent?.trim()).toBe("15 min"));
    await userEvent.keyboard("{ArrowDown}{Enter}");
    expect(host.commands).toContainEqual({ command: "snooze", alert: 7, seconds: 3_600 });
    await vi.waitFor(() => expect(text(".outcome")).toContain("Snoozed: 1 h."));
    await userEvent.keyboard("s");
    await vi.waitFor(() => expect(text(".outcome")).toContain("Nothing to snooze"));
    await userEvent.keyboard("m");
    await vi.waitFor(() => expect(document.activeElement?.textContent?.trim()).toBe("15 min"));
    await userEvent.keyboard("{Enter}");
    expect(host.commands).toContainEqual({ command: "mute", worker: "payments-api", seconds: 900 });
    await vi.waitFor(() => expect(row("payments-api").textContent).toContain("muted"));
    await userEvent.keyboard("m");
    expect(host.commands).toContainEqual({ command: "mute", worker: "payments-api", seconds: 0 });
    await userEvent.keyboard("r");
    await vi.waitFor(() =>
      expect(text(".outcome")).toBe("payments-api is neither suspect nor gone, and owns no tasks."),
    );
    await page.getByRole("option", { name: /^reviewer/ }).click();
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(text("dialog h2")).toBe("Reassign the tasks of reviewer"));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(document.querySelector("dialog")).toBeNull());
    expect(document.querySelector(".detail")).not.toBeNull();
  });

  test("? lists the keys, Ctrl+, opens the settings, Ctrl+2 the conversations", async () => {
    await open();
    await userEvent.keyboard("?");
    await vi.waitFor(() => expect(text("dialog")).toContain("Reassign its tasks"));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(document.querySelector("dialog")).toBeNull());
    await userEvent.keyboard("{Control>},{/Control}");
    expect(text("main h1")).toBe("Settings");
    await userEvent.keyboard("{Control>}2{/Control}");
    expect(text("[aria-current=page]")).toContain("Conversations");
  });
});

describe("a row does not move", () => {
  test("while the pointer is over the list; it does when the pointer leaves", async () => {
    const host = await open();
    await userEvent.hover(row("docs-site"));
    host.show({ workers: MOVED });
    await drawn();
    expect(outline()).toBe(NINE_OUTLINE);
    expect(row("docs-site").textContent).toContain("waits: plan");
    expect(text(".waiting")).toBe("2 changes wait until you leave the list");
    await pointAway();
    await drawn();
    expect(outline()).toBe(MOVED_OUTLINE);
    expect(document.querySelector(".waiting")).toBeNull();
  });

  test("while the focus is in the list; whoever is new stands at the end, whoever left stays till then", async () => {
    const host = await open();
    await pointAway();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}");
    const newcomer = worker("newcomer", {
      group: "needs_you",
      presence: "waiting_for_you",
      waiting_for: "plan",
    });
    host.show({ workers: [newcomer, ...NINE.filter((was) => was.id !== "infra")] });
    await drawn();
    expect(outline()).toBe(`${NINE_OUTLINE}\nNew: newcomer`);
    expect(row("infra").textContent).toContain("left the list");
    expect(focused()).toBe("checkout");
    await userEvent.keyboard("/");
    await drawn();
    expect(outline()).toBe(NINE_OUTLINE.replace("Needs you: ", "Needs you: newcomer ").replace(" infra", ""));
  });

  test("and a click alone does not hold it once the pointer has left", async () => {
    const host = await open();
    await userEvent.click(row("checkout"));
    await pointAway();
    host.show({ workers: MOVED });
    await drawn();
    expect(outline()).toBe(MOVED_OUTLINE);
    expect(row("checkout").getAttribute("aria-selected")).toBe("true");
  });
});

test("a screen reader hears of need, once and together", async () => {
  const host = await open();
  host.show({ workers: MOVED, sentence: "3 of 9 need you" });
  host.show({
    workers: MOVED.map((was) =>
      was.id === "infra" ? { ...was, group: "suspect", presence: "suspect" } : was,
    ),
    sentence: "4 of 9 need you",
  });
  expect(text("[data-told]")).toBe("");
  await vi.waitFor(
    () =>
      expect(document.querySelector("[data-told]")?.textContent).toBe(
        "docs-site: waits: plan. infra: suspect. checkout: working. 4 of 9 need you.",
      ),
    { timeout: 3_000 },
  );
});

test("a narrow window shows the pane over the list, and gives the list back", async () => {
  await page.viewport(720, 600);
  await open();
  await userEvent.keyboard("{ArrowDown}{Enter}");
  await vi.waitFor(() => expect(text(".detail h2")).toBe("payments-api"));
  expect(rows()[0]?.checkVisibility()).toBe(false);
  expect(document.documentElement.scrollWidth).toBe(720);
  await userEvent.keyboard("{Escape}");
  await vi.waitFor(() => expect(focused()).toBe("payments-api"));
  await userEvent.click(row("checkout"));
  await vi.waitFor(() =>
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Conversation of checkout"),
  );
  await page.viewport(1100, 720);
});

test("a notification's place opens there, before and after the first view", async () => {
  location.hash = "#/worker/checkout";
  const host = await open();
  await vi.waitFor(() => expect(text(".detail h2")).toBe("checkout"));
  expect(host.commands).toContainEqual({ command: "looking_at", worker: "checkout", conversation: null });
  host.go("/worker/reviewer");
  await vi.waitFor(() => expect(text(".detail h2")).toBe("reviewer"));
  host.go("/conversation/bridge%3A1");
  await vi.waitFor(() => expect(text(".reading h2")).toBe("payments-api and reviewer"));
  host.go("/worker/nobody");
  await vi.waitFor(() => expect(text(".outcome")).toBe("That worker has left the list."));
});

test("whoever reads goes on reading when the worker leaves the list", async () => {
  const host = await open();
  await userEvent.click(row("checkout"));
  host.show({ workers: view().workers.filter((was) => was.id !== "checkout") });
  await drawn();
  expect(text(".detail")).toContain("It has left the list.");
});
