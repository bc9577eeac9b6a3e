/** What a screen reader hears: changes of need, several in one sentence, and nothing else. */
import { line } from "./plain";
import type { Group, View, WorkerView } from "./wire";
import { names, presenceWord } from "./words";

const REMARKED: Group[] = ["needs_you", "suspect"];

/** A sentence about who came into need or out of it between two views, or `null` when nobody did. */
export function announcement(before: View, now: View): string | null {
  const was = new Map(before.workers.map((worker) => [worker.id, worker.group]));
  const came = now.workers.filter((worker) => remarked(worker.group) && was.get(worker.id) !== worker.group);
  const left = now.workers.filter((worker) => !remarked(worker.group) && remarked(was.get(worker.id)));
  if (came.length + left.length === 0) return null;
  const parts = [...byWord(came), ...byWord(left)];
  return `${parts.join(". ")}. ${now.sentence}.`;
}

function remarked(group: Group | undefined): boolean {
  return group !== undefined && REMARKED.includes(group);
}

function byWord(workers: WorkerView[]): string[] {
  const groups = new Map<string, string[]>();
  for (const worker of workers) {
    const word = worker.group === "handing_over" ? "handing over" : presenceWord(worker);
    groups.set(word, [...(groups.get(word) ?? []), line(worker.name, 60)]);
  }
  return [...groups].map(([word, who]) => `${names(who)}: ${word}`);
}
