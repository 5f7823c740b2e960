#!/usr/bin/env bash
# with_mosquitto.sh [--scheme mqtt|mqtts|ws|wss] <program> [argument...]: runs it with RTM_CALL_URL naming a private Mosquitto
# on a free loopback port. Default: mqtt.
set -euo pipefail
export PATH=$PATH:/usr/sbin # Debian puts mosquitto where only root looks.

scheme=mqtt
if [ "$1" = --scheme ]; then
    scheme=$2
    shift 2
fi
folder=$(mktemp -d)
broker=
ended() {
    [ -z "$broker" ] || kill "$broker" 2>/dev/null || true
    rm -rf "$folder"
}
trap ended EXIT

a_port() {
    echo $((20000 + 0x$(od -An -N2 -tx2 /dev/urandom | tr -d ' ') % 12000))
}

# An authority, and what it says of the broker.
certificates() {
    cd "$folder"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=test authority' -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout broker.key -out broker.csr
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >extensions
    openssl x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -set_serial 1 -days 2 -extfile extensions -out broker.pem
}

configuration() {
    printf '%s\n' 'allow_anonymous true' 'persistence false' 'log_dest stderr'
    # As root it would go on as a user who cannot read the key.
    [ "$(id -u)" -ne 0 ] || echo 'user root'
    # With nothing but WebSockets Mosquitto 2.0 does not start.
    case $scheme in ws | wss) echo "listener $(a_port) 127.0.0.1" ;; esac
    echo "listener $port 127.0.0.1"
    case $scheme in ws | wss) echo 'protocol websockets' ;; esac
    case $scheme in mqtts | wss) printf '%s\n' "certfile $folder/broker.pem" "keyfile $folder/broker.key" ;; esac
}

path='' options=''
case $scheme in
    mqtt) ;;
    ws) path=/mqtt ;;
    mqtts | wss)
        [ "$scheme" = mqtts ] || path=/mqtt
        (certificates) >"$folder/log" 2>&1 || { cat "$folder/log" >&2 && exit 1; }
        options="?ca_file=$folder/ca.pem"
        ;;
    *) echo "with_mosquitto.sh: '$scheme' is not a scheme: mqtt, mqtts, ws or wss" >&2 && exit 2 ;;
esac

# The port is free until the broker says otherwise.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    port=$(a_port)
    configuration >"$folder/mosquitto.conf"
    mosquitto -c "$folder/mosquitto.conf" >"$folder/log" 2>&1 &
    broker=$!
    while kill -0 "$broker" 2>/dev/null; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            kill -0 "$broker" 2>/dev/null || break # Somebody else answered.
            RTM_CALL_URL="$scheme://127.0.0.1:$port$path$options" "$@"
            exit 0
        fi
        sleep 0.02
    done
    [ "$attempt" -lt 10 ] || { cat "$folder/log" >&2 && exit 1; }
done
