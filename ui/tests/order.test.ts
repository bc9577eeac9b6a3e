import { describe, expect, test } from "vitest";
import { Heights } from "../src/heights";
import { worker } from "../src/host/fixture/roster";
import { arrange, hold, matches } from "../src/order";
import type { Group } from "../src/wire";
import { GROUP_ORDER } from "../src/words";

const some = (...said: [string, Group][]) => said.map(([id, group]) => worker(id, { group }));

describe("the list's order", () => {
  test("is by need, and the engine's order within", () => {
    const workers = some(["a", "idle"], ["b", "needs_you"], ["c", "idle"], ["d", "suspect"]);
    expect(arrange(workers, GROUP_ORDER)).toEqual([
      { group: "needs_you", ids: ["b"] },
      { group: "suspect", ids: ["d"] },
      { group: "idle", ids: ["a", "c"] },
    ]);
  });

  test("stands still while it is held, whoever changes, comes or goes", () => {
    const before = arrange(some(["a", "working"], ["b", "idle"], ["c", "idle"]), GROUP_ORDER);
    const held = hold(before, some(["c", "needs_you"], ["d", "needs_you"], ["a", "working"]), GROUP_ORDER);
    expect(held.sections).toEqual([
      { group: "working", ids: ["a"] },
      { group: "idle", ids: ["b", "c"] },
      { group: null, ids: ["d"] },
    ]);
    expect(held.waiting).toBe(3);
    const later = hold(held.sections, some(["d", "needs_you"], ["e", "idle"], ["a", "working"]), GROUP_ORDER);
    expect(later.sections.at(-1)).toEqual({ group: null, ids: ["d", "e"] });
  });

  test("knows when nothing waits, and when only turns change", () => {
    const before = arrange(some(["a", "idle"], ["b", "idle"]), GROUP_ORDER);
    expect(hold(before, some(["a", "idle"], ["b", "idle"]), GROUP_ORDER).waiting).toBe(0);
    expect(hold(before, some(["b", "idle"], ["a", "idle"]), GROUP_ORDER).waiting).toBe(1);
  });

  test("is filtered by every word in any place", () => {
    const asha = worker("asha", { summary: "Runs cargo test", cwd: "/src/ledger" });
    expect(matches(asha, "  LEDGER cargo ", "working")).toBe(true);
    expect(matches(asha, "work", "working")).toBe(true);
    expect(matches(asha, "ledger npm", "working")).toBe(false);
  });
});

describe("heights", () => {
  test("agree with plain sums, through growing at both ends and changing", () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const heights = new Heights();
    let plain: number[] = [];
    for (let round = 0; round < 60; round += 1) {
      const [before, after] = [random(5), random(7)].map((n) =>
        Array.from({ length: n }, () => 1 + random(200)),
      );
      heights.grow(before ?? [], after ?? []);
      plain = [...(before ?? []), ...plain, ...(after ?? [])];
      for (let change = 0; change < 5 && plain.length > 0; change += 1) {
        const [row, height] = [random(plain.length), 1 + random(300)];
        heights.set(row, height);
        plain[row] = height;
      }
      let sum = 0;
      plain.forEach((height, row) => {
        expect(heights.offset(row)).toBe(sum);
        expect(heights.at(sum)).toBe(row);
        expect(heights.at(sum + height - 1)).toBe(row);
        sum += height;
      });
      expect(heights.total).toBe(sum);
    }
    expect(heights.at(1e9)).toBe(plain.length - 1);
    expect(new Heights().at(5)).toBe(0);
  });
});
