import { describe, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { NINE } from "../src/host/fixture/roster";
import { type FixtureHost } from "../src/host/fixture";
import { task, TASKS } from "../src/host/fixture/tasks";
import type { Command } from "../src/wire";
import { focused, open, row, showTask, text } from "./window";

const sheet = () => text("dialog");
const area = () => document.querySelector<HTMLTextAreaElement>("dialog textarea") as HTMLTextAreaElement;
const active = () => document.activeElement as HTMLElement;
const sheetButton = (name: string | RegExp) => page.getByRole("dialog").getByRole("button", { name });

function handedOver(host: FixtureHost): Command[] {
  return host.commands.filter(({ command }) => command === "hand_over");
}

/** The sheet of the only task of a worker that is proven gone. */
const one = (fixture?: string) => reassignRow("spike-grpc", fixture);

async function reassignRow(worker: string, fixture = "nine"): Promise<FixtureHost> {
  const host = await open(fixture);
  await userEvent.click(row(worker));
  await userEvent.keyboard("r");
  await vi.waitFor(() => expect(document.querySelector("dialog fieldset")).not.toBeNull());
  await vi.waitFor(() => expect(sheet()).not.toContain("Looking"));
  return host;
}

describe("the sheet", () => {
  test("says how the owner fares, what will happen, who could take over and why, before anything is done", async () => {
    const host = await one();
    expect(text("dialog h2")).toBe("Reassign “Port the ledger to gRPC”");
    expect(sheet()).toMatch(
      /spike-grpc is gone: process \d+ has ended\. That is proof, so nothing has to be confirmed\./,
    );
    expect(text("dialog ol")).toContain("Then the card goes to design-tokens, whose turn starts.");
    const heirs = [...document.querySelectorAll<HTMLElement>("dialog fieldset label")].map(
      (label) => label.innerText,
    );
    expect(heirs.map((heir) => heir.replace(/\s+/g, " ").trim())).toEqual([
      "design-tokens idle, in /home/ada/src/design-tokens ! but owns 1 already",
      "nightly-bench at work, in /home/ada/src/nightly-bench",
      "The best free worker, when it is free",
    ]);
    expect(area().value).toContain("# Port the ledger to gRPC");
    expect(document.querySelector(".anyway")).toBeNull();
    expect(handedOver(host)).toEqual([]);
  });

  test("keys alone: to another heir, through the card, and done", async () => {
    const host = await open();
    await userEvent.keyboard("{ArrowDown}{End}r");
    await vi.waitFor(() => expect(document.querySelector("dialog fieldset")).not.toBeNull());
    expect(active().id).toBe("sheet-title");
    await userEvent.keyboard("{Tab}");
    expect((active() as HTMLInputElement).checked).toBe(true);
    await userEvent.keyboard("{Tab}{Enter}{Shift>}{Tab}{/Shift}{ArrowDown}{ArrowDown}");
    expect(active().closest("label")?.innerText).toContain("docs-site");
    await userEvent.keyboard("{Tab}{Tab}");
    expect(active()).toBe(area());
    await userEvent.keyboard("{Control>}{End}{/Control}{Enter}Begin with the proto file.");
    expect(sheet()).toContain("changed by you");
    await userEvent.keyboard("{Tab}{Tab}");
    expect(active().id).toBe("reason");
    await userEvent.keyboard("It crashed.");
    const card = area().value;
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await vi.waitFor(() => expect(document.querySelector("dialog .handover")).not.toBeNull());
    expect(card).toMatch(/Begin with the proto file\.$/);
    expect(handedOver(host)).toEqual([
      {
        command: "hand_over",
        task: "16",
        to: "docs-site",
        card,
        reason: "It crashed.",
        take_anyway: false,
        pass_brakes: false,
      },
    ]);
    expect(active().id).toBe("sheet-title");
    expect(text("dialog [role=status].unseen")).toBe("Port the ledger to gRPC: docs-site gets it now.");
    expect(text("dialog .handover")).toContain("3 of 4 steps: granted spike-grpc → to docs-site");
    await userEvent.keyboard("{Tab}{Enter}");
    expect(host.commands).toContainEqual({ command: "undo_handover", handover: 4 });
    await vi.waitFor(() => expect(text("dialog .handover")).toContain("undone"));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(document.querySelector("dialog")).toBeNull());
    expect(focused()).toBe("spike-grpc");
  });

  test("of many heirs those that something speaks against are folded; whoever is chosen stays in sight", async () => {
    await page.viewport(1000, 640);
    const host = await open();
    const command = host.command.bind(host);
    const heir = (name: string, ...doubts: string[]) => ({ worker: name, name, reasons: ["idle"], doubts });
    const names = ["a", "b", "c", "d", "e"].map((name) => heir(name, "works in another folder"));
    host.command = async (asked) => {
      const reply = await command(asked);
      if (reply.reply !== "plan") return reply;
      const heirs = [heir("free"), heir("free-too"), heir("tried", "gave this task back"), ...names];
      return { reply: "plan", plan: { ...reply.plan, heirs } };
    };
    await userEvent.click(row("spike-grpc"));
    await userEvent.keyboard("r");
    const shown = () =>
      [...document.querySelectorAll("dialog .who")].map((who) => who.textContent?.split(" ")[0]);
    await vi.waitFor(() => expect(shown()).toHaveLength(3));
    // The card is there without scrolling, and so are the buttons.
    const body = document.querySelector("dialog .body")?.getBoundingClientRect() as DOMRect;
    expect(area().getBoundingClientRect().top).toBeLessThan(body.bottom - 60);
    expect(sheetButton("Reassign").element().getBoundingClientRect().bottom).toBeLessThanOrEqual(640);
    await sheetButton("6 more who are less fit").click();
    expect(shown()).toHaveLength(9);
    await page.getByRole("radio", { name: /^d / }).click();
    await userEvent.keyboard("{ArrowDown}");
    expect(active().closest("label")?.innerText).toContain("e");
    await sheetButton("Fewer").click();
    expect(shown()).toEqual(["free", "free-too", "e", "The"]);
    await page.viewport(1100, 720);
  });

  test("keeps the focus, forwards and backwards", async () => {
    await one();
    const dialog = document.querySelector("dialog") as HTMLElement;
    const seen = new Set<Element>();
    for (let step = 0; step < 14; step += 1) {
      await userEvent.keyboard("{Tab}");
      expect(dialog.contains(active())).toBe(true);
      seen.add(active());
    }
    expect(seen.size).toBe(7);
    for (let step = 0; step < 9; step += 1) {
      await userEvent.keyboard("{Shift>}{Tab}{/Shift}");
      expect(dialog.contains(active())).toBe(true);
      expect(seen.has(active())).toBe(true);
    }
  });

  test("nothing is sent of the card unless it was changed, and it goes back to how it was written", async () => {
    const host = await one();
    const written = area().value;
    await userEvent.fill(area(), "Only the last five.");
    await sheetButton("As written by Peerwatch").click();
    expect(area().value).toBe(written);
    expect(active()).toBe(area());
    await userEvent.fill(area(), " ");
    await vi.waitFor(() =>
      expect(text("#obstacle")).toContain("is empty: its new owner would know nothing."),
    );
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    expect(handedOver(host)).toEqual([]);
    await sheetButton("As written by Peerwatch").click();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await vi.waitFor(() => expect(handedOver(host)).toHaveLength(1));
    expect(handedOver(host)[0]).toMatchObject({ to: "design-tokens", card: null, reason: null });
  });

  test("Esc leaves without doing anything, and a changed card is there the next time", async () => {
    const host = await one();
    await userEvent.fill(area(), "Only the last five.");
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(document.querySelector("dialog")).toBeNull());
    expect(handedOver(host)).toEqual([]);
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(area()?.value).toBe("Only the last five."));
    await sheetButton("Cancel").click();
    await vi.waitFor(() => expect(document.querySelector("dialog")).toBeNull());
  });

  test("where nobody is free it goes to the best worker when one is", async () => {
    const host = await open("heirless");
    await showTask("12");
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(sheet()).toContain("Nobody is free who could take it over now."));
    expect(document.querySelectorAll("dialog [type=radio]:checked")).toHaveLength(1);
    await sheetButton("Reassign").click();
    await vi.waitFor(() => expect(handedOver(host)).toHaveLength(1));
    expect(handedOver(host)[0]).toMatchObject({ to: null });
    await vi.waitFor(() => expect(text("dialog .handover")).toContain("reviewer → to the best free worker"));
  });

  test("the work of a session without tasks is handed on with its card", async () => {
    const host = await open("untasked");
    await userEvent.click(row("spike-grpc"));
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(text("dialog h2")).toBe("Reassign “The work of spike-grpc”"));
    await vi.waitFor(() => expect(sheet()).not.toContain("Looking"));
    await sheetButton("Reassign").click();
    await vi.waitFor(() => expect(handedOver(host)).toHaveLength(1));
    expect(handedOver(host)[0]).toMatchObject({ task: expect.stringMatching(/^session:/) });
    await vi.waitFor(() => expect(sheet()).toContain("design-tokens gets the card"));
  });

  test("what others keep is moved as they do it, and what was done is said", async () => {
    await open();
    await showTask("team:frontend:3");
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(document.querySelector("dialog fieldset")).not.toBeNull());
    await vi.waitFor(() => expect(sheet()).not.toContain("Looking"));
    await sheetButton("Reassign").click();
    await vi.waitFor(() => expect(sheet()).toContain("The lead of the team was asked"));
  });

  test("what is not there is said", async () => {
    await open("untasked");
    await userEvent.click(row("reviewer"));
    await userEvent.keyboard("r");
    await vi.waitFor(() =>
      expect(sheet()).toContain("No tasks of reviewer are known, so there is nothing to reassign."),
    );
    await sheetButton("Close").click();
    await vi.waitFor(() => expect(document.querySelector("dialog")).toBeNull());
  });

  test("what was taken from it before is shown, and can be undone", async () => {
    const host = await open("handing");
    await userEvent.click(row("reviewer"));
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(sheet()).toContain("2 of 2 tasks chosen"));
    expect(sheet()).toContain("Handed over already 1 of 4 steps: waits reviewer → to the best free worker");
    await sheetButton("Undo").click();
    expect(host.commands).toContainEqual({ command: "undo_handover", handover: 8 });
    await vi.waitFor(() => expect(sheet()).toContain("Review the ledger migration 0042"));
    await vi.waitFor(() => expect(sheet()).toContain("2 of 3 tasks chosen"));
  });

  test("long and hostile texts stay in it", async () => {
    await page.viewport(720, 640);
    await open("long");
    await showTask("l1");
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(area()).not.toBeNull());
    for (const part of document.querySelectorAll("dialog, dialog .body, dialog .footer"))
      expect(part.scrollWidth).toBe(part.clientWidth);
    expect(document.querySelector("dialog")?.getBoundingClientRect().bottom).toBeLessThanOrEqual(640);
    expect(document.querySelectorAll("dialog img")).toHaveLength(0);
    await page.viewport(1100, 720);
  });
});

describe("an owner that is not proven gone", () => {
  test("may still be working: that is said, and it has to confirm", async () => {
    const host = await reassignRow("reviewer");
    expect(sheet()).toContain("That is no proof that it has stopped.");
    expect(text(".anyway")).toBe(
      "Take them anyway Without this, they wait until reviewer has confirmed that it stops. With it, reviewer may still be working, and its late result is set aside, not merged.",
    );
    await sheetButton("Reassign 3 tasks").click();
    await vi.waitFor(() => expect(document.querySelectorAll("dialog .handover")).toHaveLength(3));
    expect(handedOver(host)).toMatchObject([
      { task: "12", take_anyway: false, pass_brakes: false },
      { task: "13", take_anyway: false, pass_brakes: false },
      { task: "owed:bridge:1:reviewer", take_anyway: false, pass_brakes: false },
    ]);
    expect(text("dialog .handover")).toContain("1 of 4 steps: waits reviewer → to design-tokens");
    await sheetButton("Take it anyway").first().click();
    expect(host.commands).toContainEqual({ command: "take_anyway", handover: 4 });
    await vi.waitFor(() => expect(sheet()).toContain("3 of 4 steps: granted"));
  });

  test("is passed over when a person says so", async () => {
    const host = await open();
    await showTask("12");
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(text(".anyway")).toContain("Take it anyway"));
    await page.getByRole("checkbox", { name: /Take it anyway/ }).click();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await vi.waitFor(() =>
      expect(handedOver(host)).toMatchObject([{ task: "12", take_anyway: true, pass_brakes: false }]),
    );
    await vi.waitFor(() => expect(text("dialog .handover")).toContain("granted"));
    expect(text("dialog .fence")).toContain("Refuse edits for tasks taken from it");
  });

  test("that is proven gone meanwhile needs no word of it any more; what was chosen stays", async () => {
    const host = await open();
    await showTask("12");
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(document.querySelector(".anyway")).not.toBeNull());
    await sheetButton(/more who are less fit/).click();
    await page.getByRole("radio", { name: /docs-site/ }).click();
    await userEvent.fill(area(), "Go on.");
    host.show({
      workers: NINE.map((was) =>
        was.id === "reviewer" ? { ...was, presence: "gone" as const, group: "ended" as const } : was,
      ),
    });
    await vi.waitFor(() => expect(sheet()).toContain("That is proof, so nothing has to be confirmed."));
    expect(document.querySelector(".anyway")).toBeNull();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await vi.waitFor(() =>
      expect(handedOver(host)).toMatchObject([{ to: "docs-site", card: "Go on.", take_anyway: false }]),
    );
  });
});

describe("several tasks", () => {
  test("are all chosen at first; each has its own heir and card", async () => {
    const host = await reassignRow("reviewer");
    expect(sheet()).toContain("3 of 3 tasks chosen");
    await page
      .getByRole("checkbox", { name: "Reassign “2 unread messages and an open question of payments-api”" })
      .click();
    await sheetButton(/Write the index/).click();
    await page.getByRole("radio", { name: /nightly-bench/ }).click();
    await userEvent.fill(area(), "The index first.");
    expect(text("dialog li:nth-child(2) .disclose")).toContain("card changed to nightly-bench");
    await sheetButton(/Write the index/).click();
    await sheetButton("Reassign 2 tasks").click();
    await vi.waitFor(() => expect(handedOver(host)).toHaveLength(2));
    expect(handedOver(host)).toMatchObject([
      { task: "12", to: "design-tokens", card: null },
      { task: "13", to: "nightly-bench", card: "The index first." },
    ]);
  });

  test("none chosen says so", async () => {
    await reassignRow("reviewer");
    for (const box of document.querySelectorAll<HTMLElement>("dialog li [type=checkbox]"))
      await userEvent.click(box);
    expect(text("#obstacle")).toBe("Choose at least one task.");
    expect((sheetButton("Reassign").element() as HTMLButtonElement).disabled).toBe(true);
  });

  test("one that can't be moved says why, and one that comes later is not chosen by itself", async () => {
    const host = await open();
    host.show({
      tasks: TASKS.map((was) => (was.id === "13" ? { ...was, fixed: "Its team keeps it." } : was)),
    });
    await userEvent.click(row("reviewer"));
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(sheet()).toContain("2 of 2 tasks chosen"));
    await sheetButton(/Write the index/).click();
    expect(sheet()).toContain("Its team keeps it.");
    host.show({ tasks: [...TASKS, task("99", { owner: "reviewer", subject: "One more" })] });
    await vi.waitFor(() => expect(sheet()).toContain("One more"));
    expect(
      (page.getByRole("checkbox", { name: "Reassign “One more”" }).element() as HTMLInputElement).checked,
    ).toBe(false);
  });

  test("a refusal stands at its task; the others are done, and it can be tried again", async () => {
    const host = await reassignRow("reviewer");
    const command = host.command.bind(host);
    host.command = async (asked) =>
      asked.command === "hand_over" && asked.task === "13"
        ? { reply: "refused", why: "It changed hands meanwhile: its epoch is 3." }
        : command(asked);
    await sheetButton("Reassign 3 tasks").click();
    await vi.waitFor(() =>
      expect(text("dialog [role=alert]")).toBe("✕ It changed hands meanwhile: its epoch is 3."),
    );
    expect(document.querySelectorAll("dialog .handover")).toHaveLength(2);
    expect(text("dialog [role=status].unseen")).toContain("1 task could not be reassigned.");
    host.command = command;
    await sheetButton("Reassign").click();
    await vi.waitFor(() => expect(document.querySelectorAll("dialog .handover")).toHaveLength(3));
    expect(sheetButton("Close").element()).not.toBeNull();
  });
});

describe("what is in the way", () => {
  test("a brake is told, and passed over only when a person wants it", async () => {
    const host = await one("braked");
    expect(sheet()).toContain("Held back: It was handed over three times already: a person has to decide.");
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    expect(handedOver(host)).toEqual([]);
    expect(text("#obstacle")).toBe("It is held back, unless you want it nevertheless.");
    await page.getByRole("checkbox", { name: /Reassign it nevertheless/ }).click();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await vi.waitFor(() =>
      expect(handedOver(host)).toMatchObject([{ task: "16", take_anyway: false, pass_brakes: true }]),
    );
  });

  test("the brake and the word of the old owner are passed over each for itself", async () => {
    const host = await open();
    const command = host.command.bind(host);
    host.command = async (asked) => {
      const reply = await command(asked);
      if (reply.reply !== "plan") return reply;
      return { reply: "plan", plan: { ...reply.plan, brake: "it was handed over 2 min ago" } };
    };
    await showTask("12");
    await userEvent.keyboard("r");
    await vi.waitFor(() =>
      expect(text(".anyway")).toContain(
        "Reassign it nevertheless Passes over this: it was handed over 2 min ago. reviewer has to confirm all the same.",
      ),
    );
    await page.getByRole("checkbox", { name: /Take it anyway/ }).click();
    expect(text(".anyway")).not.toContain("all the same");
    expect(text("#obstacle")).toBe("It is held back, unless you want it nevertheless.");
    await page.getByRole("checkbox", { name: /Take it anyway/ }).click();
    await page.getByRole("checkbox", { name: /Reassign it nevertheless/ }).click();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await vi.waitFor(() =>
      expect(handedOver(host)).toMatchObject([{ task: "12", take_anyway: false, pass_brakes: true }]),
    );
  });

  test("a refusal is told where it happened, and loses nothing", async () => {
    const host = await one();
    await userEvent.fill(area(), "Only the last five.");
    host.refuse = "bridge.db is read-only.";
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await vi.waitFor(() =>
      expect(text("dialog [role=alert]")).toBe("✕ Not reassigned: bridge.db is read-only."),
    );
    expect(area().value).toBe("Only the last five.");
    expect(document.querySelector("dialog")?.contains(active())).toBe(true);
    host.refuse = null;
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await vi.waitFor(() => expect(document.querySelector("dialog .handover")).not.toBeNull());
    expect(document.querySelector("dialog [role=alert]")).toBeNull();
  });

  test("a plan that can't be made says why, and is tried again", async () => {
    const host = await open();
    await userEvent.click(row("spike-grpc"));
    host.refuse = "bridge.db can't be read.";
    await userEvent.keyboard("r");
    await vi.waitFor(() =>
      expect(text("dialog [role=alert]")).toBe("✕ It can't be planned: bridge.db can't be read."),
    );
    expect(text("#obstacle")).toBe("What it would do is not known, so it can't be done.");
    host.refuse = null;
    await sheetButton("Try again").click();
    await vi.waitFor(() => expect(document.querySelector("dialog fieldset")).not.toBeNull());
  });

  test("while it is planned and while it is done nothing is done twice", async () => {
    const host = await open();
    const command = host.command.bind(host);
    let go: () => void = () => undefined;
    const waits = new Set(["plan_handover", "hand_over"]);
    host.command = async (asked) => {
      if (waits.has(asked.command)) await new Promise<void>((ready) => (go = ready));
      return command(asked);
    };
    await userEvent.click(row("spike-grpc"));
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(text("#obstacle")).toBe("Looking what it would do…"));
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    go();
    await vi.waitFor(() => expect(text("#obstacle")).toBe(""));
    await userEvent.keyboard("{Control>}{Enter}{Enter}{/Control}");
    await vi.waitFor(() => expect(text("dialog .buttons")).toContain("Reassigning…"));
    go();
    await vi.waitFor(() => expect(document.querySelector("dialog .handover")).not.toBeNull());
    expect(handedOver(host)).toHaveLength(1);
  });

  test("a lost connection is told, and nothing can be done until it is back", async () => {
    const host = await one();
    host.lose("The engine closed its socket.");
    await vi.waitFor(() =>
      expect(text("#obstacle")).toBe("Nothing can be reassigned while the connection is lost."),
    );
    host.show({});
    await vi.waitFor(() => expect(text("#obstacle")).toBe(""));
  });
});

describe("ways to the sheet", () => {
  test("the tray's place opens it, before and after the first view", async () => {
    const host = await open("loading");
    host.go("/reassign/reviewer");
    host.show({});
    await vi.waitFor(() => expect(text("dialog h2")).toBe("Reassign the tasks of reviewer"));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(document.querySelector("dialog")).toBeNull());
    host.go("/reassign/spike-grpc");
    await vi.waitFor(() => expect(text("dialog h2")).toBe("Reassign “Port the ledger to gRPC”"));
  });

  test("a place of somebody who is not there leaves the keys alive", async () => {
    const host = await open("loading");
    host.go("/reassign/nobody");
    host.show({});
    await vi.waitFor(() => expect(sheet()).toContain("there is nothing to reassign"));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(document.querySelector("dialog")).toBeNull());
    await userEvent.keyboard("?");
    await vi.waitFor(() => expect(text("dialog h2")).toBe("Keys"));
  });

  test("the pane's button opens it, and so does a task's", async () => {
    await open();
    await userEvent.click(row("reviewer"));
    await page.getByRole("button", { name: "Reassign…" }).click();
    await vi.waitFor(() => expect(text("dialog h2")).toBe("Reassign the tasks of reviewer"));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(document.querySelector("dialog")).toBeNull());
    await showTask("15");
    await page.getByRole("button", { name: "Reassign…" }).click();
    await vi.waitFor(() => expect(sheet()).toContain("docs-site may still be working"));
  });
});
