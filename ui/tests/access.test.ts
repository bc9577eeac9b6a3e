import axe from "axe-core";
import { describe, expect, test, vi } from "vitest";
import { commands, page, userEvent } from "vitest/browser";
import { drawn, open, row } from "./window";

const SCHEMES = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  "forced colours": { forcedColors: "active" },
  "more contrast": { colorScheme: "dark", contrast: "more" },
} as const;

const PLACES: [string, string, () => Promise<void>][] = [
  ["the list", "fifty", async () => undefined],
  ["long names", "long", async () => undefined],
  [
    "a worker",
    "nine",
    async () => {
      await userEvent.click(row("reviewer"));
      await vi.waitFor(() => expect(document.querySelector("article")).not.toBeNull());
    },
  ],
  [
    "choices",
    "nine",
    async () => {
      await userEvent.click(row("payments-api"));
      await page.getByRole("button", { name: "Mute" }).click();
    },
  ],
  ["nothing yet", "empty", async () => undefined],
  ["a broken connection", "broken", async () => undefined],
  ["problems", "problems", async () => userEvent.keyboard("{Control>}4{/Control}")],
  [
    "conversations",
    "nine",
    async () => {
      await userEvent.keyboard("{Control>}2{/Control}");
      await page.getByRole("option").first().click();
      await vi.waitFor(() => expect(document.querySelector("article")).not.toBeNull());
    },
  ],
  ["history", "paused", async () => userEvent.keyboard("{Control>}3{/Control}")],
  ["settings", "nine", async () => userEvent.keyboard("{Control>}5{/Control}")],
  ["keys", "nine", async () => userEvent.keyboard("?")],
];

for (const [scheme, media] of Object.entries(SCHEMES)) {
  describe(`axe finds nothing in ${scheme}`, () => {
    test.for(PLACES)("%s", async ([, fixture, go]) => {
      await commands.emulate(media);
      await open(fixture);
      await go();
      await drawn();
      const { violations, passes } = await axe.run(document.body, { resultTypes: ["violations", "passes"] });
      const told = violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.failureSummary} ${node.html}`),
      );
      expect(told).toEqual([]);
      expect(passes.length).toBeGreaterThan(5);
    });
  });
}

test("nothing moves for whoever asked for less motion, and the focus can be seen", async () => {
  await commands.emulate({ reducedMotion: "reduce" });
  await open();
  await userEvent.keyboard("{ArrowDown}");
  const moving = document.getAnimations().length;
  expect(moving).toBe(0);
  expect(getComputedStyle(row("payments-api")).outlineStyle).toBe("solid");
});
