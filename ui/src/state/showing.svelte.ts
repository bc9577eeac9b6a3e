/** What the window shows: which page, which worker, what is filtered. Nothing of it is stored. */
import { Draft } from "./draft.svelte";
import { type PageName, parseRoute } from "../route";

/** Below this width the pane covers the list. */
export const NARROW = "(max-width: 859px)";

/** What a person wants to reassign: what a worker owns, or one task. */
export type Reassigning = { worker: string } | { task: string };

export class Showing {
  page = $state<PageName>("workers");
  /** The worker of the current row. */
  worker = $state<string | null>(null);
  /** The conversation chosen on its page. */
  conversation = $state<string | null>(null);
  /** The task of the current row on its page. */
  task = $state<string | null>(null);
  /** Whether the worker's pane is open. */
  pane = $state(false);
  /** Whether the task's pane is open. */
  taskPane = $state(false);
  /** Whether the pane shows all the evidence, or its sentence alone to leave room for the conversation. */
  evidence = $state(true);
  filter = $state("");
  taskFilter = $state("");
  /** Whose tasks, or which one alone, the sheet of reassigning is about. */
  reassigning = $state.raw<Reassigning | null>(null);
  sheet = $state<"keys" | "reassign" | null>(null);
  /** Which choices are open under the pane's buttons. */
  choices = $state<"mute" | "snooze" | null>(null);
  narrow = $state(false);

  /** Handover cards that a person has changed and not sent, by task. */
  readonly cards = new Map<string, string>();
  readonly #drafts = new Map<string, Draft>();

  start(): () => void {
    const query = matchMedia(NARROW);
    const look = () => (this.narrow = query.matches);
    query.addEventListener("change", look);
    look();
    return () => query.removeEventListener("change", look);
  }

  go(route: string): void {
    const { page, id, reassign } = parseRoute(route);
    this.page = page;
    this.sheet = null;
    if (reassign && id !== null) this.reassign({ worker: id });
    if (page === "workers" && id !== null) this.open(id);
    if (page === "conversations" && id !== null) this.conversation = id;
    if (page === "tasks" && id !== null) this.openTask(id);
  }

  /** Opens the sheet that shows what reassigning would do. */
  reassign(what: Reassigning): void {
    this.reassigning = what;
    this.sheet = "reassign";
  }

  /** What is being written to a worker. */
  draft(worker: string): Draft {
    const draft = this.#drafts.get(worker) ?? new Draft(worker);
    this.#drafts.set(worker, draft);
    return draft;
  }

  /** Opens a worker's pane. */
  open(worker: string): void {
    this.page = "workers";
    this.worker = worker;
    this.pane = true;
    this.filter = "";
  }

  /** Opens a task's pane. */
  openTask(task: string): void {
    this.page = "tasks";
    this.task = task;
    this.taskPane = true;
    this.taskFilter = "";
  }
}
