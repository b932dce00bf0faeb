#!/usr/bin/env bash
# insentif against the Kafka and the Redis of tests/run, without any worker. Topics have fixed names:
# participants of this run's own tell its records from others.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/lib/check.sh
source tests/lib/live.sh

program=$1
feed=$2
export INSENTIF_CLOCK=rehearsal
me=CLI-$$x${EPOCHREALTIME/[.,]/x} # no 13 digits in a row: they would be masked

ours() { # lines of the last output that are about us
    grep -F "$me" "$run/out" || true
}
count() { # PATTERN in the last output
    grep -c -- "$1" "$run/out" || true
}

# --- topics, store, clock ------------------------------------------------------------------------
call topics create
check "topics create: code" 0 "$code"
check "every topic is there" 21 "$(grep -cE ' +(ok|created) ' "$run/out")"
call topics create --json
check "again: nothing to do" 21 "$(count '"state":"ok","detail":""')"
call topics check
check "topics check: code" 0 "$code"
call topics check --replication 3
check "topics check finds differences" 1 "$code"
check_match "and says which" 'replication of partition 0 is 1, must be 3' "$out"
call topics check --partitions 7 --json
check_match "partitions too" 'it has 12 partitions, must have 7' "$out"

call store install
check "store install: code" 0 "$code"
call store install --json
check_match "store install as JSON" '^[{]"store_library":"[0-9a-f]+"[}]$' "$out"
call clock step 2020-10-05T12:00:00+07:00 --back
check "clock step" "0 2020-10-05T05:00:00.000Z" "$code $out"
call clock step 1601874000001
check "by milliseconds" "0 2020-10-05T05:00:00.001Z" "$code $out"
call clock step 2020-10-05T12:00:00+07:00
check "never back" 1 "$code"
check_match "remedy" 'needs --back' "$err"
call clock show --json
check "clock show" '{"business_ms":1601874000001,"business":"2020-10-05T05:00:00.001Z"}' "$out"

# --- produce and decode --------------------------------------------------------------------------
eval "$("$program" keys | grep PUBLIC)"
export INSENTIF_SEAL_PUBLIC_KEY
rating() { # PARTICIPANT STARS REVIEW
    printf '{"participant_id":"%s","course_id":"CRS-1","stars":%s,"review":"%s",' "$@"
    printf '"channel":"DASHBOARD","submitted_at_ms":1601870400000}\n'
}
for ((i = 0; i < 2000; i++)); do rating "$me-$i" 5 'kartu 4111 1111 1111 1111'; done > "$run/many"
call produce rating-submitted "$run/many"
check "produce: code" 0 "$code"
check_match "produce: summary" '^sent 2000 events to rating-submitted in [0-9.]+ s$' "$out"
check_match "masks are told" 'masked in 2000 reviews' "$err"
call decode rating-submitted
check "decode: code" 0 "$code"
check "all are there" 2000 "$(ours | wc -l)"
check "masked" 2000 "$(ours | grep -cF '"review":"kartu **** **** **** ****"')"
check "nothing unmasked" 0 "$(count '4111 1111')"
check_match "one of them" "\"key\":\"$me-7\",\"headers\":\{\"ce_specversion\":\"1.0\",\"ce_id\":\"[0-9A-Z]{20}\",\"ce_type\":\"rating-submitted\",\"ce_source\":\"/insentif/produce\",\"ce_time\":\"20[^\"]*Z\",\"ce_subject\":\"$me-7\",\"content-type\":\"application/avro\",\"traceparent\":\"00-[0-9a-f]{32}-[0-9a-f]{16}-00\"\},\"event\":\{\"participant_id\":\"$me-7\"" \
    "$(ours | grep -F "$me-7\"")"
# Java's partitioner: the same key, the same partition; and the parts make the whole.
parts=0
for ((p = 0; p < 12; p++)); do
    call decode rating-submitted --partition "$p"
    parts=$((parts + $(ours | wc -l)))
    check "partition $p holds its own only" 0 "$(grep -vc "^{\"partition\":$p," "$run/out" || true)"
done
check "the partitions together" 2000 "$parts"
call decode rating-submitted --partition 12
check "there is no thirteenth" 1 "$code"

# The same file again: the same ids.
head -n 3 "$run/many" > "$run/three"
call produce rating-submitted --json "$run/three"
check_match "as JSON" '"lines":3,"good":3,"bad":0,"masked":3,"sent":3,' "$out"
call decode rating-submitted
check "three twice" 2003 "$(ours | wc -l)"
check "by id once" 2000 "$(ours | grep -oE '"ce_id":"[0-9A-Z]{20}"' | sort -u | wc -l)"

# Stopped while sending: it says how far it came.
for signal in INT TERM; do
    call decode rating-submitted
    before=$(ours | wc -l)
    timeout 100 "$program" produce rating-submitted --rate 5 "$run/many" 2> "$run/told" &
    child=$!
    while call decode rating-submitted && [[ $(ours | wc -l) -eq $before ]]; do :; done
    kill "-$signal" "$child" # timeout hands it on
    code=0
    wait "$child" || code=$?
    check "SIG$signal: code" $((128 + $(kill -l "$signal"))) "$code"
    check_match "SIG$signal: told" \
        'stopped: [1-9][0-9]* of 2000 events have arrived, [0-9]+ may have; send the file again' \
        "$(< "$run/told")"
done

# --skip-bad sends the good ones and still ends with 1; without it nothing is sent.
{ rating "$me-bad" 9 x; rating "$me-good" 4 x; } > "$run/mixed"
call produce rating-submitted "$run/mixed"
check "a bad line" 1 "$code"
call produce rating-submitted --skip-bad --rate 100 "$run/mixed"
check "--skip-bad" "1 sent 1 events" "$code ${out% to*}"
call decode rating-submitted
check "nothing bad, the good one once" "0 1" "$(count "$me-bad\"") $(count "\"key\":\"$me-good\"")"

# Accounts are sealed on their way.
printf '{"participant_id":"%s","account_ref":"acc-1","partner":"BNI","sealed_account":{"number":"0115476117","name":"SITI RAHAYU","bank_code":""},"linked_at_ms":1601870400000,"source_version":1601870400000}\n' \
    "$me" > "$run/account"
call produce account-linked "$run/account"
call produce account-linked "$run/account"
call decode account-linked
check "sealed" 0 "$(grep -cE '0115476117|SITI' "$run/out" || true)"
check_match "in a box" '"sealed_account":"[A-Za-z0-9+/=]{80,}"' "$(ours | head -n 1)"
check "two boxes, one id" "2 1" \
    "$(ours | grep -o '"sealed_account":"[^"]*"' | sort -u | wc -l) $(ours | grep -o '"ce_id":"[^"]*"' | sort -u | wc -l)"

# What can't be decoded is shown as it is, masked.
printf 'NIK 3171234567890001 is no Avro' | "$feed" raw training-completed "$me-k4111111111111111"
call decode training-completed
check "decode goes on: code" 0 "$code"
line=$(ours)
check_match "the error" '"error":"[^"]+","bytes":"' "$line"
check "the bytes, masked" 'NIK **************** is no Avro' \
    "$(grep -o '"bytes":"[^"]*' <<< "$line" | cut -d'"' -f4 | base64 -d)"
check_match "key and headers too" "\"key\":\"$me-k\*{16}\",\"headers\":\{\"ce_id\":\"\*{4} " "$line"

# --- dead letters --------------------------------------------------------------------------------
"$feed" letter "$me" "$me: no event"
"$feed" letter "$me" "$me: no event"
call dead-letters --json
check "dead letters" 2 "$(ours | wc -l)"
check_match "one of them" "\"source_topic\":\"rating-submitted\",\"source_partition\":3,\"source_offset\":4711,\"source_timestamp_ms\":[0-9]+,\"reason\":\"$me: no event\",\"masked\":true,\"worker\":\"rating-worker\",\"bytes\":3\}" "$(ours | head -n 1)"
call dead-letters
check_match "as a table" "rating-submitted/3/4711 +$me: no event +yes +rating-worker" "$(ours | head -n 1)"
check_match "counted" "^ +2  $me: no event$" "$(ours | tail -n 1)"

# --- records -------------------------------------------------------------------------------------
"$feed" paid "$me-paid"
"$feed" half "$me-half"
"$feed" stuck "$me-stuck"
"$feed" case "$me-case"
call clock step 2020-10-20T00:00:00+07:00
call show --json "$me-paid" "$me-half"
check "show: code" 0 "$code"
check "one line each, in the order asked for" "$me-paid $me-half " \
    "$(grep -o '^{"participant_id":"[^"]*"' "$run/out" | cut -d'"' -f4 | tr '\n' ' ')"
paid=$(head -n 1 "$run/out")
half=$(tail -n 1 "$run/out")
check_match "nothing is missing" '"missing":\[\],' "$paid"
check_match "what is missing" '"missing":\["reviewed","completed","linked","verified"\],' "$half"
check_match "conditions" '\{"name":"rated","met":true,"since_ms":1601870400000\}' "$half"
check_match "no account" '"account":null,"instalments":\[\]\}$' "$half"
check_match "the account" '"account":\{"partner":"BNI","verified":true\}' "$paid"
check "four instalments" 4 "$(grep -o '"kind":"INSTALMENT"' <<< "$paid" | wc -l)"
check_match "the first is paid" '"number":1,"instalment_id":"[0-9A-Z]{20}","amount_idr":600000,"state":"PAID","dashboard":"Berhasil","reason":null,"attempt":1,"due_at_ms":1602090000000,"promised_at_ms":1602521999999,"scheduled_at_ms":1601870400000,"provisional":false,"paid_at_ms":1602090001000,"partner":"BNI","reference":"[0-9A-Z]{24,30}"' "$paid"
check_match "with its history" '"history":\[\{"at_ms":1601870400000,"attempt":1,"what":"claimed","partner":"BNI","reason":null,"code":null\},.*\{"at_ms":1601870400200,"attempt":1,"what":"paid","partner":"BNI","reason":null,"code":"2001700"\}\]' "$paid"
check_match "the next one waits" '"number":2,.*"state":"SCHEDULED","dashboard":"Belum diproses"' "$paid"
call show --all --json
check "everybody: code" 0 "$code"
check "everybody, once each" 3 "$(ours | wc -l)"
call show "$me-paid" "$me-nobody"
check "somebody unknown" 1 "$code"
check_match "a row" "$me-paid +2020 +- +1 +600000 +PAID +- +2020-10-08 +2020-10-12 +2020-10-08" "$out"

call explain "$me-paid"
check "explain: code" 0 "$code"
check_match "in Indonesian" 'Insentif ke 1 \([0-9A-Z]{20}\), Rp600.000: Berhasil' "$out"
check_match "dates" 'dibayar mulai 2020-10-08, paling lambat 2020-10-12 23:59:59 WIB: tidak terlambat' "$out"
check_match "attempts" '2020-10-05 11:00:00 #1 dikirim ke mitra, BNI' "$out"
call explain "$me-half" --lang en
check_match "in English" '\[ \] training completed with a certificate.*who must act: ' "${out//$'\n'/ }"
check_match "contact" 'contact: ' "$out"
call explain "$me-nobody"
check_match "nobody" 'Belum ada apa pun.*\[ \] terdaftar sebagai peserta' "${out//$'\n'/ }"
check "nobody: code" 1 "$code"
call explain --json "$me-nobody"
check_match "nobody as JSON" '^1 .*"known":false,' "$code $out"
call explain "$me-stuck"
check_match "a case has its number" 'nomor kasus: [0-9A-Z]{20}' "$out"
number=$(grep -oE 'nomor kasus: [0-9A-Z]{20}' "$run/out" | cut -d' ' -f3)
check_match "a reason that fits" 'alasan: Jawaban mitra pembayaran tidak dikenal \(UNKNOWN_CODE' "$out"
call explain --lang en "$me-stuck"
check_match "in English" "case number: $number" "$out"
call show --json "$me-stuck"
check_match "in JSON, and not elsewhere" \
    "\"state\":\"FAILED\".*\"case_id\":\"$number\".*\"state\":\"SCHEDULED\".*\"case_id\":null" "$out"
call cases
check_match "cases" "CASE-$me-case +$me-case +I +2 +SUSPECTED_FRAUD +4033803 +600000 +2020-10-05 11:00:00 +OPEN" "$out"
call cases --json
check "cases as JSON" 1 "$(count "^{\"case_id\":\"CASE-$me-case\"")"

# --- pause, resume, words ------------------------------------------------------------------------
call pause linkaja --by "$me" --note 'a note'
check "pause" "0 LINKAJA: paused; what is under way is finished" "$code $out"
call words
check_match "words" "LINKAJA +yes +- +- +$me +[0-9-]+ [0-9:]+ +a note" "$out"
call resume LinkAja --only 5 --by "$me" --json
check_match "resume" "\"target\":\"LINKAJA\",\"paused\":false,\"allowance\":5,\"said_by\":\"$me\"" "$out"
call words --json
check "the last word counts" 1 "$(count '^{"target":"LINKAJA","paused":false,"allowance":5,')"
call resume linkaja --by "$me"
check "resume whole" "0 LINKAJA: resumed" "$code $out"
call pause mandiri --by "$me"
check "no such partner" 1 "$code"
check_match "is told" 'target: neither a partner nor a scheme nor ALL' "$err"
call pause mandiri --by "$me" --note 'ask 0812 1234 5678'
check "a number in a note" 1 "$code"
check_match "isn't taken" 'so many digits may be somebody.s number' "$err"
call budget 2020 --idr 300000000 --by "$me"
check "a budget" "0 2020: Rp300.000.000 may be spent in all" "$code $out"
call words
check_match "words has it" "2020 +no +- +300000000 +$me" "$out"
call budget 2020 --idr 1 --by "$me" --json
check_match "as JSON" "^0 [{]\"target\":\"2020\",\"paused\":false,.*\"budget_idr\":1[}]$" "$code $out"
call pause 2020 --by "$me"
check_match "a scheme is never paused" '^1 .*a scheme has a budget and is never paused' "$code $err"
call resume --only 5 --by "$me"
check "not so many of all" 1 "$code"

# --- idle ----------------------------------------------------------------------------------------
# No worker has read what was sent above.
call idle --wait 1
check "not idle" 1 "$code"
check_match "who still has to read what" 'rating-worker rating-submitted bucket [0-9]+: [0-9]+ to read' "$err"
call idle --wait 0 --json
check_match "as JSON" '^\{"idle":false,"took_ms":[0-9]+,"moving":[0-9]+,"what":"' "$out"

checks_end
