# shellcheck shell=bash
# A Mosquitto of one's own, as cpp_examples/brokers/mosquitto sets it up: on free loopback ports, its files in a folder
# that the caller made. Used by ./dev demo --mqtt and by tests/phone.

# broker_files <folder> [<user> <password>]...
broker_files() {
    local folder=$1
    shift
    cp -r cpp_examples/brokers/mosquitto/. "$folder"
    "$folder/setup.sh" >/dev/null
    while [ $# -gt 0 ]; do
        printf '%s\n' "$2" | "$folder/setup.sh" user "$1" >/dev/null
        shift 2
    done
    # Root would become a user that cannot read this folder.
    [ "$(id -u)" -ne 0 ] || echo 'user root' >>"$folder/mosquitto.conf"
}

# broker_start <folder>: sets broker_pid, and the ports tcp_port, tls_port, ws_port and wss_port.
broker_start() {
    local folder=$1 try
    PATH=$PATH:/usr/sbin # where Debian puts it
    for try in 1 2 3 4 5 6 7 8 9 10; do
        # Which ports are free the system says when Mosquitto binds them; these are none that it gives out by itself.
        tcp_port=$((20000 + RANDOM % 3000 * 4)) tls_port=$((tcp_port + 1)) ws_port=$((tcp_port + 2)) wss_port=$((tcp_port + 3))
        sed -E -e "s/^listener 1883( .*)?$/listener $tcp_port 127.0.0.1/" \
            -e "s/^listener 8883( .*)?$/listener $tls_port 127.0.0.1/" \
            -e "s/^listener 8083( .*)?$/listener $ws_port 127.0.0.1/" \
            -e "s/^listener 8084( .*)?$/listener $wss_port 127.0.0.1/" "$folder/mosquitto.conf" >"$folder/running.conf"
        : >"$folder/log" # Not what an earlier one said.
        (cd "$folder" && exec mosquitto -c running.conf) >"$folder/log" 2>&1 &
        broker_pid=$!
        broker_is_up "$folder" && return 0
        wait "$broker_pid" 2>/dev/null || true
    done
    echo "mosquitto does not start:" >&2
    cat "$folder/log" >&2
    return 1
}

# Until it says that it runs, or is gone; 20 s at most.
broker_is_up() {
    local looks
    for ((looks = 0; looks < 400; looks++)); do
        grep -q 'mosquitto version .* running' "$1/log" && return 0
        kill -0 "$broker_pid" 2>/dev/null || return 1
        sleep 0.05
    done
    kill "$broker_pid"
    return 1
}

broker_stop() {
    [ -n "${broker_pid:-}" ] || return 0
    kill "$broker_pid" 2>/dev/null || true
    wait "$broker_pid" 2>/dev/null || true
    broker_pid=''
}
