/** The ways of a message into a session, in words; and what will become of one that is written now. */
import { line } from "./plain";
import type { ConversationView, DeliverMode, View, WorkerView } from "./wire";

export const MODES: { mode: DeliverMode; title: string; means: string }[] = [
  {
    mode: "wake",
    title: "Wake the session",
    means: "An idle session starts a turn; one at work gets it between two tool calls.",
  },
  {
    mode: "next_turn",
    title: "With its next turn",
    means: "A session at work gets it between two tool calls; an idle one when it next works.",
  },
  {
    mode: "tell_me",
    title: "Tell me only",
    means: "Nothing is put into a session. You get a notification.",
  },
];

/** A way that a later version knows is shown as it is. */
export function modeOf(mode: DeliverMode): { title: string; means: string } {
  return MODES.find((known) => known.mode === mode) ?? { title: String(mode), means: "" };
}

/** Whether a worker talks with the person alone here. Who writes wants to be heard: the settings are for what workers write. */
export function isWithPerson({ own, workers }: ConversationView): boolean {
  return own && workers.length === 1;
}

/** What holds for a conversation for which nothing was chosen. */
export function usualMode(conversation: ConversationView, view: View): DeliverMode {
  if (isWithPerson(conversation)) return "wake";
  return conversation.own ? view.settings.deliver : "tell_me";
}

/** What will happen to a message, or why none can be written. */
export interface Forecast {
  can: boolean;
  says: string;
}

export function forecast(worker: WorkerView, view: View): Forecast {
  const name = line(worker.name, 60);
  if (!worker.writable)
    return { can: false, says: `You can't write to ${name} from here: ${whyNot(worker)}` };
  const mode = writingMode(worker, view);
  if (mode === "tell_me")
    return {
      can: true,
      says: `Kept for ${name} until it asks for its messages: you chose to put nothing into it.`,
    };
  return { can: true, says: becomes(worker, name, mode) };
}

/** How what a person writes to a worker reaches it: as in their conversation, where there is one already. */
function writingMode(worker: WorkerView, view: View): DeliverMode {
  const alone = view.conversations.find(
    (conversation) => isWithPerson(conversation) && conversation.workers[0] === worker.id,
  );
  return alone?.deliver ?? "wake";
}

function becomes(worker: WorkerView, name: string, mode: DeliverMode): string {
  switch (worker.presence) {
    case "working":
      return `${name} is busy: it arrives between two tool calls, at the latest when the turn ends.`;
    case "waiting_for_you":
      return worker.waiting_for === "permission"
        ? `${name} waits for a permission: it arrives with that tool's result.`
        : `${name} waits for you: it arrives once you have answered there.`;
    case "idle":
    case "background":
      return mode === "next_turn"
        ? `${name} is idle: it is left alone and gets this with its next turn.`
        : `${name} is idle: this starts a turn.`;
    case "limited":
      return `${name} is held up from outside: it arrives when it goes on.`;
    case "quiet":
    case "suspect":
      return `${name} has not been heard for a while: it arrives if it goes on.`;
    default:
      return `What ${name} does is not known: it arrives as soon as its session takes it.`;
  }
}

function whyNot(worker: WorkerView): string {
  switch (worker.presence) {
    case "gone":
    case "ended":
      return "its session is over. Resume it, and you can.";
    default:
      return worker.source === "claude"
        ? "no way into its session is known."
        : "no Claude Code session of its own is known.";
  }
}
