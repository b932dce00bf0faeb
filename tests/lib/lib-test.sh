#!/usr/bin/env bash
# deploy/lib.sh: programs start, end, and are never confused with somebody else's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source deploy/lib.sh
source tests/lib/check.sh

run=$(mktemp -d)
stop_at_exit "$run" rm -rf "$run"
alive() {
    program_pid "$run" "$1" > /dev/null && echo yes || echo no
}
in_time() { # SECONDS: how long ago did $began happen?
    (($((${EPOCHREALTIME//[.,]/} - began)) < $1 * 1000000)) && echo yes || echo no
}

mapfile -t ports < <(free_ports 5)
check "five free ports, all different" 5 "$(printf '%s\n' "${ports[@]}" | sort -u | wc -l)"
check "nobody listens there" no "$(port_open "${ports[0]}" && echo yes || echo no)"

program_start "$run" sleeper sleep 60
check "started" yes "$(alive sleeper)"
check "runs what was asked" sleep "$(cat "/proc/$(program_pid "$run" sleeper)/comm")"
twice=$(program_start "$run" sleeper sleep 60 2>&1) || true
check_match "not twice under one name" 'already runs' "$twice"
program_stop "$run" sleeper
check "stopped" no "$(alive sleeper)"
program_stop "$run" sleeper
program_stop "$run" nobody

# One that ignores TERM, with a child: both are gone after the bound.
# shellcheck disable=SC2016 # for the inner shell
program_start "$run" stubborn bash -c 'trap "" TERM; sleep 61 & echo $! > "$0"; wait' "$run/child"
wait_until 5 "$run" stubborn test -s "$run/child"
program_stop "$run" stubborn 1 2> "$run/said"
check_match "says that it had to kill" 'did not stop in 1 s' "$(cat "$run/said")"
check "killed" no "$(alive stubborn)"
check "its child too" "" "$(process_birth "$(cat "$run/child")" || true)"

# A pid file from before a restart of the machine names a stranger.
sleep 62 &
stranger=$!
echo "$stranger 1" > "$run/old.pid"
check "a stranger isn't ours" no "$(alive old)"
stop_all "$run"
check "and is left alone" sleep "$(cat "/proc/$stranger/comm")"
kill "$stranger"

# Waiting ends when the program does, not when the time is up.
began=${EPOCHREALTIME//[.,]/}
program_start "$run" broken bash -c 'echo "no such setting"; exit 1'
said=$(wait_until 30 "$run" broken false 2>&1) || true
check_match "tells why" 'broken has ended: no such setting' "$said"
check "at once" yes "$(in_time 10)"
program_start "$run" slow sleep 60
said=$(wait_until 1 "$run" slow false 2>&1) || true
check_match "waiting has an end" 'slow is not ready in time' "$said"
program_stop "$run" slow

# A script that is ended by a signal takes everything along, in whatever it is doing.
cat > "$run/script" << 'END'
source deploy/lib.sh
stop_at_exit "$1" touch "$1/after"
program_start "$1" inner sleep 63
program_start "$1" redis sleep 64
run_guarded bash -c 'sleep 65 & echo $! > "$0/guarded"; wait' "$1"
END
for signal in INT TERM HUP; do
    inner=$run/$signal
    mkdir "$inner"
    env --default-signal=INT bash "$run/script" "$inner" &
    script=$!
    until [[ -s $inner/guarded ]]; do sleep 0.02; done
    read -r first _ < "$inner/inner.pid"
    read -r second _ < "$inner/redis.pid"
    began=${EPOCHREALTIME//[.,]/}
    kill -"$signal" "$script"
    status=0
    wait "$script" || status=$?
    check "$signal: exit code" $((128 + $(kill -l "$signal"))) "$status"
    for pid in "$first" "$second" "$(cat "$inner/guarded")"; do
        check "$signal: nothing left" "" "$(process_birth "$pid" || true)"
    done
    check "$signal: the last command ran" yes "$([[ -e $inner/after ]] && echo yes)"
    check "$signal: at once" yes "$(in_time 10)"
done

status=0
run_guarded bash -c 'exit 7' || status=$?
check "the exit code of what was run" 7 "$status"

checks_end
