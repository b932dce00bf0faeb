#!/usr/bin/env bash
# Sourced after lib.sh: the whole system on loopback for the demo and the end-to-end tests: Kafka,
# Redis, simulator, workers, with keys of their own, in rehearsal. Everything lies under the run
# folder and is ended by stop_at_exit.
#
#     system_start RUN BIN [SETTING=VALUE...]   settings go to every program
#     system_ready RUN                          every worker answers /readyz
#     cli_env                                   array of NAME=VALUE: env "${cli_env[@]}" insentif …

SYSTEM_WORKERS=(enrolment completion rating eligibility disbursement retry escalation)

# One worker, also to start it again after a crash.
system_worker() { # RUN BIN NAME
    local port_file=$1/$3.port
    [[ -s $port_file ]] || free_ports 1 > "$port_file"
    local settings=("${system_env[@]}" INSENTIF_HTTP="127.0.0.1:$(< "$port_file")")
    [[ $3 != disbursement ]] || settings+=("${money_env[@]}")
    program_start "$1" "$3-worker" env "${settings[@]}" "$2/$3-worker"
}

worker_is_ready() { # RUN NAME
    local answer
    exec 7<> "/dev/tcp/127.0.0.1/$(< "$1/$2.port")" || return 1
    printf 'GET /readyz HTTP/1.0\r\n\r\n' >&7
    IFS= read -r -t 2 answer <&7 || true
    exec 7>&-
    [[ $answer == *' 200 '* ]]
} 2> /dev/null

system_ready() { # RUN
    local name
    for name in "${SYSTEM_WORKERS[@]}"; do
        wait_until 60 "$1" "$name-worker" worker_is_ready "$1" "$name"
    done
}

simulator_port() { # RUN
    sed -n 's/^ready port=//p' "$1/log/simulator.log" | tail -n 1
}

simulator_is_ready() { # RUN
    [[ -n $(simulator_port "$1") ]]
}

system_start() { # RUN BIN [SETTING=VALUE...]
    local run=$1 bin=$2 name
    shift 2
    mkdir -p "$run/keys"
    kafka_start "$run"
    redis_start "$run"
    (umask 077 && "$bin/snap-simulator" --make-demo-keys "$run/keys" &&
        "$bin/insentif" keys --dir "$run/keys") > "$run/log/keys.log" 2>&1 ||
        fail "keys could not be made" "read $run/log/keys.log"
    program_start "$run" simulator "$bin/snap-simulator" --keys "$run/keys" \
        --ledger "$run/simulator-ledger.jsonl" --silence-ms 1500 --no-suffixes
    wait_until 10 "$run" simulator simulator_is_ready "$run"
    # Every program's settings; those of money go to disbursement-worker alone.
    system_env=(INSENTIF_PROFILE=demo INSENTIF_CLOCK=rehearsal INSENTIF_ENVIRONMENT=DEMO
        INSENTIF_BROKERS="$KAFKA_ADDRESS" INSENTIF_REDIS="$REDIS_ADDRESS" "$@")
    money_env=(INSENTIF_PAY=on INSENTIF_LEASE=2000 INSENTIF_IN_FLIGHT=2500
        INSENTIF_PARTNERS="$LIB_ROOT/deploy/partners.ini"
        INSENTIF_SNAP_URL="http://127.0.0.1:$(simulator_port "$run")"
        INSENTIF_SNAP_KEY_FILE="$run/keys/client.pem"
        INSENTIF_SNAP_SECRET_FILE="$run/keys/secret"
        INSENTIF_SEAL_PUBLIC_KEY_FILE="$run/keys/seal.pub"
        INSENTIF_SEAL_SECRET_KEY_FILE="$run/keys/seal.key")
    # What the command line needs besides: it seals accounts as they are produced.
    cli_env=("${system_env[@]}" INSENTIF_SEAL_PUBLIC_KEY_FILE="$run/keys/seal.pub")
    kafka_ready "$run"
    for name in 'topics create' 'store install'; do
        # shellcheck disable=SC2086 # two words
        env "${cli_env[@]}" "$bin/insentif" $name >> "$run/log/set-up.log" 2>&1 ||
            fail "insentif $name failed" "read $run/log/set-up.log"
    done
    for name in "${SYSTEM_WORKERS[@]}"; do system_worker "$run" "$bin" "$name"; done
}
