/**
 * The list's order: by need, and still while somebody's hand is on it. A row under the pointer or beside the
 * focus keeps its place; what it says changes where it stands.
 */
import type { WorkerView } from "./wire";

/** What has a row. */
export interface Placed<Group> {
  id: string;
  group: Group;
}

export interface Section<Group> {
  /** `null` for what came while the list was held. */
  group: Group | null;
  ids: string[];
}

export interface Held<Group> {
  sections: Section<Group>[];
  /** Rows that will move, come or go when the list is let go. */
  waiting: number;
}

/** Rows in the engine's order, in their groups. */
export function arrange<Group>(rows: Placed<Group>[], order: readonly Group[]): Section<Group>[] {
  const groups = new Map<Group, string[]>(order.map((group) => [group, []]));
  for (const row of rows) {
    const ids = groups.get(row.group) ?? [];
    ids.push(row.id);
    groups.set(row.group, ids);
  }
  return [...groups].filter(([, ids]) => ids.length > 0).map(([group, ids]) => ({ group, ids }));
}

/** The same places as before; whoever is new stands at the end, and whoever left keeps an empty place's worth of row. */
export function hold<Group>(
  before: Section<Group>[],
  rows: Placed<Group>[],
  order: readonly Group[],
): Held<Group> {
  const known = new Set(before.flatMap((section) => section.ids));
  const came = rows.filter((row) => !known.has(row.id)).map((row) => row.id);
  const sections = before.map((section) => ({ group: section.group, ids: [...section.ids] }));
  if (came.length > 0) {
    const last = sections.at(-1);
    if (last?.group === null) last.ids.push(...came);
    else sections.push({ group: null, ids: came });
  }
  return { sections, waiting: displaced(sections, arrange(rows, order)) };
}

/** How many rows would come, go or change their group; one for a mere change of turn. */
function displaced<Group>(now: Section<Group>[], then: Section<Group>[]): number {
  const groupOf = (sections: Section<Group>[]) =>
    new Map(sections.flatMap((section) => section.ids.map((id) => [id, section.group] as const)));
  const [from, to] = [groupOf(now), groupOf(then)];
  let moved = 0;
  for (const [id, group] of from) if (!to.has(id) || to.get(id) !== group) moved += 1;
  const turns = (sections: Section<Group>[]) => sections.flatMap((section) => section.ids).join("\n");
  return moved === 0 && turns(now) !== turns(then) ? 1 : moved;
}

/** Whether each word of the filter stands somewhere in what is known of the worker. */
export function matches(worker: WorkerView, filter: string, words: string): boolean {
  const { name, summary, cwd, role, session_id } = worker;
  return stands(filter, [name, summary, cwd, role, session_id, words]);
}

/** Whether each word of the filter stands somewhere in what is known. */
export function stands(filter: string, known: (string | null)[]): boolean {
  const wanted = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return true;
  const hay = known.filter(Boolean).join(" ").toLocaleLowerCase();
  return wanted.every((word) => hay.includes(word));
}
