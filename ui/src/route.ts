/** The places of the window, as notifications and the tray name them: "/worker/<id>", "/task/<id>", "/settings". */

export type PageName = "workers" | "conversations" | "tasks" | "history" | "connected" | "settings";

export const PAGES: { name: PageName; title: string }[] = [
  { name: "workers", title: "Workers" },
  { name: "conversations", title: "Conversations" },
  { name: "tasks", title: "Tasks" },
  { name: "history", title: "History" },
  { name: "connected", title: "Connected" },
  { name: "settings", title: "Settings" },
];

export interface Route {
  page: PageName;
  /** A worker's, a conversation's or a task's id, on the pages that have them. */
  id: string | null;
  /** Whether the worker's tasks are to be reassigned. */
  reassign: boolean;
}

/** An unknown place is the list of workers: a click from elsewhere must never end nowhere. */
export function parseRoute(route: string): Route {
  const [, first = "", rest = ""] = /^#?\/?([^/]*)\/?(.*)$/s.exec(route) ?? [];
  const id = rest ? decoded(rest) : null;
  const reassign = first === "reassign";
  if (first === "worker" || reassign) return { page: "workers", id, reassign };
  if (first === "conversation") return { page: "conversations", id, reassign };
  if (first === "task") return { page: "tasks", id, reassign };
  if (first === "problems") return { page: "connected", id: null, reassign };
  const page = PAGES.find((page) => page.name === first);
  return { page: page?.name ?? "workers", id: null, reassign };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
