/** What the window shows: which page, which worker, what is filtered. Nothing of it is stored. */
import { Draft } from "./draft.svelte";
import { type PageName, parseRoute } from "../route";

/** Below this width the pane covers the list. */
export const NARROW = "(max-width: 859px)";

export class Showing {
  page = $state<PageName>("workers");
  /** The worker of the current row. */
  worker = $state<string | null>(null);
  /** The conversation chosen on its page. */
  conversation = $state<string | null>(null);
  /** Whether the worker's pane is open. */
  pane = $state(false);
  /** Whether the pane shows all the evidence, or its sentence alone to leave room for the conversation. */
  evidence = $state(true);
  filter = $state("");
  sheet = $state<"keys" | "reassign" | null>(null);
  /** Which choices are open under the pane's buttons. */
  choices = $state<"mute" | "snooze" | null>(null);
  narrow = $state(false);

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
    this.sheet = reassign ? "reassign" : null;
    if (page === "workers" && id !== null) this.open(id);
    if (page === "conversations" && id !== null) this.conversation = id;
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
}
