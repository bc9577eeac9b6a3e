/** Jumps in words: how near one comes, and what it will do for the sessions that live now. */
import type { JumpReach, Tried, WorkerView } from "./wire";

const REACHES: Record<JumpReach, string> = {
  exact_pane: "exact pane",
  window_only: "window only",
  pane_only: "pane only",
  not_possible: "not possible",
};

const TRIED: Record<Tried, string> = { tested: "tested", by_hand: "tried by hand", not_tried: "not tried" };

export const triedWord = (tried: Tried): string => TRIED[tried] ?? String(tried);
export const reachWord = (reach: JumpReach | null): string =>
  reach === null ? "not known" : (REACHES[reach] ?? String(reach));
export const reachTone = (reach: JumpReach | null): string => (reach === "exact_pane" ? "tone-good" : "soft");

/** What a jump will do for these sessions. */
export interface Way {
  /** The wire's, or `null` while nobody has looked. */
  reach: JumpReach | null;
  sentence: string;
  names: string[];
}

/** Sessions whose terminals could be shown. */
export function living(workers: WorkerView[]): WorkerView[] {
  return workers.filter(
    ({ source, presence, pid }) =>
      source === "claude" && pid !== null && presence !== "gone" && presence !== "ended",
  );
}

/** Those for which a jump does the same stand together; the nearest first, what is not known last. */
export function ways(workers: WorkerView[]): Way[] {
  const found = new Map<string, Way>();
  for (const { name, jump } of living(workers)) {
    const sentence = jump?.sentence ?? "its terminal has not been looked for yet";
    const way = found.get(sentence) ?? { reach: jump?.reach ?? null, sentence, names: [] };
    way.names.push(name);
    found.set(sentence, way);
  }
  const order: (JumpReach | null)[] = ["exact_pane", "window_only", "pane_only", "not_possible"];
  const rank = ({ reach }: Way): number => (order.indexOf(reach) + order.length + 1) % (order.length + 1);
  return [...found.values()].toSorted((a, b) => rank(a) - rank(b));
}
