#!/usr/bin/env bash
# Takes the pictures of the README from the real application on a private desktop (Xvfb, openbox, xfce4-panel, dunst), with
# scenes of the demonstration. Usage: docs/pictures.sh [FOLDER OF THE PROGRAMS] [FOLDER FOR THE PICTURES] [PICTURE…]
set -euo pipefail
cd "$(dirname "$0")/.."
programs=$(realpath "${1:-target/debug}")
pictures=$(realpath "${2:-docs}")
only=" ${*:3} "
scratch=$(mktemp -d /tmp/pwpic.XXXXXX)
started=()
cleanup() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$scratch" 2>/dev/null || true
}
trap cleanup EXIT

home=$scratch/home
mkdir -p "$home/.config/xfce4/xfconf/xfce-perchannel-xml" "$home/.config/dunst" "$scratch/run"
chmod 700 "$scratch/run"
cat > "$scratch/session.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=$scratch/run/bus</listen><auth>EXTERNAL</auth><servicedir>/usr/share/dbus-1/services</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
CONF
cat > "$home/.config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml" <<CONF
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/><property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="28"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/><value type="int" value="2"/><value type="int" value="3"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist"/>
    <property name="plugin-2" type="string" value="separator"><property name="expand" type="bool" value="true"/></property>
    <property name="plugin-3" type="string" value="systray"/>
  </property>
</channel>
CONF
# Notifications in a corner of the desktop. Held back they would be told of in the window, so they are only kept out of the pictures.
notify_at() {
  printf '[global]\n origin = %s\n notification_limit = 3\n offset = 16x44\n width = 340\n font = DejaVu Sans 10\n mouse_left_click = do_action, close_current\n frame_width = 1\n corner_radius = 6\n padding = 12\n horizontal_padding = 14\n show_indicators = yes\n[urgency_normal]\n background = "#fbfbfc"\n foreground = "#1d2129"\n frame_color = "#c9ced6"\n' "$1" > "$home/.config/dunst/dunstrc"
  start dunst; dunst=$!
}

exec {number}> "$scratch/display"
Xvfb -displayfd "$number" -screen 0 1680x900x24 -nolisten tcp -noreset 2>/dev/null & started+=($!)
until [ -s "$scratch/display" ]; do sleep 0.1; done
environment=(HOME="$home" PATH=/usr/bin:/bin LANG=C.UTF-8 XDG_RUNTIME_DIR="$scratch/run" DISPLAY=":$(tr -d '\n' < "$scratch/display")"
  DBUS_SESSION_BUS_ADDRESS="unix:path=$scratch/run/bus" GDK_BACKEND=x11 NO_AT_BRIDGE=1 LIBGL_ALWAYS_SOFTWARE=1)
on() { env -i "${environment[@]}" "$@"; }
# A simple command, so that the pid is the program's own and not a shell's around it.
start() { env -i "${environment[@]}" "$@" > /dev/null 2>> "$scratch/log" & started+=($!); }
start dbus-daemon --config-file="$scratch/session.conf" --nofork
until [ -S "$scratch/run/bus" ]; do sleep 0.1; done
start openbox
notify_at bottom-right
start xfce4-panel
on display -size 1680x900 -window root 'xc:#39424e' 2>> "$scratch/log" || true
sleep 4

# Whether a picture is wanted: all are, unless some are named.
wanted() { [ "$only" = "  " ] || [[ $only = *" $1 "* ]]; }
# One picture of the window, 640 pixels high unless `height` says else: scene, name, what to type into it, more environment.
window() {
  local scene=$1 name=$2 keys=$3; shift 3
  wanted "$name" || return 0
  begin "$scene" "$@"
  on timeout 60 xdotool search --sync --onlyvisible --name '^Peerwatch$' > /dev/null || true
  sleep 6
  # The search stumbles over windows that close meanwhile.
  local id; until id=$(on xdotool search --onlyvisible --name '^Peerwatch$' 2> /dev/null | tail -1) && [ -n "$id" ]; do sleep 0.5; done
  on timeout 10 xdotool windowactivate "$id" windowmove "$id" 0 40 windowsize "$id" 1000 "${height:-640}"; sleep 2
  # Letters that follow each other faster are one beginning of a name.
  for key in $keys; do on xdotool key --clearmodifiers "$key"; sleep 0.9; done
  sleep 2
  on import -window "$id" "$scratch/shot.png"
  crop="" shrink "$name"
  end
}
begin() {
  local scene=$1; shift
  scenes=$((${scenes:-0} + 1))
  stage=$scratch/s$scenes
  start "$programs/peerwatch" demo --scene "$scene" --play-only --dir "$stage"; player=$!
  sleep 4
  # The bridge of the invented sessions stands where Peerwatch keeps its own.
  env -i "${environment[@]}" XDG_DATA_HOME="$stage" "$@" "$programs/peerwatch-desktop" --config "$stage/config.toml" --claude-config "$stage/claude" --db "$stage/bridge.db" ${hidden:-} > /dev/null 2>> "$scratch/log" & app=$!
  started+=("$player" "$app")
}
end() {
  kill "$app"; wait "$app" 2>/dev/null || true
  kill "$player"; wait "$player" 2>/dev/null || true
  on dunstctl close-all 2>/dev/null || true
}
shrink() { on convert "$scratch/shot.png" ${crop:-} +repage -strip +dither -colors 200 -define png:compression-level=9 "$pictures/$1.png"; }

window busy window ""
window busy window-detail "Down b space"
window busy window-dark "" GTK_THEME=Adwaita:dark
window busy window-messages "ctrl+2 Down Down Return"
window busy window-messages-dark "ctrl+2 Down Down Return" GTK_THEME=Adwaita:dark
window busy window-writing "ctrl+2 Down Return w T h e n space o p e n space t h e space p u l l space r e q u e s t period"
window busy window-writing-dark "ctrl+2 Down Return w" GTK_THEME=Adwaita:dark
window busy window-tasks "ctrl+3"
height=760 window busy window-reassign "Down b r"
height=760 window busy window-reassign-dark "Down b r" GTK_THEME=Adwaita:dark
window fifty window-fifty ""
window empty window-empty ""

# The tray's menu in the panel; what to type into it.
tray() {
  local name=$1 keys=$2
  wanted "$name" || return 0
  hidden=--hidden begin busy
  sleep 8
  on xdotool mousemove 1656 14 click 3; sleep 2
  for key in $keys; do on xdotool key "$key"; sleep 0.5; done
  sleep 1
  on import -window root "$scratch/shot.png"; crop=$3 shrink "$name"
  on xdotool key Escape Escape
  end
}
tray tray "" "-crop 470x356+1210+0"
# From the end: quit, start at login, open, pause, reassign.
tray tray-reassign "Up Up Up Up Up Right" "-crop 900x356+780+0"

# One notification: a calm machine on which one session begins to wait.
if wanted notification; then
  kill "$dunst"; wait "$dunst" 2>/dev/null || true
  notify_at top-right
  on xdotool mousemove 300 600
  hidden=--hidden begin calm
  sleep 8
  on dunstctl close-all
  entry=$(grep -l '"status":"idle"' "$stage"/claude/sessions/*.json | head -1)
  sed -i 's/"status":"idle"/"status":"waiting","waitingFor":"permission prompt"/' "$entry"
  sleep 2
  on import -window root "$scratch/shot.png"; crop="-crop 470x190+1210+0" shrink notification
  end
fi
[ -z "${KEEP_LOG:-}" ] || cat "$scratch/log" >&2
