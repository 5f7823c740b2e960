#!/usr/bin/env bash
# A script that does not hold says so, in a sentence that names the line, and by its exit code.
#   scripts.sh <phone>
set -euo pipefail
phone=$1
failures=0

# check <exit code> <what it says> <script>: by two users in one process
check() {
    local said code=0
    said=$(printf '%s\n' "$3" | "$phone" --user alice --also bob --script - --url "hub://scripts" 2>&1) || code=$?
    if [ "$code" -eq "$1" ] && grep -qF -- "$2" <<<"$said"; then
        echo "ok      $2"
    else
        failures=$((failures + 1))
        printf 'FAILED  wanted %s and exit code %s, found exit code %s and:\n%s\n' "$2" "$1" "$code" "$said"
    fi
}
check 0 'logged in as alice' 'quit'
check 0 'accepted after 0:00: "by all means"' $'call bob\nbob: wait ringing\nbob: accept by all means\nwait accepted'
check 0 'alice is calling: "a?[2Jb?c"' $'call bob a\x1b[2Jb\xc2\x9bc\nbob: wait ringing'
check 0 '#1 bob: canceled' $'call bob\nwait ringing\ncancel\nwait canceled\n# a comment\n\nquit\nwait accepted 1'
check 1 'line 4: waited for accepted, but #1 bob ended: refused' $'call bob\nbob: wait ringing\nbob: refuse\nwait accepted'
check 1 'line 1: waited 1 s for online nobody in vain' $'wait online nobody 1'
check 1 'line 1: there is no call to cancel' 'cancel'
check 1 'line 1: there is no call to wait for' 'wait accepted'
check 1 'line 1: "dial" is no command' 'dial bob'
check 1 "line 1: the callee id contains '*'" $'call b*b'
check 1 'line 3: which one? #1 bob, #2 bob' $'call bob\ncall bob\ncancel'
check 1 'line 1: wait for what?' 'wait ringing soon'
check 1 'line 1: wait for what?' 'wait accpeted'
for arguments in '' '--help'; do
    # shellcheck disable=SC2086 # none, or one
    "$phone" $arguments | grep -q '^usage: phone --user' || { echo "FAILED  phone $arguments" && failures=$((failures + 1)); }
done
code=0
"$phone" --user 2>/dev/null || code=$?
[ "$code" -eq 2 ] || { echo "FAILED  phone --user: exit code $code" && failures=$((failures + 1)); }

# On a terminal: colours unless NO_COLOR says no, a line that is kept up to date, and Ctrl-C (3) or the end of the input.
on_terminal() { # on_terminal <name>=<value>
    printf 'call bob\nbob: wait ringing\nbob: accept\nwait accepted\nquit\n' |
        env TERM=xterm "$1" script -qec "'$phone' --user alice --also bob --url hub://terminal" /dev/null
}
has() { # has <what> <wanted count or +> <text>
    local count
    count=$(grep -cF -- "$3" <<<"$shown") || true
    if [ "$count" = "$2" ] || { [ "$2" = + ] && [ "$count" -gt 0 ]; }; then
        echo "ok      $1"
    else
        failures=$((failures + 1))
        printf 'FAILED  %s: %s times, not %s, in\n%s\n' "$1" "$count" "$2" "$shown"
    fi
}
if command -v script >/dev/null; then
    shown=$(on_terminal NO_COLOR=)
    has "on a terminal: a prompt" + '> '
    has "... colours" + $'\e[32m'
    has "... and a line that is kept up to date" + '#1 alice calls 0:0'
    shown=$(on_terminal NO_COLOR=1)
    has "NO_COLOR: no colours" 0 $'\e[32m'
    has "... but all the rest" + '#1 alice calls 0:0'
fi
shown=$(printf 'call bob\nbob: wait ringing\nbob: accept\nwait accepted\n' | "$phone" --user alice --also bob --url hub://pipe)
has "through a pipe: plain lines" 0 $'\e'
has "... up to the end of the input" + 'accepted after 0:00'
echo "$failures failures"
[ "$failures" -eq 0 ]
