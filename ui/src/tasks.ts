/** What the wire says of tasks, in the words of the window; and which of them a person should look at. */
import { stands } from "./order";
import { line } from "./plain";
import type { TaskSource, TaskState, TaskView, View, WorkerView } from "./wire";
import type { Tone } from "./words";

/** The parts of the list of tasks. */
export type TaskGroup = "needs_you" | "handing_over" | "in_progress" | "assigned" | "open" | "over";

export const TASK_GROUPS: TaskGroup[] = [
  "needs_you",
  "handing_over",
  "in_progress",
  "assigned",
  "open",
  "over",
];

const GROUPS: Record<TaskGroup, string> = {
  needs_you: "Needs you",
  handing_over: "Handing over",
  in_progress: "In progress",
  assigned: "Assigned",
  open: "Open",
  over: "Done",
};

const STATES: Record<TaskState, string> = {
  open: "open",
  assigned: "assigned",
  in_progress: "in progress",
  handing_over: "handing over",
  done: "done",
  cancelled: "cancelled",
};

const TONES: Record<TaskState, Tone> = {
  open: "calm",
  assigned: "calm",
  in_progress: "good",
  handing_over: "held",
  done: "calm",
  cancelled: "calm",
};

const SOURCES: Record<TaskSource, string> = {
  bridge: "bridge",
  team: "team",
  owed: "owed in",
  session: "session",
};

// The wire may know more values one day than this window does: they are shown as they are, never hidden.
export const taskGroupWord = (group: TaskGroup): string => GROUPS[group] ?? String(group);
export const taskWord = (state: TaskState): string => STATES[state] ?? String(state);
export const taskTone = (state: TaskState): Tone => TONES[state] ?? "calm";

/** What keeps it: "bridge main", "team frontend", "owed in payments-api and reviewer". */
export function placeOf({ source, place }: Pick<TaskView, "source" | "place">): string {
  return `${SOURCES[source] ?? String(source)} ${line(place)}`;
}

/** The same as short as a person calls it: a team by its lead, a conversation by those who talk in it, where they are known. */
export function placeWord(task: Placed, view: Around): string {
  const { source, place } = task;
  const session = source === "team" && place.startsWith(TEAM) ? place.slice(TEAM.length) : "";
  const lead = session && view.workers.find((worker) => worker.session_id?.startsWith(session));
  if (lead) return `team of ${line(lead.name, 60)}`;
  const talk = NAMELESS.test(place) && view.conversations.find(({ id }) => id.endsWith(`:${place}`));
  if (!talk) return placeOf(task);
  // What one of two owes there, it owes the other one.
  const two = talk.title.split(" and ");
  const other =
    two.length === 2 && two.includes(task.owner_name ?? "") && two.find((it) => it !== task.owner_name);
  return source === "owed" && other ? `owed to ${line(other)}` : placeOf({ source, place: talk.title });
}

/** What a team that was given no name is called: this, and how the id of its lead's session begins. */
const TEAM = "session-";
/** The id of a conversation, where it has no name. */
const NAMELESS = /^conv_/;

type Placed = Pick<TaskView, "source" | "place" | "owner_name">;
type Around = Pick<View, "workers" | "conversations">;

/** Whatever a session is at that owns no task: it can be handed on all the same. */
export function workOf(worker: WorkerView): TaskView {
  return {
    id: `session:${worker.id}`,
    source: "session",
    place: worker.name,
    subject: `The work of ${worker.name}`,
    description: null,
    state: "in_progress",
    owner: worker.id,
    owner_name: worker.name,
    epoch: null,
    lease_until: null,
    priority: 0,
    needs: [],
    blocked: false,
    folder: worker.cwd,
    deadline: null,
    attempts: 0,
    updated: null,
    progress: null,
    late: [],
    handover: null,
    proposed: null,
    contested: null,
    fixed: null,
  };
}

export function isOver({ state }: Pick<TaskView, "state">): boolean {
  return state === "done" || state === "cancelled";
}

/** Whether what a worker owns stays undone, as far as is known. */
export function isLost({ presence }: Pick<WorkerView, "presence">): boolean {
  return presence === "suspect" || presence === "gone" || presence === "ended";
}

/** What is wrong with the owner of a task, in a word or two; `null` when nothing is. `owner` is the worker, if it is in the list. */
export function ownerTrouble(task: TaskView, owner: WorkerView | null): string | null {
  if (isOver(task) || task.owner_name === null) return null;
  if (owner === null) return "not in the list";
  return isLost(owner) ? owner.presence : null;
}

export function taskGroup(task: TaskView, owner: WorkerView | null): TaskGroup {
  if (task.late.length > 0 || task.contested !== null) return "needs_you";
  if (isOver(task)) return "over";
  if (ownerTrouble(task, owner) !== null) return "needs_you";
  return task.state as TaskGroup;
}

/** A task with its owner, as the list shows it. */
export interface TaskRow {
  id: string;
  group: TaskGroup;
  task: TaskView;
  owner: WorkerView | null;
  /** What keeps it, in a word or two. */
  place: string;
}

export function taskRows(view: Around & Pick<View, "tasks">): TaskRow[] {
  const known = new Map(view.workers.map((worker) => [worker.id, worker]));
  return view.tasks.map((task) => {
    const owner = (task.owner !== null && known.get(task.owner)) || null;
    return { id: task.id, group: taskGroup(task, owner), task, owner, place: placeWord(task, view) };
  });
}

/** What a worker owns that isn't done, in the engine's order. */
export function tasksOf(worker: Pick<WorkerView, "id" | "tasks">, tasks: TaskView[]): TaskView[] {
  return tasks.filter(
    (task) => !isOver(task) && (task.owner === worker.id || worker.tasks.includes(task.id)),
  );
}

/** Why a task can't be reassigned, in a sentence; `null` when it can. */
export function whyFixed(task: TaskView): string | null {
  if (isOver(task)) return `It is ${taskWord(task.state)}, so there is nothing to reassign.`;
  if (task.state === "handing_over") return "It is being handed over already.";
  if (task.owner_name === null && task.owner === null)
    return "Nobody owns it: the next worker that asks for work gets it.";
  return task.fixed;
}

/** Whether each word of the filter stands somewhere in what is known of the task. */
export function matchesTask({ task, owner, place }: TaskRow, filter: string): boolean {
  const trouble = ownerTrouble(task, owner);
  const marks = [
    task.blocked && "blocked",
    task.contested !== null && "contested",
    task.late.length > 0 && "late",
  ];
  return stands(filter, [
    task.subject,
    taskWord(task.state),
    task.owner_name,
    trouble,
    task.progress?.text ?? null,
    placeOf(task),
    place,
    task.folder,
    task.id,
    ...marks.map((mark) => mark || null),
  ]);
}
