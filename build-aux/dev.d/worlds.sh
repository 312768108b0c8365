# Outside: the tests, in worlds side by side.
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

# run_tests [FILTER]: first the checks and the tests of the code, then those of
# the window. The window's tests wait more than they work, so there are as many
# at a time as processors, each in a world of its own, but no more than four:
# each has a libvirt daemon and guests of its own. The last line says how many
# passed.
run_tests() {
  local filter=${1:-} totals worlds=1 world
  totals=$(target_folder)/test-totals
  rm -rf "$totals"
  mkdir -p "$totals/taken"
  if [ -z "$filter" ]; then
    worlds=$(nproc)
    [ "$worlds" -le 4 ] || worlds=4
  fi
  # Without the program there is no window.
  (enter test test_code "$filter") || worlds=0
  for ((world = 0; world < worlds; world++)); do
    (enter test test_windows "$world" "$filter") &
  done
  wait

  local skipped=0 name count
  passed=0 failed=0 failures=()
  for name in code $(seq -f 'windows-%g' 0 $((worlds - 1))); do
    # A world that ended before its time has counted nothing.
    [ -s "$totals/$name" ] || printf 'failed 1\nfailure %s\n' "$name" >"$totals/$name"
    while read -r name count; do
      case $name in
        passed) passed=$((passed + count)) ;;
        failed) failed=$((failed + count)) ;;
        skipped) skipped=$((skipped + count)) ;;
        failure) failures+=("$count") ;;
      esac
    done <"$totals/$name"
  done
  if ! is_root; then
    say "Skipped: tests of the system's libvirt daemon, which only root can start. 'sudo build-aux/dev test' runs them."
  elif [ "$skipped" -gt 0 ]; then
    say "Skipped: $skipped"
  fi
  if [ "$((passed + failed))" -eq 0 ]; then
    say "No test's name contains '$filter'."
  fi
  summary
}

# Where the inner side builds.
target_folder() {
  if [ "$environment" = root ]; then
    printf '%s\n' "$project/target/dev-root"
  else
    printf '%s\n' "${CARGO_TARGET_DIR:-$project/target}"
  fi
}
