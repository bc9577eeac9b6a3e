import { describe, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { fixtureHost } from "../src/host/fixture";
import { NINE } from "../src/host/fixture/roster";
import { TERMINALS } from "../src/host/fixture/terminals";
import { living, ways } from "../src/jumps";
import { drawn, open, text } from "./window";

const section = "section[aria-labelledby=jumping]";

async function openConnected(fixture: Parameters<typeof open>[0] = "nine"): ReturnType<typeof open> {
  const host = await open(fixture);
  await userEvent.keyboard("{Control>}5{/Control}");
  await drawn();
  return host;
}

async function openTable(): ReturnType<typeof open> {
  const host = await openConnected();
  await vi.waitFor(() => expect(document.querySelector(`${section} table`)).not.toBeNull());
  return host;
}

function names(table: string): string[] {
  return [...document.querySelectorAll<HTMLElement>(`${section} ${table} tbody th`)].map(
    (name) => name.innerText,
  );
}

describe("what a jump will do", () => {
  test("sessions for which it does the same stand together, the nearest first", async () => {
    await openTable();
    const said = [...document.querySelectorAll<HTMLElement>(`${section} li`)].map((way) =>
      way.innerText.replace(/\s+/g, " ").trim(),
    );
    expect(said).toEqual([
      "payments-api jumps to pane %5 of tmux, in its tab of GNOME Terminal exact pane",
      "checkout and docs-site jumps to its tab of GNOME Terminal exact pane",
      "nightly-bench chooses pane %2 of tmux, but can't raise the window that shows it: its terminal is on another machine pane only",
      "search-index and design-tokens can't jump: GNOME lets no program raise the Code window, but for windows on XWayland not possible",
      "infra its terminal has not been looked for yet not known",
    ]);
  });

  test("who has ended, and who is no session of this machine, is left out", () => {
    expect(living(NINE).map(({ name }) => name)).not.toContain("spike-grpc");
    expect(living(NINE).map(({ name }) => name)).not.toContain("reviewer");
    expect(ways([])).toEqual([]);
  });

  test("without sessions that is said, and the table stands all the same", async () => {
    await openConnected("empty");
    await vi.waitFor(() => expect(document.querySelector(`${section} table`)).not.toBeNull());
    expect(text(section)).toContain("No session lives here now.");
  });
});

describe("the table of terminals and desktops", () => {
  test("what is in use here stands on top, the rest is folded, and nothing is told twice", async () => {
    await openTable();
    expect(names("table:not(details *)")).toEqual([
      "tmux",
      "GNOME Terminal",
      "VS Code, VSCodium, Cursor, Windsurf",
      "GNOME on Wayland",
    ]);
    const details = document.querySelector<HTMLDetailsElement>(`${section} details`)!;
    expect(details.open).toBe(false);
    details.querySelector("summary")!.focus();
    await userEvent.keyboard("{Enter}");
    expect(details.open).toBe(true);
    await drawn();
    const all = [...names("table:not(details *)"), ...names("details table")];
    expect(all.toSorted()).toEqual(TERMINALS.map(({ name }) => name).toSorted());
    expect(text(`${section} summary`)).toBe(`${TERMINALS.length - 4} other terminals and desktops`);
  });

  test("how near is a word beside its shape, and means are told as code", async () => {
    await openTable();
    const row = page.getByRole("row", { name: /^tmux/ });
    await expect.element(row.getByRole("cell", { name: "exact pane" })).toBeVisible();
    await expect.element(row.getByRole("cell", { name: "tested", exact: true })).toBeVisible();
    expect(row.element().querySelectorAll("code")[0]?.textContent).toBe("select-window");
    expect(row.element().textContent).not.toContain("`");
  });

  test("when other sessions live it is asked for anew", async () => {
    const host = await openTable();
    const asked = () => host.commands.filter(({ command }) => command === "terminals").length;
    expect(asked()).toBe(1);
    host.show({});
    await drawn();
    expect(asked()).toBe(1);
    host.show({ workers: NINE.filter(({ name }) => name !== "checkout") });
    await vi.waitFor(() => expect(asked()).toBe(2));
    expect(text(section)).not.toContain("checkout");
  });

  test("a refusal is told in its words", async () => {
    const host = fixtureHost("nine");
    host.refuse = "The engine is of another version.";
    await openConnected(host);
    await vi.waitFor(() =>
      expect(text(`${section} [role=alert]`)).toBe("✕ The engine is of another version."),
    );
    expect(document.querySelector(`${section} table`)).toBeNull();
  });

  test.for([
    [1_000, 640],
    [640, 640],
  ])("it fits into a window of %i by %i", async ([width, height]) => {
    await page.viewport(width!, height!);
    await openTable();
    document.querySelector<HTMLDetailsElement>(`${section} details`)!.open = true;
    await drawn();
    const main = document.querySelector<HTMLElement>("main")!;
    expect(main.scrollWidth).toBeLessThanOrEqual(main.clientWidth);
    for (const table of document.querySelectorAll(`${section} table`))
      expect(table.getBoundingClientRect().right).toBeLessThanOrEqual(main.getBoundingClientRect().right);
    await page.viewport(1_100, 720);
  });
});
