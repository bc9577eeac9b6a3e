import { describe, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { NINE, view } from "../src/host/fixture/roster";
import { CONVERSATIONS } from "../src/host/fixture/conversations";
import { HANDING, task, TASKS } from "../src/host/fixture/tasks";
import { matchesTask, placeOf, placeWord, taskGroup, taskRows, whyFixed } from "../src/tasks";
import type { ConversationView, TaskView, WorkerView } from "../src/wire";
import { drawn, focused, open, outline, pointAway, row, rows, showTask, text } from "./window";

const TASKS_OUTLINE = [
  "Needs you: Review the ledger migration 0042, Write the index on (account_id, settled_at), Port the ledger to gRPC, 2 unread messages and an open question of payments-api",
  "In progress: Index “settled since” for the search, Focus rings in the dark scheme",
  "Assigned: Write the guide for settled_at",
  "Open: Measure the nightly bench on the new pool",
  "Done: Freeze the ledger API until Friday",
].join("\n");

const toTasks = () => userEvent.keyboard("{Control>}3{/Control}");
const pane = () => text(".task");

/** The list of tasks as a person reads it. */
function listed(): string {
  return [...document.querySelectorAll<HTMLElement>(".list [role=group]")]
    .map((group) => {
      const names = [...group.querySelectorAll(".name")].map((name) => name.textContent);
      return `${group.querySelector("b")?.textContent}: ${names.join(", ")}`;
    })
    .join("\n");
}

describe("who owns what", () => {
  test("stands by need, a row of 32 pixels a task, each with shape, word and owner", async () => {
    await open();
    await toTasks();
    expect(text("h1")).toBe("8 tasks to do, 4 need you");
    expect(listed()).toBe(TASKS_OUTLINE);
    expect(text("nav")).toMatch(/Tasks 4 ?, 4 need you/);
    for (const row of rows()) {
      expect(row.offsetHeight).toBe(32);
      expect(row.querySelector("svg")).not.toBeNull();
    }
    await expect
      .element(page.getByRole("option").first())
      .toHaveAccessibleName(
        "Review the ledger migration 0042 in progress reviewer suspect The CHECK should be NOT VALID first. I look at the index now. bridge main for 17 min",
      );
  });

  test("columns stand under each other, whatever is odd about a row", async () => {
    await page.viewport(1100, 720);
    const host = await open("contested");
    await toTasks();
    for (const width of [1100, 800, 720]) {
      await page.viewport(width, 720);
      await drawn();
      const starts = new Set(
        [...document.querySelectorAll(".list .owner")].map((at) => at.getBoundingClientRect().x),
      );
      expect(starts.size).toBe(1);
      expect(document.documentElement.scrollWidth).toBe(width);
    }
    await page.viewport(1100, 720);
    expect(host.commands.some(({ command }) => command === "plan_handover")).toBe(false);
  });

  test("is walked by arrows and letters, shown by Space, and Enter opens the owner", async () => {
    await open();
    await toTasks();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}");
    expect(focused()).toBe("Write the index on (account_id, settled_at)");
    await userEvent.keyboard("f");
    expect(focused()).toBe("Focus rings in the dark scheme");
    await userEvent.keyboard("{End}");
    expect(focused()).toBe("Freeze the ledger API until Friday");
    await userEvent.keyboard("{Home} ");
    await vi.waitFor(() => expect(text(".task h2")).toBe("Review the ledger migration 0042"));
    expect(focused()).toBe("Review the ledger migration 0042");
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(document.querySelector(".task")).toBeNull());
    expect(focused()).toBe("Review the ledger migration 0042");
    await userEvent.keyboard("{Enter}");
    await vi.waitFor(() => expect(text(".detail h2")).toBe("reviewer"));
    expect(text("[aria-current=page]")).toContain("Workers");
  });

  test("Enter says so where nobody can be opened", async () => {
    const host = await open();
    host.show({ tasks: [task("1", {}), task("2", { owner: "far", state: "assigned" })] });
    await toTasks();
    expect(listed()).toBe("Needs you: Task 2\nOpen: Task 1");
    await userEvent.keyboard("{ArrowDown}{Enter}");
    await vi.waitFor(() => expect(text(".outcome")).toBe("far is not in the list of workers."));
    await userEvent.keyboard("{ArrowDown}{Enter}");
    await vi.waitFor(() => expect(text(".outcome")).toBe("Nobody owns it."));
  });

  test("is filtered by any word, its own filter apart from that of the workers", async () => {
    await open();
    await toTasks();
    await userEvent.keyboard("/");
    await userEvent.keyboard("blocked");
    expect(listed()).toBe("Needs you: Write the index on (account_id, settled_at)");
    await userEvent.keyboard("{Control>}a{/Control}team");
    expect(listed()).toBe("In progress: Focus rings in the dark scheme");
    await userEvent.keyboard("{Control>}a{/Control}nobody at all");
    expect(text(".none")).toBe("None of 9 tasks matches “nobody at all”. Esc clears the filter.");
    await userEvent.keyboard("{Control>}1{/Control}");
    expect(rows()).toHaveLength(9);
    await toTasks();
    expect(rows()).toHaveLength(0);
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(listed()).toBe(TASKS_OUTLINE));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(text("[aria-current=page]")).toBe("Workers"));
  });

  test("a row does not move while the pointer is over the list", async () => {
    const host = await open();
    await toTasks();
    await userEvent.hover(rows()[0] as HTMLElement);
    host.show({ tasks: TASKS.map((was) => (was.id === "14" ? { ...was, state: "done" as const } : was)) });
    await drawn();
    expect(listed()).toBe(TASKS_OUTLINE);
    expect(text(".waiting")).toBe("1 change waits until you leave the list");
    await pointAway();
    await drawn();
    expect(listed()).toContain("Done: Index “settled since” for the search, Freeze");
  });

  test("nothing yet says where tasks come from", async () => {
    await open("untasked");
    await toTasks();
    for (const way of [
      "MCP tools",
      "peerwatch tasks create",
      "peerwatch tasks import",
      "agent teams",
      "still owes",
    ])
      expect(text("main")).toContain(way);
    expect(document.querySelector("[type=search]")).toBeNull();
    await userEvent.keyboard("{ArrowDown}r {Escape}");
    await vi.waitFor(() => expect(text("[aria-current=page]")).toBe("Workers"));
  });

  test("long and hostile texts stay in their places", async () => {
    await open("long");
    await toTasks();
    for (const width of [1100, 720]) {
      await page.viewport(width, 640);
      await drawn();
      expect(document.documentElement.scrollWidth).toBe(width);
      for (const row of rows()) {
        expect(row.offsetHeight).toBe(32);
        expect(row.scrollWidth).toBe(row.clientWidth);
      }
      await showTask("l1");
      await drawn();
      const about = document.querySelector(".task .about");
      expect(about?.scrollWidth).toBe(about?.clientWidth);
      await userEvent.keyboard("{Escape}");
    }
    await page.viewport(1100, 720);
    expect(document.querySelectorAll("main img")).toHaveLength(0);
  });

  test("reading in a narrow window covers the list, and gives it back", async () => {
    await page.viewport(720, 600);
    await open();
    await toTasks();
    await userEvent.keyboard("{ArrowDown} ");
    await vi.waitFor(() => expect(document.activeElement?.id).toBe("task-subject"));
    expect(rows()[0]?.checkVisibility()).toBe(false);
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(focused()).toBe("Review the ledger migration 0042"));
    await page.viewport(1100, 720);
  });

  test("its place opens there, and whoever reads goes on when the task leaves", async () => {
    location.hash = "#/task/team%3Afrontend%3A3";
    const host = await open();
    await vi.waitFor(() => expect(text(".task h2")).toBe("Focus rings in the dark scheme"));
    host.show({ tasks: TASKS.slice(0, 2) });
    await drawn();
    expect(pane()).toContain("It has left the list");
  });
});

describe("a task", () => {
  test("says whose it is, how far, what it waits for, and how long it is held", async () => {
    await open();
    await showTask("13");
    expect(pane()).toContain("reviewer owns it, but is suspect.");
    expect(pane()).toContain("Blocked by “Review the ledger migration 0042” (in progress)");
    await showTask("16");
    expect(pane()).toContain("Last report proto/ledger.proto is half done: 6 of 11 messages.");
    expect(pane()).toMatch(/Held no longer: the lease ran out 2 h 05 min ago/);
    expect(pane()).toContain("Attempts 2 owners began it Epoch 2");
    expect(pane()).toContain("begun spike-proto → to spike-grpc");
  });

  test("that two claim is warned of", async () => {
    await open("contested");
    await showTask("14");
    expect(text("[data-row='14']")).toContain("contested");
    expect(pane()).toContain("Contested: The team frontend also has it");
  });

  test("late work is adopted, and what that does is said before", async () => {
    const host = await open("late");
    await showTask("15");
    expect(text("[data-row='15']")).toContain("2 late");
    expect(pane()).toContain("the task is done, and docs-site is told to stop");
    host.refuse = "The late work 41 was adopted already.";
    await page.getByRole("button", { name: "Adopt what infra handed in" }).first().click();
    await vi.waitFor(() =>
      expect(text(".late [role=alert]")).toBe("✕ The late work 41 was adopted already."),
    );
    host.refuse = null;
    await page.getByRole("button", { name: "Adopt what infra handed in" }).first().click();
    expect(host.commands).toContainEqual({ command: "adopt", task: "15", late: 41 });
    await vi.waitFor(() => expect(text(".outcome")).toBe("Adopted what infra handed in."));
  });

  test("a handover under way tells its step, and can be taken anyway or undone", async () => {
    const host = await open("handing");
    await showTask("12");
    expect(listed()).toContain("Handing over: Review the ledger migration 0042");
    expect(pane()).toContain("1 of 4 steps: waits reviewer → to the best free worker");
    expect(pane()).toContain("its late result would be set aside, not merged");
    await page.getByRole("button", { name: "Take it anyway" }).click();
    expect(host.commands).toContainEqual({ command: "take_anyway", handover: 8 });
    await vi.waitFor(() => expect(pane()).toContain("3 of 4 steps: granted"));
    await page.getByRole("button", { name: "Undo" }).click();
    expect(host.commands).toContainEqual({ command: "undo_handover", handover: 8 });
    await vi.waitFor(() => expect(text(".outcome")).toBe("Undone: reviewer has it again."));
    expect(pane()).toContain("Handovers before");
  });

  test("Space and Enter press the button that has the focus, and nothing else", async () => {
    const host = await open("late");
    await showTask("15");
    const adopt = page.getByRole("button", { name: "Adopt what infra handed in" });
    (adopt.nth(1).element() as HTMLElement).focus();
    await userEvent.keyboard(" ");
    await vi.waitFor(() => expect(host.commands).toContainEqual({ command: "adopt", task: "15", late: 40 }));
    expect(text(".task h2")).toBe("Write the guide for settled_at");
  });

  test("R reassigns it, or says why it stays", async () => {
    const host = await open();
    host.show({
      tasks: TASKS.map((was) => (was.id === "14" ? { ...was, fixed: "Its team keeps it." } : was)),
    });
    await toTasks();
    await userEvent.keyboard("{ArrowDown}{End}r");
    await vi.waitFor(() =>
      expect(text(".outcome")).toContain("It is done, so there is nothing to reassign."),
    );
    await userEvent.keyboard("{ArrowUp}r");
    await vi.waitFor(() => expect(text(".outcome")).toContain("Nobody owns it"));
    await userEvent.keyboard("{ArrowUp}{ArrowUp}{ArrowUp}");
    expect(focused()).toBe("Index “settled since” for the search");
    await userEvent.keyboard("r");
    await vi.waitFor(() => expect(text(".outcome")).toContain("Its team keeps it."));
    await userEvent.keyboard("{Home}r");
    await vi.waitFor(() => expect(text("dialog h2")).toBe("Reassign “Review the ledger migration 0042”"));
  });
});

describe("a worker", () => {
  test("shows how many tasks it has, and which", async () => {
    await open();
    expect(row("reviewer").textContent).toContain("3 tasks");
    expect(row("docs-site").textContent).toContain("1 task");
    expect(row("checkout").textContent).not.toContain("task");
    await userEvent.click(row("reviewer"));
    expect(text(".worker-tasks")).toBe(
      "Review the ledger migration 0042 in progress Write the index on (account_id, settled_at) assigned 2 unread messages and an open question of payments-api assigned",
    );
    expect(document.querySelector(".fence")).toBeNull();
    await page.getByRole("button", { name: "Review the ledger migration 0042" }).click();
    await vi.waitFor(() => expect(text(".task h2")).toBe("Review the ledger migration 0042"));
  });

  test("that lost a task can be fenced, and told why not", async () => {
    const host = await open("handing");
    await userEvent.click(row("reviewer"));
    expect(text(".worker-tasks")).toContain("Review the ledger migration 0042 is taken from it");
    expect(text(".fence")).toContain("This needs the Claude Code plugin");
    const box = page.getByRole("checkbox", { name: /Refuse edits for tasks taken from it/ });
    host.refuse = "No session of reviewer is known.";
    await box.click();
    await vi.waitFor(() => expect(text(".fence [role=alert]")).toBe("✕ No session of reviewer is known."));
    expect((box.element() as HTMLInputElement).checked).toBe(false);
    host.refuse = null;
    await box.click();
    expect(host.commands).toContainEqual({ command: "fence", worker: "reviewer", on: true });
    await vi.waitFor(() => expect((box.element() as HTMLInputElement).checked).toBe(true));
  });

  test("that is handing over stands under its own heading", async () => {
    const host = await open();
    host.show({
      workers: NINE.map((was) => (was.id === "reviewer" ? { ...was, group: "handing_over" as const } : was)),
    });
    await drawn();
    expect(outline()).toContain("Handing over: reviewer");
  });
});

test("the history tells handovers with their reasons, and undoes what can be undone", async () => {
  const host = await open("handing");
  await userEvent.keyboard("{Control>}4{/Control}");
  const said = [...document.querySelectorAll<HTMLElement>(".handover")].map((one) =>
    one.innerText.replace(/\s+/g, " "),
  );
  expect(said).toHaveLength(4);
  expect(said[1]).toMatch(/^3 of 4 steps: granted spike-grpc → to docs-site .* Port the ledger to gRPC/);
  expect(said[1]).toContain("Why: spike-grpc is gone: process 4013 has ended. By you.");
  expect(said[2]).toContain("By Peerwatch.");
  expect(said[2]).not.toContain("Undo");
  host.refuse = "docs-site has begun meanwhile.";
  await page.getByRole("button", { name: "Undo" }).nth(1).click();
  await vi.waitFor(() => expect(text(".handover [role=alert]")).toBe("✕ docs-site has begun meanwhile."));
  host.refuse = null;
  await page.getByRole("button", { name: "Undo" }).nth(1).click();
  expect(host.commands).toContainEqual({ command: "undo_handover", handover: 7 });
  await vi.waitFor(() => expect(text("main")).toContain("undone spike-grpc"));
});

test("no handovers yet says so", async () => {
  await open("untasked");
  await userEvent.keyboard("{Control>}4{/Control}");
  expect(text("main")).toContain("No task has been reassigned yet.");
});

describe("words", () => {
  test("who needs somebody comes first: contested, late, or an owner that is lost", () => {
    const owner = NINE[3] ?? null;
    const group = (more: Parameters<typeof task>[1]) =>
      taskGroup(task("1", { owner: "search-index", ...more }), owner);
    expect(group({})).toBe("in_progress");
    expect(group({ contested: "Two claim it." })).toBe("needs_you");
    const late = { id: 1, by: "b", at: "", completes: true, text: "" };
    expect(group({ state: "done", late: [late] })).toBe("needs_you");
    expect(group({ state: "cancelled" })).toBe("over");
    expect(taskGroup(task("1", { owner: "spike-grpc" }), NINE[8] ?? null)).toBe("needs_you");
    expect(taskGroup(task("1", { owner: "far" }), null)).toBe("needs_you");
    expect(taskGroup(task("1", {}), null)).toBe("open");
  });

  test("a value of a later version is shown as it is", () => {
    const later = task("1", { owner: "search-index", state: "resting" as never, source: "moon" as never });
    expect(taskGroup(later, NINE[3] ?? null)).toBe("resting");
    expect(placeOf(later)).toBe("moon main");
  });

  test("a place is called as a person calls it, where that is known", () => {
    const lead = {
      ...(NINE[0] as WorkerView),
      name: "platform",
      session_id: "7c1e4d2a-0000-4000-8000-000000000001",
    };
    const talk = { ...(CONVERSATIONS[2] as ConversationView), id: "bridge:ab:conv_1" };
    const around = { workers: [lead], conversations: [talk] };
    const word = (source: TaskView["source"], place: string, owner_name: string | null = null) =>
      placeWord({ source, place, owner_name }, around);
    expect(word("team", "session-7c1e4d2a")).toBe("team of platform");
    expect(word("team", "session-ffffffff")).toBe("team session-ffffffff");
    expect(word("team", "frontend")).toBe("team frontend");
    expect(word("owed", "conv_1", "reviewer")).toBe("owed to payments-api");
    expect(word("owed", "conv_1")).toBe("owed in payments-api and reviewer");
    expect(word("bridge", "main")).toBe("bridge main");
  });

  test("a place that has no room keeps its end, and tells the whole", async () => {
    await open();
    await userEvent.keyboard("{Control>}3{/Control}");
    const owed = document.querySelector("[data-row='owed:bridge:1:reviewer'] .middle") as HTMLElement;
    expect(owed.title).toBe("owed in payments-api and reviewer");
    const [head, tail] = owed.children as unknown as [HTMLElement, HTMLElement];
    expect(head.scrollWidth).toBeGreaterThan(head.clientWidth);
    expect(tail.textContent).toBe("reviewer");
    expect(tail.getBoundingClientRect().right).toBeLessThanOrEqual(owed.getBoundingClientRect().right + 0.5);
  });

  test("a task is found by each word in any place", () => {
    const [first] = taskRows(view());
    if (!first) throw new Error("no tasks");
    expect(matchesTask(first, "LEDGER suspect")).toBe(true);
    expect(matchesTask(first, "payments-api bridge 12")).toBe(true);
    expect(matchesTask(first, "ledger npm")).toBe(false);
  });

  test("why a task stays", () => {
    expect(whyFixed(task("1", { owner: "a" }))).toBeNull();
    expect(whyFixed(task("1", { owner: "a", fixed: "Its team keeps it." }))).toBe("Its team keeps it.");
    expect(whyFixed(HANDING.tasks[0] ?? task("1", {}))).toBe("It is being handed over already.");
  });
});
