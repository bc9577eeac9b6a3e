/** The words of the window for what the wire says in symbols. */
import type { EntryKind, Group, Presence, SourceKind, WaitingFor, WorkerView } from "./wire";

export type Tone = "need" | "danger" | "good" | "held" | "calm";

const GROUPS: Record<Group, string> = {
  needs_you: "Needs you",
  suspect: "Suspect",
  handing_over: "Handing over",
  working: "Working",
  idle: "Idle",
  ended: "Ended",
};

export const GROUP_ORDER: Group[] = ["needs_you", "suspect", "handing_over", "working", "idle", "ended"];

const PRESENCES: Record<Presence, string> = {
  working: "working",
  waiting_for_you: "waits for you",
  idle: "idle",
  background: "background",
  limited: "limited",
  quiet: "quiet",
  suspect: "suspect",
  gone: "gone",
  ended: "ended",
  unknown: "unknown",
};

const WAITS: Record<WaitingFor, string> = {
  permission: "permission",
  question: "question",
  plan: "plan",
  dialog: "dialog",
};

const TONES: Record<Presence, Tone> = {
  working: "good",
  waiting_for_you: "need",
  idle: "calm",
  background: "good",
  limited: "held",
  quiet: "calm",
  suspect: "need",
  gone: "danger",
  ended: "calm",
  unknown: "calm",
};

const SOURCES: Record<SourceKind, string> = {
  claude: "Claude Code session",
  team: "agent team",
  bridge: "bridge",
};

const KINDS: Record<EntryKind, string> = {
  prompt: "prompt",
  answer: "answer",
  thinking: "thinking",
  tool_call: "tool",
  tool_result: "result",
  message: "message",
  note: "note",
};

// The wire may know more values one day than this window does: they are shown as they are, never hidden.
export const groupWord = (group: Group): string => GROUPS[group] ?? String(group);
export const toneOf = (presence: Presence): Tone => TONES[presence] ?? "calm";
export const sourceWord = (source: SourceKind): string => SOURCES[source] ?? String(source);
export const kindWord = (kind: EntryKind): string => KINDS[kind] ?? String(kind);

/** The verdict in a word or two: "waits: permission". */
export function presenceWord(worker: Pick<WorkerView, "presence" | "waiting_for">): string {
  if (worker.presence === "waiting_for_you" && worker.waiting_for) {
    return `waits: ${WAITS[worker.waiting_for] ?? worker.waiting_for}`;
  }
  return PRESENCES[worker.presence] ?? String(worker.presence);
}

/** What the summary says beyond the verdict that stands beside it. */
export function gist(worker: Pick<WorkerView, "presence" | "waiting_for" | "summary">): string {
  if (worker.summary === presenceWord(worker)) return "";
  if (worker.presence !== "waiting_for_you") return worker.summary;
  const colon = worker.summary.indexOf(": ");
  return colon < 0 ? worker.summary : worker.summary.slice(colon + 2);
}

/** A length of time in one unit: "40 s", "14 min", "3 h", "2 d". */
export function span(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min`;
  if (s < 172_800) return `${Math.floor(s / 3_600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

/** A length of time to the second while that matters: "14 min 05 s", "3 h 12 min". */
export function exactSpan(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${two(Math.floor((s % 3_600) / 60))} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3_600)} h`;
}

/** A threshold: "5 min", "90 s". */
export function roundSpan(seconds: number): string {
  return seconds % 60 === 0 || seconds > 600 ? span(seconds) : exactSpan(seconds);
}

const two = (n: number): string => String(n).padStart(2, "0");

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** The time of day, with the day when it isn't today's: "14:05", "Mon 3 Nov 14:05". */
export function moment(at: string, now: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  if (date.getUTCFullYear() >= 9_999) return "you say otherwise";
  const today = new Date(now).toDateString() === date.toDateString();
  return today ? CLOCK.format(date) : `${DAY.format(date)} ${CLOCK.format(date)}`;
}

export function wholeMoment(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : WHOLE.format(date);
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString()} ${n === 1 ? one : many}`;
}

/** A folder as a person says it: its last two parts. */
export function shortFolder(path: string): string {
  const parts = path.split(/[\\/]+/).filter(Boolean);
  return parts.length <= 2 ? path : parts.slice(-2).join("/");
}

/** "asha, ben and 3 more". */
export function names(all: string[], most = 3): string {
  const shown = all.slice(0, most);
  const more = all.length - shown.length;
  if (more > 0) return `${shown.join(", ")} and ${more} more`;
  if (shown.length < 2) return shown.join("");
  return `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
