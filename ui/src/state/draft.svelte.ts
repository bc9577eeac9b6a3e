/** What a person writes to one worker: kept while the window lives, until it is sent. */
import type { Peerwatch } from "./peerwatch.svelte";

export class Draft {
  readonly worker: string;
  text = $state("");
  sending = $state(false);
  /** Why the last attempt was refused. */
  refused = $state("");
  /** The conversation in which the last message stands, until more is typed. */
  sent = $state<string | null>(null);

  constructor(worker: string) {
    this.worker = worker;
  }

  /** Takes what was typed; what was said about the message before is old then. */
  type(text: string): void {
    this.text = text;
    this.refused = "";
    this.sent = null;
  }

  /** Sends it. A refusal loses nothing. */
  async send(peerwatch: Peerwatch): Promise<void> {
    const text = this.text.trim();
    if (text === "" || this.sending) return;
    this.sending = true;
    const reply = await peerwatch.ask({ command: "send", to: this.worker, text });
    this.sending = false;
    if (reply.reply === "refused") {
      this.refused = reply.why;
      return;
    }
    this.type("");
    this.sent = reply.reply === "sent" ? reply.conversation : null;
  }
}
