#!/usr/bin/env bash
# Sourced: starts and stops Kafka, Redis and any other program privately, on loopback, for the demo
# and the tests.
#
# Everything of one run lies under one run folder: NAME.pid, log/NAME.log, kafka/, redis/.
# A program is ended by the pid (and its birth, so never a stranger's reused pid) in its file.
# Programs get a session of their own: Ctrl-C reaches the script alone, which stops them in order.
#
#     source deploy/lib.sh
#     stop_at_exit "$run"                      # also on Ctrl-C, hang-up and TERM
#     kafka_start "$run"; redis_start "$run"   # free ports; sets KAFKA_ADDRESS and REDIS_ADDRESS
#     kafka_ready "$run"
#     program_start "$run" rating-worker env INSENTIF_BROKERS="$KAFKA_ADDRESS" build/bin/rating-worker
#     wait_until 10 "$run" rating-worker port_open 21001
#     run_guarded ctest …                      # in the foreground, ended with us
#
# Call these from the main shell, not in $(…) or (…). Descriptor 8 is the script's own (a lock), not
# handed on. Settings: KAFKA_HEAP (512m), JAVA_HOME, PROGRAMS_TIED=yes (end the programs even when
# the script itself is killed with SIGKILL).

LIB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LIB_CACHE=$LIB_ROOT/.cache
KAFKA_VERSION=$(sed -n 's:.*<kafka.version>\(.*\)</.*:\1:p' "$LIB_ROOT/deploy/kafka/pom.xml")
KAFKA_LIB=$LIB_CACHE/kafka-$KAFKA_VERSION
PATH=$PATH:$LIB_CACHE/bin # deploy/setup puts redis-server there where the system has none
GUARDED=

# One progress line, with the seconds since the script began.
say() {
    printf '[%4d s] %s\n' "$SECONDS" "$*"
}

# The cause, and what to do about it; ends the script.
fail() { # CAUSE REMEDY
    printf 'error: %s\n   do: %s\n' "$1" "$2" >&2
    exit 1
}

java_command() {
    printf '%s\n' "${JAVA_HOME:+$JAVA_HOME/bin/}java"
}

port_open() { # PORT
    (: > "/dev/tcp/127.0.0.1/$1") 2> /dev/null
}

# COUNT different ports nobody listens on. Below 32768: the kernel hands the higher ones to
# outgoing connections, which could take one before its server does.
free_ports() { # COUNT
    local port found=' '
    for ((n = 0; n < $1;)); do
        port=$((20000 + RANDOM % 12000))
        if [[ $found != *" $port "* ]] && ! port_open "$port"; then
            found+="$port "
            n=$((n + 1))
            printf '%s\n' "$port"
        fi
    done
}

# When the process began, in ticks since boot; nothing for one that is gone or a zombie.
process_birth() { # PID
    local stat fields
    { stat=$(< "/proc/$1/stat"); } 2> /dev/null || return 1
    read -ra fields <<< "${stat##*) }" # from the third field on: the name may hold spaces
    [[ ${fields[0]} != Z ]] && printf '%s\n' "${fields[19]}"
}

# The pid, when the program this run started is still there.
program_pid() { # RUN NAME
    local pid birth now
    [[ -s $1/$2.pid ]] && read -r pid birth < "$1/$2.pid" || return 1
    now=$(process_birth "$pid") && [[ $now == "$birth" ]] && printf '%s\n' "$pid"
}

# What a program's command line begins with: the caller's array `tie`.
tied() {
    # A shell's background jobs ignore SIGINT; programs begin with the usual signals.
    tie=(setsid env "--default-signal=INT,QUIT")
    [[ ${PROGRAMS_TIED:-} != yes ]] || tie+=(setpriv --pdeathsig TERM --)
}

program_start() { # RUN NAME COMMAND...
    local run=$1 name=$2 tie
    shift 2
    if program_pid "$run" "$name" > /dev/null; then
        fail "$name already runs under $run" "stop it first, or choose another folder"
    fi
    mkdir -p "$run/log"
    rm -f "$run/$name.pid"
    tied
    # shellcheck disable=SC2016 # for the inner shell, which becomes the program
    "${tie[@]}" bash -c '
        stat=$(< /proc/$$/stat)
        read -ra fields <<< "${stat##*) }"
        echo "$$ ${fields[19]}" > "$0.new" && mv "$0.new" "$0"
        exec "$@"' "$run/$name.pid" "$@" < /dev/null >> "$run/log/$name.log" 2>&1 8>&- &
    disown "$!" # no "Terminated" lines from the shell
    local tries=0
    until [[ -s $run/$name.pid ]]; do
        ((++tries < 200)) || fail "$name did not start" "read $run/log/$name.log"
        sleep 0.02
    done
}

# Wait until the command succeeds, but no longer than the program lives.
wait_until() { # SECONDS RUN NAME COMMAND...
    local until_us=$((${EPOCHREALTIME//[.,]/} + $1 * 1000000)) run=$2 name=$3 why
    shift 3
    until "$@"; do
        why=
        program_pid "$run" "$name" > /dev/null || why="$name has ended"
        ((${EPOCHREALTIME//[.,]/} < until_us)) || why="$name is not ready in time"
        if [[ -n $why ]]; then
            why+=": $(tail -n 1 "$run/log/$name.log" 2> /dev/null | cut -c 1-200)"
            fail "$why" "read $run/log/$name.log"
        fi
        sleep 0.05
    done
}

program_gone() { # SECONDS RUN NAME; fails when it is still there
    local until_us=$((${EPOCHREALTIME//[.,]/} + $1 * 1000000))
    while program_pid "$2" "$3" > /dev/null; do
        ((${EPOCHREALTIME//[.,]/} < until_us)) || return 1
        sleep 0.02
    done
    rm -f "$2/$3.pid"
}

program_term() { # RUN NAME
    local pid
    if pid=$(program_pid "$1" "$2"); then kill -TERM "$pid" 2> /dev/null || true; fi
}

# TERM, then after SECONDS (15: workers drain for 10) KILL with all its children. No error if gone.
program_stop() { # RUN NAME [SECONDS]
    program_term "$1" "$2"
    if ! program_gone "${3:-15}" "$1" "$2"; then
        printf '%s did not stop in %s s: killed\n' "$2" "${3:-15}" >&2
        program_kill "$1" "$2"
    fi
}

# A crash: SIGKILL to the program and its children.
program_kill() { # RUN NAME
    local pid
    if pid=$(program_pid "$1" "$2"); then
        kill -KILL -- "-$pid" 2> /dev/null || kill -KILL "$pid" 2> /dev/null || true
        program_gone 10 "$1" "$2" || printf '%s cannot be killed\n' "$2" >&2
    fi
}

# Workers first and all at once (they still need the servers to drain), then the servers.
stop_all() { # RUN
    local run=$1 file name names=() servers=()
    for file in "$run"/*.pid; do
        [[ -e $file ]] || continue
        name=$(basename "$file" .pid)
        case $name in kafka | redis) servers+=("$name") ;; *) names+=("$name") ;; esac
    done
    for name in "${names[@]}"; do program_term "$run" "$name"; done
    for name in "${names[@]}"; do program_stop "$run" "$name"; done
    for name in "${servers[@]}"; do program_term "$run" "$name"; done
    for name in "${servers[@]}"; do program_stop "$run" "$name"; done
}

# Run in the foreground; unlike a plain command, a signal to us ends it (and its children) at once.
run_guarded() { # COMMAND...
    local status=0 tie
    tied
    "${tie[@]}" "$@" < /dev/null 8>&- &
    GUARDED=$!
    wait "$GUARDED" || status=$?
    GUARDED=
    return "$status"
}

guarded_end() {
    local tries=0
    [[ -n $GUARDED ]] || return 0
    kill -TERM -- "-$GUARDED" 2> /dev/null || true
    while kill -0 -- "-$GUARDED" 2> /dev/null && ((++tries < 200)); do sleep 0.05; done
    kill -KILL -- "-$GUARDED" 2> /dev/null || true
    GUARDED=
}

# From here on, however the script ends, what runs under the folder is stopped. `after`: a last
# command, for instance one that removes the folder.
stop_at_exit() { # RUN [AFTER...]
    STOP_RUN=$1
    shift
    STOP_AFTER=("$@")
    trap stop_now EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

stop_now() {
    trap '' HUP INT TERM # a second Ctrl-C must not leave things behind
    guarded_end
    stop_all "$STOP_RUN"
    [[ ${#STOP_AFTER[@]} -eq 0 ]] || "${STOP_AFTER[@]}"
}

# --- Kafka ---------------------------------------------------------------------------------------

kafka_java() { # ARGUMENT...: quick to start rather than quick for ever
    printf '%s\0' "$(java_command)" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
        -Djava.net.preferIPv4Stack=true \
        -Dlog4j2.configurationFile="$LIB_ROOT/deploy/kafka/log4j2.properties" \
        -cp "$KAFKA_LIB/*" "$@"
}

# Any of Kafka's own command-line classes: kafka_tool org.apache.kafka.tools.TopicCommand …
kafka_tool() { # CLASS ARGUMENT...
    local line
    mapfile -d '' line < <(kafka_java -Dlog.level=error "$@")
    "${line[@]}"
}

# Begins to start; kafka_ready waits for the end of it. An existing folder is used as it is.
kafka_start() { # RUN [PORT]
    local run=$1 port=${2:-} controller line
    [[ -e $KAFKA_LIB/.complete ]] || fail "Kafka's jars are not there" "run deploy/setup"
    if [[ -z $port ]]; then
        port=$(free_ports 1)
    elif port_open "$port"; then
        fail "port $port is taken" "choose another for Kafka, or stop what listens there"
    fi
    controller=$(free_ports 1)
    while [[ $controller == "$port" ]]; do controller=$(free_ports 1); done
    mkdir -p "$run/kafka" "$run/log"
    cat "$LIB_ROOT/deploy/kafka/single-node.properties" - > "$run/kafka/server.properties" << END
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.quorum.voters=1@127.0.0.1:$controller
log.dirs=$run/kafka/data
END
    if [[ ! -e $run/kafka/data/meta.properties ]]; then
        kafka_tool kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk \
            -c "$run/kafka/server.properties" > "$run/log/kafka-format.log" 2>&1 ||
            fail "Kafka's data folder could not be prepared" "read $run/log/kafka-format.log"
    fi
    : > "$run/log/kafka.log" # kafka_ready looks for this start's line
    mapfile -d '' line < <(kafka_java -Xmx"${KAFKA_HEAP:-512m}" -XX:+ExitOnOutOfMemoryError \
        kafka.Kafka "$run/kafka/server.properties")
    program_start "$run" kafka "${line[@]}"
    # shellcheck disable=SC2034 # for the caller
    KAFKA_ADDRESS=127.0.0.1:$port
}

kafka_ready() { # RUN [SECONDS]
    wait_until "${2:-60}" "$1" kafka grep -q 'Kafka Server started' "$1/log/kafka.log"
    wait_until 10 "$1" kafka port_open "${KAFKA_ADDRESS##*:}"
}

# --- Redis ---------------------------------------------------------------------------------------

redis_answers() { # PORT
    [[ $(timeout 2 redis-cli -h 127.0.0.1 -p "$1" ping 2> /dev/null) == PONG ]]
}

# Returns when Redis answers. INSENTIF_REDIS_FSYNC and further settings: see deploy/redis/run.
redis_start() { # RUN [PORT [REDIS-SETTING...]]
    local run=$1 port=${2:-}
    shift $(($# > 1 ? 2 : 1))
    if [[ -z $port ]]; then
        port=$(free_ports 1)
    elif port_open "$port"; then
        fail "port $port is taken" "choose another for Redis, or stop what listens there"
    fi
    program_start "$run" redis "$LIB_ROOT/deploy/redis/run" --port "$port" --dir "$run/redis" "$@"
    wait_until 30 "$run" redis redis_answers "$port"
    # shellcheck disable=SC2034 # for the caller
    REDIS_ADDRESS=127.0.0.1:$port
}
