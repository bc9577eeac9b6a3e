// Generated from crates/wire by `cargo xtask wire`. Do not edit.

export type View = { 
/**
 * The shape's version; 1.
 */
schema: number, 
/**
 * When it was drawn.
 */
at: string, 
/**
 * Grows by one with each change.
 */
revision: number, 
/**
 * What the tray shows.
 */
tray: TrayState, 
/**
 * The state of everything in a sentence: "2 of 9 need you".
 */
sentence: string, 
/**
 * Whether the machine is awake and settled.
 */
machine: MachineState, 
/**
 * All workers, ordered by need.
 */
workers: Array<WorkerView>, 
/**
 * Tasks that are not done, and the last that were; the most urgent first.
 */
tasks: Array<TaskView>, 
/**
 * Handovers that are under way, and the last that ended; the newest first.
 */
handovers: Array<HandoverView>, 
/**
 * Conversations between workers, newest first.
 */
conversations: Array<ConversationView>, 
/**
 * Alerts that stand.
 */
alerts: Array<AlertView>, 
/**
 * Alerts that ended, newest first, bounded.
 */
history: Array<HistoryView>, 
/**
 * What could not be read.
 */
problems: Array<ProblemView>, 
/**
 * What is connected.
 */
connections: Array<ConnectionView>, 
/**
 * The Claude Code plugin.
 */
plugin: PluginView, 
/**
 * Notifications are paused until then.
 */
paused_until: string | null, 
/**
 * Notifications held back by a pause, quiet hours or a mute, and not told of yet.
 */
held_back: number, 
/**
 * What else keeps notifications back.
 */
quiet: QuietView, 
/**
 * Silences reported that ended by themselves.
 */
false_alarms: number, 
/**
 * Silences reported in all.
 */
silences: number, 
/**
 * The settings in force.
 */
settings: Settings, };

export type StatusView = { 
/**
 * The shape's version; 1.
 */
schema: number, 
/**
 * When it was read.
 */
at: string, 
/**
 * All workers, ordered by need.
 */
workers: Array<WorkerView>, 
/**
 * What could not be read.
 */
problems: Array<ProblemView>, };

export type WorkerView = { 
/**
 * Its identity, stable while its process lives.
 */
id: string, 
/**
 * The name a person knows it by.
 */
name: string, 
/**
 * What found it.
 */
source: SourceKind, 
/**
 * The verdict.
 */
presence: Presence, 
/**
 * For what it waits, when it waits for the person.
 */
waiting_for: WaitingFor | null, 
/**
 * Since when the verdict holds.
 */
since: string | null, 
/**
 * When life was last heard of.
 */
last_heard: string | null, 
/**
 * Its process.
 */
pid: number | null, 
/**
 * The Claude Code session id.
 */
session_id: string | null, 
/**
 * Its folder.
 */
cwd: string | null, 
/**
 * What the verdict rests on, in words with ages.
 */
witnesses: Array<WitnessView>, 
/**
 * Messages that wait for it, unread; `null` where the medium does not say.
 */
unread: number | null, 
/**
 * The ids of the tasks it owns that are not done.
 */
tasks: Array<string>, 
/**
 * The part of the list it stands in.
 */
group: Group, 
/**
 * One line under the name: what it does or needs, in words.
 */
summary: string, 
/**
 * Its role, where it has one.
 */
role: string | null, 
/**
 * The id of its lead or partner.
 */
partner: string | null, 
/**
 * The conversation that opens when it is activated.
 */
conversation: string | null, 
/**
 * Silent for this many seconds of awake time, when it should be heard.
 */
silent_s: number | null, 
/**
 * Silence that would be remarked, in seconds.
 */
threshold_s: number | null, 
/**
 * Its notifications are muted until then, by itself or with its folder; the year 9999 is always.
 */
muted_until: string | null, 
/**
 * The version of the program it runs.
 */
version: string | null, 
/**
 * Whether a message can be written to it from here.
 */
writable: boolean, 
/**
 * Whether the plugin's hook refuses its edits for a task that was taken from it.
 */
fenced: boolean, 
/**
 * What a jump to its terminal would do; `null` where that is not known.
 */
jump: JumpView | null, };

export type WitnessView = { 
/**
 * In words: "transcript grew", "process alive".
 */
what: string, 
/**
 * How long ago, in seconds of awake time.
 */
age_s: number, };

export type JumpView = { 
/**
 * How near it comes.
 */
reach: JumpReach, 
/**
 * In words: "jumps to pane %5 of tmux, in the xterm window", or why it cannot.
 */
sentence: string, };

export type JumpReach = "exact_pane" | "window_only" | "pane_only" | "not_possible";

export type TerminalView = { 
/**
 * The terminal or desktop; several that are alike share a line.
 */
name: string, 
/**
 * Which of the two it is.
 */
kind: TerminalKind, 
/**
 * How near a jump comes at best.
 */
reach: JumpReach, 
/**
 * By what means, and what they need, code between backticks; why not, where nothing is possible.
 */
by: string, 
/**
 * Whether anybody has seen it work.
 */
tried: Tried, 
/**
 * Whether a session that lives is in it now, or it is the desktop in use.
 */
here: boolean, };

export type TerminalKind = "terminal" | "desktop";

export type Tried = "tested" | "by_hand" | "not_tried";

export type Presence = "working" | "waiting_for_you" | "idle" | "background" | "limited" | "quiet" | "suspect" | "gone" | "ended" | "unknown";

export type WaitingFor = "permission" | "question" | "plan" | "dialog";

export type Group = "needs_you" | "suspect" | "handing_over" | "working" | "idle" | "ended";

export type SourceKind = "claude" | "team" | "bridge";

export type TrayState = "calm" | "needs_you" | "paused" | "cannot_see";

export type MachineState = "awake" | "settling";

export type ConversationView = { 
/**
 * Its identity, to read it by.
 */
id: string, 
/**
 * Who talks: "backend and frontend".
 */
title: string, 
/**
 * What keeps it.
 */
source: SourceKind, 
/**
 * Where it is kept.
 */
path: string | null, 
/**
 * Messages seen in it.
 */
messages: number, 
/**
 * Of those, unread by their recipients; `null` where the medium does not say.
 */
unread: number | null, 
/**
 * When the last message was written.
 */
last_at: string | null, 
/**
 * The beginning of the last message.
 */
last_text: string | null, 
/**
 * The workers in it.
 */
workers: Array<string>, 
/**
 * How its messages reach sessions; `null` where Peerwatch delivers nothing.
 */
deliver: DeliverMode | null, 
/**
 * Whether Peerwatch itself keeps it.
 */
own: boolean, 
/**
 * Whether the engine writes heartbeats there.
 */
heartbeats: boolean, 
/**
 * Why deliveries stand still, in words, when they do.
 */
braked: string | null, };

export type DeliverMode = "wake" | "next_turn" | "tell_me";

export type PluginView = { 
/**
 * Whether it is installed.
 */
connected: boolean, 
/**
 * In words.
 */
summary: string, 
/**
 * What would make it work, when something is wrong.
 */
remedy: string | null, };

export type QuietView = { 
/**
 * It is one of the quiet hours: when they end by the local clock, as `08:00`.
 */
hours_until: string | null, 
/**
 * The desktop was told not to disturb, where it says so.
 */
do_not_disturb: boolean, 
/**
 * Folders whose workers are muted.
 */
folders: Array<MutedFolderView>, };

export type MutedFolderView = { 
/**
 * Its path.
 */
folder: string, 
/**
 * Until when; the year 9999 is always.
 */
until: string, };

export type ConversationSettings = { 
/**
 * How its messages reach sessions; `null` is what holds for all.
 */
deliver: DeliverMode | null, 
/**
 * Whether the engine writes heartbeats for its proven workers, where the database is somebody else's.
 */
heartbeats: boolean, 
/**
 * Whether tasks of workers of this bridge that are proven gone are reassigned without a person; `null` is what holds
 * for all.
 */
recover: boolean | null, };

export type Severity = "notice" | "needs_you" | "urgent";

export type AlertView = { 
/**
 * Its number, to snooze or dismiss it by.
 */
id: number, 
/**
 * How loud it is.
 */
severity: Severity, 
/**
 * The cause's kind: `waiting`, `silent`, `gone`, `limited`, `message`.
 */
kind: string, 
/**
 * The worker it is about.
 */
worker: string | null, 
/**
 * The conversation that a click opens.
 */
conversation: string | null, 
/**
 * Who and what, in a few words.
 */
title: string, 
/**
 * More, in a sentence.
 */
body: string, 
/**
 * Since when.
 */
since: string, };

export type HistoryView = { 
/**
 * Its number.
 */
id: number, 
/**
 * The cause's kind.
 */
kind: string, 
/**
 * The worker's name.
 */
worker: string | null, 
/**
 * Who and what.
 */
title: string, 
/**
 * Since when it stood.
 */
since: string, 
/**
 * When it ended.
 */
until: string, 
/**
 * How it ended, in words: "back after 12 min".
 */
ending: string, };

export type ProblemView = { 
/**
 * The source that reports it.
 */
source: string, 
/**
 * What could not be read.
 */
subject: string, 
/**
 * What is wrong.
 */
what: string, 
/**
 * What to do about it.
 */
remedy: string | null, };

export type ConnectionView = { 
/**
 * What it is: "Claude Code sessions", "Bridge database", "Notifications", "Tray".
 */
kind: string, 
/**
 * Where it was looked for.
 */
path: string | null, 
/**
 * Whether it works.
 */
connected: boolean, 
/**
 * In words.
 */
summary: string, 
/**
 * What would make it work, or work better.
 */
remedy: string | null, };

export type Settings = { 
/**
 * Claude configuration folders; empty means the default one.
 */
claude_config: Array<string>, 
/**
 * Bridge databases besides those at their default paths.
 */
databases: Array<string>, 
/**
 * Notify when a worker waits for you.
 */
notify_waiting: boolean, 
/**
 * Notify when a worker is silent or gone.
 */
notify_silent: boolean, 
/**
 * Notify of messages between workers.
 */
notify_messages: boolean, 
/**
 * Notify of nothing in these hours of each day, as `22:00-08:00` by the local clock.
 */
quiet_hours: string | null, 
/**
 * Notify of a worker that is proven gone with a task even in quiet hours and while notifications are paused.
 */
urgent_breaks_through: boolean, 
/**
 * Let notifications make a sound.
 */
sound: boolean, 
/**
 * Silence of a bridge side that only heartbeats, in seconds.
 */
bridge_silence_s: number, 
/**
 * A fixed silence for sessions in seconds; `null` learns each worker's rhythm.
 */
session_silence_s: number | null, 
/**
 * How messages of Peerwatch's own bridge reach sessions.
 */
deliver: DeliverMode, 
/**
 * Whether messages are also brought into sessions that ask for no permissions.
 */
deliver_to_bypassing: boolean, 
/**
 * What holds for single conversations, by their identity.
 */
conversations: { [key in string]: ConversationSettings }, 
/**
 * Whether tasks of workers that are proven gone are reassigned without a person.
 */
recover: boolean, 
/**
 * Whether a team's task may be moved by editing the team's files.
 */
edit_team_tasks: boolean, 
/**
 * Start at login.
 */
start_at_login: boolean, };

export type TaskView = { 
/**
 * Its identity: `12` in Peerwatch's own bridge, `team:<team>:<number>`, `owed:<conversation>:<side>`; in a plan also
 * `session:<worker>`.
 */
id: string, 
/**
 * What keeps it.
 */
source: TaskSource, 
/**
 * The bridge, the team or the conversation it belongs to.
 */
place: string, 
/**
 * What is to be done, in a few words.
 */
subject: string, 
/**
 * More about it; bounded.
 */
description: string | null, 
/**
 * Where it stands.
 */
state: TaskState, 
/**
 * The id of the worker that owns it, where one is known.
 */
owner: string | null, 
/**
 * What its owner is called.
 */
owner_name: string | null, 
/**
 * Grows with each change of hands; `null` where the medium has none.
 */
epoch: number | null, 
/**
 * Until when its owner holds it without a sign of life.
 */
lease_until: string | null, 
/**
 * Higher goes first; 0 is usual.
 */
priority: number, 
/**
 * Tasks that must be done before it.
 */
needs: Array<string>, 
/**
 * Whether one of those is not done.
 */
blocked: boolean, 
/**
 * The folder to work in.
 */
folder: string | null, 
/**
 * When it should be done.
 */
deadline: string | null, 
/**
 * Owners who began it so far.
 */
attempts: number, 
/**
 * When anything about it changed.
 */
updated: string | null, 
/**
 * The newest report of its owner.
 */
progress: ProgressView | null, 
/**
 * Work that a former owner handed in after the task was taken from it: kept for adoption.
 */
late: Array<LateView>, 
/**
 * The handover that is under way.
 */
handover: number | null, 
/**
 * Who would take it over best, by name, while its owner is lost or suspect and somebody is free.
 */
proposed: string | null, 
/**
 * Who else claims the same work, in a sentence: a warning.
 */
contested: string | null, 
/**
 * Why it cannot be reassigned from here; `null` when it can.
 */
fixed: string | null, };

export type TaskSource = "bridge" | "team" | "owed" | "session";

export type TaskState = "open" | "assigned" | "in_progress" | "handing_over" | "done" | "cancelled";

export type ProgressView = { 
/**
 * By whom.
 */
by: string, 
/**
 * When.
 */
at: string, 
/**
 * What was said; bounded.
 */
text: string, };

export type LateView = { 
/**
 * Its number, to adopt it by.
 */
id: number, 
/**
 * By whom.
 */
by: string, 
/**
 * When.
 */
at: string, 
/**
 * Whether it claims to be the whole: a completion, not only progress.
 */
completes: boolean, 
/**
 * What was handed in; bounded.
 */
text: string, };

export type HandoverView = { 
/**
 * Its number.
 */
id: number, 
/**
 * The task.
 */
task: string, 
/**
 * What the task is about.
 */
subject: string, 
/**
 * Who had it: worker id where known, and name.
 */
from: string | null, 
/**
 * What that one is called.
 */
from_name: string, 
/**
 * Who gets it: worker id where known, and name.
 */
to: string | null, 
/**
 * What that one is called; `null` until one is chosen.
 */
to_name: string | null, 
/**
 * How far it is.
 */
step: HandoverStep, 
/**
 * When it was begun.
 */
at: string, 
/**
 * When its last step was done.
 */
updated: string, 
/**
 * Why.
 */
reason: string, 
/**
 * Who began it: `you`, `Peerwatch`, or a worker's name.
 */
actor: string, 
/**
 * What it rests on, or what it waits for, in a sentence.
 */
summary: string, 
/**
 * Whether the old owner cannot be kept from going on: its late result would be set aside.
 */
advisory: boolean, 
/**
 * Whether it can be undone still.
 */
undoable: boolean, };

export type HandoverStep = "revoked" | "confirmed" | "granted" | "begun" | "undone";

export type HandoverPlan = { 
/**
 * The task.
 */
task: TaskView, 
/**
 * How its owner fares, in a sentence: "backend is gone: process 4121 has ended".
 */
owner: string, 
/**
 * Whether the owner is proven gone: then nothing has to be confirmed.
 */
proven_gone: boolean, 
/**
 * What will happen, step by step, in words.
 */
steps: Array<string>, 
/**
 * Who could take over, the best first.
 */
heirs: Array<HeirView>, 
/**
 * The handover card as its new owner will read it; a person may edit it.
 */
card: string, 
/**
 * What holds it back: too soon after the last one, too many attempts. A person may go on nevertheless.
 */
brake: string | null, };

export type HeirView = { 
/**
 * The worker.
 */
worker: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * What speaks for it: "idle", "same folder".
 */
reasons: Array<string>, 
/**
 * What speaks against it: "owns 2 tasks", "had this task before".
 */
doubts: Array<string>, };

export type ConversationPage = { 
/**
 * The conversation.
 */
conversation: string, 
/**
 * Its title.
 */
title: string, 
/**
 * The entries.
 */
entries: Array<Entry>, 
/**
 * Read before this place for older entries; `null` when the first entry is here.
 */
before: string | null, 
/**
 * Read after this place for newer entries, now or later.
 */
after: string, 
/**
 * Why something is missing, in words, when something is.
 */
note: string | null, };

export type Entry = { 
/**
 * Unique within the conversation, and stable.
 */
id: string, 
/**
 * When it was written.
 */
at: string | null, 
/**
 * What it is.
 */
kind: EntryKind, 
/**
 * Who wrote it: "you", "Claude", a peer's name, a tool's name.
 */
from: string, 
/**
 * The text, bounded.
 */
text: string, 
/**
 * Whether `text` was cut.
 */
cut: boolean, 
/**
 * For messages where they stand: `sent`, `accepted`, `seen`, `acknowledged`, `read` (fetched, where the medium says no
 * more), or what is in the way (`held`, `denied`, `refused`, `expired`, `rate_limited`, `dropped`, `no_way`). For tools `ok` or
 * `failed`. `null` where nothing is known.
 */
state: string | null, };

export type EntryKind = "prompt" | "answer" | "thinking" | "tool_call" | "tool_result" | "message" | "note";

export type Command = { "command": "view" } | { "command": "look_again" } | { "command": "read", 
/**
 * The conversation.
 */
conversation: string, 
/**
 * Which entries.
 */
page: Page, 
/**
 * At most this many; the engine has a bound of its own.
 */
limit: number, } | { "command": "pause", 
/**
 * Seconds from now.
 */
seconds: number, } | { "command": "mute", 
/**
 * The worker.
 */
worker: string, 
/**
 * Seconds from now; [`ALWAYS_S`] and more is always.
 */
seconds: number, } | { "command": "mute_folder", 
/**
 * The folder's absolute path.
 */
folder: string, 
/**
 * Seconds from now; [`ALWAYS_S`] and more is always.
 */
seconds: number, } | { "command": "snooze", 
/**
 * The alert.
 */
alert: number, 
/**
 * Seconds from now.
 */
seconds: number, } | { "command": "dismiss", 
/**
 * The alert.
 */
alert: number, } | { "command": "looking_at", 
/**
 * The worker, or `null`.
 */
worker: string | null, 
/**
 * The conversation between workers, or `null`.
 */
conversation: string | null, } | { "command": "change", 
/**
 * What to change.
 */
setting: SettingChange, } | { "command": "send", 
/**
 * The worker.
 */
to: string, 
/**
 * What to say.
 */
text: string, } | { "command": "deliver", 
/**
 * The conversation.
 */
conversation: string, 
/**
 * The way.
 */
mode: DeliverMode | null, } | { "command": "heartbeats", 
/**
 * The conversation.
 */
conversation: string, 
/**
 * On or off.
 */
on: boolean, } | { "command": "recover", 
/**
 * The conversation.
 */
conversation: string, 
/**
 * On or off.
 */
on: boolean | null, } | { "command": "release", 
/**
 * The conversation.
 */
conversation: string, } | { "command": "plan_handover", 
/**
 * The task; `session:<worker>` for whatever a session without tasks is at.
 */
task: string, } | { "command": "hand_over", 
/**
 * The task.
 */
task: string, 
/**
 * To this worker; `null` for the best free one.
 */
to: string | null, 
/**
 * The card as a person edited it; `null` for the one that Peerwatch writes.
 */
card: string | null, 
/**
 * Why; `null` for what Peerwatch concludes of the owner.
 */
reason: string | null, 
/**
 * Do not wait for the old owner to confirm: it may go on, and its late work is set aside.
 */
take_anyway: boolean, 
/**
 * Pass over what holds the task back: that it changed hands a moment ago, or too often.
 */
pass_brakes: boolean, } | { "command": "take_anyway", 
/**
 * The handover.
 */
handover: number, } | { "command": "undo_handover", 
/**
 * The handover.
 */
handover: number, } | { "command": "adopt", 
/**
 * The task.
 */
task: string, 
/**
 * The late work.
 */
late: number, } | { "command": "fence", 
/**
 * The worker.
 */
worker: string, 
/**
 * On or off.
 */
on: boolean, } | { "command": "fine", 
/**
 * The alert.
 */
alert: number, } | { "command": "jump", 
/**
 * The worker.
 */
worker: string, } | { "command": "terminals" } | { "command": "resume", 
/**
 * The worker.
 */
worker: string, } | { "command": "plugin", 
/**
 * What to do.
 */
act: PluginAct, } | { "command": "hook", 
/**
 * The hook's name: `Stop`, `UserPromptSubmit`…
 */
event: string, 
/**
 * The session.
 */
session_id: string, 
/**
 * What the hook was given, a bounded part of it.
 */
input: unknown, } | { "command": "stop" };

export type Page = "newest" | { "before": string } | { "after": string };

export type PluginAct = "plan" | "connect" | "disconnect";

export type SettingChange = { "setting": "notify_waiting", "value": boolean } | { "setting": "notify_silent", "value": boolean } | { "setting": "notify_messages", "value": boolean } | { "setting": "quiet_hours", "value": string | null } | { "setting": "urgent_breaks_through", "value": boolean } | { "setting": "sound", "value": boolean } | { "setting": "bridge_silence", "value": number } | { "setting": "session_silence", "value": number | null } | { "setting": "deliver", "value": DeliverMode } | { "setting": "deliver_to_bypassing", "value": boolean } | { "setting": "recover", "value": boolean } | { "setting": "edit_team_tasks", "value": boolean } | { "setting": "start_at_login", "value": boolean } | { "setting": "add_database", "value": string } | { "setting": "remove_database", "value": string } | { "setting": "add_claude_config", "value": string } | { "setting": "remove_claude_config", "value": string };

export type Reply = { "reply": "done" } | { "reply": "view", 
/**
 * The view.
 */
view: View, } | { "reply": "page", 
/**
 * The page.
 */
page: ConversationPage, } | { "reply": "settings", 
/**
 * The settings.
 */
settings: Settings, } | { "reply": "sent", 
/**
 * The conversation it stands in.
 */
conversation: string, 
/**
 * Its identity in it.
 */
message: string, } | { "reply": "in_front", 
/**
 * The sentence.
 */
what: string, } | { "reply": "terminals", 
/**
 * The lines.
 */
terminals: Array<TerminalView>, } | { "reply": "plan", 
/**
 * The plan.
 */
plan: HandoverPlan, } | { "reply": "handing_over", 
/**
 * Its number.
 */
handover: number, 
/**
 * How it stands, in a sentence.
 */
summary: string, } | { "reply": "steps", 
/**
 * In words.
 */
steps: Array<string>, } | { "reply": "hook", 
/**
 * The text.
 */
text: string | null, } | { "reply": "refused", 
/**
 * The sentence.
 */
why: string, };

export type Event = { "event": "presence", 
/**
 * When.
 */
at: string, 
/**
 * The worker.
 */
worker: string, 
/**
 * Its name.
 */
name: string, 
/**
 * The verdict before; `null` the first time.
 */
before: Presence | null, 
/**
 * The verdict now.
 */
presence: Presence, 
/**
 * For what it waits.
 */
waiting_for: WaitingFor | null, } | { "event": "message", 
/**
 * When it was written.
 */
at: string, 
/**
 * The conversation.
 */
conversation: string, 
/**
 * The message's identity in it.
 */
id: string, 
/**
 * Who wrote it.
 */
from: string, 
/**
 * To whom.
 */
to: string, 
/**
 * The first 500 characters.
 */
text: string, } | { "event": "receipt", 
/**
 * When that was seen.
 */
at: string, 
/**
 * The conversation.
 */
conversation: string, 
/**
 * The message's identity in it.
 */
id: string, 
/**
 * What is known now: `accepted`, `seen`, `acknowledged`; or what stands in the way: `held`, `denied`,
 * `refused`, `expired`, `rate_limited`, `dropped`, `no_way`.
 */
receipt: string, } | { "event": "alert", 
/**
 * When.
 */
at: string, 
/**
 * The alert's number.
 */
id: number, 
/**
 * Whether it was raised; else it ended.
 */
raised: boolean, 
/**
 * The cause's kind.
 */
kind: string, 
/**
 * How loud it is.
 */
severity: Severity, 
/**
 * The worker it is about.
 */
worker: string | null, 
/**
 * Who and what.
 */
title: string, 
/**
 * How it ended, in words.
 */
ending: string | null, } | { "event": "handover", 
/**
 * When.
 */
at: string, 
/**
 * Its number.
 */
handover: number, 
/**
 * The task.
 */
task: string, 
/**
 * What the task is about.
 */
subject: string, 
/**
 * Who had it.
 */
from: string, 
/**
 * Who gets it, once that is known.
 */
to: string | null, 
/**
 * How far it is.
 */
step: HandoverStep, } | { "event": "problem", 
/**
 * When.
 */
at: string, 
/**
 * The source.
 */
source: string, 
/**
 * What could not be read.
 */
subject: string, 
/**
 * What is wrong; `null` when it is mended.
 */
what: string | null, };
