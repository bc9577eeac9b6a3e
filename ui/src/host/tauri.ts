/** The window inside the desktop application. The only file that knows of Tauri. */
import { Channel, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";
import type { Host } from "../host";
import type { Command, Reply, View } from "../wire";

const ASK_AGAIN_MS = 2_000;

export function tauriHost(): Host {
  return { views, command, routes, hide };
}

function views(seen: (view: View) => void, lost: (why: string) => void): () => void {
  let stopped = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let newest = -1;
  // The first view and the subscription race; an older one must not replace a newer one.
  const take = (view: View, fresh: boolean) => {
    if (stopped || (!fresh && view.revision <= newest)) return;
    newest = view.revision;
    seen(view);
  };
  const subscribe = async () => {
    try {
      const channel = new Channel<View>();
      channel.onmessage = (view) => take(view, true);
      await Promise.all([
        invoke("subscribe", { views: channel }),
        invoke<View>("view").then((view) => take(view, false)),
      ]);
    } catch (error) {
      if (stopped) return;
      lost(sentence(error));
      again = setTimeout(subscribe, ASK_AGAIN_MS);
    }
  };
  void subscribe();
  return () => {
    stopped = true;
    clearTimeout(again);
  };
}

function command(command: Command): Promise<Reply> {
  return invoke<Reply>("command", { command });
}

function routes(go: (route: string) => void): () => void {
  const fromHash = () => {
    const route = location.hash.slice(1);
    if (route) go(route);
  };
  fromHash();
  window.addEventListener("hashchange", fromHash);
  const unlisten = listen<string>("route", (event) => go(event.payload)).catch(() => undefined);
  return () => {
    window.removeEventListener("hashchange", fromHash);
    void unlisten.then((stop) => stop?.());
  };
}

function hide(): void {
  // Closing is enough: the application makes the window anew when it is opened again.
  void getCurrentWindow()
    .close()
    .catch(() => undefined);
}

function sentence(error: unknown): string {
  if (typeof error === "string" && error) return error;
  if (error instanceof Error && error.message) return error.message;
  return "The part of Peerwatch that watches doesn't answer.";
}
