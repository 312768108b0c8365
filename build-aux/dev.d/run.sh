# Inside: the verbs run, build and exec.
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

# The development profile: it is ready in a fraction of the time of a release
# build, shares its work with `dev test`, and GTK, libvirt and QEMU, which do
# the heavy work, are release builds anyway.
inside_run() {
  cargo build --quiet --locked --offline --bin posada ||
    die "Posada does not build; the compiler's messages above say why."
  make_data
  local status=0
  if is_root && have libvirtd && ! libvirt_answers; then
    say "dev: no libvirt daemon runs here; starting one for this run"
    start_libvirt
    trap stop_libvirt EXIT
  fi
  if has_display; then
    "$target/debug/posada" "$@" || status=$?
  else
    export GSK_RENDERER=${GSK_RENDERER:-cairo}
    with_screen "$project/build-aux/dev" run_headless "$@" || status=$?
  fi
  return "$status"
}

# On the headless screen: the program, its first window and a picture of it.
inside_run_headless() {
  local window picture=$target/first-window.png
  "$target/debug/posada" "$@" &
  app=$!
  trap 'kill "$app" 2>/dev/null' EXIT
  trap 'exit 130' INT TERM
  if ! window=$(first_window "$app"); then
    if kill -0 "$app" 2>/dev/null; then
      die "Posada opened no window within 60 seconds."
    fi
    wait "$app" || die "Posada ended with status $? before it opened a window."
    return 0
  fi
  when_still "$window" "$picture"
  say "dev: the first window is open; a picture of it: $picture"
  if [ -t 0 ]; then
    say "dev: Posada runs on display $DISPLAY until Ctrl+C. Drive it from another terminal with"
    say "dev:   build-aux/dev exec -- env DISPLAY=$DISPLAY xdotool …    (import -window root now.png takes a picture)"
    wait "$app"
    trap - EXIT
  fi
}

# The id of the first window that process PID shows.
first_window() {
  local pid=$1 search status=0
  timeout 60 xdotool search --sync --onlyvisible --all --pid "$pid" --name '.+' 2>/dev/null &
  search=$!
  # The program's end ends the wait as well.
  wait -n "$search" || status=$?
  return "$status"
}

# Saves the window's picture once two in a row are the same and not blank.
when_still() {
  local window=$1 picture=$2 before='' now i
  for ((i = 0; i < 50; i++)); do
    import -window "$window" "$picture" 2>/dev/null || true
    now=$(identify -format '%k %#' "$picture" 2>/dev/null || true)
    [ "${now%% *}" != 1 ] && [ -n "$now" ] && [ "$now" = "$before" ] && return
    before=$now
    sleep 0.2
  done
}

inside_build() {
  cargo build --quiet --locked --offline --release --bin posada ||
    die "Posada does not build; the compiler's messages above say why."
  make_data
  printf '%s\n' "$target/release/posada"
}

inside_exec() { exec "$@"; }
