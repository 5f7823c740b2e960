# shellcheck shell=bash
# What every command uses: output, and the command lines and names that are written in one place only.

# The tests that have their own command and part. Extra arguments go to the test program;
# --full (and the tiers sim-full and model-full) sets RTM_CALL_FULL=1, which asks the test for its large run.
RUST_TESTS=(cargo test --locked)
GOLDEN=(cargo test --locked --features planted --test golden) # RTM_CALL_WRITE_GOLDEN=1: write anew
PICTURES=(cargo test --locked --test pictures) # UPDATE_PICTURES=1: draw anew
SIM=(cargo test --locked --release --features planted --test sim -- --nocapture)
MODEL=(cargo test --locked --release --features planted --test model -- --nocapture)
# One test at a time: each starts brokers, runs much side by side by itself, and some measure time or memory.
NET=(cargo test --locked --features planted --test net -- --nocapture --test-threads=1)
CLUSTER=("${NET[@]}" --ignored a_node_is_killed_in_mid_call)
SOAK=(cargo test --locked --features planted --test net -- --nocapture --ignored soak)
RMQTTD_VERSION=0.24.0 # the broker of the cluster tier
INTERLEAVE=(env "RUSTFLAGS=--cfg loom" CARGO_TARGET_DIR=target/interleave CARGO_PROFILE_RELEASE_LTO=off
    CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true
    cargo test --locked --release --lib service::delivery::interleave -- --nocapture)
BENCH=(cargo bench --locked)
MUTANTS=(cargo mutants --output target --jobs 2 --colors never) # which places: .cargo/mutants.toml
MUTANTS_TESTS=(-- --locked) # what cargo-mutants runs on each changed engine: see there too
SURVIVORS=docs/MUTANTS.md # each surviving mutant must be named and argued for here
GENERATED_HEADERS=(rtm_call.h rtm_call_test.h) # from the Rust sources, by build.rs
FUZZ_SMOKE_SECONDS=20
MISUSE_CALLS=1000000 # of ./dev misuse; the tier misuse makes 10^8 (address) and 10^7 (thread)

if [ -t 1 ] && [ -t 2 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
    # ./dev test passes output through tee, where cargo would see no terminal.
    export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-always}
else
    bold='' red='' green='' yellow='' plain=''
fi

say() { printf '%s\n' "$bold==>$plain $*"; }

fail() {
    printf '%s\n' "${red}error:$plain $*" >&2
    exit 1
}

bad_usage() {
    printf '%s\n' "./dev: $*" >&2
    exit 2
}

# The value of a top-level `name = "value"` line of Cargo.toml.
manifest() { sed -n "s/^$1 *= *\"\(.*\)\".*/\1/p" Cargo.toml | head -n 1; }

# without_paths <command>...: what is compiled in it has no path of this machine in it.
without_paths() {
    local crates=${CARGO_HOME:-$HOME/.cargo}
    RUSTFLAGS="--remap-path-prefix=$crates=/cargo --remap-path-prefix=$PWD=/rtm-call" \
        CFLAGS="-ffile-prefix-map=$crates=/cargo" "$@"
}
