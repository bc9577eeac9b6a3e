/** A verdict in sentences: what it means, and what would change it. */
import type { WorkerView } from "./wire";
import { exactSpan, roundSpan } from "./words";

export interface Verdict {
  /** What Peerwatch concludes. */
  says: string;
  /** What would change it. */
  changes: string;
}

/** `silent` is the worker's silence now, in seconds of awake time, where it should be heard. */
export function verdict(worker: WorkerView, silent: number | null): Verdict {
  const limit = worker.threshold_s;
  switch (worker.presence) {
    case "working":
      return { says: "It is at work.", changes: workingUntil(silent, limit) };
    case "waiting_for_you":
      return {
        says: waitsFor(worker),
        changes: "An answer in its terminal ends this. While it waits it is never called silent.",
      };
    case "idle":
      return worker.source === "claude"
        ? {
            says: "Its turn is over and nothing is asked of you.",
            changes: "Your next prompt sets it to work. An idle session is never called silent.",
          }
        : {
            says: "It rests.",
            changes: "A message or a task sets it to work. Whoever rests is never called silent.",
          };
    case "background":
      return {
        says: "Its turn is over; work that it started still runs.",
        changes: "It becomes idle when that work ends. It is never called silent meanwhile.",
      };
    case "limited":
      return {
        says: "It is held up from outside: a usage limit, a login or an overload.",
        changes: "It goes on by itself or after you log in. It isn't called silent for this.",
      };
    case "quiet":
      return {
        says: `It should be heard and isn't${against(silent, limit)}.`,
        changes:
          "Any sign of life clears this. A second witness of silence makes it suspect; one alone never does.",
      };
    case "suspect":
      return {
        says: `Several witnesses agree that it fell silent${against(silent, limit)}. It may still be alive.`,
        changes: "Any sign of life clears this. Only proof that its process is gone makes it gone.",
      };
    case "gone":
      return {
        says: "Its process is proven gone.",
        changes:
          "Nothing: a process doesn't come back. If you resume the session, it appears as working again.",
      };
    case "ended":
      return worker.source === "claude"
        ? { says: "It ended in good order.", changes: "Resuming the session brings it back." }
        : { says: "It is over.", changes: "A new sign of life brings it back." };
    default:
      return {
        says: "What is known allows no conclusion, so none is drawn.",
        changes:
          "Its next sign of life; or a newer Peerwatch, if its program says what this one doesn't know.",
      };
  }
}

function waitsFor(worker: WorkerView): string {
  switch (worker.waiting_for) {
    case "permission":
      return "It waits for your permission to use a tool.";
    case "question":
      return "It asked you a question and waits for the answer.";
    case "plan":
      return "It shows you a plan and waits for your decision.";
    case "dialog":
      return "A dialog in its terminal waits for you.";
    default:
      return "It waits for you.";
  }
}

function workingUntil(silent: number | null, limit: number | null): string {
  if (limit === null) return "Silence would be remarked, but not while a tool of its own runs.";
  const heard = silent === null || silent < 1 ? "" : ` It was last heard ${exactSpan(silent)} ago.`;
  return `${roundSpan(limit)} without a sign of life would make it quiet, but not while a tool of its own runs.${heard}`;
}

function against(silent: number | null, limit: number | null): string {
  if (silent === null) return limit === null ? "" : ` for longer than ${roundSpan(limit)}`;
  const than = limit === null ? "" : `, where more than ${roundSpan(limit)} is remarked`;
  return `: nothing for ${exactSpan(silent)}${than}`;
}
