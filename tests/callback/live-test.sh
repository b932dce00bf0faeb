#!/usr/bin/env bash
# partner-callback against the Kafka and the Redis of tests/run, with notifications written here and
# by the simulator. live-test.sh PARTNER-CALLBACK INSENTIF SNAP-SIMULATOR CALLBACK-BUCKET
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/lib/check.sh
source tests/lib/live.sh

program=$1 insentif=$2 simulator=$3 bucket_of=$4
pids=()
end() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
    rm -rf "$run"
}
trap end EXIT
unset "${!http_proxy@}" "${!HTTP_PROXY@}"
me=CB-$$x${EPOCHREALTIME/[.,]/x}

wait_for() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $until ]] || { echo "waited in vain for: $*" && cat "$run"/*.log && exit 1; }
        sleep 0.1
    done
}
field() { # NAME FILE: a number in the line "started"
    grep '"event":"started"' "$2" | grep -oE "\"$1\":[0-9]+" | cut -d: -f2
}
ours() {
    timeout 60 "$insentif" decode transfer-returned > "$run/out" 2> "$run/err" || cat "$run/err"
    grep -F "$me" "$run/out" || true
}

"$insentif" topics create > "$run/topics"
"$insentif" store install > "$run/install"
"$simulator" --make-demo-keys "$run/keys"
mkdir "$run/partners"
cp "$run/keys/partner.pub.pem" "$run/partners/dana.pem"

# --- settings --------------------------------------------------------------------------------------
code=0
"$program" > "$run/out" 2>&1 || code=$?
check "keys are needed" 1 "$code"
check_match "it says so" 'INSENTIF_CALLBACK_KEYS' "$(< "$run/out")"
export INSENTIF_CALLBACK_KEYS=$run/partners INSENTIF_HTTP=127.0.0.1:0
export INSENTIF_CALLBACK_LISTEN=127.0.0.1:0
check_match "settings are shown" 'INSENTIF_CALLBACK_LISTEN=127.0.0.1:0' "$("$program" --print-config)"
check_match "help" 'INSENTIF_CALLBACK_KEYS' "$("$program" --help)"
code=0
INSENTIF_CALLBACK_KEYS=$run/keys "$program" > "$run/out" 2>&1 || code=$?
check "no partner's key" 1 "$code"
check_match "named" 'INSENTIF_CALLBACK_KEYS: .* holds no' "$(< "$run/out")"

"$program" 2> "$run/callback.log" &
callback=$!
pids+=("$callback")
wait_for 20 grep -q '"event":"started"' "$run/callback.log"
door=http://127.0.0.1:$(field port "$run/callback.log")
probes=http://127.0.0.1:$(field probes "$run/callback.log")
wait_for 30 curl -sf -o "$run/out" "$probes/readyz"
check "alive" ok "$(curl -s "$probes/livez")"
check "partners see no probes" 404 "$(curl -s -o "$run/out" -w '%{http_code}' "$door/metrics")"

# --- a payment, and its return ---------------------------------------------------------------------
pay() { # INSTALMENT PARTICIPANT
    local bucket
    bucket=$("$bucket_of" "$2" 12)
    printf 'of %s\n1601870400000 1 claimed DANA - -\n1601870400200 1 paid DANA - 2003800\n' "$2" |
        redis-cli -h "${INSENTIF_REDIS%:*}" -p "${INSENTIF_REDIS##*:}" -x set "pay:{$bucket}:$1" > "$run/set"
}
sign() { # KEY PATH BODY TIMESTAMP
    local hash
    hash=$(printf '%s' "$3" | openssl dgst -sha256 -r | cut -d' ' -f1)
    printf '%s' "POST:$2:$hash:$4" | openssl dgst -sha256 -sign "$1" | openssl base64 -A
}
post() { # URL PATH KEY BODY [CURL-OPTION...]
    local at url=$1 path=$2 key=$3 body=$4
    shift 4
    at=$(TZ=Asia/Jakarta date +%Y-%m-%dT%H:%M:%S+07:00)
    curl -s --max-time 10 -H "X-TIMESTAMP: $at" -H "X-SIGNATURE: $(sign "$key" "$path" "$body" "$at")" \
        -H 'Content-Type: application/json' -H 'X-PARTNER-ID: insentif' \
        -H "X-EXTERNAL-ID: $RANDOM${EPOCHREALTIME/[.,]/}" -H 'CHANNEL-ID: 95221' "$@" \
        --data-binary "$body" "$url$path"
}
told() { # REFERENCE STATUS
    printf '{"originalPartnerReferenceNo":"%s","originalReferenceNo":"1",' "$1"
    printf '"amount":{"value":"600000.00","currency":"IDR"},"latestTransactionStatus":"%s",' "$2"
    printf '"transactionStatusDesc":"PAYEE_ACCOUNT_CLOSED","additionalInfo":{}}'
}
path=/v1/partners/dana/notify
random20() { tr -dc '0-9A-HJKMNP-TV-Z' < <(head -c 2000 /dev/urandom) | head -c 20; }
first=$(random20) second=$(random20)
pay "$first" "$me-1"
pay "$second" "$me-2"

good='{"responseCode":"2004300","responseMessage":"Successful"}'
check "a return" "$good" "$(post "$door" $path "$run/keys/partner.pem" "$(told "${first}DEV01" 04)")"
line=$(ours)
check_match "its event" "\"key\":\"$me-1\",.*\"ce_type\":\"transfer-returned\",\"ce_source\":\"/insentif/partner-callback\".*\"event\":\{\"participant_id\":\"$me-1\",\"instalment_id\":\"$first\",\"attempt\":1,\"reference\":\"${first}DEV01\",\"partner\":\"DANA\",\"amount_idr\":600000,\"reason\":\"ACCOUNT_CLOSED\",\"raw_code\":\"04/PAYEE_ACCOUNT_CLOSED\",\"returned_at_ms\":[0-9]+\}" "$line"
check "told twice" "$good" "$(post "$door" $path "$run/keys/partner.pem" "$(told "${first}DEV01" 04)")"
check "two records, one id" "2 1" \
    "$(ours | wc -l) $(ours | grep -oE '"ce_id":"[0-9A-Z]{20}"' | sort -u | wc -l)"
check "a success tells nothing new" "$good" \
    "$(post "$door" $path "$run/keys/partner.pem" "$(told "${second}DEV01" 00)")"
check "another's signature" '{"responseCode":"4014300","responseMessage":"Unauthorized"}' \
    "$(post "$door" $path "$run/keys/client.pem" "$(told "${second}DEV01" 04)")"
check "a payment nobody knows" '{"responseCode":"4044301","responseMessage":"Transaction Not Found"}' \
    "$(post "$door" $path "$run/keys/partner.pem" "$(told "$(random20)DEV01" 04)")"
check "nothing came of those" 2 "$(ours | wc -l)"

# --- the simulator's own notification --------------------------------------------------------------
"$simulator" --keys "$run/keys" --notify "$door/v1/partners/{partner}/notify" \
    --notify-key "$run/keys/partner.pem" > "$run/simulator.out" 2> "$run/simulator.log" &
pids+=("$!")
wait_for 20 grep -q '^ready port=' "$run/simulator.out"
sim=http://127.0.0.1:$(grep -oE '[0-9]+$' <(head -n 1 "$run/simulator.out"))
body="{\"partnerReferenceNo\":\"${second}DEV01\",\"customerNumber\":\"6281200009932\",\"amount\":{\"value\":\"600000.00\",\"currency\":\"IDR\"},\"additionalInfo\":{\"fundType\":\"AGENT_TOPUP_FOR_USER_SETTLE\"}}"
check_match "it pays" '"responseCode":"2003800"' \
    "$(post "$sim" /dana/rest/v1.0/emoney/topup "$run/keys/client.pem" "$body")"
curl -s -X POST -o "$run/out" "$sim/_control/settle"
returned() { [[ $(ours | grep -c "$me-2\"") -ge 1 ]]; }
wait_for 20 returned
check_match "and tells us of its return" "\"reference\":\"${second}DEV01\",\"partner\":\"DANA\",\"amount_idr\":600000,\"reason\":\"UNKNOWN_CODE\",\"raw_code\":\"04\"" \
    "$(ours | grep -F "$me-2\"" | head -n 1)"

# --- what can be seen, and the end -----------------------------------------------------------------
curl -s -o "$run/metrics" "$probes/metrics"
check_match "answers are counted" 'insentif_callback_answers_total\{code="2004300"\} [4-9]' "$(< "$run/metrics")"
check_match "events too" 'insentif_events_emitted_total [3-9]' "$(< "$run/metrics")"
check_match "notifications" 'insentif_callback_notifications_total\{partner="DANA",status="00"\} 1' "$(< "$run/metrics")"
kill -TERM "$callback"
code=0
wait "$callback" || code=$?
check "SIGTERM: code" 0 "$code"
check_match "its last line" '"event":"stopped","status":0' "$(tail -n 1 "$run/callback.log")"
check "no account in its log" 0 "$(grep -c 6281200009932 "$run/callback.log" || true)"
checks_end
