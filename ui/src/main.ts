import { mount } from "svelte";
import App from "./App.svelte";
import type { Host } from "./host";
import { tauriHost } from "./host/tauri";

async function host(): Promise<Host> {
  if (__FIXTURES__ && !("__TAURI_INTERNALS__" in window)) {
    const { fixtureHost } = await import("./host/fixture");
    return fixtureHost(new URLSearchParams(location.search).get("fixture") ?? "nine");
  }
  return tauriHost();
}

void host().then((host) => {
  const target = document.getElementById("window");
  if (target) mount(App, { target, props: { host } });
});
