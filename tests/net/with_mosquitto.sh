#!/usr/bin/env bash
# with_mosquitto.sh <program> [argument...]: runs it with RTM_CALL_URL naming a private Mosquitto on a free loopback port.
set -euo pipefail
export PATH=$PATH:/usr/sbin # Debian puts mosquitto where only root looks.

folder=$(mktemp -d)
broker=
ended() {
    [ -z "$broker" ] || kill "$broker" 2>/dev/null || true
    rm -rf "$folder"
}
trap ended EXIT

# The port is free until the broker says otherwise.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    port=$((20000 + 0x$(od -An -N2 -tx2 /dev/urandom | tr -d ' ') % 12000))
    printf '%s\n' "listener $port 127.0.0.1" 'allow_anonymous true' 'persistence false' 'log_dest stderr' >"$folder/mosquitto.conf"
    mosquitto -c "$folder/mosquitto.conf" >"$folder/log" 2>&1 &
    broker=$!
    while kill -0 "$broker" 2>/dev/null; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            kill -0 "$broker" 2>/dev/null || break # Somebody else answered.
            RTM_CALL_URL="mqtt://127.0.0.1:$port" "$@"
            exit 0
        fi
        sleep 0.02
    done
    [ "$attempt" -lt 10 ] || { cat "$folder/log" >&2 && exit 1; }
done
