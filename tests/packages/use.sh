#!/bin/sh
# Run inside a new system, as root: installs the Debian packages in /try, builds and runs what uses them, removes them, and does
# the same with the archive. Argument: the version that is expected.
set -eu
version=$1
cd /try

fail() {
    echo "error: $*" >&2
    exit 1
}
answers() {
    said=$("$1")
    [ "$said" = "$version" ] || fail "$1 printed '$said', not '$version'"
    echo "$1: $said"
}
# Every way to use an installed library; arguments are for CMake.
use() {
    rm -rf build && mkdir -p build/pkgconfig
    cmake -S consumer/find_package -B build/find_package -G Ninja --log-level=WARNING "$@"
    cmake --build build/find_package >build/log || { cat build/log && exit 1; }
    consumer/pkgconfig/build.sh build/pkgconfig
    for app in build/find_package/app_shared build/find_package/app_static build/find_package/app_cpp \
        build/pkgconfig/app_shared build/pkgconfig/app_static build/pkgconfig/app_cpp; do
        answers "$app"
    done
    # shellcheck disable=SC2046 # flags are words
    cc -std=c99 ring.c -o build/ring $(pkg-config --cflags --libs rtm_call)
    build/ring
    # shellcheck disable=SC2046
    cc -std=c99 ring.c -o build/ring_static $(pkg-config --static --cflags --libs rtm_call | sed 's/-lrtm_call/-l:librtm_call.a/')
    ! readelf -d build/ring_static | grep librtm_call || fail "build/ring_static is not statically linked"
    build/ring_static
}

! command -v cargo && ! command -v rustc || fail "there is Rust here"

apt-get -qq -o APT::Sandbox::User=root install --no-install-recommends -y ./librtm-call*.deb >apt.log 2>&1 || { cat apt.log && exit 1; }
dpkg-query -W -f '${Package} ${Version}: ${Depends}\n' 'librtm-call*'
use
apt-get -qq purge -y 'librtm-call*' >apt.log 2>&1 || { cat apt.log && exit 1; }
left=$(find / -xdev -path /try -prune -o \( -name '*rtm*call*' ! -path '/proc/*' \) -print)
[ -z "$left" ] || fail "after the removal this is left: $left"

# The archive, somewhere: it has no place of its own.
mkdir /opt/somewhere
tar -C /opt/somewhere -xzf rtm-call-*.tar.gz
prefix=$(echo /opt/somewhere/rtm-call-*)
export LD_LIBRARY_PATH="$prefix/lib" PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
use -DCMAKE_PREFIX_PATH="$prefix"
echo "the packages work"
