#!/usr/bin/env bash
# Sourced by shell tests that need the Kafka and the Redis of tests/run: programs find them in the
# environment; $run is a folder of this test's own, removed at its end.
if [[ -z ${INSENTIF_TEST_KAFKA:-} || -z ${INSENTIF_TEST_REDIS:-} ]]; then
    echo "INSENTIF_TEST_KAFKA and INSENTIF_TEST_REDIS must name a Kafka and a Redis, host:port" >&2
    exit 1
fi
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
export INSENTIF_BROKERS=$INSENTIF_TEST_KAFKA INSENTIF_REDIS=$INSENTIF_TEST_REDIS
export INSENTIF_PROFILE=demo TMPDIR=$run

# $program once: its exit code, standard output and standard error in $code, $out, $err.
# shellcheck disable=SC2034,SC2154 # the test's
call() { # WORD...
    code=0
    timeout 100 "$program" "$@" > "$run/out" 2> "$run/err" || code=$?
    out=$(< "$run/out")
    err=$(< "$run/err")
}
