/** Lengths of quiet that a person can choose. */

const MORNING = 8;

/** Seconds until eight in the morning of the next day. */
export function untilTomorrow(now: Date): number {
  const morning = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING);
  return Math.max(60, Math.round((morning.getTime() - now.getTime()) / 1_000));
}

export interface Quiet {
  title: string;
  seconds: (now: Date) => number;
}

export const QUIETS: Quiet[] = [
  { title: "15 min", seconds: () => 900 },
  { title: "1 h", seconds: () => 3_600 },
  { title: "Until tomorrow, 8:00", seconds: untilTomorrow },
];

/** A mute for so long is one for good: a hundred years. */
const ALWAYS_S = 100 * 365 * 86_400;

/** The same, and for good. */
export const MUTES: Quiet[] = [...QUIETS, { title: "Always", seconds: () => ALWAYS_S }];
