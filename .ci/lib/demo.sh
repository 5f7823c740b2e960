# shellcheck shell=bash
# ./dev demo --mqtt: two processes ring each other through a broker of their own.

demo_mqtt() {
    local user rc=0
    [ $# -eq 0 ] || bad_usage "demo --mqtt takes no further arguments ('$1')"
    need_rust
    need cmake ninja cc c++ mosquitto mosquitto_pub openssl
    say "building the library and the phone (the first time takes some minutes)"
    {
        cmake --preset release --log-level=WARNING && cmake --build --preset release --target phone
    } >&2 || fail "the build failed"

    work=$(mktemp -d)
    trap 'broker_stop; rm -rf "$work"' EXIT
    mkdir "$work/broker"
    for user in alice bob; do
        head -c 18 /dev/urandom | base64 >"$work/$user"
    done
    broker_files "$work/broker" alice "$(cat "$work/alice")" bob "$(cat "$work/bob")"
    broker_start "$work/broker" || fail "there is no broker to ring through"
    say "mosquitto (process $broker_pid) listens on 127.0.0.1:$tcp_port, with cpp_examples/brokers/mosquitto"
    say "two processes play cpp_examples/phone/alice.script (left) and bob.script (right)"

    play alice '' & local alice=$!
    play bob '                                        ' & local bob=$!
    wait "$alice" || rc=$?
    wait "$bob" || rc=$?
    [ "$rc" -eq 0 ] || fail "a script did not hold"
    say "both scripts held"
}

# play <user> <indentation>
play() {
    target/cmake/release/bin/phone --user "$1" --token-file "$work/$1" --url "mqtt://127.0.0.1:$tcp_port" \
        --script "cpp_examples/phone/$1.script" 2>&1 | sed -u "s/^/  $2$1  /"
}
