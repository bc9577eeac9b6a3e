import { describe, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { NINE, view, witness, worker } from "../src/host/fixture/roster";
import { drawn, open, row, text } from "./window";

const main = () => text("main");

describe("every state is told in words", () => {
  test("loading", async () => {
    await open("loading");
    await vi.waitFor(() => expect(main()).toBe("Peerwatch Looking for sessions…"));
  });

  test("nothing there yet: what to do, and where it was looked for", async () => {
    await open("empty");
    expect(main()).toContain("No Claude Code sessions yet");
    expect(main()).toContain("Start one with claude in any terminal.");
    expect(main()).toContain("Peerwatch looked in: /home/ada/.claude/sessions the folder does not exist yet");
    expect(document.querySelector("[type=search]")).toBeNull();
  });

  test("never connected", async () => {
    await open("broken");
    expect(main()).toContain("Peerwatch can't show anything yet: The engine closed its socket.");
    expect(main()).toContain("peerwatch doctor");
  });

  test("connection lost: what is seen is old, until a new view comes", async () => {
    const host = await open();
    expect(document.querySelector("[role=alert]")).toBeNull();
    host.lose("The engine closed its socket.");
    await drawn();
    expect(text("[role=alert]")).toMatch(
      /^What you see is from \d\d:\d\d: The engine closed its socket\. Peerwatch keeps trying\.$/,
    );
    host.show({});
    await drawn();
    expect(document.querySelector("[role=alert]")).toBeNull();
  });

  test("just woken, paused, and not readable", async () => {
    const host = await open("settling");
    expect(text(".notice")).toContain("The machine just woke. Nobody is judged");
    host.show({
      machine: "awake",
      paused_until: new Date(Date.now() + 3_600_000).toISOString(),
      held_back: 3,
    });
    await drawn();
    expect(text(".notice")).toMatch(
      /Notifications are paused until .*\d\d:\d\d; 3 notifications held back\./,
    );
    await page.getByRole("button", { name: "Resume" }).click();
    expect(host.commands).toContainEqual({ command: "pause", seconds: 0 });
    await vi.waitFor(() => expect(document.querySelector(".notice")).toBeNull());
  });

  test("problems are written out with their remedies", async () => {
    await open("problems");
    expect(text(".notice")).toContain("2 things could not be read.");
    await page.getByRole("button", { name: "What to do" }).click();
    expect(main()).toContain("/home/ada/.claude/sessions/4121.json permission denied Run `chmod u+r` on it");
    expect(main()).toContain("Tray This desktop shows no tray icons. Install the extension");
    expect(text("nav")).toMatch(/Connected ! 2 ?, 2 problems/);
  });

  test("history counts its false alarms", async () => {
    const host = await open();
    await userEvent.keyboard("{Control>}4{/Control}");
    expect(main()).toContain("False alarms: 1 of 7 silences.");
    expect(main()).toContain("search-index was silent back after 12 min 12 min");
    await page.getByRole("button", { name: "Dismiss" }).first().click();
    expect(host.commands).toContainEqual({ command: "dismiss", alert: 7 });
    await vi.waitFor(() => expect(main()).not.toContain("payments-api waits for your permission"));
  });

  test("conversations between workers, with what is unread where that is known", async () => {
    await open();
    await userEvent.keyboard("{Control>}2{/Control}");
    const said = [...document.querySelectorAll<HTMLElement>("[role=option]")].map((row) => row.innerText);
    expect(said[1]).toContain("1 unread");
    expect(said[1]).toContain("stands still");
    expect(said[1]).toContain("64 messages, Peerwatch's bridge");
    expect(said[2]).toContain("2 unread");
    expect(said[2]).toContain("48 messages, bridge");
    expect(said[3]).not.toContain("unread");
    expect(said[4]).not.toContain("unread");
    expect(text("nav")).toMatch(/Conversations 5 ?, 5 unread/);
    await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}{ArrowDown}{Enter}");
    await vi.waitFor(() => expect(text(".reading h2")).toBe("lead and design-tokens"));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(document.querySelector(".reading")).toBeNull());
  });
});

describe("evidence", () => {
  test("says the verdict, the witnesses with ages, and what would change it", async () => {
    await open();
    await userEvent.click(row("reviewer"));
    const evidence = text(".evidence");
    expect(evidence).toMatch(
      /^Several witnesses agree that it fell silent: nothing for 11 min \d\d s, where more than 5 min is remarked\./,
    );
    expect(evidence).toMatch(/heartbeat in the bridge database\s11 min \d\d s ago/);
    expect(evidence).toContain("Only proof that its process is gone makes it gone.");
    expect(evidence).toContain("With payments-api");
  });

  test("its ages go on by themselves, without a new view", async () => {
    const host = await open();
    host.show({ workers: [worker("w", { witnesses: [witness("transcript grew", 41)] })] });
    await drawn();
    await userEvent.click(row("w"));
    expect(text(".evidence td")).toMatch(/4[12] s ago/);
    await vi.waitFor(() => expect(text(".evidence td")).toBe("44 s ago"), { timeout: 5_000 });
  });

  test("ages count from when the view was drawn, and fresh ones are asked for", async () => {
    const host = await open();
    const workers = [worker("w", { witnesses: [witness("transcript grew", 10)] })];
    host.show({ workers, at: new Date(Date.now() - 300_000).toISOString() });
    await drawn();
    await userEvent.click(row("w"));
    expect(text(".evidence td")).toMatch(/^5 min 1\d s ago$/);
    expect(host.commands).toContainEqual({ command: "view" });
  });

  test("gives its room to the conversation, and takes it back", async () => {
    await open();
    await userEvent.keyboard("{ArrowDown}{Enter}");
    await vi.waitFor(() => expect(text(".evidence")).toBe("It waits for your permission to use a tool."));
    await page.getByRole("button", { name: "Show evidence" }).click();
    expect(text(".evidence")).toContain("registry says: waiting");
    await page.getByRole("button", { name: "Read conversation" }).click();
    expect(text(".evidence")).toBe("It waits for your permission to use a tool.");
    expect(document.activeElement?.getAttribute("role")).toBe("feed");
    await userEvent.keyboard("{Escape} ");
    await vi.waitFor(() => expect(text(".evidence")).toContain("registry says: waiting"));
  });

  test("a silence that is fine is told to be, in the pane and in the history", async () => {
    const host = await open();
    await userEvent.click(row("reviewer"));
    await page.getByRole("button", { name: "It's fine" }).click();
    expect(host.commands).toContainEqual({ command: "fine", alert: 8 });
    await vi.waitFor(() => expect(text(".outcome")).toContain("so long a pause counts as usual"));
    expect(text(".actions")).not.toContain("It's fine");
    await userEvent.keyboard("{Control>}4{/Control}");
    expect(main()).toContain("payments-api waits for your permission");
    expect(main()).not.toContain("It's fine");
  });

  test("reassigning is offered for the lost alone", async () => {
    await open();
    await userEvent.click(row("payments-api"));
    expect(text(".actions")).not.toContain("Reassign");
    expect(text(".actions")).not.toContain("It's fine");
    await userEvent.click(row("spike-grpc"));
    expect(text(".actions")).toContain("Reassign…");
  });

  test("a value that this window doesn't know is shown, not hidden", async () => {
    const host = await open();
    host.show({
      workers: [...NINE, worker("later", { presence: "meditating" as never, group: "resting" as never })],
    });
    await drawn();
    expect(text(".list")).toContain("resting");
    expect(row("later").textContent).toContain("meditating");
  });
});

describe("settings", () => {
  const settings = () => view().settings;

  test("each is changed by its own command", async () => {
    const host = await open();
    await userEvent.keyboard("{Control>},{/Control}");
    await page.getByRole("checkbox", { name: /When workers write to each other/ }).click();
    await page.getByRole("checkbox", { name: /Start at login/ }).click();
    await page.getByRole("radio", { name: /With its next turn/ }).click();
    await page.getByRole("checkbox", { name: /sessions that bypass permissions/ }).click();
    await page.getByRole("checkbox", { name: /Reassign tasks of workers that are proven gone/ }).click();
    await page.getByRole("checkbox", { name: /Move a team's tasks by editing its files/ }).click();
    await page.getByRole("radio", { name: "Always after" }).click();
    await page.getByRole("spinbutton", { name: "Minutes of silence of a session" }).fill("7.5");
    await page.getByRole("spinbutton", { name: "Minutes of silence of a bridge side" }).fill("2");
    await page.getByRole("textbox", { name: "Path of another bridge database" }).fill(" /srv/bridge.db ");
    await userEvent.keyboard("{Enter}");
    await vi.waitFor(() => expect(main()).toContain("/srv/bridge.db"));
    await page.getByRole("button", { name: "Remove /srv/bridge.db" }).click();
    await page.getByRole("textbox", { name: "Path of another configuration folder" }).fill("/srv/claude");
    await page.getByRole("button", { name: "Add" }).nth(1).click();
    await page.getByRole("button", { name: "Remove /srv/claude" }).click();
    await page.getByRole("radio", { name: /Learn each session's rhythm/ }).click();
    expect(host.commands.filter((asked) => asked.command === "change").map((asked) => asked.setting)).toEqual(
      [
        { setting: "notify_messages", value: true },
        { setting: "start_at_login", value: false },
        { setting: "deliver", value: "next_turn" },
        { setting: "deliver_to_bypassing", value: true },
        { setting: "recover", value: true },
        { setting: "edit_team_tasks", value: true },
        { setting: "session_silence", value: 600 },
        { setting: "session_silence", value: 450 },
        { setting: "bridge_silence", value: 120 },
        { setting: "add_database", value: "/srv/bridge.db" },
        { setting: "remove_database", value: "/srv/bridge.db" },
        { setting: "add_claude_config", value: "/srv/claude" },
        { setting: "remove_claude_config", value: "/srv/claude" },
        { setting: "session_silence", value: null },
      ],
    );
  });

  test("one that can't be changed stays, and says why", async () => {
    const host = await open();
    await userEvent.keyboard("{Control>},{/Control}");
    host.refuse = "config.toml is read-only.";
    const box = page.getByRole("checkbox", { name: /When a session waits for me/ });
    await box.click();
    await vi.waitFor(() => expect(text(".refused")).toBe("✕ config.toml is read-only."));
    expect((box.element() as HTMLInputElement).checked).toBe(settings().notify_waiting);
    await page.getByRole("radio", { name: /Tell me only/ }).click();
    await vi.waitFor(() => expect(text(".refused")).toBe("✕ config.toml is read-only."));
    const way = page.getByRole("radio", { name: /Wake the session/ }).element() as HTMLInputElement;
    expect(way.checked).toBe(true);
  });
});
