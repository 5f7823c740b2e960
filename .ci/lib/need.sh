# shellcheck shell=bash
# need <tool>... and need_rust: make sure that the tools are there: install them, or say how and exit 3.

# tool|Debian packages|why. A tool is a command, unless have() knows a better question.
tool_table='
cmake|cmake|drives the build of the C and C++ side
ninja|ninja-build|runs the steps of the CMake build
cc|gcc libc6-dev|compiles C, and links what Rust builds
c++|g++|compiles the C++ examples and tests
gcc|gcc libc6-dev|checks the header as C
g++|g++|checks the header as C++
clang|clang|checks the header, builds with AddressSanitizer
clang++|clang|checks the header as C++
clang-asan|clang libclang-rt-dev|is the AddressSanitizer runtime of clang
clang-tsan|clang libclang-rt-dev|is the ThreadSanitizer runtime of clang
std-source|rustc-web cargo-web rust-web-src|is a Rust toolchain with the sources of its standard library
llvm-symbolizer|llvm|names functions in AddressSanitizer reports
clang-format|clang-format|formats C and C++, and checks the format
x86_64-w64-mingw32-gcc|gcc-mingw-w64-x86-64|checks that the header compiles for Windows
x86_64-w64-mingw32-g++|g++-mingw-w64-x86-64|checks that the header compiles for Windows as C++
x86_64-w64-mingw32-g++-posix|g++-mingw-w64-x86-64|checks that the C++ examples compile for Windows
mingw-posix|g++-mingw-w64-x86-64-posix gcc-mingw-w64-x86-64-posix|builds for Windows, with std::thread
llvm-dlltool|llvm|makes the import library for MSVC
lld-link|lld|links as MSVC does
wine|wine64|runs Windows programs
abidiff|abigail-tools|compares the ABI with the recorded one
pkg-config|pkg-config|tests the pkg-config file, and finds Qt
nm|binutils|lists the exported symbols
valgrind|valgrind|runs the C tests and watches every memory access
mosquitto|mosquitto|is the MQTT broker of the tests and of ./dev demo --mqtt
mosquitto_pub|mosquitto-clients|tries the rules of the shipped broker configuration
openssl|openssl|makes the certificates of the shipped broker configuration
doxygen|doxygen|renders the manual of the header
ip|iproute2|makes the network namespaces of the network tests
protoc|protobuf-compiler|compiles the message formats of rmqttd
qt|qtbase5-dev pkg-config|has the widgets of cpp_examples/qt (Qt 5.15 or 6)
asio|libasio-dev|is what docs/UI_THREADS.md shows code for
chromium|chromium|opens tests/golden/certify.html
doctest|doctest-dev|is the test framework of cpp_examples/testing
python3|python3|runs cpp_examples/python
mcs|mono-mcs|compiles cpp_examples/csharp
mono|mono-runtime|runs cpp_examples/csharp
strip|binutils|makes the libraries in packages smaller
gzip|gzip|packs
zip|zip|packs for Windows
unzip|unzip|looks into what was packed for Windows
dpkg-deb|dpkg|makes Debian packages
dpkg-shlibdeps|dpkg-dev|finds what a Debian package depends on
lintian|lintian|looks over Debian packages
debootstrap|debootstrap|makes the clean system in which the packages are tried
python3-venv|python3 python3-venv|is where conan is installed
'

have() {
    case $1 in
        clang-asan) links clang -fsanitize=address ;;
        clang-tsan) links clang -fsanitize=thread ;;
        # Debian puts it where only root looks.
        mosquitto | ip) command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] ;;
        qt) qt_widgets >/dev/null ;;
        asio) echo '#include <asio.hpp>' | c++ -E -x c++ - >/dev/null 2>&1 ;;
        mingw-posix) command -v x86_64-w64-mingw32-g++-posix >/dev/null ;;
        wine) tests/windows/wine --version >/dev/null 2>&1 ;;
        python3-venv) /usr/bin/python3 -c 'import ensurepip' 2>/dev/null ;;
        std-source) [ -x /usr/bin/cargo ] && [ -x /usr/bin/rustc ] && [ -d /usr/lib/rustlib/src/rust/library ] ;;
        doctest) [ -f /usr/include/doctest/doctest.h ] ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

# Whether a program can be linked with this compiler. Into a file of its own: a linker may replace what it writes to.
links() {
    local program rc=0
    program=$(mktemp)
    echo 'int main(void) { return 0; }' | "$@" -x c - -o "$program" 2>/dev/null || rc=$?
    rm -f "$program"
    return "$rc"
}

need() {
    local tool row package why packages=() lines=() root=()
    for tool in "$@"; do
        have "$tool" && continue
        row=$(awk -F'|' -v tool="$tool" '$1 == tool' <<<"$tool_table")
        [ -n "$row" ] || fail "'$tool' is not in the table of .ci/lib/need.sh"
        IFS='|' read -r _ package why <<<"$row"
        for package in $package; do
            case " ${packages[*]:-} " in *" $package "*) continue ;; esac
            packages+=("$package")
            lines+=("$tool is missing (Debian package $package): it $why")
        done
    done
    [ ${#packages[@]} -gt 0 ] || return 0

    printf '%s\n' "${lines[@]}"
    if ! command -v apt-get >/dev/null; then
        missing "this system has no apt-get: install with its own package manager what Debian calls ${packages[*]}"
    fi
    if [ "$(id -u)" -ne 0 ]; then
        root=(sudo -n)
        "${root[@]}" true 2>/dev/null || missing "install what is missing with:  sudo apt-get install ${packages[*]}"
    fi
    # Another apt may be at work: wait for its lock.
    root+=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600)
    say "apt-get update && apt-get install ${packages[*]}"
    "${root[@]}" update || say "apt-get update failed; trying with the package lists that are here"
    # Older releases have no libclang-rt-dev: there it is part of what clang brings along.
    if [ -z "$(apt-cache show libclang-rt-dev 2>/dev/null)" ]; then
        read -ra packages <<<"${packages[*]/libclang-rt-dev/}"
    fi
    "${root[@]}" install -y --no-install-recommends "${packages[@]}" </dev/null >/dev/null ||
        missing "apt-get could not install them; try:  sudo apt-get install ${packages[*]}"
    for tool in "$@"; do
        have "$tool" || missing "$tool is still missing after apt-get install ${packages[*]}"
    done
}

missing() {
    printf '%s\n' "${red}missing:$plain $*" >&2
    exit 3
}

# need_rust [fmt|clippy]...: a toolchain of at least the rust-version in Cargo.toml, with these components.
need_rust() {
    local wanted found component package
    wanted=$(manifest rust-version)
    # A rustup installed a minute ago is not on the PATH of this shell yet.
    command -v cargo >/dev/null || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    command -v cargo >/dev/null || missing "cargo. The core is written in Rust: get a toolchain >= $wanted with rustup
(https://rustup.rs), or from your distribution if it is new enough (Debian: sudo apt-get install cargo)"
    found=$(rustc --version 2>/dev/null | awk '{ print $2 }') || true
    if [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
        missing "Rust $wanted or newer; found: ${found:-a cargo without a working rustc}. With rustup:  rustup update stable"
    fi
    for component in "$@"; do
        cargo "$component" --version >/dev/null 2>&1 && continue
        package=${component/fmt/rustfmt}
        if command -v rustup >/dev/null; then
            say "cargo $component is missing: installing it with  rustup component add $package"
            rustup component add "$package" || missing "cargo $component; try:  rustup component add $package"
        else
            missing "cargo $component; with Debian's toolchain:  sudo apt-get install ${package/clippy/rust-clippy}"
        fi
    done
}

# need_rust_target <triple>: its standard library. Where there is no rustup to bring it, Debian's toolchain builds it along.
need_rust_target() {
    ! compgen -G "$(rustc --print target-libdir --target "$1")/libstd-*.rlib" >/dev/null || return 0
    if command -v rustup >/dev/null; then
        say "the Rust target $1 is missing: installing it with  rustup target add $1"
        rustup target add "$1" || missing "the Rust target $1; try:  rustup target add $1"
    else
        need std-source
        say "the Rust target $1 is missing: Debian's toolchain builds its standard library along"
        # An unstable option of cargo, which RUSTC_BOOTSTRAP opens on a stable toolchain.
        export PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_unwind
    fi
}

# need_cargo_tool <name> <why> [argument]...: a cargo subcommand from its crate; the arguments are for cargo install.
need_cargo_tool() {
    local tool=cargo-$1 install
    install="cargo install --locked $tool ${*:3}"
    PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    command -v "$tool" >/dev/null && return
    say "$tool is missing: it $2; installing it with  $install  (some minutes)"
    $install </dev/null || missing "$tool; try:  $install"
}
