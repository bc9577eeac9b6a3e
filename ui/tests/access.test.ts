import axe from "axe-core";
import { describe, expect, test, vi } from "vitest";
import { commands, page, userEvent } from "vitest/browser";
import { drawn, open, row, showTask, text } from "./window";

const SCHEMES = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  "forced colours": { forcedColors: "active" },
  "more contrast": { colorScheme: "dark", contrast: "more" },
} as const;

/** Opens the sheet for a worker, until it says what it would do. */
async function reassign(worker: string, lists = 1): Promise<void> {
  await userEvent.click(row(worker));
  await userEvent.keyboard("r");
  await vi.waitFor(() =>
    expect(document.querySelectorAll("dialog fieldset").length).toBeGreaterThanOrEqual(lists),
  );
}

const PLACES: [string, string, () => Promise<void>][] = [
  ["the list", "fifty", async () => undefined],
  ["long names", "long", async () => undefined],
  [
    "a conversation of long names",
    "long",
    async () => {
      await userEvent.keyboard("{Control>}2{/Control}");
      await page.getByRole("option").nth(1).click();
      await vi.waitFor(() => expect(document.querySelector("article")).not.toBeNull());
    },
  ],
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
  ["problems", "problems", async () => userEvent.keyboard("{Control>}5{/Control}")],
  [
    "conversations",
    "nine",
    async () => {
      await userEvent.keyboard("{Control>}2{/Control}");
      await page.getByRole("option").first().click();
      await vi.waitFor(() => expect(document.querySelector("article")).not.toBeNull());
    },
  ],
  [
    "a conversation that stands still",
    "nine",
    async () => {
      await userEvent.keyboard("{Control>}2{/Control}");
      await page.getByRole("option", { name: /stands still/ }).click();
      await vi.waitFor(() => expect(document.querySelector("article")).not.toBeNull());
    },
  ],
  [
    "a database of others",
    "nine",
    async () => {
      await userEvent.keyboard("{Control>}2{/Control}");
      await page.getByRole("option", { name: /payments-api and reviewer/ }).click();
      await vi.waitFor(() => expect(document.querySelector("article")).not.toBeNull());
    },
  ],
  [
    "writing",
    "nine",
    async () => {
      await userEvent.keyboard("{ArrowDown}w");
      await vi.waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
      await userEvent.keyboard("Go on.");
    },
  ],
  ["who can't be written to", "nine", async () => userEvent.click(row("spike-grpc"))],
  [
    "what the plugin would do",
    "nine",
    async () => {
      await userEvent.keyboard("{Control>}5{/Control}");
      await page.getByRole("button", { name: "What it would do…" }).click();
      await vi.waitFor(() => expect(document.querySelector("ol")).not.toBeNull());
    },
  ],
  [
    "what a jump can do",
    "nine",
    async () => {
      await userEvent.keyboard("{Control>}5{/Control}");
      await page.getByText(/other terminals and desktops/).click();
      await vi.waitFor(() => expect(document.querySelector("details[open] table")).not.toBeNull());
    },
  ],
  ["a plugin that does not work", "moved", async () => userEvent.keyboard("{Control>}5{/Control}")],
  ["history", "paused", async () => userEvent.keyboard("{Control>}4{/Control}")],
  ["settings", "nine", async () => userEvent.keyboard("{Control>}6{/Control}")],
  ["tasks", "fifty", async () => userEvent.keyboard("{Control>}3{/Control}")],
  ["tasks of long names", "long", async () => userEvent.keyboard("{Control>}3{/Control}")],
  ["no tasks", "untasked", async () => userEvent.keyboard("{Control>}3{/Control}")],
  ["a contested task", "contested", () => showTask("14")],
  ["late work", "late", () => showTask("15")],
  ["a handover under way", "handing", () => showTask("12")],
  ["a task of long texts", "long", () => showTask("l1")],
  ["what a worker lost", "handing", async () => userEvent.click(row("reviewer"))],
  ["handovers", "handing", async () => userEvent.keyboard("{Control>}4{/Control}")],
  ["reassigning one task", "nine", () => reassign("spike-grpc")],
  [
    "reassigning several",
    "nine",
    async () => {
      await reassign("reviewer");
      await page.getByRole("button", { name: /Write the index.* to design-tokens/ }).click();
    },
  ],
  ["reassigning what is held back", "braked", () => reassign("spike-grpc")],
  ["reassigning long texts", "long", () => reassign("controls")],
  ["nothing to reassign", "untasked", () => reassign("reviewer", 0)],
  [
    "what was reassigned",
    "nine",
    async () => {
      await reassign("reviewer");
      await vi.waitFor(() => expect(text("dialog .footer")).toContain("Reassign 3 tasks"));
      await userEvent.keyboard("{Control>}{Enter}{/Control}");
      await vi.waitFor(() => expect(document.querySelectorAll("dialog .handover")).toHaveLength(3));
    },
  ],
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
