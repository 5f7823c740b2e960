# shellcheck shell=bash
# The parts of the tier packages: what ./dev package makes is used where nothing of this tree is, and no Rust.

# shellcheck disable=SC2034 # read by cmd_test
needs_packages='cmake ninja cc strip gzip dpkg-deb dpkg-shlibdeps lintian debootstrap zip unzip mingw-posix'
part_packages() {
    local version name sums chroot zip
    [ "$(id -u)" -eq 0 ] || { echo "a chroot can only be made by root" && return "$SKIPPED"; }
    version=$(manifest version) name=$(manifest name)
    cmd_package licences deb tar windows

    say "lintian"
    # What it tolerates, and why: packaging/debian/lintian-tags.
    lintian --fail-on error,warning --suppress-tags-from-file packaging/debian/lintian-tags "$PACKAGES"/*"_$version-1_"*.deb

    say "the same again makes the same files"
    sums=$(cat "$PACKAGES/SHA256SUMS")
    cmd_package deb tar windows >/dev/null
    diff <(echo "$sums") "$PACKAGES/SHA256SUMS" || fail "a package is not reproducible"

    rm -rf target/package/unpacked
    mkdir target/package/unpacked
    zip=$name-$version-windows-x86_64
    if [ -f "$PACKAGES/$zip.zip" ]; then
        say "$zip.zip"
        unzip -q "$PACKAGES/$zip.zip" -d target/package/unpacked
        windows_artifacts "target/package/unpacked/$zip"
        [ -s "target/package/unpacked/$zip/share/doc/$name/THIRD-PARTY-LICENSES" ] || fail "$zip.zip has no licences of third parties"
    fi

    say "no path of this machine is in a library"
    if find target/package/deb/lib*/usr target/package/unpacked -name '*rtm_call.*' -type f \
        -exec grep -lF -e "$PWD/" -e "${CARGO_HOME:-$HOME/.cargo}/" {} +; then
        fail "these have one in them"
    fi

    chroot=$PWD/target/chroot/run
    fresh_chroot "$chroot"
    mkdir "$chroot/try"
    cp -r "$PACKAGES"/*_"$version"-1_*.deb "$PACKAGES/$name-$version-linux"-*.tar.gz tests/consumer cpp_examples/ring.c tests/packages/use.sh "$chroot/try"
    say "in a new $(release_name) without Rust: install, use, remove"
    chroot "$chroot" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 /bin/sh -eu /try/use.sh "$version"
    rm -rf "$chroot"
}

# fresh_chroot <folder>: the same release as here, with a compiler and CMake and little else. The first one is kept to copy.
fresh_chroot() {
    local base=target/chroot/base
    if [ ! -f "$base.done" ]; then
        rm -rf "$base"
        mkdir -p "$base"
        say "debootstrap of $(release_name)"
        debootstrap --variant=minbase --include=ca-certificates,cmake,ninja-build,gcc,g++,libc6-dev,pkg-config \
            "$(release_name)" "$base" "$(package_source)" >target/chroot/debootstrap.log ||
            fail "debootstrap failed: target/chroot/debootstrap.log"
        : >"$base.done"
    fi
    rm -rf "$1"
    cp -a "$base" "$1"
}
release_name() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }
# Where this system gets its packages from.
package_source() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 'Component: main' |
        awk -v release="$(release_name)" '$1 == release && !n++ { print $2 }'
}

# shellcheck disable=SC2034
needs_offline='cmake ninja cc c++ gzip'
part_offline() {
    local work=$PWD/target/offline version name
    version=$(manifest version) name=$(manifest name)
    unshare -n true 2>/dev/null || { echo "the network cannot be taken away here (unshare -n): root is needed" && return "$SKIPPED"; }
    cmd_package vendored
    rm -rf "$work"
    mkdir -p "$work/cargo-home"
    tar -C "$work" -xzf "$PACKAGES/$name-$version-vendored.tar.gz"
    say "without a network and without crates in cargo's home: configure, build, test"
    # A cargo of rustup's finds its toolchain by RUSTUP_HOME, not by CARGO_HOME.
    (
        export CARGO_HOME=$work/cargo-home RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
        cd "$work/$name-$version-vendored"
        unshare -n cmake -S . -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DRTM_CALL_OFFLINE=ON -DRTM_CALL_BUILD_TESTS=OFF --log-level=WARNING
        unshare -n cmake --build "$work/build" --target ring ring_cpp
        unshare -n "$work/build/bin/ring"
        unshare -n "$work/build/bin/ring_cpp"
    )
    [ -z "$(find "$work/cargo-home" -name '*.crate')" ] || fail "cargo has fetched crates all the same"
}

# shellcheck disable=SC2034
needs_conan='cmake cc python3-venv'
part_conan() {
    local venv=$PWD/target/conan/venv
    need_rust
    if [ ! -x "$venv/bin/conan" ]; then
        say "pip install conan, into target/conan/venv"
        /usr/bin/python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet 'conan>=2,<3' || { echo "conan could not be installed" && return 3; }
    fi
    unset RTM_CALL_CARGO_DIR # as where Conan is at home
    export CONAN_HOME=$PWD/target/conan/home
    rm -rf "$CONAN_HOME"
    say "conan create packaging/conan"
    "$venv/bin/conan" profile detect
    # Everything it needs is on this system.
    "$venv/bin/conan" remote disable '*'
    "$venv/bin/conan" create packaging/conan -c tools.cmake.cmake_layout:test_folder="$PWD/target/conan/test"
    "$venv/bin/conan" list 'rtm-call/*:*'
}
