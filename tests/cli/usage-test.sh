#!/usr/bin/env bash
# insentif: how it is called, what it says when called wrongly, and its exit codes. Needs no server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/lib/check.sh

program=$1
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
for name in $(compgen -e INSENTIF_ || true); do unset "$name"; done
# Nobody listens on port 1.
export INSENTIF_BROKERS=127.0.0.1:1 INSENTIF_REDIS=127.0.0.1:1

# The exit code, what was said on standard output and standard error.
call() { # WORD...
    code=0
    timeout 50 "$program" "$@" > "$run/out" 2> "$run/err" < /dev/null || code=$?
    out=$(< "$run/out")
    err=$(< "$run/err")
}

commands=("topics create" "topics check" "store install" keys "clock step" "clock show" produce
    decode dead-letters show explain cases pause resume budget words idle reprocess reconcile)

call --help
check "help: code" 0 "$code"
for command in "${commands[@]}"; do
    check_match "help lists $command" "  $command +[A-Z]" "$out"
    # shellcheck disable=SC2086 # two words
    call $command --help
    check "$command --help: code" 0 "$code"
    check_match "$command --help" "^Usage: insentif $command" "$out"
    check "$command --help: no complaint" "" "$err"
    call --help
done
check_match "help shows the settings" "INSENTIF_PARTITIONS \(1 to 256\) \[12\]" "$out"
call --version
check "version: code" 0 "$code"
check_match "version" "^insentif [0-9.]+, store library [0-9a-f]+$" "$out"
call topics --help
check "a family's help" "0 2" "$code $(grep -c insentif "$run/out")"

# words, expected code, what is said
wrong() { # CODE PATTERN WORD...
    local expected=$1 pattern=$2
    shift 2
    call "$@"
    check "$*: code" "$expected" "$code"
    check_match "$*: error" "$pattern" "$err"
    check "$*: nothing on standard output" "" "$out"
}
wrong 1 'which command'
wrong 1 'unknown command frobnicate' frobnicate
wrong 1 'insentif topics check' topics
wrong 1 'insentif topics check' topics forget
wrong 1 'unknown option --frob' topics check --frob
wrong 1 'whole number from 1 to 256' topics create --partitions 0
wrong 1 'whole number from 1 to 256' topics create --partitions=12x
wrong 1 '--partitions needs a value' topics create --partitions
wrong 1 '--json takes no value' topics check --json=yes
wrong 1 'too many words' topics check now
wrong 1 'something is missing; usage: insentif clock step TIME' clock step
wrong 1 'only INSENTIF_CLOCK=rehearsal' clock step 2026-03-02T09:00:00+07:00
wrong 1 'is no topic that is fed from outside' produce dead-letter
wrong 1 'is no topic that is fed from outside' produce disbursement-ledger
wrong 1 'is no topic that is fed from outside' produce nonsense
for topic in incentive-{scheduled,held,released,cancelled} transfer-{succeeded,failed,retry,returned} \
    incentive-reprocessed case-opened payment-control operator-audit account-used \
    partner-status; do
    wrong 1 'is no topic that is fed from outside' produce "$topic"
done
wrong 1 "$run can't be read: Is a directory" produce rating-submitted "$run"
# What is no participant's token is never shown: it could be anything.
for id in $'PST-1\nx' $'PST-1\e[2J' $'PST-\xff' '' 'PST 1' "${run//\//x}/" 3171234567890001 \
    1234567890123456789012345678901234567; do
    for command in show explain reprocess; do
        wrong 1 "^insentif $command: id 1 is no participant's: [ -~]*\$" "$command" "$id"
    done
done
for command in show reprocess; do
    wrong 1 "id 2 is no participant's" "$command" PST-1 'PST/1'
done
wrong 1 "id 3 is no participant's" reprocess PST-2 PST-2 'PST/1' PST-1
wrong 1 'No such file' produce rating-submitted "$run/absent"
wrong 1 'there is no topic' decode nonsense
wrong 1 'give participant ids, or --all' show
wrong 1 'give participant ids, or --all' show --all PST-1
wrong 1 'lang must be id or en' explain PST-1 --lang de
wrong 1 'No such file' reconcile "$run/absent"
wrong 1 'something is missing' reconcile
wrong 1 'there is none of this name' reconcile --partner MANDIRI "$run/absent"
wrong 1 '--from must be a day' reconcile --from 2026-02-30 "$run/absent"
wrong 1 '--to must be a day' reconcile --to 2026-3-2 "$run/absent"
wrong 1 '--from is after --to' reconcile --from 2026-03-03 --to 2026-03-02 "$run/absent"
wrong 1 '--yes only goes with --returns' reconcile --yes "$run/absent"
wrong 1 'line 1: the header is missing' reconcile -
printf 'kind\n' > "$run/statement.csv"
wrong 1 'line 1: date_time: the header has no such column' reconcile "$run/statement.csv"
printf 'date_time,partner,partner_reference,reference_no,kind,amount_idr\n,\n' > "$run/statement.csv"
wrong 1 'line 2: 2 fields, the header has 6; nothing was compared' reconcile "$run/statement.csv"
{ sed -n 1p "$run/statement.csv"; head -c 70000 /dev/zero | tr '\0' x; } > "$run/long.csv"
wrong 1 'line 2: longer than 1024 bytes' reconcile "$run/long.csv"
wrong 1 'which ones. give participants, or at least one of --reason, --partner' reprocess
wrong 1 'which ones' reprocess --yes --by rina
wrong 1 '--reason: there is none of this name' reprocess --reason ACCOUNT_CLOSE
wrong 1 '--reason: there is none of this name' reprocess --reason NONE
wrong 1 '--partner: there is none of this name' reprocess --partner mandiri
wrong 1 '--state must be held or failed' reprocess --state paid
wrong 1 '--since must be a day .WIB., as in 2026-03-02, or a time' reprocess --since yesterday
wrong 1 '--until must be a day' reprocess --until 2026-03-02T09:00:00
wrong 1 '--since is after --until' reprocess --since 2026-03-02 --until 2026-03-01T23:59:59+07:00
put_back=(reprocess --state held --yes)
USER='' wrong 1 'who says so. give --by NAME' "${put_back[@]}"
wrong 1 'said_by: only letters' "${put_back[@]}" --by 'Rina W'
wrong 1 'approved_by: only letters' "${put_back[@]}" --by rina --approved-by 'A/B' --at-most 1
wrong 1 'must be another person than --by' "${put_back[@]}" --by rina --approved-by Rina --at-most 1
wrong 1 'also needs --at-most RUPIAH' "${put_back[@]}" --by rina --approved-by adi
wrong 1 '--approved-by: 1 to 40 bytes' "${put_back[@]}" --by rina --approved-by '' --at-most 1
wrong 1 'so many digits may be' "${put_back[@]}" --by rina --note 'card 4111-1111-1111-1111'
wrong 1 '--at-most must be a whole number from 1' "${put_back[@]}" --by rina --at-most 0
wrong 1 'there is no scheme of this name' budget 1999 --idr 5
wrong 1 'how much. give --idr N' budget 2020
wrong 1 'choose an existing folder' keys --dir "$run/absent"

INSENTIF_BROKERS='' wrong 1 'INSENTIF_BROKERS names no broker' decode rating-submitted
INSENTIF_BROKERS='' wrong 1 'INSENTIF_BROKERS names no broker' topics check
INSENTIF_KAFKA_ACKS=0 wrong 1 'INSENTIF_KAFKA_ACKS: .*may not be set' decode rating-submitted

export INSENTIF_CLOCK=rehearsal
wrong 1 'is no time' clock step yesterday
wrong 1 'is no time' clock step 2026-03-02T09:00:00
wrong 1 'is no time' clock step -- -5

# Away: what, and what to do about it.
wrong 2 'INSENTIF_REDIS \(127.0.0.1:1\)' store install
wrong 2 'Redis 127.0.0.1:1.*INSENTIF_REDIS' clock show
sed 1q "$run/statement.csv" > "$run/empty.csv"
wrong 2 'INSENTIF_BROKERS \(127.0.0.1:1\)' reconcile "$run/empty.csv"
INSENTIF_CLOCK=real wrong 2 'INSENTIF_REDIS \(127.0.0.1:1\)' reprocess --state held
INSENTIF_CLOCK=real wrong 2 'INSENTIF_REDIS \(127.0.0.1:1\)' reprocess PST-1
INSENTIF_REDIS=nonsense wrong 1 'INSENTIF_REDIS: Redis address' clock show

# Settings: unknown ones are errors, the workers' are none, secrets are never told.
INSENTIF_BACTH=1 wrong 1 'unknown variable INSENTIF_BACTH' clock show
INSENTIF_PARTITIONS=0 wrong 1 'INSENTIF_PARTITIONS must be' topics check
INSENTIF_ENVIRONMENT=prod wrong 1 'INSENTIF_ENVIRONMENT' cases
printf '17 rating-submitted\n18 nonsense\n' > "$run/ids"
INSENTIF_REGISTRY_IDS_FILE=$run/ids \
    wrong 1 "INSENTIF_REGISTRY_IDS_FILE: $run/ids, line 2: there is no event nonsense" \
    decode rating-submitted
unset INSENTIF_CLOCK
INSENTIF_PAY=on INSENTIF_SNAP_KEY=k INSENTIF_SEAL_SECRET_KEY=s INSENTIF_HTTP=off \
    INSENTIF_LEASE=nonsense call clock show
check "the workers' settings don't matter" 0 "$code"
check_match "the real clock" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T.*Z$' "$out"
call clock show --json
check_match "the same as JSON" '^\{"business_ms":[0-9]{13},"business":"20.*Z"\}$' "$out"

# Keys.
call keys
check "keys: code" 0 "$code"
check_match "keys: two settings" \
    '^INSENTIF_SEAL_PUBLIC_KEY=[A-Za-z0-9+/]{43}=.INSENTIF_SEAL_SECRET_KEY=[A-Za-z0-9+/]{43}=$' \
    "${out//$'\n'/ }"
first=$out
call keys
check "another pair each time" different "$([[ $first == "$out" ]] && echo same || echo different)"
call keys --dir "$run"
check "keys --dir: code and silence" "0 " "$code $out$err"
check "the secret key's mode" 600 "$(stat -c %a "$run/seal.key")"
check "the files' sizes" "45 45" "$(stat -c %s "$run/seal.pub" "$run/seal.key" | xargs)"
before=$(< "$run/seal.key")
wrong 1 'File exists' keys --dir "$run"
check "keys are never overwritten" "$before" "$(< "$run/seal.key")"

# A full disk is noticed.
code=0
"$program" clock show > /dev/full 2> "$run/err" || code=$?
check "standard output is full" 1 "$code"

checks_end
