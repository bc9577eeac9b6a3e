import { describe, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { forecast } from "../src/delivery";
import { CONVERSATIONS } from "../src/host/fixture/conversations";
import { NINE, view, worker } from "../src/host/fixture/roster";
import type { DeliverMode, WorkerView } from "../src/wire";
import { drawn, focused, open, row, text } from "./window";

const area = () => document.querySelector<HTMLTextAreaElement>("textarea") as HTMLTextAreaElement;
const button = () => document.querySelector<HTMLButtonElement>(".composer [type=submit]");
const isWriting = () => vi.waitFor(() => expect(document.activeElement).toBe(area()));

describe("writing to a worker", () => {
  test("W leads there, Enter makes a line, Ctrl+Enter sends, and the message is told of", async () => {
    const host = await open();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}w");
    await isWriting();
    const low = area().offsetHeight;
    await userEvent.keyboard("Per order.{Enter}{Enter}Attempts share a key.");
    await drawn();
    expect(area().offsetHeight).toBeGreaterThan(low + 30);
    expect(host.commands.some(({ command }) => command === "send")).toBe(false);
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    expect(host.commands).toContainEqual({
      command: "send",
      to: "checkout",
      text: "Per order.\n\nAttempts share a key.",
    });
    await vi.waitFor(() => expect(text(".composer [role=status]")).toBe("Sent. See how far it came"));
    expect(area().value).toBe("");
    expect(area().offsetHeight).toBe(low);
    expect(document.activeElement).toBe(area());
    await page.getByRole("button", { name: "See how far it came" }).click();
    await vi.waitFor(() => expect(text(".reading [role=feed]")).toContain("Attempts share a key."));
    expect(text(".reading .receipt")).toBe("sent");
  });

  test("it grows to a bound and no further, and leaves room for the conversation", async () => {
    await open();
    await userEvent.keyboard("{ArrowDown}w");
    await isWriting();
    await userEvent.fill(area(), "line\n".repeat(400));
    await drawn();
    expect(area().offsetHeight).toBeLessThan(180);
    expect((document.querySelector("[role=feed]") as HTMLElement).offsetHeight).toBeGreaterThan(60);
  });

  test("Esc leaves the field and keeps what was typed, for each worker its own", async () => {
    const host = await open();
    await userEvent.keyboard("{ArrowDown}w");
    await isWriting();
    await userEvent.keyboard("for payments");
    await userEvent.keyboard("{Escape}");
    expect(document.activeElement?.getAttribute("role")).toBe("feed");
    expect(host.hidden).toBe(0);
    await userEvent.click(row("checkout"));
    await vi.waitFor(() => expect(area().placeholder).toBe("Write to checkout"));
    expect(area().value).toBe("");
    await userEvent.keyboard("{Control>}4{/Control}{Control>}1{/Control}");
    await userEvent.click(row("payments-api"));
    await vi.waitFor(() => expect(area().value).toBe("for payments"));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(focused()).toBe("payments-api"));
  });

  test("a refusal is shown beside it, and nothing is lost", async () => {
    const host = await open();
    await userEvent.keyboard("{ArrowDown}w");
    await isWriting();
    await userEvent.keyboard("Run it.");
    host.refuse = "The bridge database is full.";
    await page.getByRole("button", { name: "Send" }).click();
    await vi.waitFor(() =>
      expect(text(".composer [role=alert]")).toBe("✕ Not sent: The bridge database is full."),
    );
    expect(area().value).toBe("Run it.");
    host.refuse = null;
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await vi.waitFor(() => expect(text(".composer [role=status]")).toContain("Sent."));
    expect(document.querySelector(".composer [role=alert]")).toBeNull();
  });

  test("nothing is sent twice, and nothing empty", async () => {
    const host = await open();
    await userEvent.keyboard("{ArrowDown}w");
    await isWriting();
    await userEvent.keyboard("  {Control>}{Enter}{/Control}");
    expect(button()?.disabled).toBe(true);
    const command = host.command.bind(host);
    let go: () => void = () => undefined;
    let asked = 0;
    host.command = async (what) => {
      if (what.command === "send") {
        asked += 1;
        await new Promise<void>((ready) => (go = ready));
      }
      return command(what);
    };
    await userEvent.keyboard("once{Control>}{Enter}{Enter}{/Control}");
    await vi.waitFor(() => expect(button()?.textContent?.trim()).toBe("Sending…"));
    go();
    await vi.waitFor(() => expect(area().value).toBe(""));
    expect(asked).toBe(1);
  });

  test("who can't be written to has no field, and W says why", async () => {
    await open();
    await userEvent.click(row("spike-grpc"));
    const why = "You can't write to spike-grpc from here: its session is over. Resume it, and you can.";
    expect(text(".composer")).toBe(why);
    await userEvent.keyboard("w");
    await vi.waitFor(() => expect(text(".outcome")).toBe(why));
  });

  test("what was typed stays when the worker leaves or the connection is lost", async () => {
    const host = await open();
    await userEvent.keyboard("{ArrowDown}w");
    await isWriting();
    await userEvent.keyboard("half a thought");
    host.lose("The engine closed its socket.");
    await vi.waitFor(() => expect(text("#outlook")).toContain("while the connection is lost"));
    expect(button()?.disabled).toBe(true);
    host.show({ workers: NINE.slice(1) });
    await vi.waitFor(() => expect(text("#outlook")).toContain("payments-api has left the list"));
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    expect(area().value).toBe("half a thought");
    expect(host.commands.some(({ command }) => command === "send")).toBe(false);
  });

  test("from a conversation of two, each of them can be written to", async () => {
    await open();
    await userEvent.keyboard("{Control>}2{/Control}");
    await page.getByRole("option", { name: /stands still/ }).click();
    await page.getByRole("button", { name: "docs-site", exact: true }).click();
    await isWriting();
    expect(text(".detail h2")).toBe("docs-site");
  });

  test("in one's own conversation with a worker, W leads to the field there", async () => {
    await open();
    await userEvent.keyboard("{Control>}2{/Control}");
    await page.getByRole("option", { name: "you and payments-api" }).click();
    await userEvent.keyboard("w");
    await isWriting();
    await userEvent.keyboard("And the mobile team?{Control>}{Enter}{/Control}");
    await vi.waitFor(() => expect(text("[role=feed]")).toContain("And the mobile team?"));
    expect(text(".composer [role=status]")).toBe("Sent.");
    await userEvent.keyboard("{Escape}");
    expect(document.activeElement?.getAttribute("role")).toBe("feed");
  });
});

test("what will happen is said beforehand", () => {
  const said = (more: Partial<WorkerView>, deliver: DeliverMode = "wake") => {
    const own = CONVERSATIONS.filter(({ id }) => id === "own:you").map((it) => ({
      ...it,
      workers: ["api"],
      deliver,
    }));
    return forecast(worker("api", more), view({ conversations: own })).says;
  };
  expect(
    [
      said({ presence: "idle" }),
      said({ presence: "idle" }, "next_turn"),
      said({ presence: "idle" }, "tell_me"),
      said({ presence: "working" }),
      said({ presence: "waiting_for_you", waiting_for: "permission" }),
      said({ presence: "waiting_for_you", waiting_for: "dialog" }),
      said({ presence: "limited" }),
      said({ presence: "suspect" }),
      said({ presence: "unknown" }),
      said({ presence: "gone" }),
      said({ writable: false }),
      said({ writable: false, source: "team" }),
    ].join("\n"),
  ).toMatchInlineSnapshot(`
    "api is idle: this starts a turn.
    api is idle: it is left alone and gets this with its next turn.
    Kept for api until it asks for its messages: you chose to put nothing into it.
    api is busy: it arrives between two tool calls, at the latest when the turn ends.
    api waits for a permission: it arrives with that tool's result.
    api waits for you: it arrives once you have answered there.
    api is held up from outside: it arrives when it goes on.
    api has not been heard for a while: it arrives if it goes on.
    What api does is not known: it arrives as soon as its session takes it.
    You can't write to api from here: its session is over. Resume it, and you can.
    You can't write to api from here: no way into its session is known.
    You can't write to api from here: no Claude Code session of its own is known."
  `);
});

test("what was chosen for a conversation holds for what is written there", () => {
  const own = CONVERSATIONS.filter(({ id }) => id === "own:you").map((it) => ({
    ...it,
    workers: ["api"],
    deliver: "next_turn" as const,
  }));
  const idle = worker("api", { presence: "idle" });
  expect(forecast(idle, view({ conversations: own })).says).toContain("is left alone");
  expect(forecast(idle, view({ conversations: [] })).says).toContain("this starts a turn");
});
