#!/usr/bin/env bash
# Two processes ring each other through a real broker: the endings of a call, and what becomes of it when one is killed.
#   calls.sh <phone>
set -euo pipefail
phone=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. .ci/lib/broker.sh
. tests/phone/support.sh
needs mosquitto mosquitto_passwd openssl

mkdir "$work/broker"
broker_files "$work/broker" alice a-secret bob b-secret phone.alice a-secret phone.bob b-secret
broker_start "$work/broker"
ca=$work/broker/tls/ca.crt

# starts <user> <url> <script> [<phone option>...]: in the background, its process id in $started
starts() {
    printf '%s\n' "$3" >"$work/$1.script"
    printf '%s\n' "${1:0:1}-secret" >"$work/$1.token"
    : >"$work/$1.out" # Here, not in the background: nobody may read what the one before said.
    "$phone" --user "$1" --url "$2" --token-file "$work/$1.token" --script "$work/$1.script" "${@:4}" >"$work/$1.out" 2>&1 &
    started=$!
}
# ends <user> <process> <what>: its script holds
ends() {
    local code=0
    wait "$2" || code=$?
    check "$3" 0 "$code"
    [ "$code" -eq 0 ] || cat "$work/$1.out"
}
killed() {
    kill -KILL "$1"
    wait "$1" 2>/dev/null || true
}
# says <user> <text>: until it has said so, 30 s at most
says() {
    local looks
    for ((looks = 0; looks < 600; looks++)); do
        ! grep -qF -- "$2" "$work/$1.out" || return 0
        sleep 0.05
    done
    check "$1 says $2" yes "$(cat "$work/$1.out")"
}

all_endings_alice='wait online bob
call bob Have you got a minute?
wait ringing
wait accepted
call bob
wait refused
call bob
wait ringing
cancel
wait canceled
wait offline bob'
all_endings_bob='wait ringing
accept with pleasure
wait accepted
wait ringing
refuse not now
wait refused
wait ringing
wait canceled'
for url in "mqtt://127.0.0.1:$tcp_port" "mqtt://127.0.0.1:$tcp_port?qualify=1" "ws://127.0.0.1:$ws_port" "mqtts://localhost:$tls_port?ca_file=$ca" \
    "wss://localhost:$wss_port?ca_file=$ca"; do
    starts bob "$url" "$all_endings_bob"
    bob=$started
    starts alice "$url" "$all_endings_alice"
    ends alice "$started" "alice, over ${url%%:*}: accepted, refused, canceled"
    ends bob "$bob" "bob, over ${url%%:*}"
    check "... what was said" 1 "$(grep -cF 'accepted after 0:00: "with pleasure"' "$work/alice.out")"
    check "... and asked" 1 "$(grep -cF 'is calling: "Have you got a minute?"' "$work/bob.out")"
done

url=mqtt://127.0.0.1:$tcp_port
quick=(--set grace_ms=1000)
starts bob "$url" $'wait ringing\nwait caller_lost 15' "${quick[@]}"
bob=$started
starts alice "$url" $'wait online bob\ncall bob\nwait ringing\nwait ended 60' "${quick[@]}"
says bob 'alice is calling'
killed "$started"
ends bob "$bob" "bob's ringing ends when alice's process is killed"

starts bob "$url" $'wait ringing\nwait ended 60' "${quick[@]}"
bob=$started
starts alice "$url" $'wait online bob\ncall bob\nwait ringing\nwait expired 20' "${quick[@]}" --set ring_timeout_ms=3000
says alice 'it rings there'
killed "$bob"
ends alice "$started" "alice learns the end when bob's process is killed"

starts bob "$url" $'wait ringing\nwait logged_out'
bob=$started
starts alice "$url" $'wait online bob\ncall bob\nwait ringing\nwait ended 60'
says bob 'alice is calling'
kill -INT "$started"
code=0
wait "$started" || code=$?
check "an interrupted script has not held" 1 "$code"
ends bob "$bob" "... and bob's ringing ends"

starts alice "$url" 'quit' --token wrong
code=0
wait "$started" || code=$?
check "a wrong password" "1 1" "$code $(grep -c 'alice cannot log in: ' "$work/alice.out")"
done_testing
