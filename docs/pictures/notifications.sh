# Notifications, as daemons that people use show them. To be sourced upon the stage.

# xfce4-notifyd in the upper right corner, in this theme of the toolkit.
xfce_with() {
  local one property kind value
  stop "$daemon"
  for one in "/notify-location uint 2" "/do-slideout bool false" "/initial-opacity double 1.0" "/expire-timeout int 60"; do
    read -r property kind value <<< "$one"
    on xfconf-query -c xfce4-notifyd -n -p "$property" -t "$kind" -s "$value"
  done
  start env GTK_THEME="$1" "$(echo /usr/lib/*/xfce4/notifyd/xfce4-notifyd)"; daemon=$!
  sleep 2
}
# A session that idles waits for something.
waits_for() {
  local entry; entry=$(grep -l '"status":"idle"' "$stage"/claude/sessions/*.json | head -1)
  sed -i "s/\"status\":\"idle\"/\"status\":\"waiting\",\"waitingFor\":\"$1\"/" "$entry"
}
one_waits() { waits_for "permission prompt"; }
# The process of a session that has a task ends without a word.
one_is_lost() {
  on env XDG_DATA_HOME="$stage" "$programs/peerwatch" tasks create "Describe the limits in the upgrade guide" --assign docs > /dev/null
  sleep 2
  kill -KILL "$(basename "$(grep -l '"name":"docs"' "$stage"/claude/sessions/*.json)" .json)"
}
# Two wait in a pause, and it ends.
a_pause_ends() {
  on "$programs/peerwatch" pause 1h > /dev/null
  waits_for "permission prompt"; waits_for "permission prompt"; sleep 3
  on "$programs/peerwatch" pause 0 > /dev/null
}
# Name, what happens on a calm machine, and by whom it is shown.
notice() {
  local name=$1 happens=$2; shift 2
  wanted "$name" || return 0
  "$@"
  on xdotool mousemove 300 600
  hidden=--hidden begin calm
  sleep 8
  "$happens"
  sleep 3
  on import -window root "$scratch/shot.png"; crop="-crop 600x190+1080+0" shrink "$name"
  end
}
notice notification one_waits dunst_at top-right
notice notification-xfce one_waits xfce_with Adwaita
notice notification-gone one_is_lost xfce_with Adwaita:dark
notice notification-digest a_pause_ends xfce_with Adwaita
