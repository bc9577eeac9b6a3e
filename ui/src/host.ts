/** What the window needs of the program around it, and nothing more. */
import type { Command, Reply, View } from "./wire";

export interface Host {
  /** Hands over the view there is and each newer one; `lost` says in a sentence why none come. Answers the way to stop. */
  views(seen: (view: View) => void, lost: (why: string) => void): () => void;
  /** Asks the engine for something. Refusals are replies; a rejected promise means that nobody answered. */
  command(command: Command): Promise<Reply>;
  /** Hands over the place to open first, if one is asked for, and each later one. Answers the way to stop. */
  routes(go: (route: string) => void): () => void;
  /** Puts the window away; the tray stays. */
  hide(): void;
}
