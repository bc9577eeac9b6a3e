import { describe, expect, test } from "vitest";
import { announcement } from "../src/announce";
import { NINE, view, worker } from "../src/host/fixture/roster";
import { line, plain } from "../src/plain";
import { parseRoute } from "../src/route";
import { untilTomorrow } from "../src/until";
import { verdict } from "../src/verdict";
import { count, exactSpan, gist, names, presenceWord, roundSpan, shortFolder, span } from "../src/words";

describe("text of others", () => {
  test("controls are named, styles of a terminal vanish, lines stay lines", () => {
    expect(plain("bell\u0007 \u001b[31mred\u001b[0m nul\u0000\r\nnext\ttab")).toBe(
      "bell⟨BEL⟩ red nul⟨NUL⟩\nnext\ttab",
    );
    expect(plain("\u001b]0;title\u0007")).toBe("⟨ESC⟩]0;title⟨BEL⟩");
    expect(plain("a\u0085b\u007f")).toBe("a⟨U+0085⟩b⟨DEL⟩");
  });
  test("marks that reorder or hide are named", () => {
    expect(plain("photo\u202egpj.exe")).toBe("photo⟨RLO⟩gpj.exe");
    expect(plain("a\u200bb")).toBe("a⟨U+200B⟩b");
    expect(plain(`ok${String.fromCodePoint(0xe0068, 0xe0069)}`)).toBe("ok⟨hidden: hi⟩");
  });
  test("a family stays a family", () => {
    expect(plain("👨‍👩‍👧")).toBe("👨‍👩‍👧");
  });
  test("one line is one line, and bounded", () => {
    expect(line("a\n\n  b\tc")).toBe("a b c");
    expect(line("x".repeat(500), 10)).toBe("xxxxxxxxx…");
    expect(line("👍".repeat(20), 5)).toBe("👍👍👍👍…");
  });
});

describe("words", () => {
  test("lengths of time", () => {
    expect([0, 59.9, 60, 3_599, 3_600, 172_799, 172_800].map(span)).toEqual([
      "0 s",
      "59 s",
      "1 min",
      "59 min",
      "1 h",
      "47 h",
      "2 d",
    ]);
    expect([5, 65, 3_725, 90_000].map(exactSpan)).toEqual(["5 s", "1 min 05 s", "1 h 02 min", "1 d 1 h"]);
    expect([90, 300, 3_600].map(roundSpan)).toEqual(["1 min 30 s", "5 min", "1 h"]);
  });
  test("numbers, names and folders", () => {
    expect(count(1, "change")).toBe("1 change");
    expect(count(2, "change")).toBe("2 changes");
    expect(names(["a"])).toBe("a");
    expect(names(["a", "b"])).toBe("a and b");
    expect(names(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
    expect(shortFolder("/home/ada/src/app")).toBe("src/app");
    expect(shortFolder("C:\\work\\app")).toBe("work/app");
  });
  test("tomorrow is eight in the morning of the next day", () => {
    expect(untilTomorrow(new Date(2026, 4, 4, 23, 0))).toBe(9 * 3_600);
    expect(untilTomorrow(new Date(2026, 4, 4, 0, 30))).toBe(31.5 * 3_600);
  });
  test("a value of a later version is shown as it is", () => {
    expect(presenceWord({ presence: "paused" as never, waiting_for: null })).toBe("paused");
  });
});

describe("verdicts", () => {
  test("each says what it means and what would change it", () => {
    const told = (["working", "quiet", "suspect", "gone", "unknown"] as const).map((presence) => {
      const { says, changes } = verdict(worker("w", { presence, threshold_s: 300 }), 410);
      return `${presence}: ${says} | ${changes}`;
    });
    expect(told.join("\n")).toMatchInlineSnapshot(`
      "working: It is at work. | 5 min without a sign of life would make it quiet, but not while a tool of its own runs. It was last heard 6 min 50 s ago.
      quiet: It should be heard and isn't: nothing for 6 min 50 s, where more than 5 min is remarked. | Any sign of life clears this. A second witness of silence makes it suspect; one alone never does.
      suspect: Several witnesses agree that it fell silent: nothing for 6 min 50 s, where more than 5 min is remarked. It may still be alive. | Any sign of life clears this. Only proof that its process is gone makes it gone.
      gone: Its process is proven gone. | Nothing: a process doesn't come back. If you resume the session, it appears as working again.
      unknown: What is known allows no conclusion, so none is drawn. | Its next sign of life; or a newer Peerwatch, if its program says what this one doesn't know."
    `);
  });
  test("whoever waits is told apart by what for", () => {
    const says = (["permission", "question", "plan", "dialog", null] as const).map(
      (waiting_for) => verdict(worker("w", { presence: "waiting_for_you", waiting_for }), null).says,
    );
    expect(new Set(says).size).toBe(5);
  });
});

describe("announcements", () => {
  test("several changes are one sentence; changes without need are none", () => {
    const before = view();
    const now = view({
      sentence: "4 of 9 need you",
      workers: NINE.map((was) =>
        was.id === "docs-site" || was.id === "infra"
          ? { ...was, presence: "waiting_for_you", waiting_for: "plan", group: "needs_you" }
          : was.id === "reviewer"
            ? { ...was, presence: "working", group: "working" }
            : was,
      ),
    });
    expect(announcement(before, now)).toBe(
      "docs-site and infra: waits: plan. reviewer: working. 4 of 9 need you.",
    );
    const handing = view({
      sentence: "2 of 9 need you",
      workers: NINE.map((was) => (was.id === "reviewer" ? { ...was, group: "handing_over" } : was)),
    });
    expect(announcement(before, handing)).toBe("reviewer: handing over. 2 of 9 need you.");
    const calm = { ...before, workers: before.workers.map((was) => ({ ...was, summary: "other" })) };
    expect(announcement(before, calm)).toBeNull();
  });
});

describe("the gist of a worker", () => {
  test("what the verdict beside it says already is not said twice", () => {
    const waits = { presence: "waiting_for_you", waiting_for: "permission" } as const;
    expect(gist({ ...waits, summary: "waits for your permission: Bash: git push" })).toBe("Bash: git push");
    expect(gist({ ...waits, summary: "has a plan for you to approve" })).toBe(
      "has a plan for you to approve",
    );
    expect(gist({ presence: "idle", waiting_for: null, summary: "idle" })).toBe("");
    expect(gist({ presence: "limited", waiting_for: null, summary: "usage limit: resets 6pm" })).toBe(
      "usage limit: resets 6pm",
    );
  });
});

describe("routes", () => {
  test("places are found, ids are decoded, and nothing ends nowhere", () => {
    expect(parseRoute("/worker/claude%3A12%2F3")).toEqual({
      page: "workers",
      id: "claude:12/3",
      reassign: false,
    });
    expect(parseRoute("#/worker/a/b")).toEqual({ page: "workers", id: "a/b", reassign: false });
    expect(parseRoute("/worker/100%")).toEqual({ page: "workers", id: "100%", reassign: false });
    expect(parseRoute("/conversation/bridge:1")).toEqual({
      page: "conversations",
      id: "bridge:1",
      reassign: false,
    });
    expect(parseRoute("/reassign/a")).toEqual({ page: "workers", id: "a", reassign: true });
    expect(parseRoute("/task/team%3Afrontend%3A3")).toEqual({
      page: "tasks",
      id: "team:frontend:3",
      reassign: false,
    });
    expect(parseRoute("/tasks")).toEqual({ page: "tasks", id: null, reassign: false });
    expect(parseRoute("/problems")).toEqual({ page: "connected", id: null, reassign: false });
    expect(parseRoute("/settings")).toEqual({ page: "settings", id: null, reassign: false });
    expect(parseRoute("/nonsense/1")).toEqual({ page: "workers", id: null, reassign: false });
    expect(parseRoute("")).toEqual({ page: "workers", id: null, reassign: false });
  });
});
