# Inside: the fast gates.
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

passed=0
failed=0
failures=()

# gate NAME CMD…: runs CMD as one check.
gate() {
  local name=$1 log
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    say "ok      $name"
  else
    failed=$((failed + 1))
    failures+=("$name")
    cat "$log" >&2
    say "FAILED  $name"
  fi
  rm -f "$log"
}

# Tests of the sources themselves need nothing but the standard library: they
# are compiled alone, without the program.
source_tests=(architecture translations data_files)

source_gate() {
  local program=$target/source-tests/$1
  mkdir -p "$target/source-tests"
  if [ "$project/tests/$1.rs" -nt "$program" ] || [ "$project/tests/sources/mod.rs" -nt "$program" ]; then
    CARGO_MANIFEST_DIR=$project rustc --edition 2024 -C opt-level=1 --test -o "$program" "$project/tests/$1.rs" || return
  fi
  RUST_BACKTRACE=0 "$program" --quiet
}

gates() {
  gate format cargo fmt --check
  gate lints cargo clippy --quiet --locked --offline --all-targets -- -D warnings
}

inside_check() {
  local name
  make_data
  gates
  for name in "${source_tests[@]}"; do
    gate "$name" source_gate "$name"
  done
  summary
}
