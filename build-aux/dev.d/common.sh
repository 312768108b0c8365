# Shared by both sides of build-aux/dev.
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

# Tells what is going on, out of the way of a command's own output.
say() { printf '%s\n' "$*" >&2; }

# Ends with one plain sentence.
die() {
  say "dev: $*"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

has_display() { [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; }

is_root() { [ "$(id -u)" -eq 0 ]; }

# Where everything that is made once is kept.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/posada

# The last line, and the exit status.
summary() {
  [ ${#failures[@]} -eq 0 ] || say "Failed: ${failures[*]}"
  printf '%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
