#!/usr/bin/env bash
# Processes that ring each other over cpp_examples/carrier_tcp: every line that is awaited must come within the bound.
# usage: tests/carrier_tcp.sh [launcher...] <the program>
set -euo pipefail

program=("$@")
slow=${RTM_CALL_SLOW:-0}
bound=30
[ "$slow" = 0 ] || bound=300
declare -A pid_of fd_of
scene=none

fail() {
    echo "in scene '$scene': $*" >&2
    exit 1
}

# Ends what is still running; only processes that were started here.
clean_up() {
    local name
    for name in "${!pid_of[@]}"; do kill -9 "${pid_of[$name]}" 2>/dev/null || true; done
}
trap clean_up EXIT

# start NAME ARGUMENT...: starts the program; what it prints is read by await NAME.
start() {
    local name=$1 fd
    shift
    exec {fd}< <(exec "${program[@]}" "$@" 2>&1)
    pid_of[$name]=$!
    fd_of[$name]=$fd
}

# await NAME PATTERN: reads lines until one matches; the line is in $line.
await() {
    local deadline=$((SECONDS + bound))
    while read -r -t $((deadline - SECONDS + 1)) -u "${fd_of[$1]}" line; do
        line=${line%$'\r'}
        # shellcheck disable=SC2053 # the right side is a pattern
        [[ $line == $2 ]] && return
        [[ $line != ended* ]] || fail "$1 says '$line', not '$2'"
    done
    fail "$1 never said '$2'"
}

# quits NAME CODE: reads to its end and compares its exit code.
quits() {
    local code=0
    while read -r -t "$bound" -u "${fd_of[$1]}" _; do :; done
    wait "${pid_of[$1]}" || code=$?
    [ "$code" = "$2" ] || fail "$1 ended with code $code, not $2"
    forget "$1"
}

kill_hard() {
    kill -9 "${pid_of[$1]}"
    wait "${pid_of[$1]}" 2>/dev/null || true
    forget "$1"
}

forget() {
    local fd=${fd_of[$1]}
    exec {fd}<&-
    unset "pid_of[$1]" "fd_of[$1]"
}

begin() {
    scene=$*
    echo "==> $scene"
}

start relay --serve 0
await relay 'listening on *'
port=${line##*:}
url=tcp://127.0.0.1:$port

user() {
    local name=$1
    shift
    start "$name" --url "$url" --user "$name" "$@"
}

begin accepted, twice
user bob --answer accept --calls 2
await bob 'logged in'
user alice --call bob --calls 2
for _ in 1 2; do
    await bob 'RING alice hello'
    await alice 'it rings at bob'
    await alice 'ended ACCEPTED_BY_REMOTE ACCEPTED coming'
    await bob 'ended ACCEPTED ACCEPTED'
done
quits alice 0
quits bob 0

begin refused
user bob --answer refuse
await bob 'logged in'
user alice --call bob
await alice 'ended REFUSED_BY_REMOTE REFUSED not now'
await bob 'ended REFUSED REFUSED'
quits alice 0
quits bob 0

begin canceled, and gone at once
user bob
await bob 'logged in'
user alice --call bob --cancel
await bob 'RING alice hello'
await alice 'ended CANCELED CANCELED'
await bob 'ended CANCELED CANCELED'
quits alice 0
quits bob 0

begin canceled while it is accepted, again and again
calls=200
[ "$slow" = 0 ] || calls=20
user bob --answer accept --calls $calls
await bob 'logged in'
user alice --call bob --cancel --calls $calls
quits alice 0
quits bob 0

begin callee offline
user alice --call nobody --acknowledge-ms 1500
await alice 'ended FAILURE UNREACHABLE'
quits alice 0

begin callee killed while it rings
user bob
await bob 'logged in'
user alice --call bob --ring-ms 1000
await bob 'RING alice hello'
await alice 'it rings at bob'
kill_hard bob
await alice 'ended FAILURE EXPIRED' # its own limit: ring and accept window
quits alice 0

begin caller killed while it rings
user bob
await bob 'logged in'
user alice --call bob --grace-ms 500
await bob 'RING alice hello'
kill_hard alice
await bob 'ended FAILURE CALLER_LOST'
quits bob 0

begin the relay is killed and comes back
user bob --answer accept
await bob 'logged in'
kill_hard relay
await bob '*: the link broke'
start relay --serve "$port"
await relay "listening on 127.0.0.1:$port"
await bob 'logged in: *'
user alice --call bob
await alice 'ended ACCEPTED_BY_REMOTE ACCEPTED coming'
await bob 'ended ACCEPTED ACCEPTED'
quits alice 0
quits bob 0

begin the relay comes while the login tries
kill_hard relay
user bob --answer accept
await bob 'logging in: *'
start relay --serve "$port" --account alice=a --account bob=b
await relay 'listening on *'
await bob 'cannot log in: the token is wrong'
quits bob 1

begin tokens, and a second login
user bob --token b
await bob 'logged in'
user alice --token b
await alice 'cannot log in: the token is wrong'
quits alice 1
start again --url "$url" --user bob --token b --answer refuse
await bob 'the session was ended from outside: *'
quits bob 1
user alice --token a --call bob
await alice 'ended REFUSED_BY_REMOTE REFUSED not now'
await again 'ended REFUSED REFUSED'
quits alice 0
quits again 0

begin an address that is none
user alice --url tcp://nowhere
await alice 'cannot log in: *'
quits alice 1

begin wrong usage
start wrong --answer maybe
quits wrong 2
start wrong --serve 65536
quits wrong 2
kill_hard relay
echo "all scenes as they should be"
