/** One conversation, read page by page: the newest first, older ones on demand, newer ones as they are written. */
import { isUnderway } from "../receipts";
import type { ConversationPage, Entry, Page } from "../wire";
import type { Peerwatch } from "./peerwatch.svelte";

const PAGE = 200;
const RECEIPTS = 50;
/** A newer page may repeat entries at most this far back. */
const OVERLAP = 1_000;
const AT_MOST_EVERY_MS = 250;

export class Reader {
  readonly conversation: string;
  title = $state("");
  entries = $state.raw<Entry[]>([]);
  /** How many entries were put before those first read: a row's number grows by as much. */
  prepended = $state(0);
  /** Whether there are older entries than these. */
  older = $state(false);
  note = $state<string | null>(null);
  stage = $state<"reading" | "read" | "refused">("reading");
  /** Why it couldn't be read, in words. */
  why = $state("");
  readingOlder = $state(false);

  #peerwatch: Peerwatch;
  #before: string | null = null;
  #after = "";
  #following = false;
  #wanted = false;
  #lastFollow = 0;
  #closed = false;

  constructor(peerwatch: Peerwatch, conversation: string) {
    this.#peerwatch = peerwatch;
    this.conversation = conversation;
  }

  /** Reads the newest page. */
  async open(): Promise<void> {
    this.stage = "reading";
    const page = await this.#read("newest", PAGE);
    if (!page) return;
    this.title = page.title;
    this.entries = page.entries;
    this.#before = page.before;
    this.older = page.before !== null;
    this.#after = page.after;
    this.note = page.note;
    this.stage = "read";
    // What changed while the page was on its way.
    if (this.#wanted) void this.follow();
  }

  close(): void {
    this.#closed = true;
  }

  /** Reads what comes before the first entry here. */
  async readOlder(): Promise<void> {
    if (this.readingOlder || this.#before === null || this.stage !== "read") return;
    this.readingOlder = true;
    const page = await this.#read({ before: this.#before }, PAGE);
    if (page) {
      const known = new Set(this.entries.map((entry) => entry.id));
      const more = page.entries.filter((entry) => !known.has(entry.id));
      this.#before = page.before;
      this.older = page.before !== null;
      this.entries = more.concat(this.entries);
      this.prepended += more.length;
    }
    this.readingOlder = false;
  }

  /** Reads what was written since; many calls at once become one. */
  async follow(): Promise<void> {
    this.#wanted = true;
    if (this.#following || this.stage === "reading") return;
    this.#following = true;
    while (this.#wanted && !this.#closed) {
      const wait = this.#lastFollow + AT_MOST_EVERY_MS - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      this.#wanted = false;
      this.#lastFollow = performance.now();
      if (this.stage === "refused") await this.open();
      else await this.#readNewer();
    }
    this.#following = false;
  }

  async #readNewer(): Promise<void> {
    for (;;) {
      const page = await this.#read({ after: this.#after }, PAGE);
      if (!page) return;
      const still = page.after === this.#after;
      this.#after = page.after;
      this.note = page.note;
      this.#merge(page.entries);
      if (still || page.entries.length < PAGE) break;
    }
    if (this.entries.slice(-RECEIPTS).some(awaitsReceipt)) {
      const page = await this.#read("newest", RECEIPTS);
      if (page) this.#merge(page.entries, true);
    }
  }

  /** Appends what is new; what is known may have got another state. */
  #merge(entries: Entry[], knownOnly = false): void {
    if (entries.length === 0) return;
    const fresh = new Map(entries.map((entry) => [entry.id, entry]));
    const merged = this.entries.slice();
    let changed = false;
    for (let row = Math.max(0, merged.length - OVERLAP); row < merged.length; row += 1) {
      const was = merged[row];
      const now = was && fresh.get(was.id);
      if (!now) continue;
      fresh.delete(now.id);
      if (now.state === was.state && now.text === was.text) continue;
      merged[row] = now;
      changed = true;
    }
    if (!knownOnly) merged.push(...fresh.values());
    if (changed || merged.length > this.entries.length) this.entries = merged;
  }

  async #read(page: Page, limit: number): Promise<ConversationPage | null> {
    const reply = await this.#peerwatch.ask({
      command: "read",
      conversation: this.conversation,
      page,
      limit,
    });
    if (this.#closed) return null;
    if (reply.reply === "page") return reply.page;
    this.why =
      reply.reply === "refused"
        ? reply.why
        : "Peerwatch answered something that this window doesn't understand.";
    if (this.stage === "reading") this.stage = "refused";
    return null;
  }
}

/** A message whose last receipt may still come. */
function awaitsReceipt(entry: Entry): boolean {
  return entry.kind === "message" && entry.state !== null && isUnderway(entry.state);
}
