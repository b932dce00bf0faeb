#!/usr/bin/env bash
# insentif reprocess against the Kafka and the Redis of tests/run, without any worker. Each run's
# failures are of a time of its own, so that it counts its own people only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/lib/check.sh
source tests/lib/live.sh

program=$1
feed=$2
me=RPR-$$x${EPOCHREALTIME/[.,]/x}
at_ms=${EPOCHREALTIME/[.,]/}
at_ms=${at_ms::13}
rfc() { # MS
    TZ=UTC-7 date -d "@$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" +%FT%T.%3N+07:00
}
mine=(--since "$(rfc "$at_ms")" --until "$(rfc $((at_ms + 3)))")

ours() { # TOPIC: its lines that are about us
    call decode "$1"
    grep -F "$me" "$run/out" || true
}
counts() { # lines about us of both topics
    printf '%s %s' "$(ours operator-audit | wc -l)" "$(ours incentive-reprocessed | wc -l)"
}
failures() { # ACTION: which failures its events name
    ours incentive-reprocessed | grep -F "\"action_id\":\"$1\"" |
        grep -oE '"instalment_id":.*"failed_at_ms":[0-9]+' | sort
}

call topics create
check "topics: code" 0 "$code"
call store install
check "store: code" 0 "$code"
"$feed" held "$me-1" "$at_ms"
"$feed" held "$me-2" "$((at_ms + 1))"
"$feed" limited "$me-3" "$((at_ms + 2))"
"$feed" stuck "$me-4" "$((at_ms + 3))"
"$feed" paid "$me-5"

# --- dry run ---------------------------------------------------------------------------------------
call reprocess "${mine[@]}"
check "dry run: code and complaints" "0 " "$code $err"
check "the table" "reason partner state people payments rupiah
ACCOUNT_NOT_KYC BNI HELD 2 8 4.800.000
MONTHLY_LIMIT GOPAY HELD 1 1 600.000
UNKNOWN_CODE BNI FAILED 1 1 600.000
all - - 4 10 6.000.000" "$(head -n 5 "$run/out" | sed 's/  */ /g')"
check_match "a person had to decide" 'nothing is changed yet: it needs --yes --by NAME --approved-by NAME --at-most 6000000' "$out"
check "no participant is named" 0 "$(grep -c "$me" "$run/out" || true)"
call reprocess "${mine[@]}" --reason account_not_kyc
check_match "small, and no case" 'all +- +- +2 +8 +4.800.000.*no second person' "${out//$'\n'/ }"
INSENTIF_APPROVAL_IDR=4799999 call reprocess "${mine[@]}" --reason account_not_kyc --json
check "above the limit, as JSON" '{"reason":"ACCOUNT_NOT_KYC","partner":"BNI","state":"HELD","people":2,"payments":8,"amount_idr":4800000}
{"people":2,"payments":8,"amount_idr":4800000,"needs_approval":true,"action_id":null,"sent":0}' "$out"
INSENTIF_APPROVAL_IDR=4800000 call reprocess "${mine[@]}" --reason account_not_kyc --json
check_match "up to the limit" '"amount_idr":4800000,"needs_approval":false,' "$out"
filtered() { # EXPECTED OPTION...: the sums
    local expected=$1
    shift
    call reprocess "$@" --json
    check "$*" "$expected" "$(tail -n 1 "$run/out" | grep -oE '[0-9]+,"payments":[0-9]+,"amount_idr":[0-9]+')"
}
filtered '1,"payments":1,"amount_idr":600000' "${mine[@]}" --partner gopay
filtered '3,"payments":9,"amount_idr":5400000' "${mine[@]}" --partner BNI
filtered '3,"payments":9,"amount_idr":5400000' "${mine[@]}" --state held
filtered '1,"payments":1,"amount_idr":600000' "${mine[@]}" --state FAILED
filtered '1,"payments":4,"amount_idr":2400000' --since "${mine[1]}" --until "${mine[1]}"
filtered '0,"payments":0,"amount_idr":0' "${mine[@]}" --partner OVO
# Named participants are a filter like the options: each once, and enough by themselves.
filtered '1,"payments":4,"amount_idr":2400000' "$me-1"
filtered '2,"payments":5,"amount_idr":3000000' "$me-4" "$me-1"
filtered '1,"payments":4,"amount_idr":2400000' "$me-1" "$me-4" "$me-1" --reason account_not_kyc
filtered '0,"payments":0,"amount_idr":0' "$me-5"
filtered '0,"payments":0,"amount_idr":0' "$me-1" --partner OVO
call reprocess "${mine[@]}" --partner OVO --yes --by "$me"
check "nothing found" "0 nothing is held or has failed like that" "$code $out"
today=$(TZ=UTC-7 date -d "@$((at_ms / 1000))" +%F)
call reprocess --since "$today" --until "$today" --json
check_match "a day has its end" '"payments":[1-9][0-9]+,' "$(tail -n 1 "$run/out")"

# --- refused: nothing is said ----------------------------------------------------------------------
refused() { # PATTERN OPTION...
    local pattern=$1
    shift
    call reprocess "${mine[@]}" --yes --by "$me" "$@"
    check "$*: refused, nothing told" "1 " "$code $out"
    check_match "$*: why" "$pattern" "$err"
}
refused 'Rp6.000.000 needs another person to agree .above Rp10.000.000, or .*: nothing is changed; give --approved-by NAME --at-most RUPIAH'
refused 'needs another person' --at-most 6000000
refused 'it is Rp6.000.000 now, and --at-most was Rp5.999.999: nothing is changed; look again' \
    --approved-by adi --at-most 5999999
refused 'it is Rp4.800.000 now' --reason ACCOUNT_NOT_KYC --at-most 4799999
INSENTIF_APPROVAL_IDR=4799999 refused 'above Rp4.799.999' --reason ACCOUNT_NOT_KYC
refused "$me-8: nothing is known.*$me-9: nothing is known.*nothing is known about 2 of them: nothing is changed" \
    --reason ACCOUNT_NOT_KYC "$me-8" "$me-1" "$me-9" "$me-8"
INSENTIF_BROKERS=127.0.0.1:1 call reprocess "${mine[@]}" --state held --yes --by "$me"
check "Kafka is away" 2 "$code"
check_match "and where it should be" 'INSENTIF_BROKERS' "$err"
INSENTIF_REDIS=127.0.0.1:1 call reprocess "${mine[@]}"
check "Redis is away" 2 "$code"
check "nothing was said" "0 0" "$(counts)"
INSENTIF_BROKERS=127.0.0.1:1 call reprocess "${mine[@]}"
check "looking needs no Kafka" 0 "$code"

# --- put back, and the same again ------------------------------------------------------------------
actions=()
for time in 1 2; do
    call reprocess "${mine[@]}" --reason account_not_kyc --yes --by "$me" --note 'BNI said so'
    check "put back $time: code and complaints" "0 " "$code $err"
    check_match "put back $time" 'all +- +- +2 +8 +4.800.000.put back, .*: action [0-9A-Z]{20}$' "${out//$'\n'/.}"
    actions+=("$(grep -oE '[0-9A-Z]{20}$' "$run/out")")
    check "told $time" "$time $((8 * time))" "$(counts)"
done
ours operator-audit > "$run/audit"
check_match "the audit" "\"key\":\"${actions[0]}\",\"headers\":.*\"ce_id\":\"${actions[0]}\",.*\"ce_source\":\"/insentif/reprocess\".*\"event\":\{\"action_id\":\"${actions[0]}\",\"command\":\"reprocess\",\"said_by\":\"$me\",\"approved_by\":null,\"filter\":\"--reason ACCOUNT_NOT_KYC --since [0-9T:.-]*Z --until [0-9T:.-]*Z\",\"people\":2,\"payments\":8,\"amount_idr\":4800000,\"note\":\"BNI said so\",\"said_at_ms\":[0-9]{13}\}" \
    "$(grep -F "${actions[0]}" "$run/audit")"
ours incentive-reprocessed > "$run/told"
check_match "a payment" "\"key\":\"$me-1\",.*\"event\":\{\"participant_id\":\"$me-1\",\"instalment_id\":\"[0-9A-Z]{20}\",\"attempt\":1,\"reason\":\"ACCOUNT_NOT_KYC\",\"account_ref\":\"acc-1\",\"failed_at_ms\":$at_ms,\"action_id\":\"${actions[0]}\"," \
    "$(grep -F "$me-1" "$run/told" | head -n 1)"
check "the same failures, each once" "$(failures "${actions[0]}" | uniq)" "$(failures "${actions[1]}")"
check "of eight payments" 8 "$(failures "${actions[0]}" | wc -l)"
check "an id has one content" 16 "$(grep -oE '"ce_id":"[0-9A-Z]{20}"' "$run/told" | sort -u | wc -l)"

call reprocess "${mine[@]}" --yes --by "$me" --approved-by adi --at-most 6000000 --json
check_match "with a second person" '"people":4,"payments":10,"amount_idr":6000000,"needs_approval":true,"action_id":"[0-9A-Z]{20}","sent":10\}$' "$out"
check_match "who is in the audit" '"approved_by":"adi"' "$(ours operator-audit | grep -F '"payments":10')"
check_match "the attempt that waits" '"attempt":2,"reason":"MONTHLY_LIMIT","account_ref":"acc-0"' "$(ours incentive-reprocessed | grep -F "$me-3")"

# --- some who are named ----------------------------------------------------------------------------
call reprocess "$me-2" "$me-3" "$me-2" --reason account_not_kyc --yes --by "$me"
check_match "of one of two: only whose reason it is" 'all +- +- +1 +4 +2.400.000.*: action [0-9A-Z]{20}$' "${out//$'\n'/ }"
named=$(grep -oE '[0-9A-Z]{20}$' "$run/out")
check "told of that one alone" "4 $me-2" "$(ours incentive-reprocessed | grep -F "$named" |
    grep -oE '"key":"[^"]*' | cut -d '"' -f 4 | sort | uniq -c | xargs)"
check_match "the audit has their number, not their names" \
    '"filter":"2 participants --reason ACCOUNT_NOT_KYC","people":1,"payments":4,' "$(ours operator-audit | grep -F "$named")"
call reprocess "$me-1" --yes --by "$me"
check_match "and of one, no option" '"filter":"1 participant",' "$(ours operator-audit | grep -F "$(grep -oE '[0-9A-Z]{20}$' "$run/out")")"

# --- stopped half-way ------------------------------------------------------------------------------
timeout 100 "$program" reprocess "${mine[@]}" --reason account_not_kyc --yes --by "$me" --rate 1 \
    > "$run/stopped" 2> "$run/told" &
child=$!
while [[ $(counts) != "6 3"[567] ]]; do :; done # 34 before
kill -INT "$child"                              # timeout hands it on
code=0
wait "$child" || code=$?
check "stopped: code and nothing told" "130 " "$code $(< "$run/stopped")"
check_match "stopped: how to go on" \
    'stopped: [1-9] of 8 events have arrived, [0-9] may have; say the same again' "$(< "$run/told")"
check "the action is known" 6 "$(ours operator-audit | wc -l)"

checks_end
