#!/usr/bin/env bash
# Test programs over a real MQTT broker: Mosquitto, started here on free ports of the loopback, with a folder of its own.
# usage: tests/over_broker.sh mqtt|mqtts|ws|wss [launcher...] <program> [argument...]
# The programs take the carrier from RTM_CALL_URL.
set -euo pipefail

scheme=$1
shift
export PATH=$PATH:/usr/sbin:/usr/local/sbin
folder=$(mktemp -d)
broker=
# Ends only the broker that was started here.
clean_up() {
    [ -z "$broker" ] || kill "$broker" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT

certificates() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=test authority' -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout broker.key -out broker.csr
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >extensions
    openssl x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -set_serial 1 -days 2 -extfile extensions -out broker.pem
}

# A port that was free a moment ago; start_broker tries another when somebody was faster.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 30000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# Mosquitto 2.0 wants a listener that is none of WebSockets, too.
start_broker() {
    local plain deadline=$((SECONDS + 30))
    port=$(free_port)
    plain=$(free_port)
    [ "$plain" != "$port" ] || return 1
    {
        echo "allow_anonymous true"
        [ "$scheme" = mqtt ] || echo "listener $plain 127.0.0.1"
        echo "listener $port 127.0.0.1"
        case $scheme in ws | wss) echo "protocol websockets" ;; esac
        case $scheme in mqtts | wss) printf 'certfile %s\nkeyfile %s\n' "$folder/broker.pem" "$folder/broker.key" ;; esac
    } >"$folder/mosquitto.conf"
    # As root it would go on as a user who may not read the key.
    [ "$(id -u)" -ne 0 ] || echo "user root" >>"$folder/mosquitto.conf"
    mosquitto -c "$folder/mosquitto.conf" >"$folder/log" 2>&1 &
    broker=$!
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 "$broker" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.05
    done
    kill -0 "$broker" 2>/dev/null
}

case $scheme in
    mqtt | ws) ca= ;;
    mqtts | wss) (cd "$folder" && certificates >log 2>&1) || { cat "$folder/log" && exit 1; } && ca=?ca_file=$folder/ca.pem ;;
    *) echo "usage: $0 mqtt|mqtts|ws|wss [launcher...] <program> [argument...]" >&2 && exit 2 ;;
esac
for attempt in 1 2 3 4 5; do
    ! start_broker || break
    [ "$attempt" -lt 5 ] || { echo "Mosquitto does not start:" && cat "$folder/log" && exit 1; } >&2
done
export RTM_CALL_URL=$scheme://localhost:$port$ca
case $scheme in ws | wss) RTM_CALL_URL=$scheme://localhost:$port/mqtt$ca ;; esac
code=0
"$@" || code=$?
[ "$code" -eq 0 ] || { echo "--- the broker at $RTM_CALL_URL:" && tail -n 40 "$folder/log"; } >&2
exit "$code"
