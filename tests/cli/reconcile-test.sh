#!/usr/bin/env bash
# insentif reconcile against the Kafka and the Redis of tests/run: a ledger, records and statements.
# What an earlier run has left in the ledger is booked in this run's statements.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/lib/check.sh
source tests/lib/live.sh

program=$1
feed=$2
ledger=$3
me=REC-$$x${EPOCHREALTIME/[.,]/x}
# The ledger is of today; records that other tests have paid are of 2020.
days=(--partner BNI --from "$(TZ=UTC-7 date -d '3 days ago' +%F)"
    --to "$(TZ=UTC-7 date -d '3 days' +%F)")

book() { # ENTRY PARTICIPANT
    "$ledger" "$1" "$2" 1 BNI 600000 | "$feed" raw disbursement-ledger "$2"
}
row() { # KIND REFERENCE RUPIAH [PARTNER]
    printf '%s,%s,%s,P-1,%s,%s\n' "$now" "${4:-BNI}" "$2" "$1" "$3"
}
compare() { # [OPTION...], the statement's lines after the usual ones on standard input
    cat "$run/usual" - > "$run/statement.csv"
    call reconcile "${days[@]}" "$@" "$run/statement.csv"
}
now=$(TZ=UTC-7 date +%FT%T+07:00)
header=date_time,partner,partner_reference,reference_no,kind,amount_idr

call topics create
check "topics: code" 0 "$code"
call store install
check "store: code" 0 "$code"

paid=$("$ledger" reference "$me-paid" 1)
way=$("$ledger" reference "$me-way" 1)
"$feed" paid "$me-paid"
book INTENT "$me-paid"
book SUCCEEDED "$me-paid"
book SUCCEEDED "$me-paid"
book INTENT "$me-way"

# --- nothing booked, then everything ---------------------------------------------------------------
printf '%s\n' "$header" > "$run/usual"
compare --json < /dev/null
check "nothing is booked: code" 1 "$code"
check_match "which payment" "\{\"difference\":\"PAID_NOT_BOOKED\",\"edge\":false,\"reference\":\"$paid\",\"participant_id\":\"$me-paid\"," "$out"
check "what is on its way is no difference" 0 "$(grep -c "$way" "$run/out" || true)"
grep '^{"difference":"PAID_NOT_BOOKED"' "$run/out" | grep -o '"reference":"[^"]*"' |
    cut -d'"' -f4 > "$run/references"
while read -r reference; do row BOOKED "$reference" 600000; done < "$run/references" >> "$run/usual"
compare < /dev/null
check "all the same: code" 0 "$code"
check_match "all the same" '0 differences, 0 at the edge of the days$' "$out"
check_match "the sums" 'the participants. records +[0-9]+ +[0-9.]+00.000  adds up' "$out"
check "and no other sums" 3 "$(grep -c ' adds up$' "$run/out")"
check "no complaint" "" "$err"

# --- differences -----------------------------------------------------------------------------------
{ row BOOKED "$way" 600000; row BOOKED FOREIGN-1 5; row BOOKED "$paid" 600000; } > "$run/more"
compare --json < "$run/more"
check "differences: code" 1 "$code"
check "one each" "BOOKED_NOT_PAID UNKNOWN_REFERENCE BOOKED_TWICE" \
    "$(grep -o '^{"difference":"[A-Z_]*' "$run/out" | cut -d'"' -f4 | xargs)"
check_match "counted" '^\{"differences":3,"edges":0,' "$(tail -n 1 "$run/out")"
check_match "still adds up" '"adds_up":true\}\]\}$' "$(tail -n 1 "$run/out")"
sed "s/^\(.*,$paid,.*\),600000$/\1,600001/" "$run/usual" > "$run/other"
call reconcile "${days[@]}" --report "$run/report" "$run/other"
check "another amount: code" 1 "$code"
check_match "and the report" "AMOUNT, 1: not the same rupiah.  $paid $me-paid  \| booked BNI 600.001 $(date +20)" \
    "$(tr '\n' ' ' < "$run/report")"
check_match "a rupiah more" 'AMOUNT +0 +1$' "$(grep AMOUNT "$run/report" | head -n 1)"
compare --json < <(row BOOKED "$way" 600000 OVO)
check_match "another partner" '"difference":"PARTNER",' "$out"
compare --from "$(TZ=UTC-7 date -d yesterday +%F)" --to "$(TZ=UTC-7 date +%F)" < "$run/more"
check_match "at the edge" 'BOOKED_NOT_PAID \(at the edge of the days: no difference yet\), 1' "$out"
check_match "few days are told" 'fewer than three days' "$err"

# --- returns ---------------------------------------------------------------------------------------
returned() { # lines of transfer-returned about us
    call decode transfer-returned
    grep -F "$me" "$run/out" || true
}
row RETURNED "$paid" 600000 > "$run/more"
compare --returns < "$run/more"
check "a return: code" 1 "$code"
check_match "would be told" 'returns: 1 people, 1 payments, Rp600.000 would be told' "$out"
check "nothing is yet" "" "$(returned)"
for _ in 1 2; do
    compare --returns --yes --json < "$run/more"
    check_match "told" '"returns":\{"people":1,"payments":1,"idr":600000,"left":0,"produced":true\}\}$' "$out"
done
returned > "$run/returned"
check "sent twice, one id" "2 1" \
    "$(wc -l < "$run/returned") $(grep -o '"ce_id":"[0-9A-Z]*"' "$run/returned" | sort -u | wc -l)"
check_match "what is told" "\"participant_id\":\"$me-paid\",\"instalment_id\":\"${paid:0:20}\",\"attempt\":1,\"reference\":\"$paid\",\"partner\":\"BNI\",\"amount_idr\":600000,\"reason\":\"UNKNOWN_CODE\"" \
    "$(head -n 1 "$run/returned")"
compare --returns --yes --json < <(row RETURNED "$paid" 599999)
check_match "a part is for a person" '"returns":\{"people":0,"payments":0,"idr":0,"left":1,"produced":false\}\}$' "$out"

# --- wrong, away -----------------------------------------------------------------------------------
compare < <(row BOOKED "$paid" 1.5)
check "a bad line: code" 1 "$code"
check_match "which" "line $(wc -l < "$run/statement.csv"): amount_idr: not whole rupiah.*nothing was compared" "$err"
check "nothing is told" "" "$out"
INSENTIF_BROKERS=127.0.0.1:1 compare < /dev/null
check "Kafka is away" 2 "$code"
INSENTIF_REDIS=127.0.0.1:1 compare < /dev/null
check "Redis is away" 2 "$code"

checks_end
