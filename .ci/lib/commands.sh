# shellcheck shell=bash
# The commands other than test. Each has help_<name> and cmd_<name>.

help_demo() {
    cat <<'END'
usage: ./dev demo [argument...]
       ./dev demo --mqtt

Builds the library and cpp_examples/demo.c through CMake (preset release, below target/cmake/release) and runs
the demo. Its output and exit code are passed through; arguments go to it (after -- if they look like --help).

--mqtt: builds cpp_examples/phone.cpp, starts a Mosquitto of its own on a free loopback port, rings between two
processes through it, and stops it again.
END
}
cmd_demo() {
    if [ "${1:-}" = --mqtt ]; then
        demo_mqtt "${@:2}"
        return
    fi
    [ "${1:-}" != -- ] || shift
    need_rust
    need cmake ninja cc c++
    [ -f cpp_examples/demo.c ] || fail "cpp_examples/demo.c does not exist"
    say "building the library and the demo (the first time takes a minute or two)"
    {
        cmake --preset release --log-level=WARNING && cmake --build --preset release --target demo
    } >&2 || fail "the build failed"
    say "running cpp_examples/demo.c"
    exec target/cmake/release/bin/demo "$@"
}

help_bench() {
    cat <<'END'
usage: ./dev bench
       ./dev bench invitations [argument...]
       ./dev bench end_to_end [argument...]
       ./dev bench --write

Runs the benchmarks in benches/, optimised: the pieces (invitations, with criterion; a name runs only those that contain
it), then the whole (end_to_end: through the C API, each figure beside its floor; --help lists what it measures).

--write: measures the whole, and puts the tables and plots into docs/PERFORMANCE.md and docs/performance. On a machine that
does nothing else; it takes some minutes.
END
}
cmd_bench() {
    local which=("${BENCHES[@]}") bench
    need_rust
    need cc nm strip
    if [ "${1:-}" = --write ]; then
        no_arguments bench "${@:2}"
        set -- end_to_end --write docs/PERFORMANCE.md --svg docs/performance
    fi
    if [ $# -gt 0 ]; then
        [ -f "benches/$1.rs" ] || [ -f "benches/$1/main.rs" ] || bad_usage "there is no benchmark '$1'"
        which=("$1")
        shift
    fi
    for bench in "${which[@]}"; do
        say "building and running benches/$bench"
        "${BENCH[@]}" --bench "$bench" -- "$@"
    done
}

help_header() {
    cat <<'END'
usage: ./dev header

Writes include/rtm_call.h and include/rtm_call_test.h anew from the Rust sources. Commit the result: a test compares.
END
}
cmd_header() {
    no_arguments header "$@"
    local made name
    need_rust
    need cc
    made=$(generated_headers)
    mkdir -p include
    for name in "${GENERATED_HEADERS[@]}"; do
        if cmp -s "$made/$name" "include/$name"; then
            say "include/$name is up to date"
        else
            cp "$made/$name" "include/$name"
            say "include/$name is written anew"
        fi
    done
}

# Prints the folder in which the build script left the headers; cargo's own report says where that is.
generated_headers() {
    local report dir
    say "generating the headers" >&2
    report=$(cargo build --locked --lib --message-format=json-render-diagnostics) || fail "the crate does not build"
    # A path in JSON has its backslashes doubled (Windows); nothing else in it needs decoding.
    dir=$(sed -n '/"reason":"build-script-executed"/ { /[#/]rtm-call[@#]/ s/.*"out_dir":"\([^"]*\)".*/\1/p; }' <<<"$report" |
        sed 's/\\\\/\//g')
    [ -f "$dir/rtm_call.h" ] || fail "build.rs left no rtm_call.h in its OUT_DIR ('$dir')"
    echo "$dir"
}

help_fmt() {
    cat <<'END'
usage: ./dev fmt

Formats Rust (cargo fmt) and C and C++ (clang-format; not the generated header).
END
}
cmd_fmt() {
    no_arguments fmt "$@"
    need_rust fmt
    need clang-format
    say "cargo fmt"
    cargo fmt
    [ ! -f fuzz/Cargo.toml ] || cargo fmt --manifest-path fuzz/Cargo.toml
    say "clang-format"
    c_sources | xargs -r clang-format -i
}

# Everything clang-format looks after.
c_sources() {
    local dirs=() dir
    for dir in include cpp_examples tests; do
        [ ! -d "$dir" ] || dirs+=("$dir")
    done
    find "${dirs[@]}" -type f \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.hpp' \) ! -path include/rtm_call.h ! -path include/rtm_call_test.h ! -path 'tests/abi/recorded/*' | sort
}

help_sim() {
    cat <<'END'
usage: ./dev sim [--full] [--seeds N] [--from S] [option...] [part...]

Seeded worlds of 2 to 50 users on virtual time, optimised, with the planted bugs that it must find. Prints what happened
how often, and one line of JSON. A seed that fails is shrunk, and its ladder printed.

  --full      a million worlds (otherwise 100000, under two minutes)
  --seeds N   so many worlds; --from S: beginning with this seed
  --seed X    this world alone, with its ladder
  --replay F  a record of the flight recorder instead
  --rule R    with this rule of the engine broken on purpose, e.g. ThreeWay
  --jobs J    threads
  parts       worlds, determinism, planted, shrink; all if none is named
END
}
cmd_sim() { run_long sim "$@"; }

help_soak() {
    cat <<'END'
usage: ./dev soak [--seconds N]

Calls for ten minutes (or N seconds) over a private Mosquitto, through proxies that cut connections at random. Prints calls
made, failures, and memory after the warm-up and at the end; fails if a call ended as it must not, or if memory grew.
END
}
cmd_soak() {
    if [ "${1:-}" = --seconds ]; then
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || bad_usage "--seconds wants a whole number of seconds"
        export RTM_CALL_SOAK_SECONDS=$2
        shift 2
    fi
    no_arguments soak "$@"
    need_rust
    need cc mosquitto
    say "building the network tests and running the soak"
    exec "${SOAK[@]}"
}

help_model() {
    cat <<'END'
usage: ./dev model [--full] [argument...]

The exhaustive model: drives the real engine through every interleaving in its bounds. --full: larger bounds.
Further arguments go to the test program (a name runs only the tests that contain it).
END
}
cmd_model() { run_long model "$@"; }

help_interleave() {
    cat <<'END'
usage: ./dev interleave [--full]

Runs the delivery of callbacks (src/service/delivery, src/runtime/pool.rs) under loom: small scenarios of two to four threads, each
in every order of their locks, waits and wake-ups, most of them with a bound on preemptions. Then each wake-up and each wait is
left out once, which a scenario must notice. --full: larger bounds.
END
}
cmd_interleave() {
    if [ "${1:-}" = --full ]; then
        export RTM_CALL_FULL=1
        shift
    fi
    no_arguments interleave "$@"
    need_rust
    need cc
    say "building the delivery on loom's locks, and running its scenarios"
    exec "${INTERLEAVE[@]}"
}

help_misuse() {
    cat <<END
usage: ./dev misuse [--sanitizer address|thread|none] [--calls N] [argument...]

Random calls of every function of the C border, with valid and wrong handles, from several threads and inside callbacks. The
harness first has to find the planted bugs. Default: address, $MISUSE_CALLS calls. Further arguments go to the harness, such as
--seed N, --threads N and --seconds N. Its last line is a summary in JSON.

thread needs a toolchain with the sources of the standard library, which is instrumented too: that of rustup if it has the
component rust-src, else Debian's packages.
END
}
cmd_misuse() {
    local sanitizer=address calls=$MISUSE_CALLS rest=() toolchain=() preset program bug report
    while [ $# -gt 0 ]; do
        case $1 in
            --sanitizer | --calls) [ $# -ge 2 ] || bad_usage "$1 wants a value" ;;
        esac
        case $1 in
            --sanitizer) sanitizer=$2 && shift 2 ;;
            --calls) calls=$2 && shift 2 ;;
            *) rest+=("$1") && shift ;;
        esac
    done
    need_rust
    case $sanitizer in
        none) need cmake ninja cc c++ ;;
        address) need cmake ninja clang clang++ clang-asan llvm-symbolizer ;;
        thread)
            need cmake ninja clang clang++ clang-tsan llvm-symbolizer
            if [ ! -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library" ]; then
                need std-source
                toolchain=(-DRTM_CALL_CARGO=/usr/bin/cargo -DRTM_CALL_RUSTC=/usr/bin/rustc)
            fi
            ;;
        *) bad_usage "'$sanitizer' is no sanitizer of ./dev misuse: address, thread or none" ;;
    esac
    [[ $calls =~ ^[1-9][0-9]*$ ]] || bad_usage "--calls wants a whole number"

    preset=misuse-$sanitizer
    say "building the preset $preset"
    cmake --preset "$preset" --log-level=WARNING "${toolchain[@]}"
    cmake --build --preset "$preset"
    program=target/cmake/$preset/bin/misuse
    export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
    for bug in deadlock use_after_free race; do
        case $sanitizer:$bug in
            *:deadlock) report='misuse hangs' ;;
            address:use_after_free) report=heap-use-after-free ;;
            thread:race) report='ThreadSanitizer: data race' ;;
            *) continue ;;
        esac
        say "a planted bug: $bug"
        if "$program" --plant "$bug" --hang-after 5 >"target/cmake/$preset/$bug.log" 2>&1 ||
            ! grep "$report" "target/cmake/$preset/$bug.log"; then
            fail "the harness does not find it, see target/cmake/$preset/$bug.log"
        fi
    done
    say "the harness"
    "$program" --calls "$calls" "${rest[@]}"
}

# run_long <test> [--full] [argument...]: the command line is the variable of that name in common.sh.
run_long() {
    local name=$1
    local -n command_line=${name^^}
    shift
    if [ "${1:-}" = --full ]; then
        export RTM_CALL_FULL=1
        shift
    fi
    has_test "$name"
    need_rust
    need cc
    say "building the $name test, optimised, and running it"
    exec "${command_line[@]}" "$@"
}

# cargo's own complaint about an unknown test lists everything else; this one is a sentence.
has_test() {
    [ -f "tests/$1.rs" ] || [ -f "tests/$1/main.rs" ] || grep -q "^name *= *\"$1\"" Cargo.toml ||
        fail "there is no tests/$1.rs or tests/$1/main.rs"
}

help_mutants() {
    cat <<'END'
usage: ./dev mutants [argument...]

Changes the engine, one place at a time (cargo-mutants), and runs its tests: each change must make one fail.
Prints killed/total. A survivor fails the run unless it is argued for in docs/MUTANTS.md.
Arguments go to cargo mutants (e.g. --shard 1/8). Takes an hour or more.
END
}
cmd_mutants() {
    local out=target/mutants.out killed missed unknown=0 mutant
    need_rust
    need cc
    need_cargo_tool mutants "changes the engine to see whether a test notices"
    say "cargo mutants over the engine; progress is in $out"
    # Exit code 2 is survivors and 3 is time-outs (killed, too): both are judged below.
    local rc=0
    "${MUTANTS[@]}" "$@" "${MUTANTS_TESTS[@]}" || rc=$?
    case $rc in 0 | 2 | 3) ;; *) fail "cargo mutants could not do its work (exit code $rc)" ;; esac

    killed=$(cat "$out/caught.txt" "$out/timeout.txt" | wc -l)
    missed=$(wc -l <"$out/missed.txt")
    # Line and column move with every edit; what was changed into what does not.
    while IFS= read -r mutant; do
        mutant=$(sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' <<<"$mutant")
        grep -qsF -- "$mutant" "$SURVIVORS" && continue
        printf '%s\n' "survived without an argument in $SURVIVORS: $mutant"
        unknown=$((unknown + 1))
    done <"$out/missed.txt"
    say "$killed/$((killed + missed)) killed, $missed survived, $unknown of them not argued for"
    [ "$killed" -gt 0 ] && [ "$unknown" -eq 0 ]
}

help_fuzz() {
    cat <<END
usage: ./dev fuzz [--seconds N] [target...]

Runs the fuzz targets of fuzz/fuzz_targets (all, or those named), $FUZZ_SMOKE_SECONDS seconds each. New inputs are kept in target/fuzz-corpus,
and fuzz/corpus/<target> is read where it exists.
END
}
cmd_fuzz() {
    local seconds=$FUZZ_SMOKE_SECONDS targets target seeds logs=target/fuzz-logs table=
    if [ "${1:-}" = --seconds ]; then
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || bad_usage "--seconds wants a whole number of seconds"
        seconds=$2
        shift 2
    fi
    targets=("$@")
    if [ ${#targets[@]} -eq 0 ]; then
        for target in fuzz/fuzz_targets/*.rs; do
            [ -f "$target" ] || fail "there is no fuzz target in fuzz/fuzz_targets/"
            targets+=("$(basename "$target" .rs)")
        done
    fi
    need_rust
    need cc c++
    need_cargo_tool fuzz "builds and runs the fuzz targets"
    # The sanitizer is an unstable compiler flag; RUSTC_BOOTSTRAP opens it on a stable toolchain.
    export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$PWD/target/fuzz
    for target in "${targets[@]}"; do
        [ -f "fuzz/fuzz_targets/$target.rs" ] || bad_usage "there is no fuzz/fuzz_targets/$target.rs"
        say "fuzzing $target for $seconds s (building first)"
        mkdir -p "target/fuzz-corpus/$target"
        seeds=()
        [ ! -d "fuzz/corpus/$target" ] || seeds=("fuzz/corpus/$target")
        mkdir -p "$logs"
        cargo fuzz run "$target" "target/fuzz-corpus/$target" "${seeds[@]}" -- \
            -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 2>&1 | tee "$logs/$target.log" |
            grep -a --line-buffered -vE '^#[0-9]+\s+(NEW|REDUCE)|^\s+NEW_FUNC|^".*# Uses: ' # thousands of lines; they are in the log
        table+=$(fuzz_row "$target" "$logs/$target.log")$'\n'
    done
    printf '%-12s %12s %8s %10s %8s\n%s' target executions edges features inputs "$table"
}

# What the fuzzer says at its end: executions, and the edges and features of the code that its inputs reach.
fuzz_row() {
    awk -v target="$1" '
        $1 == "stat::number_of_executed_units:" { runs = $2 }
        $3 == "cov:" { edges = $4; features = $6; split($8, corpus, "/"); inputs = corpus[1] }
        END {
            if (!runs || !edges) { print "the fuzzer ran nothing" > "/dev/stderr"; exit 1 }
            printf "%-12s %12d %8d %10d %8d", target, runs, edges, features, inputs
        }' "$2"
}

no_arguments() {
    [ $# -eq 1 ] || bad_usage "$1 takes no arguments ('$2')"
}
