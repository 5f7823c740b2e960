# shellcheck shell=bash
# What the scripts of this folder share. Sets $work, a folder that goes when the script ends, as does its broker.

work=$(mktemp -d)
failures=0
trap 'broker_stop; kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

# A missing tool: the test is skipped.
needs() {
    local tool
    PATH=$PATH:/usr/sbin # where Debian puts mosquitto
    for tool in "$@"; do
        command -v "$tool" >/dev/null || { echo "$tool is missing" && exit 77; }
    done
}

# check <what> <wanted> <found>
check() {
    if [ "$2" = "$3" ]; then
        echo "ok      $1"
    else
        echo "FAILED  $1: wanted '$2', found '$3'"
        failures=$((failures + 1))
    fi
}

done_testing() {
    echo "$failures failures"
    [ "$failures" -eq 0 ]
}
