# shellcheck shell=bash
# What programs that were built with an older header go by. See docs/ABI.md.

help_abi() {
    cat <<'END'
usage: ./dev abi [--record-symbols | --record-header]

Compares the library with what is recorded in tests/abi: the list of exported symbols, which must be the same, and the header
as it was, whose every type and function must still be as it says (abidiff). --record-symbols writes the list anew: after a
function was added. --record-header makes the present header the recorded one: with a release that breaks the ABI.
END
}
cmd_abi() {
    case ${1:-} in
        '') [ $# -eq 0 ] || bad_usage "abi takes --record-symbols, --record-header or nothing" ;;
        --record-symbols | --record-header) ;;
        *) bad_usage "abi has no option '$1'; ./dev abi --help lists what it knows" ;;
    esac
    need_rust
    # shellcheck disable=SC2086 # a list of words
    need $needs_abi
    case ${1:-} in
        --record-symbols) exported_symbols >tests/abi/symbols.txt && say "tests/abi/symbols.txt is written anew" ;;
        --record-header)
            bare_header <include/rtm_call.h >tests/abi/recorded/rtm_call.h
            say "tests/abi/recorded/rtm_call.h is written anew"
            ;;
        *) part_abi ;;
    esac
}

needs_abi='cmake ninja cc c++ gcc nm abidiff'
part_abi() {
    local work=target/abi
    mkdir -p "$work"

    say "the exported symbols against tests/abi/symbols.txt"
    exported_symbols >"$work/symbols.txt"
    diff tests/abi/symbols.txt "$work/symbols.txt" ||
        fail "the exported symbols have changed: a function that is gone breaks programs; one that is new is recorded by  ./dev abi --record-symbols"

    say "types that are not the same everywhere"
    bare_header <include/rtm_call.h >"$work/bare.h"
    if grep -nE '\b(long|short|unsigned|wchar_t|time_t|off_t)\b|^ +[a-z_0-9 *]+ : [0-9]+;' "$work/bare.h"; then
        fail "include/rtm_call.h has a type whose size depends on the system, or a bit-field"
    fi

    say "abidiff: the header against tests/abi/recorded/rtm_call.h"
    library_of tests/abi/recorded/rtm_call.h "$work/recorded"
    is_compatible include/rtm_call.h ||
        fail "a program that was compiled with tests/abi/recorded/rtm_call.h would not run with this library: see docs/ABI.md"

    say "abidiff would notice"
    planted_change 's/^    int32_t delivery;$/    int64_t delivery;/'
    planted_change 's/uint32_t count);$/uint64_t count);/'
    planted_change '/rtm_service_logout(/d'
    planted_change 's/\(RTM_ERR_PANICKED = \)202/\1203/'
    planted_change '/^    void (\*drop)(void \*context);$/d'
    planted_change 's/^    const char \*peer_id;$/&\n    int32_t more;/' # of a struct without a size: it must not grow
}

# is_compatible <header>: with the recorded one, apart from new functions and from what was added to structs at their end.
is_compatible() {
    mkdir -p target/abi/compared
    bare_header <"$1" | awk -v recorded=tests/abi/recorded/rtm_call.h '
        # Each struct that begins with its size is cut to as many fields as it had.
        function count() { sized += /size_t struct_size;/; return gsub(/;/, ";") }
        BEGIN {
            while ((getline <recorded) > 0) {
                if (/^typedef struct .* {$/) { name = $3; sized = 0; continue }
                if (/^}/) { if (name && sized) had[name] = fields; name = "" }
                if (name) fields = sized ? fields + count() : count()
            }
        }
        /^typedef struct .* {$/ { name = $3; fields = 0; print; next }
        /^}/ { name = "" }
        name && name in had && fields >= had[name] { next }
        name { fields += count() }
        { print }' >target/abi/compared.h
    library_of target/abi/compared.h target/abi/compared
    abidiff --no-added-syms target/abi/recorded/librtm_call.so target/abi/compared/librtm_call.so
}

# planted_change <sed script>: a header that was changed like this is not taken.
planted_change() {
    sed "$1" include/rtm_call.h >target/abi/changed.h
    ! cmp -s include/rtm_call.h target/abi/changed.h || fail "$1 changes nothing in include/rtm_call.h"
    ! is_compatible target/abi/changed.h >target/abi/noticed || fail "abidiff takes a header that was changed by  $1"
}

exported_symbols() {
    {
        cmake --preset release --log-level=WARNING && cmake --build --preset release --target rtm_call_cargo
    } >&2 || fail "the build failed"
    nm -D --defined-only target/cmake/release/lib/librtm_call.so | awk '{ print $3 }' | LC_ALL=C sort
}

# A header without its comments and empty lines.
bare_header() {
    awk '/^ *\/\*/ { if (!/\*\/ *$/) inside = 1; next } inside { if (/\*\/ *$/) inside = 0; next } NF'
}

# library_of <header> <folder>: a shared library that has just this header's functions, empty, with debug information of all types.
library_of() {
    mkdir -p "$2"
    bare_header <"$1" >"$2/rtm_call.h"
    {
        echo '#include "rtm_call.h"'
        echo '#include <stdlib.h>'
        awk '/^RTM_CALL_API / { on = 1 } on { line = line " " $0 } on && /;$/ { sub(/;$/, " { abort(); }", line); print line; line = ""; on = 0 }' "$2/rtm_call.h"
    } >"$2/functions.c"
    gcc -shared -fPIC -g -w -o "$2/librtm_call.so" "$2/functions.c" || fail "$1 does not compile"
}
