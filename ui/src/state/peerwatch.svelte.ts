/** What the window knows: the newest view, when it came, and whether more will come. */
import { announcement } from "../announce";
import type { Host } from "../host";
import type { Command, Reply, View, WorkerView } from "../wire";
import { Clock } from "./clock.svelte";

const ANNOUNCE_TOGETHER_MS = 1_000;

export class Peerwatch {
  readonly host: Host;
  readonly clock = new Clock();
  view = $state.raw<View | null>(null);
  /** Why no views come, in a sentence. */
  lost = $state<string | null>(null);
  /** The clock's awake time when the view was drawn: ages count on from there. */
  drawnAt = $state(0);
  /** What a screen reader is told. */
  told = $state("");
  /** The last command's outcome where it deserves words. */
  outcome = $state("");

  #announced: View | null = null;
  #announce: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host) {
    this.host = host;
  }

  start(): () => void {
    const stopClock = this.clock.start();
    const stopViews = this.host.views(
      (view) => this.#take(view),
      (why) => (this.lost = why),
    );
    return () => {
      stopClock();
      stopViews();
      clearTimeout(this.#announce);
    };
  }

  worker(id: string | null): WorkerView | null {
    return (id !== null && this.view?.workers.find((worker) => worker.id === id)) || null;
  }

  /** An age of the view, in seconds, as it is now. */
  aged(seconds: number): number {
    return seconds + Math.max(0, this.clock.awake - this.drawnAt) / 1_000;
  }

  /** Seconds since a wall time. */
  since(at: string): number {
    return Math.max(0, (this.clock.wall - new Date(at).getTime()) / 1_000);
  }

  /** Asks the engine; a refusal or no answer comes back as the sentence to show. */
  async ask(command: Command): Promise<Reply> {
    try {
      const reply = await this.host.command(command);
      if (reply.reply === "settings" && this.view) this.view = { ...this.view, settings: reply.settings };
      // It may have been overtaken by one that was pushed.
      if (reply.reply === "view" && reply.view.revision >= (this.view?.revision ?? 0)) this.#take(reply.view);
      return reply;
    } catch (error) {
      const why = typeof error === "string" ? error : "The part of Peerwatch that watches doesn't answer.";
      return { reply: "refused", why };
    }
  }

  /** Asks, and says how it went. */
  async act(command: Command, done: string): Promise<void> {
    const reply = await this.ask(command);
    this.outcome = reply.reply === "refused" ? reply.why : reply.reply === "in_front" ? reply.what : done;
  }

  #take(view: View): void {
    this.clock.set();
    const drawn = Date.parse(view.at);
    const old = Number.isNaN(drawn) ? 0 : Math.max(0, this.clock.wall - drawn);
    this.drawnAt = this.clock.awake - old;
    this.view = view;
    this.lost = null;
    this.#announced ??= view;
    this.#announce ??= setTimeout(() => this.#tell(), ANNOUNCE_TOGETHER_MS);
  }

  #tell(): void {
    this.#announce = undefined;
    if (!this.view || !this.#announced) return;
    this.told = announcement(this.#announced, this.view) ?? this.told;
    this.#announced = this.view;
  }
}
