# shellcheck shell=bash
# ./dev test: runs the parts, one after the other, and sums up.

SKIPPED=77

help_test() {
    cat <<END
usage: ./dev test [--quick | --cluster] [part...]

Runs these parts, or those named; all of them fit 25 minutes on two cores. --quick runs
  $QUICK_PARTS
and --cluster only

  cluster     a cluster of three brokers, one killed in mid-call; builds rmqttd once, below ~/.cache (15 minutes)

and only when it is named

  windows     ./dev build --windows; C, C++ and Rust tests for Windows x64 under Wine, over the hub and over Mosquitto

All others:

  fmt         cargo fmt and clang-format would change nothing
  clippy      no warning, with and without features
  rust        the Rust tests
  header      the committed header is the generated one and compiles everywhere
  msvc        the headers and C++ examples as MSVC would have them (clang in its mode)
  abi         the exported symbols, and the header against the recorded one (abidiff)
  docs        Doxygen has no warning about the headers and the documents
  cmake       preset debug: border tests as C99 and as C++17, examples; some over a private Mosquitto too
  consumers   add_subdirectory, find_package, pkg-config; exported symbols, soname
  readme      what README.md and docs/MIGRATION.md tell the reader to do works, and prints what they show
  qt          cpp_examples/qt in the tree and with an installed library; a picture of it
  snippets    the code in docs/UI_THREADS.md compiles: Qt, Win32 (MinGW), asio (run too); so do the examples for Windows
  asan        preset asan: Rust and C instrumented; planted bugs in both are reported
  valgrind    preset valgrind: no error, no leak; planted bugs are reported
  net         over the network: conformance of all carriers, cuts at every message boundary, restarts, security
  golden      ./dev golden: the transcripts; the page (skipped without Chromium)
  model       ./dev model
  interleave  ./dev interleave
  sim         ./dev sim: 100000 worlds
  fuzz-smoke  ./dev fuzz
  licence     licences and sources of the dependencies

Only if named, and as the tier packages:

  packages    ./dev package; then its packages are installed and used in a new system without Rust (chroot, as root)
  offline     the sources with all crates are built without a network (as root)
  conan       conan create packaging/conan, with its test

The output of each part is also in target/test-logs. The last line is "N passed, N failed" and counts parts.
END
}

cmd_test() {
    local parts=() part tools=cc list variable rc result start began passed=0 failed=0 summary='' failures=''
    while [ $# -gt 0 ]; do
        case $1 in
            --cluster) parts+=(cluster) ;;
            --quick) read -ra list <<<"$QUICK_PARTS" && parts+=("${list[@]}") ;;
            -*) bad_usage "test has no option '$1'; ./dev test --help lists what it knows" ;;
            *) case " $ALL_PARTS $EXTRA_PARTS " in *" $1 "*) parts+=("$1") ;; *) bad_usage "'$1' is not a part; parts are: $ALL_PARTS $EXTRA_PARTS" ;; esac ;;
        esac
        shift
    done
    [ ${#parts[@]} -gt 0 ] || read -ra parts <<<"$ALL_PARTS"

    # All tools first: nobody wants to learn after twenty minutes that one is missing.
    need_rust fmt clippy
    for part in "${parts[@]}"; do
        variable=needs_${part//-/_}
        tools+=" ${!variable:-}"
    done
    # shellcheck disable=SC2086 # a list of words
    need $tools

    mkdir -p target/test-logs
    export RTM_CALL_CARGO_DIR=$PWD/target/cmake/cargo # one build of the crates for all CMake trees
    began=$SECONDS
    for part in "${parts[@]}"; do
        start=$SECONDS
        printf '\n%s\n' "$bold=== $part$plain"
        # `if part_x` would switch off set -e inside it, so the exit code is fetched the long way.
        set +e
        (
            set -e
            "part_${part//-/_}"
        ) </dev/null 2>&1 | tee "target/test-logs/$part.log"
        rc=${PIPESTATUS[0]}
        set -e
        # A test program that a missing feature left empty passes, and shows nothing.
        case $part:$rc in
            rust:0 | net:0 | cluster:0 | golden:0 | interleave:0 | model:0 | sim:0) [ -n "$(counted "$part")" ] || { echo "not a single test ran" | tee -a "target/test-logs/$part.log" && rc=1; } ;;
        esac
        case $rc in
            0) passed=$((passed + 1)) result="${green}passed$plain" ;;
            "$SKIPPED") result="${yellow}skipped$plain: $(tail -n 1 "target/test-logs/$part.log")" ;;
            *) failed=$((failed + 1)) result="${red}FAILED$plain (exit code $rc, target/test-logs/$part.log)" failures+=$bold$part$plain$'\n'$(why_failed "$part")$'\n' ;;
        esac
        summary+=$(printf '%-11s %5d s  %s' "$part" $((SECONDS - start)) "$result$(counted "$part")")$'\n'
    done
    # Again at the end, where whoever keeps only the last lines still has it.
    [ -z "$failures" ] || printf '\n%s\n%s' "$bold=== what failed$plain" "$failures"
    printf '\n%s\n%s' "$bold=== summary$plain ($((SECONDS - began)) s)" "$summary"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# What the log of a failed part says of it: the failed tests of ctest or cargo with the end of their output, else its panics and last lines.
why_failed() {
    local log=target/test-logs/$1.log said
    said=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | awk '
        function begin(known) { inside = 1; failed = known; count = 0 }
        function end(line) {
            for (line = 1; inside && failed && line <= count; line++)
                if ((line == 1 || line > count - 60) && printed++ < 400) print lines[line]
            inside = 0
        }
        /^ *[0-9]+\/[0-9]+ Test +#|^ +Start +[0-9]+: |^[0-9]+% tests passed/ { end() }
        /^ *[0-9]+\/[0-9]+ Test +#.*\*\*\*(Failed|Timeout|Exception|Not Run)/ { begin(1) }
        /^(failures|successes):$|^test (.* \.\.\. |result: )/ { end() }
        /^---- .* ----$/ { end(); begin(1) }
        /^test .* \.\.\. / && !/ \.\.\. (ok|FAILED|ignored.*)$/ { begin(0) } # --nocapture: how it ends is said below its output
        inside { lines[++count] = $0 }
        inside && /^FAILED$/ { failed = 1; end() }
        END { end() }')
    printf '%s\n' "${said:-$(grep -a -A 2 'panicked at' "$log" | tail -n 30)$'\n'$(tail -n 40 "$log")}" | cut -c1-400
}

# How many tests cargo or ctest report in the log of a part.
counted() {
    sed 's/\x1b\[[0-9;]*m//g' "target/test-logs/$1.log" | awk '
        /^test result: / { passed += $4; failed += $6 }
        /^[0-9]+% tests passed, / { failed += $4; passed += $NF - $4 }
        END { if (passed + failed) printf " (%d of %d tests passed)", passed, passed + failed }'
}
