import { clearMocks, mockIPC, mockWindows } from "@tauri-apps/api/mocks";
import { emit } from "@tauri-apps/api/event";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { view } from "../src/host/fixture/roster";
import { tauriHost } from "../src/host/tauri";
import type { View } from "../src/wire";

interface Channel {
  id: number;
  onmessage: (view: View) => void;
}

let asked: [string, unknown][];
let channel: Channel | undefined;
let blind: string | null;
let now: View;
let stop: (() => void) | undefined;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  asked = [];
  blind = null;
  now = view({ revision: 1 });
  mockWindows("main");
  mockIPC(
    (command, args) => {
      asked.push([command, args]);
      if (command === "command") return { reply: "done" };
      if (command === "plugin:window|close") return null;
      if (blind) throw blind;
      if (command === "view") return now;
      channel = (args as { views: Channel }).views;
      return null;
    },
    { shouldMockEvents: true },
  );
});

afterEach(() => {
  stop?.();
  vi.useRealTimers();
  clearMocks();
  location.hash = "";
});

function watch() {
  const seen: number[] = [];
  const lost: string[] = [];
  stop = tauriHost().views(
    (view) => seen.push(view.revision),
    (why) => lost.push(why),
  );
  return { seen, lost };
}

describe("inside the desktop application", () => {
  test("the first view is asked for, newer ones are pushed, an overtaken answer is dropped", async () => {
    const { seen } = watch();
    channel?.onmessage(view({ revision: 2 }));
    await vi.waitFor(() => expect(asked.map(([command]) => command)).toEqual(["subscribe", "view"]));
    channel?.onmessage(view({ revision: 3 }));
    expect(seen).toEqual([2, 3]);
  });

  test("a lost engine is noticed within ten seconds, and found again", async () => {
    const { seen, lost } = watch();
    await vi.waitFor(() => expect(seen).toEqual([1]));
    blind = "Peerwatch doesn't watch at the moment";
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lost).toEqual(["Peerwatch doesn't watch at the moment."]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(lost).toHaveLength(2);
    blind = null;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(seen).toEqual([1, 1]);
    expect(asked.filter(([command]) => command === "subscribe")).toHaveLength(3);
  });

  test("commands go as they are, places come by hash and by event, Esc closes", async () => {
    const host = tauriHost();
    expect(await host.command({ command: "mute", worker: "w", seconds: 900 })).toEqual({ reply: "done" });
    expect(asked).toEqual([["command", { command: { command: "mute", worker: "w", seconds: 900 } }]]);
    location.hash = "#/worker/a%20b";
    const places: string[] = [];
    const quit = host.routes((route) => places.push(route));
    await vi.waitFor(async () => {
      await emit("route", "/settings");
      expect(places).toContain("/settings");
    });
    expect(places[0]).toBe("/worker/a%20b");
    quit();
    host.hide();
    await vi.waitFor(() => expect(asked.some(([command]) => command === "plugin:window|close")).toBe(true));
  });
});
