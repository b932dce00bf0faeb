#!/usr/bin/env bash
# Sourced by shell tests: one line per check that fails, and an exit code that tells.

CHECKS=0
CHECKS_FAILED=0

check() { # WHAT EXPECTED ACTUAL
    CHECKS=$((CHECKS + 1))
    [[ $2 == "$3" ]] && return 0
    CHECKS_FAILED=$((CHECKS_FAILED + 1))
    printf 'FAILED %s\n  expected: %s\n  found:    %s\n' "$1" "$2" "$3"
}

check_match() { # WHAT PATTERN ACTUAL (an extended regular expression)
    CHECKS=$((CHECKS + 1))
    [[ $3 =~ $2 ]] && return 0
    CHECKS_FAILED=$((CHECKS_FAILED + 1))
    printf 'FAILED %s\n  expected: /%s/\n  found:    %s\n' "$1" "$2" "$3"
}

# The last line of every test.
checks_end() {
    printf '%s checks, %s failed\n' "$CHECKS" "$CHECKS_FAILED"
    [[ $CHECKS -gt 0 && $CHECKS_FAILED -eq 0 ]]
}
