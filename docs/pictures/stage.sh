# The private desktop on which pictures are taken (Xvfb, openbox, xfce4-panel), and what stands on it: to be sourced.
# In: `programs`, `pictures` and `only`.
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
      <property name="size" type="uint" value="28"/><property name="position-locked" type="bool" value="true"/>
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
exec {number}> "$scratch/display"
Xvfb -displayfd "$number" -screen 0 1680x1700x24 -nolisten tcp -noreset 2>/dev/null & started+=($!)
until [ -s "$scratch/display" ]; do sleep 0.1; done
environment=(HOME="$home" PATH=/usr/bin:/bin LANG=C.UTF-8 XDG_RUNTIME_DIR="$scratch/run" DISPLAY=":$(tr -d '\n' < "$scratch/display")"
  DBUS_SESSION_BUS_ADDRESS="unix:path=$scratch/run/bus" GDK_BACKEND=x11 NO_AT_BRIDGE=1 LIBGL_ALWAYS_SOFTWARE=1)
on() { env -i "${environment[@]}" "$@"; }
# A simple command, so that the pid is the program's own and not a shell's around it.
start() { env -i "${environment[@]}" "$@" > /dev/null 2>> "$scratch/log" & started+=($!); }
stop() { kill "$1" 2>/dev/null || true; wait "$1" 2>/dev/null || true; }
# The panel anew: theme, size, pixels a point.
panel_with() {
  [ -z "${panel:-}" ] || stop "$panel"
  on xfconf-query -c xfce4-panel -p /panels/panel-1/size -s "$2"
  start env GTK_THEME="$1" GDK_SCALE="$3" xfce4-panel; panel=$!
  sleep 3
}
# Notifications by dunst in a corner of the desktop. Held back they would be told of in the window, so they are only kept
# out of the other pictures.
dunst_at() {
  [ -z "${daemon:-}" ] || stop "$daemon"
  printf '[global]\n origin = %s\n notification_limit = 3\n offset = 16x44\n width = 340\n font = DejaVu Sans 10\n mouse_left_click = do_action, close_current\n frame_width = 1\n corner_radius = 6\n padding = 12\n horizontal_padding = 14\n show_indicators = yes\n[urgency_normal]\n background = "#fbfbfc"\n foreground = "#1d2129"\n frame_color = "#c9ced6"\n' "$1" > "$home/.config/dunst/dunstrc"
  start dunst; daemon=$!
}
start dbus-daemon --config-file="$scratch/session.conf" --nofork
until [ -S "$scratch/run/bus" ]; do sleep 0.1; done
start openbox
dunst_at bottom-right
panel_with Adwaita 28 1
on display -size 1680x1700 -window root 'xc:#39424e' 2>> "$scratch/log" || true
sleep 1

# Whether a picture is wanted: all are, unless some are named.
wanted() { [ "$only" = "  " ] || [[ $only = *" $1 "* ]]; }
# Plays a scene, in a terminal if `terminal` is one, and starts the application before it; arguments are more environment.
begin() {
  local scene=$1; shift
  scenes=$((${scenes:-0} + 1))
  stage=$scratch/s$scenes
  start ${terminal:-} "$programs/peerwatch" demo --scene "$scene" --play-only --dir "$stage"; player=$!
  sleep 4
  # The bridge of the invented sessions stands where Peerwatch keeps its own.
  start env XDG_DATA_HOME="$stage" "$@" "$programs/peerwatch-desktop" --config "$stage/config.toml" --claude-config "$stage/claude" --db "$stage/bridge.db" ${hidden:-}; app=$!
}
end() {
  stop "$app"
  stop "$player"
  on dunstctl close-all 2>/dev/null || true
}
# Keeps the part `crop` of the screen picture $scratch/shot.png under this name.
shrink() { on convert "$scratch/shot.png" ${crop:-} +repage -strip -depth 8 +dither -colors 200 -define png:compression-level=9 "$pictures/$1.png"; }
