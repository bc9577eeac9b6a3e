/**
 * Text of other programs and of models, made safe to look at: drawn as text nodes only, with everything that
 * could reorder, hide or fake what is read made visible.
 */

// Colours and styles of a terminal say nothing here; other escapes stay visible.
const TERMINAL_STYLE = /\u001b\[[0-9;:]*m/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const REORDERING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const INVISIBLE = /[\u00ad\u180e\u200b\u2028\u2029\u2060-\u2064\ufeff\ufff9-\ufffb]/g;
const TAGS = /[\u{e0000}-\u{e007f}]+/gu;

const CONTROLS =
  "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(
    " ",
  );

const NAMES: Record<string, string> = {
  "\u061c": "ALM",
  "\u200e": "LRM",
  "\u200f": "RLM",
  "\u202a": "LRE",
  "\u202b": "RLE",
  "\u202c": "PDF",
  "\u202d": "LRO",
  "\u202e": "RLO",
  "\u2066": "LRI",
  "\u2067": "RLI",
  "\u2068": "FSI",
  "\u2069": "PDI",
};

/** Several lines, as they are written. */
export function plain(text: string): string {
  return text
    .replace(TERMINAL_STYLE, "")
    .replace(/\r\n?/g, "\n")
    .replace(CONTROL, named)
    .replace(REORDERING, (mark) => `⟨${NAMES[mark] ?? codepoint(mark)}⟩`)
    .replace(INVISIBLE, (mark) => (mark === "\u2028" || mark === "\u2029" ? "\n" : `⟨${codepoint(mark)}⟩`))
    .replace(TAGS, (run) => `⟨hidden: ${untagged(run)}⟩`);
}

/** One line of at most `most` characters. */
export function line(text: string, most = 200): string {
  const flat = plain(text.slice(0, most * 4))
    .replace(/\s+/g, " ")
    .trim();
  const letters = [...flat];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : flat;
}

function named(mark: string): string {
  return `⟨${CONTROLS[mark.charCodeAt(0)] ?? (mark === "\u007f" ? "DEL" : codepoint(mark))}⟩`;
}

function codepoint(mark: string): string {
  return `U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Tag characters spell ASCII that nobody sees. */
function untagged(run: string): string {
  return [...run]
    .map((mark) => (mark.codePointAt(0) ?? 0) - 0xe0000)
    .map((code) => (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : "·"))
    .join("");
}
