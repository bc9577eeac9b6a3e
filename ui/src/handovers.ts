/** How far a handover is, in words, and what can be done about it. */
import { line } from "./plain";
import type { HandoverStep, HandoverView } from "./wire";
import type { Tone } from "./words";

/** The steps that a handover goes through, in their order. */
export const HANDOVER_STEPS = ["revoked", "confirmed", "granted", "begun"] as const;

export interface Progress {
  /** How many of the steps are done; none where it was taken back, or where this window doesn't know the step. */
  reached: number;
  word: string;
  tone: Tone;
}

const STEPS: Record<HandoverStep, Progress> = {
  revoked: { reached: 1, word: "waits", tone: "need" },
  confirmed: { reached: 2, word: "confirmed", tone: "held" },
  granted: { reached: 3, word: "granted", tone: "good" },
  begun: { reached: 4, word: "begun", tone: "good" },
  undone: { reached: 0, word: "undone", tone: "calm" },
};

export function progress(step: HandoverStep): Progress {
  return STEPS[step] ?? { reached: 0, word: String(step), tone: "calm" };
}

/** How it stands, in a sentence. */
export function stands(handover: HandoverView): string {
  const from = line(handover.from_name, 60);
  const to = handover.to_name === null ? null : line(handover.to_name, 60);
  switch (handover.step) {
    case "revoked":
      return `${from} has been told to stop. It has not confirmed yet, so nobody else has the task.`;
    case "confirmed":
      return to === null
        ? "Nobody has it yet: it goes to the best free worker."
        : `Nobody has it yet: ${to} gets it next.`;
    case "granted":
      return `${to ?? "Its new owner"} has it and has not begun.`;
    case "begun":
      return `${to ?? "Its new owner"} has begun.`;
    case "undone":
      return `It was taken back: ${from} has it again.`;
    default:
      return "";
  }
}

/** Whether it waits for its old owner, and a person may go on without. */
export function isWaiting({ step }: Pick<HandoverView, "step">): boolean {
  return step === "revoked";
}

/** Whether it is neither finished nor taken back. */
export function isOpen({ step }: Pick<HandoverView, "step">): boolean {
  return step !== "begun" && step !== "undone";
}
