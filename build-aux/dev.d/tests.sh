# Inside: the verbs test, demo and bench. Of a test the outer side calls the
# code's and the window's apart.
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

# Of each world's tests; the outer side adds them up.
totals=$target/test-totals

# Real daemons, and a picture that any machine draws alike.
for_real() {
  export POSADA_REAL=1 GSK_RENDERER=cairo LIBGL_ALWAYS_SOFTWARE=1
  "$@"
}

inside_test_code() {
  local filter=${1:-}
  make_data
  if [ -z "$filter" ]; then
    gates
    gate rustdoc env RUSTDOCFLAGS='-D warnings -A rustdoc::private_intra_doc_links' cargo doc --quiet --locked --offline --no-deps --lib --document-private-items
    printf 'passed %s\nfailed %s\n' "$passed" "$failed" >"$totals/code"
    [ ${#failures[@]} -eq 0 ] || printf 'failure %s\n' "${failures[@]}" >>"$totals/code"
  fi
  for_real with_screen "$project/build-aux/dev" code_on_screen "$filter"
}

inside_code_on_screen() {
  if is_root && ! libvirt_answers; then start_libvirt; fi
  rust_tests "${1:-}" "$totals/code"
  # For the window's tests, before several want it.
  cargo build --quiet --locked --offline --bin posada || {
    printf 'failed 1\nfailure the-program-does-not-build\n' >>"$totals/code"
    return 1
  }
}

inside_test_windows() {
  for_real with_screen "$project/build-aux/dev" windows_on_screen "$@"
}

# The tests that drive the real window; each file of tests/e2e/test_*.py. Worlds
# side by side take one class after the other, so that they end together.
inside_windows_on_screen() {
  local world=$1 filter=${2:-}
  if is_root && ! libvirt_answers; then start_libvirt; fi
  POSADA_BINARY=$target/debug/posada python3 "$project/tests/e2e/run.py" --totals "$totals/windows-$world" \
    --taken "$totals/taken" ${filter:+-k "$filter"} >&2
}

rust_tests() {
  local filter=$1 log=$2 output=$target/rust-tests.log totals=$target/rust-totals status
  local -a only=(--lib --bins --tests)
  if have cargo-nextest; then
    # All tests of a file or folder with the filter in its name, or tests with it in theirs.
    if [ -n "$filter" ]; then
      only=(-E "test(~$filter)")
      ! { compgen -G "$project/tests/*$filter*.rs" || compgen -G "$project/tests/*$filter*/main.rs"; } >/dev/null || only=(-E "test(~$filter) or binary(~$filter)")
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
