# Sourced by run.sh and .ci/run: runs steps one after the other, without input, and adds up the tests they counted.
passed=0
failed=0
failures=''

# step NAME COMMAND...: counts the tests of a command by its closing line (vitest's, pytest's or ours). One that fails, or
# runs no test, without saying so there counts as one failed test.
step() {
  local name=$1 log code closing good bad
  shift
  log=$(mktemp)
  SECONDS=0
  echo "=== $name"
  timeout --kill-after=10 1800 "$@" </dev/null 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  closing=$(closing_line "$log")
  good=$(count passed "$closing")
  bad=$(count 'failed|errors?' "$closing")
  if ((bad > 0 || code != 0)); then failures+=$(failures_in "$log" "$name"); fi
  rm -f "$log"
  if ((bad == 0 && (code != 0 || good == 0))); then bad=1; fi
  ((passed += good, failed += bad)) || true
  echo "=== $name: $good passed, $bad failed, exit code $code, $SECONDS s"
}

# need NAME COMMAND...: what the other steps cannot do without; all ends here when it fails.
need() {
  local name=$1
  shift
  SECONDS=0
  echo "=== $name"
  if ! timeout --kill-after=10 1800 "$@" </dev/null; then
    echo "=== $name failed, so nothing more was run"
    ((failed += 1))
    total
  fi
  echo "=== $name: $SECONDS s"
}

# Prints what failed once more, since the output before it is long, then the count as the last line, and ends.
total() {
  if [ -n "$failures" ]; then echo "$failures"; fi
  echo "$passed passed, $failed failed"
  exit $((failed > 0 || passed == 0))
}

closing_line() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" |
    grep -E '^ +Tests  |^=* ?([0-9]+ (passed|failed|skipped|errors?|warnings?|deselected)(, )?)+( in [0-9].*)?$' |
    tail -n 1
}

# failures_in LOG NAME: what a log says of failed tests: the list that its own steps end with, or the lines that name one with
# those after them, or its end.
failures_in() {
  local plain found
  plain=$(sed 's/\x1b\[[0-9;]*m//g' "$1")
  found=$(sed -n '/^=== failed in /,$p' <<<"$plain")
  if [ -z "$found" ]; then
    found=$(grep -A 12 -E '^ *FAIL |^FAILED |^ERROR |^fault: |could not be run' <<<"$plain" | head -n 120)
  fi
  printf '\n=== failed in %s\n%s\n' "$2" "${found:-$(tail -n 30 <<<"$plain")}"
}

count() { grep -oE "[0-9]+ ($1)" <<<"$2" | awk '{ n += $1 } END { print n + 0 }'; }
