# The tray: its menu in the panel, and the four states of its icon. To be sourced upon the stage.

# The menu; what to type into it.
menu() {
  local name=$1 keys=$2
  wanted "$name" || return 0
  hidden=--hidden begin busy
  sleep 8
  on xdotool mousemove 1664 14 click 3; sleep 2
  for key in $keys; do on xdotool key "$key"; sleep 0.5; done
  sleep 1
  on import -window root "$scratch/shot.png"; crop=$3 shrink "$name"
  on xdotool key Escape Escape
  end
}
menu tray "" "-crop 470x356+1210+0"
# From the end: quit, start at login, open, pause, reassign.
menu tray-reassign "Up Up Up Up Up Right" "-crop 900x356+780+0"

# The icon of the running application in each panel: theme, points, pixels a point.
panels=("Adwaita 24 1" "Adwaita 28 1" "Adwaita 28 2" "Adwaita:dark 24 1" "Adwaita:dark 28 1" "Adwaita:dark 28 2")
ground='#808080'
# A state at its natural size, below it the same without colours, beside it enlarged without smoothing.
in_each_panel() {
  local state=$1 row=0 one theme points scale width height
  for one in "${panels[@]}"; do
    read -r theme points scale <<< "$one"
    panel_with "$theme" "$points" "$scale"
    width=$((24 * scale)) height=$((points * scale))
    on import -window root -crop "${width}x$height+$((1680 - width))+0" +repage "$scratch/icon.png"
    on convert -background "$ground" \
      \( "$scratch/icon.png" \( +clone -colorspace gray -colorspace sRGB \) -bordercolor "$ground" -border 2 -append \) \
      \( "$scratch/icon.png" -filter point -resize $((400 - 100 * scale))% \) -gravity center +append -extent 164x$((3 * points * (2 + scale) / 3 + 8)) \
      "PNG24:$scratch/state-$row-$state.png"
    row=$((row + 1))
  done
}
# A word on the ground: words, width.
word() { on convert -size "$2x28" -background "$ground" -fill white -font DejaVu-Sans -pointsize 13 -gravity center "label:$1" "$3"; }
states() {
  wanted tray-states || return 0
  on xdotool mousemove 300 600
  hidden=--hidden begin calm; sleep 6
  in_each_panel 0-calm
  on "$programs/peerwatch" pause 1h; sleep 1
  in_each_panel 2-paused
  end
  hidden=--hidden begin busy; sleep 6
  in_each_panel 1-needs-you
  end
  # Another Peerwatch has the lock and says nothing.
  start "$programs/peerwatch" --config "$scratch/other.toml" --claude-config "$scratch/other" run; other=$!
  sleep 2; kill -STOP "$other"
  start "$programs/peerwatch-desktop" --config "$scratch/other.toml" --claude-config "$scratch/other" --hidden; app=$!
  sleep 4
  in_each_panel 3-cannot-see
  kill -KILL "$other"; wait "$other" 2> /dev/null || true
  stop "$app"
  local words=(panel calm "needs you" paused "cannot see") rows=() parts=() row theme points scale
  for row in "${!words[@]}"; do
    word "${words[$row]}" $((row ? 164 : 90)) "$scratch/word-$row.png"
    parts+=("$scratch/word-$row.png")
  done
  on convert "${parts[@]}" +append "$scratch/head.png"
  for row in "${!panels[@]}"; do
    read -r theme points scale <<< "${panels[$row]}"
    word "$points px$([ "$scale" = 1 ] || echo ", ${scale}×")" 90 "$scratch/word.png"
    on convert -background "$ground" -gravity center "$scratch/word.png" "$scratch"/state-"$row"-*.png +append "$scratch/row-$row.png"
    rows+=("$scratch/row-$row.png")
  done
  on convert "$scratch/head.png" "${rows[@]}" -background "$ground" -append "$scratch/shot.png"
  crop="" shrink tray-states
  panel_with Adwaita 28 1
}
states
