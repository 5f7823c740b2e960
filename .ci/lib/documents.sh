# shellcheck shell=bash
# What is rendered or recorded from the sources: the manual, the pictures, the golden transcripts and their page.

help_docs() {
    cat <<'END'
usage: ./dev docs

Renders the manual (the headers and the documents) into target/doxygen/html. A warning is an error, and so is a dead link.
END
}
cmd_docs() {
    no_arguments docs "$@"
    need doxygen
    [ -f include/rtm_call.h ] || fail "include/rtm_call.h does not exist; ./dev header writes it"
    say "doxygen over the headers and the documents"
    rm -rf target/doxygen
    mkdir -p target/doxygen
    doxygen docs/Doxyfile
    doxygen docs/Doxyfile.agora
    say "the links of the pages"
    dead_links target/doxygen/html || fail "the manual has links that lead nowhere"
    say "the manual is target/doxygen/html/index.html"
}

# dead_links <folder>: names the links in its pages that lead to no file, or to no place in one, and fails if there are any.
dead_links() {
    local files pages
    mapfile -t files < <(cd "$1" && find . -type f | sed 's|^\./||' | sort)
    mapfile -t pages < <(printf '%s\n' "${files[@]}" | grep '\.html$')
    # The pages twice: for the places, then for the links.
    printf '%s\n' "${files[@]}" | (cd "$1" && awk '
        FILENAME == "-" { there[$0] = 1; next }
        FILENAME != page { page = FILENAME; folder = page; if (!sub(/[^\/]*$/, "", folder)) folder = ""; second = seen[page]++ }
        {
            rest = $0
            while (match(rest, /(id|name|href|src|data)="[^":]*"/)) {
                link = substr(rest, RSTART, RLENGTH)
                rest = substr(rest, RSTART + RLENGTH)
                kind = link; sub(/=.*/, "", kind)
                sub(/^[a-z]+="/, "", link); sub(/"$/, "", link)
                if (kind == "id" || kind == "name") { place[page "#" link] = 1; continue }
                if (!second) continue
                file = link; sub(/#.*/, "", file)
                at = link ~ /#./ ? substr(link, length(file) + 1) : ""
                file = file == "" ? page : folder file
                while (sub(/[^\/]+\/\.\.\//, "", file)) {}
                if (!(file in there)) { print page ": " link; dead = 1 }
                else if (at != "" && file ~ /\.html$/ && !((file at) in place)) { print page ": " link " (no such place)"; dead = 1 }
            }
        }
        END { exit dead }' - "${pages[@]}" "${pages[@]}")
}

help_pictures() {
    cat <<'END'
usage: ./dev pictures

Draws docs/pictures anew: the state machines from the engine's tables, the ladders from calls that really run.
Commit the result: a test compares the two.
END
}
cmd_pictures() {
    no_arguments pictures "$@"
    need_rust
    need cc
    say "drawing docs/pictures"
    UPDATE_PICTURES=1 "${PICTURES[@]}" -q
    say "git status tells which have changed"
}

help_golden() {
    cat <<'END'
usage: ./dev golden [--write]

Holds the engine against the golden transcripts (tests/golden, docs/CONFORMANCE.md), and in a browser the page for other
implementations, tests/golden/certify.html, against itself. --write: records the set anew. Review what has changed: another
implementation is held against it.
END
}
cmd_golden() {
    local rc=0
    need_rust
    need cc
    if [ "${1:-}" = --write ]; then
        shift
        no_arguments golden "$@"
        say "recording tests/golden"
        RTM_CALL_WRITE_GOLDEN=1 "${GOLDEN[@]}" -q
        say "git diff tests/golden/*.json tells what has changed"
        return
    fi
    no_arguments golden "$@"
    say "the transcripts against the engine, and against each of its planted bugs"
    "${GOLDEN[@]}"
    certify_page || rc=$?
    [ "$rc" -eq "$SKIPPED" ] || return "$rc"
}

# The page in a browser without a window: its replay of the set passes, and one with a planted deviation fails, by name.
certify_page() {
    local browser said
    browser=$(find_browser) || {
        (need chromium) && browser=$(find_browser)
    } || {
        echo "there is no Chromium and none could be installed: tests/golden/certify.html was not opened"
        return "$SKIPPED"
    }
    say "tests/golden/certify.html in $browser"
    said=$(open_page "$browser" replay) || fail "$browser does not open tests/golden/certify.html"
    grep -q '<p id="summary">[1-9][0-9]* passed, 0 failed, 0 skipped</p>' <<<"$said" ||
        fail "the replay of the set does not pass: $(grep -o '<p id="summary">[^<]*' <<<"$said")"
    grep -o '[0-9]* passed, 0 failed, 0 skipped' <<<"$said" | head -n 1
    said=$(open_page "$browser" planted=race_cancel_accept)
    grep -q '<p id="summary">[1-9][0-9]* passed, 1 failed, 0 skipped</p>' <<<"$said" || fail "a planted deviation is not noticed"
    grep -q 'data-result="failed"><td>race_cancel_accept</td><td class="failed">failed</td><td><code>step ' <<<"$said" ||
        fail "a planted deviation is noticed, but not named"
    say "a planted deviation fails race_cancel_accept, and nothing else"
}

find_browser() {
    local name
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" && return
    done
    return 1
}

# What the page holds after its scripts ran.
open_page() {
    local profile
    profile=$(mktemp -d)
    "$1" --headless --no-sandbox --disable-gpu --user-data-dir="$profile" --dump-dom \
        "file://$PWD/tests/golden/certify.html?$2" 2>/dev/null
    rm -rf "$profile"
}
