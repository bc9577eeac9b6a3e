/** What the wire's word for where a message stands means: how far it came, and what is in its way. */
import type { Tone } from "./words";

/** The four facts about a message, each with evidence of its own. */
export const STEPS = ["sent", "accepted", "seen", "acknowledged"] as const;

export interface Receipt {
  /** How many of the four facts are known, counted from the first. */
  reached: number;
  /** What is in its way instead of the next fact, if anything is. */
  trouble: boolean;
  word: string;
  /** The word in a sentence. */
  means: string;
  tone: Tone;
}

const KNOWN: Record<string, Omit<Receipt, "trouble" | "tone">> = {
  sent: { reached: 1, word: "sent", means: "It is kept in the bridge. It has not reached the session yet." },
  accepted: { reached: 2, word: "accepted", means: "It stands in the session's queue. It was not read yet." },
  read: { reached: 2, word: "fetched", means: "It was fetched from the database, which says no more." },
  seen: { reached: 3, word: "seen", means: "It was found in what the model has read." },
  acknowledged: { reached: 4, word: "acknowledged", means: "The worker said that it has it." },
};

const TROUBLES: Record<string, { word: string; means: string; tone: Tone }> = {
  held: {
    word: "held: waits in a dialog there",
    means:
      "Claude Code asks there first, because that session bypasses permissions or is set to hold messages.",
    tone: "need",
  },
  denied: {
    word: "denied",
    means: "Somebody denied it in the dialog of that session.",
    tone: "danger",
  },
  refused: { word: "refused", means: "That session is set to take no messages of others.", tone: "danger" },
  expired: {
    word: "expired",
    means: "Nobody answered the dialog in that session in time. It was not let in.",
    tone: "danger",
  },
  rate_limited: {
    word: "rate limited",
    means: "That session takes only so many messages at once; the rest has to wait.",
    tone: "held",
  },
  dropped: {
    word: "dropped",
    means: "The session threw it away without a word. It is kept in the bridge.",
    tone: "danger",
  },
  no_way: {
    word: "no way in",
    means: "No way into that session is known. It is kept until the worker asks for its messages.",
    tone: "need",
  },
};

/** A word that this window doesn't know is shown as it is, and nothing is concluded from it. */
export function receipt(state: string): Receipt {
  const known = Object.hasOwn(KNOWN, state) ? KNOWN[state] : undefined;
  if (known) return { ...known, trouble: false, tone: known.reached > 2 ? "good" : "calm" };
  const trouble = Object.hasOwn(TROUBLES, state) ? TROUBLES[state] : undefined;
  if (trouble) return { reached: 1, trouble: true, ...trouble };
  return { reached: 0, trouble: false, word: state, means: "", tone: "calm" };
}

/** Whether more can become known of a message in this state. */
export function isUnderway(state: string): boolean {
  return state !== "acknowledged" && state !== "read";
}
