import { describe, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { entry } from "../src/host/fixture/conversation";
import { type FixtureHost, fixtureHost } from "../src/host/fixture";
import type { Entry } from "../src/wire";
import { drawn, open, row, text } from "./window";

const MANY = 100_000;

const feed = () => document.querySelector("[role=feed]") as HTMLElement;
const articles = () => [...document.querySelectorAll<HTMLElement>("[role=feed] article")];
const numbers = () => articles().map((article) => Number(article.getAttribute("aria-posinset")));
const atEnd = () => feed().scrollHeight - feed().scrollTop - feed().clientHeight <= 1;

/** The entry at the top of what can be seen, and where it stands on the screen. */
function topmost(): { text: string; y: number } {
  const edge = feed().getBoundingClientRect().top;
  const first = articles().find((article) => article.getBoundingClientRect().bottom > edge + 1);
  return { text: first?.innerText ?? "", y: Math.round(first?.getBoundingClientRect().top ?? 0) };
}

async function read(fixture: string | FixtureHost = "nine", entries?: number): Promise<FixtureHost> {
  const host = await open(fixture, entries);
  await userEvent.click(row("payments-api"));
  await vi.waitFor(() => expect(articles().length).toBeGreaterThan(0));
  await settled();
  return host;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await drawn();
}

/** A host that hands over everything at once, as if a person had scrolled through all of it. */
function everything(entries: number): FixtureHost {
  const host = fixtureHost("nine", entries);
  const command = host.command.bind(host);
  host.command = (asked) =>
    command(asked.command === "read" && asked.page === "newest" ? { ...asked, limit: entries } : asked);
  return host;
}

function said(id: string, text: string, more: Partial<Entry> = {}): Entry {
  return { ...entry(2, 3), id, text, at: new Date().toISOString(), ...more };
}

/** Every row is where its neighbours end: no gaps, no overlaps. */
function expectNoGaps(): void {
  const boxes = articles().map((article) => article.getBoundingClientRect());
  boxes.slice(1).forEach((box, at) => expect(Math.abs(box.top - (boxes[at]?.bottom ?? 0))).toBeLessThan(1));
}

describe("a hundred thousand entries", () => {
  test("cost no more than what can be seen, at any place", async () => {
    await read(everything(MANY));
    expect(atEnd()).toBe(true);
    expect(numbers().at(-1)).toBe(MANY);
    for (const share of [0.5, 0.123, 0.9, 0, 1]) {
      feed().scrollTop = share * (feed().scrollHeight - feed().clientHeight);
      await settled();
      const drawn = numbers();
      expect(drawn.length).toBeLessThan(120);
      expect(document.querySelectorAll("*").length).toBeLessThan(2_000);
      expectNoGaps();
      const middle = drawn[Math.floor(drawn.length / 2)] ?? 0;
      expect(Math.abs(middle / MANY - share)).toBeLessThan(0.05);
      const edge = feed().getBoundingClientRect();
      expect(articles()[0]?.getBoundingClientRect().top).toBeLessThanOrEqual(edge.top + 1);
      expect(articles().at(-1)?.getBoundingClientRect().bottom).toBeGreaterThanOrEqual(edge.bottom - 1);
    }
    expect(atEnd()).toBe(true);
  });

  test("scroll without jumps: what is seen moves by what was scrolled", async () => {
    await read(everything(MANY));
    feed().scrollTop = feed().scrollHeight / 2;
    await settled();
    for (let step = 0; step < 30; step += 1) {
      const before = topmost();
      feed().scrollBy(0, -40);
      await drawn();
      const same = articles().find((article) => article.innerText === before.text);
      expect(Math.abs((same?.getBoundingClientRect().top ?? 0) - before.y - 40)).toBeLessThanOrEqual(2);
    }
  });
});

describe("reading", () => {
  test("opens at the end, loads older entries above without moving what is read", async () => {
    const host = await read("nine", 900);
    expect(atEnd()).toBe(true);
    const command = host.command.bind(host);
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((told) => {
      host.command = async (asked) => {
        if (asked.command === "read" && typeof asked.page === "object" && "before" in asked.page) {
          told();
          await new Promise<void>((ready) => (answer = ready));
        }
        return command(asked);
      };
    });
    feed().scrollTop = 900;
    await asked;
    await settled();
    const [before, height] = [topmost(), feed().scrollHeight];
    answer();
    await vi.waitFor(() => expect(feed().scrollHeight).toBeGreaterThan(height + 2_000));
    await settled();
    expect(topmost()).toEqual(before);
  });

  test("reaches the beginning and says that it is the beginning", async () => {
    await read("nine", 900);
    await vi.waitFor(
      async () => {
        feed().scrollTop = 0;
        await settled();
        expect(text(".begin")).toBe("The conversation begins here.");
      },
      { timeout: 10_000 },
    );
    expect(numbers()[0]).toBe(1);
    expect(articles()[0]?.getAttribute("aria-setsize")).toBe("900");
  });

  test("follows at the end", async () => {
    const host = await read();
    host.write("claude:payments-api", said("n1", "Something new"));
    await vi.waitFor(() => expect(feed().innerText).toContain("Something new"));
    await settled();
    expect(atEnd()).toBe(true);
    expect(document.querySelector(".new")).toBeNull();
  });

  test("keeps its place when scrolled up, counts what is new, and goes there on request", async () => {
    const host = await read();
    feed().scrollTop -= 700;
    await settled();
    const before = topmost();
    host.write("claude:payments-api", said("n1", "one"), said("n2", "two"));
    await vi.waitFor(() => expect(text(".new")).toBe("2 new ↓"));
    expect(topmost()).toEqual(before);
    host.write("claude:payments-api", said("n3", "three"));
    await vi.waitFor(() => expect(text(".new")).toBe("3 new ↓"));
    await page.getByRole("button", { name: "3 new" }).click();
    await settled();
    expect(atEnd()).toBe(true);
    expect(feed().innerText).toContain("three");
    expect(document.querySelector(".new")).toBeNull();
  });

  test("shows a receipt that comes later", async () => {
    const host = await read("nine", 5);
    const message = said("m1", "Are you there?", { kind: "message", from: "lead", state: "sent" });
    host.write("claude:payments-api", message);
    await vi.waitFor(() => expect(feed().innerText).toContain("Are you there?"));
    expect(text("[role=feed] article:last-child .head")).toMatch(/lead message sent$/);
    message.state = "seen";
    host.show({});
    await vi.waitFor(() =>
      expect(text("[role=feed] article:last-child .head")).toMatch(/lead message seen$/),
    );
  });

  test("says why it can't be read, and reads when it can", async () => {
    const host = await open();
    host.refuse = "The transcript /home/ada/x.jsonl was deleted.";
    await userEvent.click(row("payments-api"));
    await vi.waitFor(() => expect(text(".conversation")).toContain("was deleted."));
    host.refuse = null;
    await page.getByRole("button", { name: "Try again" }).click();
    await vi.waitFor(() => expect(articles().length).toBeGreaterThan(0));
  });

  test("an empty one says so", async () => {
    await open("nine", 0);
    await userEvent.click(row("payments-api"));
    await vi.waitFor(() => expect(text(".conversation")).toContain("Nothing has been said here yet."));
  });
});

describe("what others wrote", () => {
  test("is text, whatever it pretends to be", async () => {
    const host = await read("nine", 3);
    host.write(
      "claude:payments-api",
      said("h3", "W".repeat(900)),
      said(
        "h1",
        "<img src=x onerror=\"document.title='owned'\"><script>alert(1)</script> **bold** [a](http://b)",
      ),
      said("h2", "ring \u0007 esc \u001b]0;title\u0007 exe\u202egpj.", { from: "<b>peer</b>" }),
    );
    await vi.waitFor(() => expect(articles()).toHaveLength(6));
    await settled();
    expect(feed().querySelectorAll("img, script, a, b, strong")).toHaveLength(0);
    expect(feed().innerText).toContain("<img src=x");
    expect(feed().innerText).toContain("**bold** [a](http://b)");
    expect(feed().innerText).toContain("ring ⟨BEL⟩ esc ⟨ESC⟩]0;title⟨BEL⟩ exe⟨RLO⟩gpj.");
    expect(feed().innerText).toContain("<b>peer</b>");
    expect(feed().scrollWidth).toBe(feed().clientWidth);
    for (const said of feed().querySelectorAll(".said"))
      expect(getComputedStyle(said).unicodeBidi).toBe("isolate");
  });

  test("is shortened when it is long, and whole on request", async () => {
    const host = await read("nine", 3);
    const lines = Array.from({ length: 300 }, (_, n) => `line ${n + 1}`).join("\n");
    host.write("claude:payments-api", said("long", lines, { kind: "tool_result", cut: true }));
    await vi.waitFor(() => expect(feed().innerText).toContain("line 8"));
    expect(feed().innerText).not.toContain("line 9");
    await page.getByRole("button", { name: "Show all (300 lines)" }).click();
    await settled();
    expect(feed().innerText).toContain("line 300");
    expect(feed().innerText).toContain("The rest is too long for this window");
    expectNoGaps();
  });
});
