#!/usr/bin/env bash
# Takes the pictures of the README from the real application on a private desktop (Xvfb, openbox, xfce4-panel, dunst, xfce4-notifyd), with
# scenes of the demonstration. Usage: docs/pictures.sh [FOLDER OF THE PROGRAMS] [FOLDER FOR THE PICTURES] [PICTURE…]
set -euo pipefail
cd "$(dirname "$0")/.."
programs=$(realpath "${1:-target/debug}")
pictures=$(realpath "${2:-docs}")
only=" ${*:3} "
. docs/pictures/stage.sh

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
terminal="xterm -e" height=980 window busy window-connected "ctrl+5"
terminal="xterm -e" height=1640 window busy window-connected-dark "ctrl+5 shift+Tab space" GTK_THEME=Adwaita:dark
window fifty window-fifty ""
window empty window-empty ""

. docs/pictures/tray.sh
. docs/pictures/notifications.sh
[ -z "${KEEP_LOG:-}" ] || cat "$scratch/log" >&2
