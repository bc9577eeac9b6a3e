/**
 * The list's order: by need, and still while somebody's hand is on it. A row under the pointer or beside the
 * focus keeps its place; what it says changes where it stands.
 */
import type { Group, WorkerView } from "./wire";
import { GROUP_ORDER } from "./words";

export interface Section {
  /** `null` for workers that came while the list was held. */
  group: Group | null;
  ids: string[];
}

export interface Held {
  sections: Section[];
  /** Rows that will move, come or go when the list is let go. */
  waiting: number;
}

/** Workers in the engine's order, in their groups. */
export function arrange(workers: WorkerView[]): Section[] {
  const groups = new Map<Group, string[]>(GROUP_ORDER.map((group) => [group, []]));
  for (const worker of workers) {
    const ids = groups.get(worker.group) ?? [];
    ids.push(worker.id);
    groups.set(worker.group, ids);
  }
  return [...groups].filter(([, ids]) => ids.length > 0).map(([group, ids]) => ({ group, ids }));
}

/** The same places as before; whoever is new stands at the end, and whoever left keeps an empty place's worth of row. */
export function hold(before: Section[], workers: WorkerView[]): Held {
  const known = new Set(before.flatMap((section) => section.ids));
  const came = workers.filter((worker) => !known.has(worker.id)).map((worker) => worker.id);
  const sections = before.map((section) => ({ group: section.group, ids: [...section.ids] }));
  if (came.length > 0) {
    const last = sections.at(-1);
    if (last?.group === null) last.ids.push(...came);
    else sections.push({ group: null, ids: came });
  }
  return { sections, waiting: displaced(sections, arrange(workers)) };
}

/** How many workers would come, go or change their group; one for a mere change of turn. */
function displaced(now: Section[], then: Section[]): number {
  const groupOf = (sections: Section[]) =>
    new Map(sections.flatMap((section) => section.ids.map((id) => [id, section.group] as const)));
  const [from, to] = [groupOf(now), groupOf(then)];
  let moved = 0;
  for (const [id, group] of from) if (!to.has(id) || to.get(id) !== group) moved += 1;
  const turns = (sections: Section[]) => sections.flatMap((section) => section.ids).join("\n");
  return moved === 0 && turns(now) !== turns(then) ? 1 : moved;
}

/** Whether each word of the filter stands somewhere in what is known of the worker. */
export function matches(worker: WorkerView, filter: string, words: string): boolean {
  const wanted = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return true;
  const hay = [worker.name, worker.summary, worker.cwd, worker.role, worker.session_id, words]
    .filter(Boolean)
    .join(" ")
    .toLocaleLowerCase();
  return wanted.every((word) => hay.includes(word));
}
