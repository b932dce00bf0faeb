#!/usr/bin/env bash
# Settings of all programs: one environment serves every one of them, and --print-config refuses
# what the start would refuse. Needs no server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/lib/check.sh

cli=$1
shift
workers=("$@")
for name in $(compgen -e INSENTIF_ || true); do unset "$name"; done

# Every setting of any program with its default, as --help tells them.
mapfile -t all < <(for program in "$cli" "${workers[@]}"; do "$program" --help; done |
    sed -nE 's/^  (INSENTIF_[A-Z_]+) .*\[(.*)\]$/\1=\2/p' | sort -u)
check "there are settings of workers, of money and of the command line" 3 \
    "$(printf '%s\n' "${all[@]}" | grep -cE '^INSENTIF_(BATCH|LEASE|PARTITIONS)=')"
for worker in "${workers[@]}"; do
    code=0
    env "${all[@]}" "$worker" --print-config > /dev/null || code=$?
    check "${worker##*/} takes the environment of all" 0 "$code"
done
code=0
env "${all[@]}" "$cli" clock show > /dev/null || code=$?
check "insentif takes the environment of all" 0 "$code"

# Refused, by name.
refused() { # SETTING PATTERN
    for flag in --print-config ''; do
        code=0
        # shellcheck disable=SC2086 # no flag: the start itself
        err=$(env "$1" timeout 10 "${workers[0]}" $flag 2>&1 > /dev/null) || code=$?
        check "$1 $flag: code" 1 "$code"
        check_match "$1 $flag: error" "$2" "$err"
    done
}
refused INSENTIF_ENVIRONMENT=demo ': INSENTIF_ENVIRONMENT must be'
refused INSENTIF_HTTP=foo ': INSENTIF_HTTP: "foo"'
refused INSENTIF_REDIS=foo ': INSENTIF_REDIS: Redis address'
refused INSENTIF_BROKERS= ': INSENTIF_BROKERS names no broker'
refused INSENTIF_KAFKA_ACKS=0 ': INSENTIF_KAFKA_ACKS: .* may not be set'
refused INSENTIF_KAFKA_MESSAGE_MAX_BYTES=1000 ': INSENTIF_KAFKA_MESSAGE_MAX_BYTES: '
refused INSENTIF_KAFKA_LINGER_MS=soon ': INSENTIF_KAFKA_LINGER_MS: '
refused INSENTIF_KAFKA_NO_SUCH=1 ": INSENTIF_KAFKA_NO_SUCH: .* doesn't know it"
refused INSENTIF_REGISTRY_IDS_FILE=/nowhere ': INSENTIF_REGISTRY_IDS_FILE: '
refused INSENTIF_BACTH=1 ': unknown variable INSENTIF_BACTH'

checks_end
