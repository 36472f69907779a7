# shellcheck shell=bash
# Sourced by the scripts that run in the booted system: one line a test, and a closing line with the counts.
passed=0 failed=0

# check WHAT COMMAND...: a test that passes when the command succeeds
check() {
  local what=$1 said
  shift
  if said=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    echo "FAILED  $what ($*)"
    [ -z "$said" ] || sed 's/^/        /' <<<"$said" | head -n 20
  fi
}
refused() { ! "$@"; }

# until_true SECONDS COMMAND...: waits until the command succeeds
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}
property() { systemctl show -P "$1" rdpwatch; }
property_is() { [ "$(property "$1")" = "$2" ] || { echo "$1 is $(property "$1"), not $2"; return 1; }; }
# in_journal FIELDS... : lines of the unit with these fields, as JSON
in_journal() { journalctl --sync 2>/dev/null; journalctl -u rdpwatch -o json --no-pager "$@" | grep . ; }
said() { journalctl --sync 2>/dev/null; journalctl -u rdpwatch -o cat --no-pager | grep -qE -- "$1"; }
closing_line() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
