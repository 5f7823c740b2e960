#!/usr/bin/env bash
# Every rule of the shipped Mosquitto configuration, allowed and denied, with the broker's own clients.
#   broker_rules.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. .ci/lib/broker.sh
. tests/phone/support.sh
needs mosquitto mosquitto_pub openssl

as() { # as <user> <password>: the options of a client
    printf '%s\n' -h 127.0.0.1 -p "$tcp_port" -V 5 -u "$1" -P "$2"
}
# What the broker answers to a publish: "ok", or its refusal.
publishes() { # publishes <topic> <client option>...
    local said
    said=$(mosquitto_pub -q 1 -t "$1" -m x "${@:2}" 2>&1) && [ -z "$said" ] && said=ok
    case $said in *'Not authorized'*) said=denied ;; esac
    echo "$said"
}

mkdir "$work/broker"
broker_files "$work/broker" alice a-secret bob b-secret 'a+b #$~%u' odd carol 'with: colon'
broker_start "$work/broker"
mapfile -t alice < <(as alice a-secret)
mapfile -t bob < <(as bob b-secret)

check "a message in the own name" ok "$(publishes rtm/1/app/m/bob/alice "${alice[@]}")"
check "a message in somebody else's name" denied "$(publishes rtm/1/app/m/bob/carol "${alice[@]}")"
check "a message without a sender" denied "$(publishes rtm/1/app/m/bob "${alice[@]}")"
check "a message with more behind the sender" denied "$(publishes rtm/1/app/m/bob/alice/x "${alice[@]}")"
check "the own presence" ok "$(publishes rtm/1/app/p/alice/0123456789abcdef "${alice[@]}" -r)"
check "the presence of somebody else" denied "$(publishes rtm/1/app/p/bob/0123456789abcdef "${alice[@]}" -r)"
check "another version of the topics" denied "$(publishes rtm/2/app/m/bob/alice "${alice[@]}")"
check "any other topic" denied "$(publishes anything "${alice[@]}")"
check "the broker's own topics" denied "$(publishes '$SYS/x' "${alice[@]}")"
check "a wrong password" denied "$(publishes rtm/1/app/m/bob/alice "${alice[@]}" -P wrong)"
check "no name and no password" denied "$(publishes rtm/1/app/m/bob/alice -h 127.0.0.1 -p "$tcp_port" -V 5)"
check "a password with a colon" ok "$(publishes rtm/1/app/m/bob/carol -h 127.0.0.1 -p "$tcp_port" -V 5 -u carol -P 'with: colon')"
name=$(cpp_examples/brokers/mosquitto/setup.sh name 'a+b #$~%u')
check "a name with special characters" 'a~2Bb~20~23~24~7E~25u' "$name"
check "... may send" ok "$(publishes "rtm/1/app/m/bob/$name" -h 127.0.0.1 -p "$tcp_port" -V 5 -u "$name" -P odd)"
check "TLS, with the CA that was made" ok \
    "$(publishes rtm/1/app/m/bob/alice "${alice[@]}" -h localhost -p "$tls_port" --cafile "$work/broker/tls/ca.crt")"


# Alice asks for everything. What is published before a message that may reach her has reached her before it, or never.
mosquitto_sub "${alice[@]}" -q 1 -F '%t' -t '#' -t '$SYS/#' -t 'rtm/1/+/m/+/+' -t 'rtm/1/app/m/bob/+' \
    -t 'rtm/1/app/m/alice/+' -t 'rtm/1/+/p/+/+' >"$work/read" 2>"$work/errors" &
reader=$!
seen=$work/read
comes() { # comes <topic> <publish option>...: publishes until it has come into $seen, 20 s at most
    local looks
    for ((looks = 0; looks < 200; looks++)); do
        [ "$(publishes "$@")" = ok ] || return 1
        ! grep -qx "$1" "$seen" || return 0
        sleep 0.1
    done
    return 1
}
comes rtm/1/app/m/alice/bob "${bob[@]}" || check "a message reaches its receiver" yes no
check "a message to somebody else is taken" ok "$(publishes rtm/1/app/m/carol/bob "${bob[@]}")"
check "the presence of somebody else is taken" ok "$(publishes rtm/1/app/p/bob/0000000000000001 "${bob[@]}")"
comes rtm/1/last/m/alice/bob "${bob[@]}" || check "a later message reaches its receiver" yes no
kill "$reader"
wait "$reader" 2>/dev/null || true
check "who asks for everything reads messages to itself, and presence" \
    "rtm/1/app/m/alice/bob rtm/1/app/p/alice/0123456789abcdef rtm/1/app/p/bob/0000000000000001 rtm/1/last/m/alice/bob" \
    "$(sort -u "$work/read" | xargs)"

# A Will is a publish, too: of two clients that are killed, one leaves a forged Will and one its own.
dies() { # dies <will topic>
    mosquitto_sub "${bob[@]}" -q 1 -F '%t' -t rtm/1/app/m/bob/+ --will-topic "$1" --will-payload gone >"$work/dying" 2>&1 &
    local dying=$! seen=$work/dying
    comes rtm/1/app/m/bob/alice "${alice[@]}" || check "the dying client reads" yes no
    kill -KILL "$dying"
    wait "$dying" 2>/dev/null || true
}
mosquitto_sub -h 127.0.0.1 -p "$tcp_port" -V 5 -u carol -P 'with: colon' -q 1 -R -F '%t' -t 'rtm/1/app/p/+/+' >"$work/read" 2>&1 &
reader=$!
comes rtm/1/app/p/alice/0000000000000003 "${alice[@]}" || check "presence reaches everybody" yes no
dies rtm/1/app/p/alice/0000000000000009
dies rtm/1/app/p/bob/0000000000000002
for ((looks = 0; looks < 200; looks++)); do
    ! grep -q bob/0000000000000002 "$work/read" || break
    sleep 0.1
done
kill "$reader"
wait "$reader" 2>/dev/null || true
check "a Will in the own name comes, one in somebody else's does not" \
    "rtm/1/app/p/alice/0000000000000003 rtm/1/app/p/bob/0000000000000002" "$(sort -u "$work/read" | xargs)"

# The client id is the name: whoever takes the id of somebody else ends that session only by having that password.
mosquitto_sub "${bob[@]}" -i whatever -q 1 -F '%t' -t 'rtm/1/app/m/bob/+' >"$work/read" 2>&1 &
reader=$!
comes rtm/1/app/m/bob/alice "${alice[@]}" -i bob || check "a message under a wrong client id comes" yes no
check "bob's session goes on when alice calls herself bob" yes "$(kill -0 "$reader" 2>/dev/null && echo yes)"
check "... and the broker knows the two by their names" "alice bob" \
    "$(sed -n "s/.*New client connected from .* as \([^ ]*\) .*/\1/p" "$work/broker/log" | grep -x -e alice -e bob -e whatever | sort -u | xargs)"
kill "$reader"
wait "$reader" 2>/dev/null || true

# One byte too many ends the connection.
head -c 262144 /dev/zero | tr '\0' x >"$work/long"
check "a message of 262144 bytes and its topic" "too long" "$(mosquitto_pub "${alice[@]}" -V 311 -q 1 \
    -t rtm/1/app/m/bob/alice -f "$work/long" >/dev/null 2>&1 && echo taken || echo "too long")"
head -c 197632 /dev/zero | tr '\0' x >"$work/long"
check "the longest message of the library" taken "$(mosquitto_pub "${alice[@]}" -q 1 \
    -t rtm/1/app/m/bob/alice -f "$work/long" >/dev/null 2>&1 && echo taken || echo "too long")"

done_testing
