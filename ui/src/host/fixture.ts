/** A host without an engine: invented views for development, pictures and tests. */
import type { Host } from "../host";
import type { Command, Entry, Reply, SettingChange, TaskView, View } from "../wire";
import { ahead } from "./fixture/ago";
import { CONNECTED } from "./fixture/connections";
import { conversation, delivered, holds, message, plugin, written } from "./fixture/answers";
import { entry, page } from "./fixture/conversation";
import { handed } from "./fixture/handing";
import { messages } from "./fixture/messages";
import { TERMINALS } from "./fixture/terminals";
import { EMPTY, LONG_CONVERSATIONS, LONG_NAMES, NINE, PROBLEMS, fifty, view } from "./fixture/roster";
import {
  CONTESTED,
  fiftyTasks,
  HANDING,
  HANDOVERS,
  LATE,
  LONG_HANDOVERS,
  LONG_TASKS,
  TASKS,
} from "./fixture/tasks";

export interface FixtureHost extends Host {
  /** Draws another view. */
  show(said: Partial<View>): void;
  /** Breaks the connection. */
  lose(why: string): void;
  /** Writes to a conversation. */
  write(conversation: string, ...entries: Entry[]): void;
  go(route: string): void;
  readonly commands: Command[];
  readonly hidden: number;
  /** What every command is refused with, if it is. */
  refuse: string | null;
}

const VIEWS: Record<string, () => View> = {
  empty: () => EMPTY,
  nine: () => view(),
  fifty: () => view({ workers: fifty(), tasks: fiftyTasks() }),
  long: () =>
    view({
      workers: LONG_NAMES.map((was) => ({ ...was, tasks: owned(was.id, LONG_TASKS) })),
      conversations: LONG_CONVERSATIONS,
      tasks: LONG_TASKS,
      handovers: LONG_HANDOVERS,
    }),
  untasked: () =>
    view({ workers: NINE.map((worker) => ({ ...worker, tasks: [] })), tasks: [], handovers: [] }),
  contested: () => view({ tasks: CONTESTED }),
  late: () => view({ tasks: LATE }),
  handing: () =>
    view({ ...HANDING, workers: NINE.map((was) => ({ ...was, tasks: owned(was.id, HANDING.tasks) })) }),
  braked: () => view(),
  heirless: () =>
    view({ workers: NINE.filter((worker) => worker.group !== "working" && worker.group !== "idle") }),
  problems: () => PROBLEMS,
  paused: () => view({ tray: "paused", paused_until: ahead(3_000), held_back: 3 }),
  settling: () => view({ machine: "settling" }),
  connected: () => view({ plugin: CONNECTED }),
  moved: () =>
    view({
      plugin: {
        connected: true,
        summary: "The plugin calls /home/ada/Downloads/peerwatch, which is no longer there.",
        remedy: "Connect again: it is then told where Peerwatch is now.",
      },
    }),
  calm: () => {
    const workers = NINE.filter((worker) => worker.group === "working");
    const tasks = TASKS.filter(({ owner }) => workers.some(({ id }) => id === owner));
    return view({ workers, tasks, handovers: HANDOVERS, alerts: [] });
  },
};

function owned(worker: string, tasks: TaskView[]): string[] {
  return tasks.filter(({ owner, state }) => owner === worker && state !== "done").map(({ id }) => id);
}

/** `loading` never answers, `broken` answers that nobody answers, `lost` does so after the first view. */
export function fixtureHost(name: string, entries = 2_400): FixtureHost {
  let now = (VIEWS[name] ?? VIEWS.nine ?? view)();
  const conversations = new Map<string, Entry[]>();
  const watching = new Set<(view: View) => void>();
  const losing = new Set<(why: string) => void>();
  const going = new Set<(route: string) => void>();
  const commands: Command[] = [];
  const silent = name === "loading" || name === "broken";
  const why = "The engine closed its socket.";

  const said = (conversation: string): Entry[] => {
    const known = conversations.get(conversation);
    if (known) return known;
    const fresh = conversation.startsWith("own:")
      ? conversation === "own:you" || conversation === "own:main"
        ? messages()
        : []
      : Array.from({ length: entries }, (_, number) => entry(number, entries));
    conversations.set(conversation, fresh);
    return fresh;
  };

  const show = (more: Partial<View>): void => {
    now = { ...now, at: new Date().toISOString(), ...more, revision: now.revision + 1 };
    for (const seen of watching) seen(now);
  };

  const host: FixtureHost = {
    commands,
    hidden: 0,
    refuse: null,
    show,
    write(conversation, ...written) {
      said(conversation).push(...written);
      show({});
    },
    lose: (why) => losing.forEach((lost) => lost(why)),
    go: (route) => going.forEach((go) => go(route)),
    hide() {
      (host as { hidden: number }).hidden += 1;
    },
    views(seen, lost) {
      watching.add(seen);
      losing.add(lost);
      queueMicrotask(() => {
        if (!silent) seen(now);
        if (name === "broken" || name === "lost") lost(why);
      });
      return () => {
        watching.delete(seen);
        losing.delete(lost);
      };
    },
    routes(go) {
      going.add(go);
      const from = () => location.hash.length > 1 && go(location.hash.slice(1));
      from();
      window.addEventListener("hashchange", from);
      return () => {
        going.delete(go);
        window.removeEventListener("hashchange", from);
      };
    },
    async command(command): Promise<Reply> {
      commands.push(command);
      return structuredClone(answer(command));
    },
  };
  const answer = (command: Command): Reply => {
    if (host.refuse !== null && command.command !== "looking_at")
      return { reply: "refused", why: host.refuse };
    const moving = handed(now, command, name === "braked");
    if (moving !== null) {
      if (moving.reply.reply !== "plan" && moving.reply.reply !== "refused") show(moving.view);
      return moving.reply;
    }
    switch (command.command) {
      case "view":
        return { reply: "view", view: now };
      case "read":
        return {
          reply: "page",
          page: page(command.conversation, said(command.conversation), command.page, command.limit),
        };
      case "change":
        show({ settings: changed(now.settings, command.setting) });
        return { reply: "settings", settings: now.settings };
      case "mute": {
        const until = command.seconds > 0 ? ahead(command.seconds) : null;
        show({
          workers: now.workers.map((worker) =>
            worker.id === command.worker ? { ...worker, muted_until: until } : worker,
          ),
        });
        return { reply: "done" };
      }
      case "fence":
        show({
          workers: now.workers.map((was) =>
            was.id === command.worker ? { ...was, fenced: command.on } : was,
          ),
        });
        return { reply: "done" };
      case "snooze":
      case "fine":
      case "dismiss":
        show({ alerts: now.alerts.filter((alert) => alert.id !== command.alert) });
        return { reply: "done" };
      case "pause":
        show({ paused_until: command.seconds > 0 ? ahead(command.seconds) : null, held_back: 0 });
        return { reply: "done" };
      case "send": {
        const { id, conversations } = written(now, command.to, command.text);
        const mine = message(`w${commands.length}`, command.text);
        said(id).push(mine);
        show({ conversations });
        return { reply: "sent", conversation: id, message: mine.id };
      }
      case "deliver":
        show(delivered(now, command.conversation, command.mode));
        return { reply: "done" };
      case "recover":
        show({ settings: holds(now, command.conversation, { recover: command.on }) });
        return { reply: "done" };
      case "heartbeats":
        show(conversation(now, command.conversation, () => ({ heartbeats: command.on })));
        return { reply: "done" };
      case "release":
        show(conversation(now, command.conversation, () => ({ braked: null })));
        return { reply: "done" };
      case "terminals":
        return { reply: "terminals", terminals: TERMINALS };
      case "plugin": {
        const done = plugin(command.act, now);
        show({ plugin: done.plugin });
        return { reply: "steps", steps: done.steps };
      }
      default:
        return { reply: "done" };
    }
  };
  return host;
}

function changed(settings: View["settings"], change: SettingChange): View["settings"] {
  switch (change.setting) {
    case "bridge_silence":
      return { ...settings, bridge_silence_s: change.value };
    case "session_silence":
      return { ...settings, session_silence_s: change.value };
    case "add_database":
      return { ...settings, databases: [...settings.databases, change.value] };
    case "remove_database":
      return { ...settings, databases: settings.databases.filter((path) => path !== change.value) };
    case "add_claude_config":
      return { ...settings, claude_config: [...settings.claude_config, change.value] };
    case "remove_claude_config":
      return { ...settings, claude_config: settings.claude_config.filter((path) => path !== change.value) };
    default:
      return { ...settings, [change.setting]: change.value };
  }
}
