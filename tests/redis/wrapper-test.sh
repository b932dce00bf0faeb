#!/usr/bin/env bash
# deploy/redis/run: a power cut in the middle of one call costs nothing that was acknowledged, at
# the first start and at the second (Redis 7.0 alone loses writes at the second).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source deploy/lib.sh
source tests/lib/check.sh

run=$(mktemp -d)
data=$run/redis
log=appendonlydir/appendonly.aof.1.incr.aof
stop_at_exit "$run" rm -rf "$run"
redis() {
    timeout 5 redis-cli -h 127.0.0.1 -p "${REDIS_ADDRESS##*:}" "$@"
}
keys() {
    redis --raw keys '*' | sort | tr '\n' ' '
}
setting() {
    redis --raw config get "$1" | tail -n 1
}
mended() {
    grep -c 'was torn' "$run/log/redis.log" || true
}

redis_start "$run"
check "appendfsync" always "$(setting appendfsync)"
check "appendonly" yes "$(setting appendonly)"
check "snapshots" "" "$(setting save)"
check "when full" noeviction "$(setting maxmemory-policy)"
check "only from this machine" 127.0.0.1 "$(setting bind)"
check "mending left to us" no "$(setting aof-load-truncated)"
check "a fresh folder" 0 "$(mended)"

second=$(timeout 10 deploy/redis/run --port "$(free_ports 1)" --dir "$data" 2>&1) || true
check_match "one Redis per folder" 'another Redis uses' "$second"

redis set before 1 > /dev/null
whole=$(stat -c %s "$data/$log")
redis eval 'redis.call("set", "torn-a", 1); redis.call("set", "torn-b", 2)' 0 > /dev/null
size=$(stat -c %s "$data/$log")
program_kill "$run" redis
cp -r "$data" "$run/saved"
call=$(tail -c +"$((whole + 1))" "$data/$log")
check_match "the call was written as one transaction" MULTI "$call"

redis_start "$run"
check "an untorn file is left alone" 0 "$(mended)"
check "killed, but nothing torn" "before torn-a torn-b " "$(keys)"
program_stop "$run" redis

# The last byte missing, half of the call, its EXEC, all but its first bytes.
for at in $((size - 1)) $((size - 14)) $(((whole + size) / 2)) $((whole + 20)) $((whole + 3)); do
    rm -rf "$data"
    cp -r "$run/saved" "$data"
    tail -c +"$((whole + 1))" "$data/$log" | head -c $((at - whole)) > "$run/expected-cut"
    truncate -s "$at" "$data/$log"
    : > "$run/log/redis.log"
    redis_start "$run"
    check "first start, torn at $at: earlier writes, nothing of the torn call" "before " "$(keys)"
    check "torn at $at: said so" 1 "$(mended)"
    check "torn at $at: what was cut is kept" "" "$(cmp "$run/expected-cut" "$data"/cut/* 2>&1)"
    redis set after 1 > /dev/null
    program_kill "$run" redis
    redis_start "$run"
    check "second start, torn at $at: every acknowledged write" "after before " "$(keys)"
    check "second start, torn at $at: nothing to mend" 1 "$(mended)"
    program_stop "$run" redis
done

# Damage that is no tear: refused, untouched, unless told otherwise.
sums() {
    find "$data/appendonlydir" -type f -exec sha256sum {} + | sort
}
refused() {
    rm -rf "$data"
    cp -r "$run/saved" "$data"
    "$@"
    before=$(sums)
    said=$(timeout 10 deploy/redis/run --port "$(free_ports 1)" --dir "$data" 2>&1) && said=started
    check "$*: file untouched" "$before" "$(sums)"
}
more_than_a_tear() {
    printf 'x' | dd of="$data/$log" bs=1 seek="$whole" conv=notrunc status=none
    truncate -s 65M "$data/$log"
}
damaged_base() {
    truncate -s -9 "$data/appendonlydir/appendonly.aof.1.base.rdb"
}
no_manifest() {
    rm "$data/appendonlydir/appendonly.aof.manifest"
}
refused more_than_a_tear
check_match "64 MiB behind the first bad byte" "is damaged at byte $whole of" "$said"
INSENTIF_REDIS_CUT_MAX_MIB=65 redis_start "$run"
check "told to cut it" "before " "$(keys)"
program_stop "$run" redis
refused damaged_base
check_match "a damaged base file" 'is damaged before its end' "$said"
refused no_manifest
check_match "a lost manifest" 'has data but no manifest' "$said"

checks_end
