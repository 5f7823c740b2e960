# shellcheck shell=bash
# The part readme: does what README.md and docs/MIGRATION.md tell the reader to do, and compares what comes out.
#
# A comment before a code block says what it is for:
#   <!-- file: my-app/main.c -->     it is this file
#   <!-- run in: my-app -->          its lines "$ ..." are run there; what follows each, if anything, is what it prints
#   <!-- not run: why -->            it is only read
# All paths are below target/readme, where rtm-call is the clone. In expected output "..." stands for any lines, and
# versions and times stand for any. Every block of C, C++, CMake and console has such a comment.

DOCUMENTS=(README.md docs/MIGRATION.md)

needs_readme='cmake ninja cc c++ g++ pkg-config clang-format'
part_readme() {
    local work=$PWD/target/readme document
    rm -rf "$work"
    mkdir -p "$work"
    ln -s "$PWD" "$work/rtm-call"
    export PREFIX=$work/prefix
    grep -qx "$(wc -w <<<"$ALL_PARTS") passed, 0 failed" README.md || fail "README.md counts other parts of ./dev test than there are"
    for document in "${DOCUMENTS[@]}"; do
        say "$document"
        follow "$document" "$work"
    done
}

# follow <document> <folder>: its blocks in their order.
follow() {
    local document=$1 work=$2 blocks=$2/blocks block kind argument line count=0
    rm -rf "$blocks"
    mkdir -p "$blocks"
    split_blocks "$document" "$blocks" || fail "$document has a block of code that no comment explains"
    while IFS=$'\t' read -r block kind argument line; do
        count=$((count + 1))
        case $kind in
            file)
                mkdir -p "$(dirname "$work/$argument")"
                cp "$blocks/$block" "$work/$argument"
                check_source "$work/$argument" || fail "$document:$line: $argument is not as clean as our own sources"
                ;;
            'run in') run_block "$blocks/$block" "$work/$argument" "$document:$line" ;;
            'not run') ;;
            *) fail "$document:$line: a block cannot be marked '$kind'" ;;
        esac
    done <"$blocks/list"
    [ "$count" -gt 0 ] || fail "$document has no marked block of code"
}

# What is shown is held to what our own sources are held to.
check_source() {
    local warnings=(-Wall -Wextra -pedantic -Werror -fsyntax-only -I include -I include/agora)
    case $1 in
        *.c) cc -std=c99 "${warnings[@]}" "$1" && clang-format --dry-run --Werror "$1" ;;
        *.cpp) c++ -std=c++17 "${warnings[@]}" "$1" && clang-format --dry-run --Werror "$1" ;;
    esac
}

# Writes each marked block to a file of its own, and of each a line to "list": file, kind, argument, line number.
split_blocks() {
    awk -v out="$2" '
        /^<!-- (file|run in|not run): .* -->$/ {
            kind = $0; sub(/^<!-- /, "", kind); sub(/ -->$/, "", kind)
            argument = kind; sub(/: .*/, "", kind); sub(/^[^:]*: /, "", argument)
            next
        }
        !inside && /^```/ {
            inside = 1
            block = kind == "" ? "" : sprintf("%03d", ++n)
            if (block != "") {
                printf "%s\t%s\t%s\t%d\n", block, kind, argument, NR >>(out "/list")
                printf "" >(out "/" block)
            } else if ($0 ~ /^```(c|cpp|cmake|console)$/) {
                print FILENAME ":" NR ": this block has no mark"
                bad = 1
            }
            kind = ""
            next
        }
        inside && /^```$/ { inside = 0; next }
        inside && block != "" { print >(out "/" block) }
        !inside && NF { kind = "" }
        END { exit bad }' "$1"
}

# run_block <block> <folder> <place>: its commands, one after the other.
run_block() {
    local block=$1 folder=$2 place=$3 commands=() outputs=() text last=-1 code
    [ -d "$folder" ] || fail "$place: there is no $folder"
    while IFS= read -r text; do
        if [[ $text == '$ '* ]]; then
            commands+=("${text#'$ '}")
            outputs+=('')
            last=$((last + 1))
        elif [ "$last" -ge 0 ]; then
            outputs[last]+=$text$'\n'
        fi
    done <"$block"
    [ "$last" -ge 0 ] || fail "$place: there is no command in this block"
    for last in "${!commands[@]}"; do
        printf '%s\n' "\$ ${commands[last]}"
        (cd -P "$folder" && timeout 900 bash -c "${commands[last]}") >"$block.out" 2>"$block.err" ||
            { code=$? && tail -n 40 "$block.out" "$block.err" && fail "$place: exit code $code of: ${commands[last]}"; }
        [ -n "${outputs[last]}" ] || continue
        printf '%s' "${outputs[last]}" >"$block.expected"
        like "$block.expected" "$block.out" || fail "$place: '${commands[last]}' prints something else"
    done
}

# like <expected> <output>: whether the output is as expected.
like() {
    awk '
        # Trailing blanks are nobody'\''s business; versions and times differ.
        function plain(s) {
            sub(/[ \t\r]+$/, "", s)
            gsub(/[0-9]+\.[0-9]+\.[0-9]+/, "<version>", s)
            gsub(/[0-9]+\.[0-9][0-9][0-9]+/, "<time>", s)
            return s
        }
        NR == FNR { want[++w] = plain($0); next }
        { got[++g] = plain($0) }
        # Whether the expected lines from i on fit the output from j on.
        function fits(i, j) {
            while (i <= w && want[i] != "...") {
                if (j > g || want[i] != got[j]) { if (i > wanted) { far = j; wanted = i } return 0 }
                i++; j++
            }
            if (i > w) return j > g
            for (; j <= g + 1; j++) if (fits(i + 1, j)) return 1
            return 0
        }
        END {
            if (fits(1, 1)) exit 0
            print "expected: " want[wanted]; print "printed:  " got[far]
            exit 1
        }' "$1" "$2"
}
