/** The window inside the desktop application. The only file that knows of Tauri. */
import { Channel, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";
import type { Host } from "../host";
import type { Command, Reply, View } from "../wire";

/** After a failure. */
const ASK_AGAIN_MS = 2_000;
/** While all is well: views are pushed, but nothing pushes the news that none will come. */
const LOOK_MS = 10_000;

export function tauriHost(): Host {
  return { views, command, routes, hide };
}

function views(seen: (view: View) => void, lost: (why: string) => void): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let newest = -1;

  // What was pushed is the newest by itself; what was asked for may have been overtaken meanwhile.
  const take = (view: View, pushed: boolean) => {
    if (stopped || (!pushed && view.revision <= newest)) return;
    newest = view.revision;
    seen(view);
  };
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
      if (!stopped) timer = setTimeout(() => void attempt(look), LOOK_MS);
    } catch (error) {
      if (stopped) return;
      lost(sentence(error));
      timer = setTimeout(() => void attempt(subscribe), ASK_AGAIN_MS);
    }
  };
  const look = async () => {
    if (!document.hidden) take(await invoke<View>("view"), false);
  };
  const subscribe = async () => {
    const channel = new Channel<View>();
    channel.onmessage = (view) => take(view, true);
    newest = -1;
    await Promise.all([invoke("subscribe", { views: channel }), look()]);
  };

  void attempt(subscribe);
  return () => {
    stopped = true;
    clearTimeout(timer);
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
  const listening = listen<string>("route", (event) => go(event.payload)).catch(() => undefined);
  return () => {
    window.removeEventListener("hashchange", fromHash);
    void listening.then((stop) => stop?.());
  };
}

function hide(): void {
  // Closing is enough: the application makes the window anew when it is opened again.
  void getCurrentWindow()
    .close()
    .catch(() => undefined);
}

function sentence(error: unknown): string {
  if (typeof error === "string" && error) return /[.!?]$/.test(error) ? error : `${error}.`;
  if (error instanceof Error && error.message) return error.message;
  return "The part of Peerwatch that watches doesn't answer.";
}
