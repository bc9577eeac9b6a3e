/** What a person chooses before tasks are reassigned, task by task, and what came of it. */
import { line, plain } from "../plain";
import { whyFixed } from "../tasks";
import type { HandoverPlan, Reply, TaskView } from "../wire";
import type { Peerwatch } from "./peerwatch.svelte";

/** No handover has this number. */
const NONE = -1;
const ODD = "Peerwatch answered something that this window doesn't understand.";

/** What holds for all tasks that are moved together. */
interface How {
  takeAnyway: boolean;
  passBrakes: boolean;
  reason: string | null;
}

/** One task that may be moved. */
export class Move {
  /** The task as it was seen last. */
  task = $state.raw() as TaskView;
  chosen = $state(true);
  /** What reassigning it would do; `null` until that is known. */
  plan = $state.raw<HandoverPlan | null>(null);
  /** Why it can't be planned, or why it was not done. */
  refused = $state("");
  /** The handover that has begun, and what was said of it. */
  begun = $state.raw<{ handover: number; summary: string } | null>(null);

  #picked = $state<string | null>();
  #edited = $state<string | null>(null);
  /** What the plan rests on: when it changes, the plan is old. */
  #ground = "";
  readonly #cards: Map<string, string>;

  constructor(task: TaskView, cards: Map<string, string>) {
    this.task = task;
    this.#cards = cards;
    this.#edited = cards.get(task.id) ?? null;
  }

  get subject(): string {
    return line(this.task.subject, 120);
  }

  /** Why it can't be moved at all. */
  get fixed(): string | null {
    return this.begun === null ? whyFixed(this.task) : null;
  }

  get isMovable(): boolean {
    return this.fixed === null && this.begun === null;
  }

  get wanted(): boolean {
    return this.chosen && this.isMovable;
  }

  /** The worker that gets it; `null` is the best one that is free then. */
  get heir(): string | null {
    const heirs = this.plan?.heirs ?? [];
    const known = this.#picked === null || heirs.some(({ worker }) => worker === this.#picked);
    return this.#picked !== undefined && known ? this.#picked : (heirs[0]?.worker ?? null);
  }
  set heir(worker: string | null) {
    this.#picked = worker;
  }

  get heirName(): string {
    const heir = this.plan?.heirs.find(({ worker }) => worker === this.heir);
    return heir ? line(heir.name, 60) : "the best free worker";
  }

  /** The card as Peerwatch wrote it. */
  get written(): string {
    return plain(this.plan?.card ?? "");
  }

  get card(): string {
    return this.#edited ?? this.written;
  }
  set card(text: string) {
    this.#edited = text === this.written ? null : text;
    if (this.#edited === null) this.#cards.delete(this.task.id);
    else this.#cards.set(this.task.id, text);
  }

  get isEdited(): boolean {
    return this.#edited !== null;
  }

  /** Asks what it would do, unless that was asked on the same ground. What was chosen stays chosen. */
  async look(peerwatch: Peerwatch, ground: string): Promise<void> {
    if (this.#ground === ground || this.begun !== null) return;
    this.#ground = ground;
    const reply = await peerwatch.ask({ command: "plan_handover", task: this.task.id });
    if (this.#ground !== ground || this.begun !== null) return;
    this.refused = reply.reply === "plan" ? "" : reply.reply === "refused" ? reply.why : ODD;
    this.plan = reply.reply === "plan" ? reply.plan : null;
  }

  /** Asks again after a refusal. */
  async again(peerwatch: Peerwatch): Promise<void> {
    const ground = this.#ground;
    this.#ground = "";
    this.refused = "";
    await this.look(peerwatch, ground);
  }

  /** Whether its old owner would be waited for: where others keep it, nobody confirms anything. */
  get waits(): boolean {
    return this.task.source === "bridge" && this.plan?.proven_gone === false;
  }

  async handOver(peerwatch: Peerwatch, { takeAnyway, passBrakes, reason }: How): Promise<void> {
    const reply = await peerwatch.ask({
      command: "hand_over",
      task: this.task.id,
      to: this.heir,
      card: this.#edited,
      reason,
      take_anyway: takeAnyway && this.waits,
      pass_brakes: passBrakes && this.plan?.brake != null,
    });
    const begun = this.#begun(reply);
    if (begun !== null) {
      this.begun = begun;
      this.refused = "";
      this.#cards.delete(this.task.id);
    } else this.refused = reply.reply === "refused" ? reply.why : ODD;
  }

  /** What came of it: a handover of our own, or what was done where others keep the task. */
  #begun(reply: Reply): { handover: number; summary: string } | null {
    if (reply.reply === "handing_over") return { handover: reply.handover, summary: reply.summary };
    if (reply.reply === "steps") return { handover: NONE, summary: reply.steps.join(". ") };
    if (reply.reply === "sent") return { handover: NONE, summary: `${this.heirName} gets the card` };
    return null;
  }
}

export class Reassignment {
  moves = $state.raw<Move[]>([]);
  /** Whether the person doesn't wait for the old owner to confirm. */
  takeAnyway = $state(false);
  /** Whether the person passes over what holds it back. */
  passBrakes = $state(false);
  reason = $state("");
  handing = $state(false);

  readonly #peerwatch: Peerwatch;
  readonly #cards: Map<string, string>;
  #looking: Promise<void> = Promise.resolve();

  constructor(peerwatch: Peerwatch, cards: Map<string, string>) {
    this.#peerwatch = peerwatch;
    this.#cards = cards;
  }

  /** Takes the tasks as they are now. One that comes later is not chosen by itself. */
  see(tasks: TaskView[]): void {
    const [first, before] = [
      this.moves.length === 0,
      new Map(this.moves.map((move) => [move.task.id, move])),
    ];
    for (const task of tasks) {
      const known = before.get(task.id);
      if (known) {
        known.task = task;
        continue;
      }
      const move = new Move(task, this.#cards);
      move.chosen = first;
      this.moves = [...this.moves, move];
    }
    for (const move of this.moves) if (move.fixed === null) this.#plan(move);
  }

  /** One plan after the other: each may look into a folder. */
  #plan(move: Move): void {
    const { id, epoch, state, owner } = move.task;
    const presence = this.#peerwatch.worker(owner)?.presence;
    const ground = [id, epoch, state, owner, presence].join(" ");
    this.#looking = this.#looking.then(() => move.look(this.#peerwatch, ground));
  }

  get wanted(): Move[] {
    return this.moves.filter((move) => move.wanted);
  }

  get begun(): Move[] {
    return this.moves.filter((move) => move.begun !== null);
  }

  /** Those that wait until their old owner confirms, since it is not proven gone. */
  get unproven(): Move[] {
    return this.wanted.filter((move) => move.waits);
  }

  get braked(): Move[] {
    return this.wanted.filter((move) => move.plan?.brake != null);
  }

  /** Why it can't be done as it is now, in a sentence; `null` when it can. */
  get obstacle(): string | null {
    const { wanted } = this;
    const unplanned = wanted.filter((move) => move.plan === null);
    const empty = wanted.find((move) => move.card.trim() === "");
    if (this.#peerwatch.lost !== null) return "Nothing can be reassigned while the connection is lost.";
    if (!this.moves.some((move) => move.isMovable)) return "There is nothing here that can be reassigned.";
    if (wanted.length === 0) return "Choose at least one task.";
    if (unplanned.some((move) => move.refused === "")) return "Looking what it would do…";
    if (unplanned.length > 0) return "What it would do is not known, so it can't be done.";
    if (empty) return `The card of “${empty.subject}” is empty: its new owner would know nothing.`;
    if (this.braked.length > 0 && !this.passBrakes)
      return "It is held back, unless you want it nevertheless.";
    return null;
  }

  async handOver(): Promise<void> {
    if (this.obstacle !== null || this.handing) return;
    this.handing = true;
    const { takeAnyway, passBrakes } = this;
    const how = { takeAnyway, passBrakes, reason: this.reason.trim() || null };
    for (const move of this.wanted) await move.handOver(this.#peerwatch, how);
    this.handing = false;
  }
}
