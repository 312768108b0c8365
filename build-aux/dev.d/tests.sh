# Inside: the verbs test, demo and bench.
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

inside_test() {
  local filter=${1:-}
  make_data
  if [ -z "$filter" ]; then
    gates
    gate rustdoc env RUSTDOCFLAGS='-D warnings -A rustdoc::private_intra_doc_links' cargo doc --quiet --locked --offline --no-deps --lib --document-private-items
  fi
  export POSADA_REAL=1 GSK_RENDERER=cairo LIBGL_ALWAYS_SOFTWARE=1
  with_screen "$project/build-aux/dev" test_on_screen "$filter" || true
  local skipped=0 log=$target/test-totals name count
  while read -r name count; do
    case $name in
      passed) passed=$((passed + count)) ;;
      failed) failed=$((failed + count)) ;;
      skipped) skipped=$((skipped + count)) ;;
      failure) failures+=("$count") ;;
    esac
  done <"$log"
  [ -f "$log" ] || failed=$((failed + 1))
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

# On the headless screen: the tests of the Rust code, then those of the window.
inside_test_on_screen() {
  local filter=${1:-} log=$target/test-totals
  : >"$log"
  if is_root && ! libvirt_answers; then start_libvirt; fi
  rust_tests "$filter" "$log"
  window_tests "$filter" "$log"
}

rust_tests() {
  local filter=$1 log=$2 output=$target/rust-tests.log totals=$target/rust-totals status
  local -a only=(--lib --bins --tests)
  if have cargo-nextest; then
    # All tests of a file with the filter in its name, or tests with it in theirs.
    if [ -n "$filter" ]; then
      only=(-E "test(~$filter)")
      ! compgen -G "$project/tests/*$filter*.rs" >/dev/null || only=(-E "test(~$filter) or binary(~$filter)")
    fi
    set -- cargo nextest run --no-tests=pass "${only[@]}"
  else
    if [ -f "$project/tests/$filter.rs" ]; then
      only=(--test "$filter")
    elif [ -n "$filter" ]; then
      only+=(-- "$filter")
    fi
    set -- cargo test --no-fail-fast "${only[@]}"
  fi
  # The tests call the example programs, which `--tests` alone does not build.
  cargo build --quiet --locked --offline --examples || true
  # A warning here would be one of the lints' too.
  status=0
  CARGO_NET_OFFLINE=true G_DEBUG=fatal-criticals "$@" 2>&1 | tee "$output" >&2 || status=$?
  "count_${2//[^a-z]/}" "$output" >"$totals"
  if [ "$status" -ne 0 ] && ! grep -q '^failed [1-9]' "$totals"; then
    printf 'failed 1\nfailure rust-tests-do-not-run\n' >>"$totals"
  fi
  cat "$totals" >>"$log"
}

count_nextest() {
  awk '
    { gsub(/\033\[[0-9;]*m/, "") }
    /^ *Summary \[/ { line = $0 }
    /^ *(FAIL|TIMEOUT|SIG[A-Z]+|ABORT) \[/ { bad[$NF] = 1 }
    END {
      n = split(line, words, /[ ,]+/)
      for (i = 2; i <= n; i++) {
        if (words[i] == "passed") print "passed", words[i - 1]
        if (words[i] == "failed") failed += words[i - 1]
        if (words[i] == "out") failed += words[i - 2]
      }
      print "failed", failed + 0
      for (name in bad) print "failure", name
    }' "$1"
}

count_test() {
  awk '
    /^test result:/ { passed += $4; failed += $6; skipped += $8 }
    /^test .* \.\.\. FAILED$/ { print "failure", $2 }
    # A test program that died says no result.
    /^error: test failed, to rerun/ { died++ }
    /^test result: FAILED/ { died-- }
    END { print "passed", passed + 0; print "failed", failed + (died > 0 ? died : 0); print "skipped", skipped + 0 }' "$1"
}

# The tests that drive the real window; each file of tests/e2e/test_*.py.
window_tests() {
  local filter=$1 log=$2
  compgen -G "$project/tests/e2e/test_*.py" >/dev/null || return 0
  cargo build --quiet --locked --offline --bin posada || return 0
  POSADA_BINARY=$target/debug/posada python3 "$project/tests/e2e/run.py" --totals "$log" ${filter:+-k "$filter"} >&2 || true
}

inside_demo() {
  local pictures=${POSADA_DEMO_DIR:-$project/target/demo}
  mkdir -p "$pictures"
  make_data
  cargo build --quiet --locked --offline --bin posada ||
    die "Posada does not build; the compiler's messages above say why."
  if is_root; then start_libvirt; fi
  GSK_RENDERER=cairo POSADA_BINARY=$target/debug/posada POSADA_DEMO_DIR=$pictures \
    with_screen python3 "$project/tests/e2e/demo.py" "$@" || die "The demo stopped; its pictures are in $pictures."
  printf '%s\n' "$pictures"
}

# Each benchmark is a program in build-aux/bench.d/.
inside_bench() {
  local name=${1:-} known
  known=$(find "$project/build-aux/bench.d" -maxdepth 1 -type f -executable -printf '%f\n' 2>/dev/null | sort | paste -sd' ')
  if [ -z "$name" ] || [ ! -x "$project/build-aux/bench.d/$name" ]; then
    die "Say which benchmark; there are: $known"
  fi
  shift
  if [ "$name" = fuzz ]; then
    "$project/build-aux/bench.d/$name" "$@"
    return
  fi
  make_data
  cargo build --quiet --locked --offline --release --bin posada ||
    die "Posada does not build; the compiler's messages above say why."
  if is_root && ! libvirt_answers; then
    start_libvirt
    trap stop_libvirt EXIT
  fi
  export GSK_RENDERER=cairo POSADA_BINARY=$target/release/posada
  with_screen "$project/build-aux/bench.d/$name" "$@"
}
