#!/usr/bin/env bash
# insentif produce: what it says about a file before anything is sent. Needs no server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/lib/check.sh

program=$1
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
for name in $(compgen -e INSENTIF_ || true); do unset "$name"; done
export INSENTIF_BROKERS=127.0.0.1:1 # nobody listens there
export TMPDIR=$run

call() { # WORD...; standard input is passed on
    code=0
    timeout 50 "$program" "$@" > "$run/out" 2> "$run/err" || code=$?
    out=$(< "$run/out")
    err=$(< "$run/err")
}
rating() { # PARTICIPANT STARS REVIEW
    printf '{"participant_id":"%s","course_id":"CRS-1","stars":%s,"review":"%s",' "$@"
    printf '"channel":"DASHBOARD","submitted_at_ms":"2026-03-02T09:15:30+07:00"}\n'
}

# The sample, file by file.
eval "$("$program" keys | grep PUBLIC)"
export INSENTIF_SEAL_PUBLIC_KEY
files=0
while read -r file; do
    topic=${file##*/}
    topic=${topic#*.}
    call produce "${topic%.jsonl}" --check "$file"
    check "$file: code" 0 "$code"
    check_match "$file: said" "^[0-9]+ events for ${topic%.jsonl} are good, 0 lines are bad$" "$out"
    files=$((files + 1))
done < <(find tests/data/sample -mindepth 2 -name '*.jsonl' | sort)
check "there were files" yes "$([[ $files -gt 20 ]] && echo yes)"

# A good file and no Kafka: exit 2, with the remedy.
rating PST-1 5 bagus > "$run/good"
call produce rating-submitted "$run/good"
check "no Kafka: code" 2 "$code"
check_match "no Kafka: error" 'INSENTIF_BROKERS \(127.0.0.1:1\)' "$err"

# A bad line: its number, its field, and never what stands in it.
{
    rating PST-1 5 bagus
    rating PST-2 9 'kartu 4111111111111111'
    printf '   \r\n\n'
    printf '{"participant_id":"PST-3","nama":"SITI RAHAYU"}\n'
    printf 'Siti Rahayu 628110009018\n'
    rating PST-4 4 mantap
} > "$run/mixed"
call produce rating-submitted "$run/mixed"
check "bad lines: code, before Kafka is asked" 1 "$code"
check_match "bad stars" 'line 2: rating-submitted: stars' "$err"
check_match "an unknown field" 'line 5: rating-submitted: nama: no such field' "$err"
check_match "no JSON" 'line 6: rating-submitted: no JSON object' "$err"
check_match "what happened" '3 of 7 lines are bad; nothing was sent' "$err"
check "nothing of the file is told" "" "$(grep -iE 'siti|4111|6281|bagus' "$run/err" || true)"
check "no result" "" "$out"

call produce rating-submitted --skip-bad "$run/mixed"
check "--skip-bad sends, and so needs Kafka" 2 "$code"
call produce rating-submitted --check --skip-bad "$run/mixed"
check "--check --skip-bad: bad is bad" "1 2 events for rating-submitted are good, 3 lines are bad" \
    "$code $out"
call produce rating-submitted --check --json < "$run/mixed"
check_match "as JSON, from standard input" \
    '^\{"topic":"rating-submitted","lines":7,"good":2,"bad":3,"masked":0,"sent":0,"seconds":' "$out"

# Masked, counted.
call produce rating-submitted --check < <(rating PST-1 5 'kartu saya 4111 1111 1111 1111')
check "a card number is no error" 0 "$code"
check_match "but told" 'numbers were masked in 1 reviews' "$err"

# Many bad lines are counted, not all told.
for ((i = 0; i < 50; i++)); do printf 'x\n'; done > "$run/many"
call produce rating-submitted "$run/many"
check "twenty are told" 20 "$(grep -c '^line ' "$run/err")"
check_match "the others counted" 'and 30 more bad lines' "$err"

# A byte order mark is no part of the first line; elsewhere it is.
call produce rating-submitted --check < <(printf '\xef\xbb\xbf' && rating PST-1 5 bagus)
check "a byte order mark" "0 1 events for rating-submitted are good, 0 lines are bad" "$code $out"
call produce rating-submitted --check < <(printf '\n\xef\xbb\xbf' && rating PST-1 5 bagus)
check "in the second line" 1 "$code"

# Long lines.
{
    printf '{"participant_id":"PST-1","course_id":"C","stars":5,"review":"'
    head -c 70000 /dev/zero | tr '\0' x
    printf '","channel":"DASHBOARD","submitted_at_ms":1601870400000}\n'
    rating PST-2 5 baik
} > "$run/long"
call produce rating-submitted --check "$run/long"
check_match "a long line" 'line 1: longer than 65536 bytes' "$err"
check_match "the next one is seen" '^1 events .* 1 lines are bad$' "$out"

# Accounts in clear want a key, and are never told of.
account() { # MORE: of the account
    printf '{"participant_id":"PST-1","account_ref":"acc-1","partner":"BNI","sealed_account":'
    printf '{"number":"0115476117","name":"SITI"%s},' "$1"
    printf '"linked_at_ms":1601870400000,"source_version":1601870400000}\n'
}
call produce account-linked --check < <(account '')
check "an account is sealed" "0 1 events for account-linked are good, 0 lines are bad" "$code $out"
call produce account-linked --check < <(account ',"pin":"1234"')
check_match "what doesn't belong there" 'line 1: account-linked: sealed_account: only' "$err"
check "is not told" "" "$(grep -E '1234|SITI|0115' "$run/err" || true)"
INSENTIF_SEAL_PUBLIC_KEY='' call produce account-linked --check < <(account '')
check "without a key: code" 1 "$code"
check_match "without a key: remedy" 'insentif keys' "$err"
INSENTIF_SEAL_PUBLIC_KEY=nonsense call produce account-linked --check < /dev/null
check "a wrong key" 1 "$code"
check_match "is named" 'INSENTIF_SEAL_PUBLIC_KEY' "$err"

# Nothing stays behind, and a spool that can't be made is said.
check "no spool is left" "" "$(find "$run" -name 'insentif-*')"
TMPDIR=$run/absent call produce rating-submitted "$run/good"
check "no folder for the spool" 2 "$code"
check_match "remedy" 'TMPDIR' "$err"

# Empty files are fine.
call produce rating-submitted /dev/null
check "nothing to send" "0 sent 0 events to rating-submitted in 0.0 s" "$code $out"

checks_end
