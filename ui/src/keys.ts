/** The keys of the window, told once: the sheet of keys shows this table. */

export const KEYS: { title: string; keys: [string[], string][] }[] = [
  {
    title: "In the list",
    keys: [
      [["↑", "↓", "Home", "End"], "Move through the workers"],
      [["A letter"], "Jump to the next name that begins so"],
      [["Enter"], "Open the conversation"],
      [["Space"], "Show the evidence"],
    ],
  },
  {
    title: "For the chosen worker",
    keys: [
      [["J"], "Show its terminal"],
      [["W"], "Write to it"],
      [["R"], "Reassign its tasks"],
      [["S"], "Snooze its alert"],
      [["M"], "Mute its notifications"],
    ],
  },
  {
    title: "For the chosen task",
    keys: [
      [["Enter"], "Open its owner"],
      [["Space"], "Show it"],
      [["R"], "Reassign it"],
    ],
  },
  {
    title: "While you reassign",
    keys: [
      [["Ctrl+Enter"], "Do it"],
      [["Esc"], "Leave it; a card that you changed stays so"],
    ],
  },
  {
    title: "While you write",
    keys: [
      [["Ctrl+Enter"], "Send"],
      [["Esc"], "Leave the field; what you typed stays there"],
    ],
  },
  {
    title: "Everywhere",
    keys: [
      [["/"], "Filter the workers, or the tasks"],
      [["Ctrl+1", "Ctrl+6"], "Workers, Conversations, Tasks, History, Connected, Settings"],
      [["Ctrl+,"], "Settings"],
      [["Esc"], "Close the pane, then clear the filter, then hide the window"],
      [["?"], "These keys"],
    ],
  },
];

/** Whether keys typed there are text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select")
  );
}
