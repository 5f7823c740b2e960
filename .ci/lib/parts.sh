# shellcheck shell=bash
# The parts of ./dev test: needs_<part> names its tools, part_<part> does the work (run with set -e).

ALL_PARTS='fmt clippy rust header msvc abi docs cmake consumers readme qt snippets asan valgrind net golden model interleave sim fuzz-smoke licence'
EXTRA_PARTS='cluster windows packages offline conan' # only where asked for
QUICK_PARTS='fmt clippy rust header cmake'

needs_fmt='clang-format'
part_fmt() {
    say "cargo fmt --check"
    cargo fmt --check
    [ ! -f fuzz/Cargo.toml ] || cargo fmt --check --manifest-path fuzz/Cargo.toml
    say "clang-format --dry-run"
    c_sources | xargs -r clang-format --dry-run --Werror
}

part_clippy() {
    cargo clippy --locked --all-targets -- -D warnings
    cargo clippy --locked --all-targets --all-features -- -D warnings
}

needs_rust='mosquitto'
part_rust() { "${RUST_TESTS[@]}"; }

needs_header='gcc g++ clang clang++ x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++'
part_header() {
    local made header compiler standard
    made=$(generated_headers)
    for header in "${GENERATED_HEADERS[@]}"; do
        cmp "$made/$header" "include/$header" || fail "include/$header is not what the sources generate; ./dev header writes it anew"
    done
    for compiler in gcc clang x86_64-w64-mingw32-gcc; do
        for standard in c99 c11; do
            compile_header "$compiler" c "$standard" rtm_call_test.h
            compile_header "$compiler" c "$standard" rtm_call.h
        done
    done
    for compiler in g++ clang++ x86_64-w64-mingw32-g++; do
        for standard in c++11 c++17; do
            compile_header "$compiler" c++ "$standard" rtm_call_test.h
            compile_header "$compiler" c++ "$standard" rtm_call.h
        done
        # The mirror serves C++11 and later, the C++ header C++17 and later; what is in detail/ is included by those only.
        for header in include/agora/*.h; do
            for standard in c++11 c++14 c++17 c++20; do
                compile_header "$compiler" c++ "$standard" "${header#include/}"
            done
        done
        # c++2b is c++23, also for a compiler that knows only part of it; one that knows nothing of it is passed over.
        for standard in c++17 c++20 c++2b; do
            "$compiler" -x c++ -std="$standard" -fsyntax-only /dev/null 2>/dev/null || continue
            compile_header "$compiler" c++ "$standard" rtm_call.hpp -Wshadow -Wconversion
        done
        compile_header "$compiler" c++ c++17 rtm_call.hpp -fno-exceptions
        # Each part of it can be included by itself.
        for header in include/rtm_call/*.hpp; do
            compile_header "$compiler" c++ c++17 "${header#include/}"
        done
    done
}
# Through an including file: a header compiled by itself warns about its own include guard pragma.
compile_header() {
    say "$4 with $1 as" "${@:3:1}" "${@:5}"
    echo "#include \"$4\"" | "$1" -x "$2" -std="$3" -Wall -Wextra -pedantic -Werror "${@:5}" -fsyntax-only -I include -
}

needs_docs='doxygen'
part_docs() { cmd_docs; }

needs_cmake='cmake ninja cc c++ doctest mosquitto mosquitto_pub openssl python3 mcs mono'
part_cmake() { cmake_preset debug; }

needs_asan='cmake ninja clang clang++ clang-asan llvm-symbolizer mosquitto openssl'
part_asan() { cmake_preset asan; }

needs_valgrind='cmake ninja cc c++ valgrind'
part_valgrind() { cmake_preset valgrind; }

cmake_preset() {
    compgen -G 'tests/border/*.c' >/dev/null || fail "there is no border test: tests/border/*.c"
    say "configuring, building and testing the CMake preset $1"
    cmake --preset "$1" --log-level=WARNING
    cmake --build --preset "$1"
    ctest --preset "$1"
}

needs_consumers='cmake ninja cc c++ pkg-config nm'
part_consumers() {
    local work=$PWD/target/consumers version lib
    version=$(manifest version)
    rm -rf "$work"/{prefix,find_package,pkgconfig}
    mkdir -p "$work/pkgconfig"

    say "cmake --install"
    cmake --preset release --log-level=WARNING
    cmake --build --preset release
    cmake --install target/cmake/release --prefix "$work/prefix" >/dev/null
    lib=$(dirname "$(find "$work/prefix" -name librtm_call.so)")

    say "the installed shared library: its names and its exported symbols"
    [ "$(readlink "$lib/librtm_call.so")" = librtm_call.so.0 ] || fail "librtm_call.so does not point to librtm_call.so.0"
    [ "$(readlink "$lib/librtm_call.so.0")" = "librtm_call.so.$version" ] || fail "librtm_call.so.0 does not point to librtm_call.so.$version"
    readelf -d "$lib/librtm_call.so.$version" | grep -q 'soname: \[librtm_call.so.0\]' || fail "the soname is not librtm_call.so.0"
    nm -D --defined-only "$lib/librtm_call.so" | awk '{ print $3 }' >"$work/symbols"
    grep -qx rtm_version "$work/symbols" || fail "rtm_version is not exported"
    if grep -v '^rtm_' "$work/symbols"; then fail "these exported symbols do not begin with rtm_"; fi
    if grep '^rtm_planted_' "$work/symbols"; then fail "a planted bug is in the product"; fi

    say "a project that uses add_subdirectory"
    cmake -S tests/consumer/subdirectory -B "$work/subdirectory" -G Ninja -DCMAKE_BUILD_TYPE=Release --log-level=WARNING
    cmake --build "$work/subdirectory"
    answers "$version" "$work/subdirectory/app_shared"
    answers "$version" "$work/subdirectory/app_static"
    answers "$version" "$work/subdirectory/app_cpp"

    say "a project that uses find_package"
    cmake -S tests/consumer/find_package -B "$work/find_package" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" --log-level=WARNING
    cmake --build "$work/find_package"
    answers "$version" "$work/find_package/app_shared"
    answers "$version" "$work/find_package/app_static"
    answers "$version" "$work/find_package/app_cpp"

    say "a program that uses pkg-config"
    PKG_CONFIG_PATH="$lib/pkgconfig" tests/consumer/pkgconfig/build.sh "$work/pkgconfig"
    LD_LIBRARY_PATH="$lib" answers "$version" "$work/pkgconfig/app_shared"
    LD_LIBRARY_PATH="$lib" answers "$version" "$work/pkgconfig/app_cpp"
    answers "$version" "$work/pkgconfig/app_static"

    for app in "$work"/{subdirectory,find_package,pkgconfig}/app_static; do
        if readelf -d "$app" | grep librtm_call; then fail "$app is not statically linked"; fi
    done
}
# answers <text> <program> [launcher]: runs it; on Windows a line has one character more.
answers() {
    local said
    said=$("${@:3}" "$2" | tr -d '\r')
    [ "$said" = "$1" ] || fail "$2 printed '$said', not '$1'"
}

needs_net='mosquitto openssl ip'
part_net() { "${NET[@]}"; }

needs_cluster='protoc cmake c++'
part_cluster() {
    local folder=${XDG_CACHE_HOME:-$HOME/.cache}/rtm-call/rmqttd-$RMQTTD_VERSION
    export RTM_CALL_RMQTTD=$folder/bin/rmqttd
    if [ ! -x "$RTM_CALL_RMQTTD" ]; then
        say "building rmqttd $RMQTTD_VERSION into $folder, once: about 15 minutes on two cores"
        mkdir -p "$folder"
        # The smallest effort that gives a working broker; nobody measures its speed.
        CARGO_TARGET_DIR=$folder/build CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
            CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
            nice -n 19 cargo install --locked --root "$folder" --version "$RMQTTD_VERSION" rmqttd ||
            fail "rmqttd $RMQTTD_VERSION cannot be built"
        rm -rf "$folder/build"
    fi
    "${CLUSTER[@]}"
}

needs_qt='cmake ninja cc c++ qt'
part_qt() {
    local work=$PWD/target/qt
    rm -rf "$work"
    say "cpp_examples/qt as a part of the library's build"
    cmake --preset release --log-level=WARNING
    cmake --build --preset release
    ctest --preset release -R '^example[.]qt$'

    say "cpp_examples/qt by itself, with an installed library"
    cmake --install target/cmake/release --prefix "$work/prefix" >/dev/null
    cmake -S cpp_examples/qt -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Release --log-level=WARNING
    cmake --build "$work/build"
    ctest --test-dir "$work/build" --output-on-failure --no-tests=error
    say "the picture is $work/build/qt_phone.png"
}

part_golden() {
    say "the transcripts against the engine, and against each of its planted bugs"
    "${GOLDEN[@]}"
    certify_page
}

part_model() { cmd_model; }

part_interleave() { cmd_interleave; }

part_sim() { cmd_sim; }

needs_fuzz_smoke='c++'
part_fuzz_smoke() { cmd_fuzz; }

# Advisories are left out: they need the network, and change without a change here.
part_licence() {
    need_cargo_tool deny "checks the licences and sources of the dependencies"
    cargo deny --all-features --locked check licenses bans sources
}
