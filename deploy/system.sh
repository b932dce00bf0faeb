#!/usr/bin/env bash
# Sourced after lib.sh: the whole system on loopback for the demo and the end-to-end tests: Kafka,
# Redis, simulator, workers, partner-callback, with keys of their own, in rehearsal. Everything lies
# under the run folder and is ended by stop_at_exit.
#
#     system_start RUN BIN [SETTING=VALUE...]   settings go to every program; sets CALLBACK_ADDRESS,
#                                               where the simulator tells what happened later
#     system_ready RUN                          every program answers /readyz
#     cli_env                                   array of NAME=VALUE: env "${cli_env[@]}" insentif …

SYSTEM_PROGRAMS=(enrolment-worker completion-worker rating-worker eligibility-worker
    disbursement-worker retry-worker escalation-worker partner-callback)

# One program, also to start it again after a crash.
system_program() { # RUN BIN NAME
    local port_file=$1/$3.port
    [[ -s $port_file ]] || free_ports 1 > "$port_file"
    local settings=("${system_env[@]}" INSENTIF_HTTP="127.0.0.1:$(< "$port_file")")
    case $3 in
    disbursement-worker) settings+=("${money_env[@]}") ;;
    partner-callback) settings+=("${callback_env[@]}") ;;
    esac
    program_start "$1" "$3" env "${settings[@]}" "$2/$3"
}

program_is_ready() { # RUN NAME
    local answer
    exec 7<> "/dev/tcp/127.0.0.1/$(< "$1/$2.port")" || return 1
    printf 'GET /readyz HTTP/1.0\r\n\r\n' >&7
    IFS= read -r -t 2 answer <&7 || true
    exec 7>&-
    [[ $answer == *' 200 '* ]]
} 2> /dev/null

system_ready() { # RUN
    local name
    for name in "${SYSTEM_PROGRAMS[@]}"; do
        wait_until 60 "$1" "$name" program_is_ready "$1" "$name"
    done
}

simulator_port() { # RUN
    sed -n 's/^ready port=//p' "$1/log/simulator.log" | tail -n 1
}

simulator_is_ready() { # RUN
    [[ -n $(simulator_port "$1") ]]
}

# Of the partners, the simulator; of us, what seals accounts. All its partners sign with one key.
system_keys() { # RUN BIN
    local partner
    mkdir -p "$1/keys/partners"
    (umask 077 && "$2/snap-simulator" --make-demo-keys "$1/keys" &&
        "$2/insentif" keys --dir "$1/keys") > "$1/log/keys.log" 2>&1 ||
        fail "keys could not be made" "read $1/log/keys.log"
    while IFS= read -r partner; do
        cp "$1/keys/partner.pub.pem" "$1/keys/partners/$partner.pem"
    done < <(sed -n 's/^\[\(.*\)\]$/\1/p' "$LIB_ROOT/deploy/partners.ini")
}

system_start() { # RUN BIN [SETTING=VALUE...]
    local run=$1 bin=$2 name
    shift 2
    kafka_start "$run"
    redis_start "$run"
    system_keys "$run" "$bin"
    CALLBACK_ADDRESS=127.0.0.1:$(free_ports 1)
    program_start "$run" simulator "$bin/snap-simulator" --keys "$run/keys" \
        --ledger "$run/simulator-ledger.jsonl" --silence-ms 1500 --no-suffixes \
        --notify "http://$CALLBACK_ADDRESS/v1/partners/{partner}/notify" \
        --notify-key "$run/keys/partner.pem"
    wait_until 10 "$run" simulator simulator_is_ready "$run"
    # Every program's settings; then what one program alone may know.
    system_env=(INSENTIF_PROFILE=demo INSENTIF_CLOCK=rehearsal INSENTIF_ENVIRONMENT=DEMO
        INSENTIF_BROKERS="$KAFKA_ADDRESS" INSENTIF_REDIS="$REDIS_ADDRESS" "$@")
    money_env=(INSENTIF_PAY=on INSENTIF_LEASE=2000 INSENTIF_IN_FLIGHT=2500
        INSENTIF_PARTNERS="$LIB_ROOT/deploy/partners.ini"
        INSENTIF_SNAP_URL="http://127.0.0.1:$(simulator_port "$run")"
        INSENTIF_SNAP_KEY_FILE="$run/keys/client.pem"
        INSENTIF_SNAP_SECRET_FILE="$run/keys/secret"
        INSENTIF_SEAL_PUBLIC_KEY_FILE="$run/keys/seal.pub"
        INSENTIF_SEAL_SECRET_KEY_FILE="$run/keys/seal.key")
    callback_env=(INSENTIF_CALLBACK_LISTEN="$CALLBACK_ADDRESS"
        INSENTIF_CALLBACK_KEYS="$run/keys/partners")
    # What the command line needs besides: it seals accounts as they are produced.
    cli_env=("${system_env[@]}" INSENTIF_SEAL_PUBLIC_KEY_FILE="$run/keys/seal.pub")
    kafka_ready "$run"
    for name in 'topics create' 'store install'; do
        # shellcheck disable=SC2086 # two words
        env "${cli_env[@]}" "$bin/insentif" $name >> "$run/log/set-up.log" 2>&1 ||
            fail "insentif $name failed" "read $run/log/set-up.log"
    done
    for name in "${SYSTEM_PROGRAMS[@]}"; do system_program "$run" "$bin" "$name"; done
}
