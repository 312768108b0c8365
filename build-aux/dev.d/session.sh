# Inside: what a build, the program and its tests find around them.
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

target=${CARGO_TARGET_DIR:-$project/target}
# Data files as they will be installed, for running from the build folder.
share=$target/share

# One set of variables for every verb, so that nothing is built twice.
export POSADA_LOCALEDIR=$share/locale
export GSETTINGS_SCHEMA_DIR=$share/glib-2.0/schemas
export XDG_DATA_DIRS=$share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}

# Makes the data files in $share anew where their sources changed.
make_data() {
  local lang
  mkdir -p "$GSETTINGS_SCHEMA_DIR" "$share/icons" "$share/applications"
  cp -a "$project/data/icons/." "$share/icons/"
  cp "$project"/data/*.gschema.xml "$GSETTINGS_SCHEMA_DIR/"
  glib-compile-schemas --strict "$GSETTINGS_SCHEMA_DIR"
  while read -r lang; do
    case $lang in '' | '#'*) continue ;; esac
    mkdir -p "$POSADA_LOCALEDIR/$lang/LC_MESSAGES"
    [ "$POSADA_LOCALEDIR/$lang/LC_MESSAGES/posada.mo" -nt "$project/po/$lang.po" ] ||
      msgfmt -o "$POSADA_LOCALEDIR/$lang/LC_MESSAGES/posada.mo" "$project/po/$lang.po"
  done <"$project/po/LINGUAS"
}

# Runs CMD… on a headless X server with a window manager and a D-Bus session
# of its own; all of it ends with CMD.
with_screen() {
  local size=${POSADA_SCREEN:-1280x800} folder xvfb status=0
  folder=$(mktemp -d)
  mkfifo "$folder/display"
  Xvfb -displayfd 9 -screen 0 "${size}x24" -nolisten tcp -noreset 9>"$folder/display" >/dev/null 2>&1 &
  xvfb=$!
  if ! read -r -t 30 DISPLAY <"$folder/display"; then
    die "The headless X server did not start within 30 seconds; 'build-aux/dev exec -- Xvfb -displayfd 1' says why."
  fi
  export DISPLAY=:$DISPLAY GDK_BACKEND=x11 XDG_SESSION_TYPE=x11
  unset WAYLAND_DISPLAY
  if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
    export XDG_RUNTIME_DIR=$folder/runtime
    mkdir -m 700 "$XDG_RUNTIME_DIR"
  fi
  # What the bus, its services and the window manager tell is of no interest.
  dbus-run-session 3>&1 4>&2 >/dev/null 2>&1 -- bash -c '
    openbox &
    "$@" >&3 2>&4 3>&- 4>&-' bash "$@" || status=$?
  kill "$xvfb" 2>/dev/null
  wait "$xvfb" 2>/dev/null || true
  rm -rf "$folder"
  return "$status"
}

# A headless screen for a command of the tests' own.
inside_on_screen() { with_screen "$@"; }

# Whether the system's libvirt answers.
libvirt_answers() { timeout 10 virsh -q -c qemu:///system uri >/dev/null 2>&1; }

# Starts libvirt's daemon for the system. Call only as root.
start_libvirt() {
  # It refuses where one from before still runs, which will do.
  /usr/sbin/virtlogd -d 2>/dev/null || true
  /usr/sbin/libvirtd -d || die "libvirtd did not start; 'build-aux/dev exec -- libvirtd' says why."
  virsh -q -c qemu:///system uri >/dev/null
  virsh -q -c qemu:///system net-start default >/dev/null 2>&1 || true
}

# Ends what start_libvirt started. Guests that still run are saved, as when the
# computer is shut down; they go on from there at their next start.
stop_libvirt() {
  local guest file pid
  while read -r guest; do
    [ -n "$guest" ] || continue
    say "dev: saving the running guest $guest"
    virsh -q -c qemu:///system managedsave "$guest" >/dev/null ||
      virsh -q -c qemu:///system destroy "$guest" >/dev/null || true
  done < <(virsh -q -c qemu:///system list --name)
  virsh -q -c qemu:///system net-destroy default >/dev/null 2>&1 || true
  for file in /run/libvirtd.pid /run/virtlogd.pid; do
    pid=$(cat "$file" 2>/dev/null) || continue
    kill "$pid" 2>/dev/null || continue
    timeout 10 tail --pid="$pid" -f /dev/null || true
  done
}
