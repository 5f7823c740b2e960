# shellcheck shell=bash
# Windows: the product, cross-compiled; its tests under Wine; what MSVC would say to the headers. See docs/WINDOWS.md.

WINDOWS_TARGET=x86_64-pc-windows-gnu
MSVC=(clang --driver-mode=cl --target=x86_64-pc-windows-msvc /W4 /WX -Wgnu -Wgcc-compat)

help_build() {
    cat <<'END'
usage: ./dev build [--windows]

Builds the product, optimised, and installs it into target/linux. --windows: for Windows x64, with MinGW-w64, into
target/windows: the DLL, import libraries for MinGW and for MSVC, the static library (MinGW), headers, CMake package.
END
}
cmd_build() {
    local preset=release into=target/linux
    case ${1:-} in
        '') [ $# -eq 0 ] || bad_usage "build takes --windows or nothing" ;;
        --windows) preset=windows-release into=target/windows && shift ;;
        *) bad_usage "build has no option '$1'; ./dev build --help lists what it knows" ;;
    esac
    no_arguments build "$@"
    need_rust
    need cmake ninja cc c++
    if [ "$preset" = windows-release ]; then
        need mingw-posix llvm-dlltool
        need_rust_target "$WINDOWS_TARGET"
    fi
    build_product "$preset" "$into"
    say "the product is in $into"
}

# build_product <preset> <folder>
build_product() {
    say "building the CMake preset $1"
    cmake --preset "$1" --log-level=WARNING
    if [ "$1" = windows-release ]; then
        without_paths cmake --build --preset "$1" # for ./dev package
    else
        cmake --build --preset "$1"
    fi
    rm -rf "$2"
    cmake --install "target/cmake/$1" --prefix "$2" >/dev/null
    [ "$1" != windows-release ] || import_library "$2"
}

# import_library <folder>: from what the DLL exports, the .def file, and from that what MSVC's linker takes.
import_library() {
    {
        echo "LIBRARY rtm_call.dll"
        echo "EXPORTS"
        dll_exports "$1/bin/rtm_call.dll" | sed 's/^/    /'
    } >"$1/lib/rtm_call.def"
    llvm-dlltool -m i386:x86-64 -d "$1/lib/rtm_call.def" -l "$1/lib/rtm_call.dll.lib"
}

dll_exports() {
    x86_64-w64-mingw32-objdump -p "$1" |
        awk '/^\[Ordinal\/Name Pointer\] Table/ { on = 1; next } on && $1 == "[" { print $NF } NF == 0 { on = 0 }' | LC_ALL=C sort
}

needs_windows='cmake ninja cc c++ mingw-posix llvm-dlltool wine mosquitto openssl doctest clang lld-link pkg-config'
part_windows() {
    local wine=tests/windows/wine
    need_rust_target "$WINDOWS_TARGET"
    build_product windows-release target/windows
    windows_artifacts target/windows

    say "building the CMake preset windows"
    cmake --preset windows --log-level=WARNING
    cmake --build --preset windows
    say "the tests under $($wine --version)"
    $wine --setup 2>/dev/null
    ctest --preset windows
    say "the unit tests of the Rust side under $($wine --version)"
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$PWD/$wine cargo test --locked --lib --target "$WINDOWS_TARGET"
    say "projects that use the product, under $($wine --version)"
    windows_consumers target/windows
    say "a program linked as with MSVC, under $($wine --version)"
    msvc_program target/windows
    say "all of it under $($wine --version), none of it on Windows"
}

# windows_artifacts <folder>: what is to be there is there, and needs no DLL but the system's.
windows_artifacts() {
    local file dll
    for file in bin/rtm_call.dll lib/librtm_call.dll.a lib/librtm_call.a lib/rtm_call.dll.lib lib/rtm_call.def \
        include/rtm_call.h include/rtm_call.hpp include/agora/IAgoraRtmService.h \
        lib/cmake/rtm_call/rtm_call-config.cmake lib/pkgconfig/rtm_call.pc; do
        [ -s "$1/$file" ] || fail "$1/$file is missing"
    done
    say "exports of rtm_call.dll against tests/abi/symbols.txt"
    dll_exports "$1/bin/rtm_call.dll" | diff tests/abi/symbols.txt - || fail "rtm_call.dll exports something else than tests/abi/symbols.txt"
    for dll in $(x86_64-w64-mingw32-objdump -p "$1/bin/rtm_call.dll" | awk '/DLL Name:/ { print tolower($3) }'); do
        case $dll in
            api-ms-win-* | advapi32.dll | bcrypt.dll | bcryptprimitives.dll | crypt32.dll | kernel32.dll | msvcrt.dll | ntdll.dll | userenv.dll | ws2_32.dll) ;;
            *) fail "rtm_call.dll needs $dll, which is not on every Windows" ;;
        esac
    done
    if find "$1" -name 'bcryptprimitives*' | grep .; then fail "the stand-in of the tests is in the product"; fi
}

# windows_consumers <folder>: what was installed there is moved, and used with MinGW by find_package and by pkg-config.
windows_consumers() {
    local work=$PWD/target/windows-consumers version app dll folder
    version=$(manifest version)
    rm -rf "$work"
    mkdir -p "$work/pkgconfig"
    cp -r "$1" "$work/moved"
    # The toolchain file keeps find_package within MinGW's own folders: it is told where.
    cmake -S tests/consumer/find_package -B "$work/find_package" -G Ninja --log-level=WARNING \
        -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/mingw.cmake" -Drtm_call_DIR="$work/moved/lib/cmake/rtm_call"
    cmake --build "$work/find_package"
    CC=x86_64-w64-mingw32-gcc-posix CXX=x86_64-w64-mingw32-g++-posix PKG_CONFIG_PATH=$work/moved/lib/pkgconfig \
        tests/consumer/pkgconfig/build.sh "$work/pkgconfig"
    # Without the flag -static of the toolchain file a program needs what MinGW itself has as DLLs.
    for dll in libstdc++-6.dll libgcc_s_seh-1.dll libwinpthread-1.dll; do
        cp "$(x86_64-w64-mingw32-g++-posix -print-file-name="$dll")" "$work/pkgconfig"
    done
    for folder in "$work/find_package" "$work/pkgconfig"; do
        if x86_64-w64-mingw32-objdump -p "$folder/app_static.exe" | grep 'DLL Name: rtm_call'; then
            fail "$folder/app_static.exe is not statically linked"
        fi
        answers "$version" "$folder/app_static.exe" tests/windows/wine # before the DLL is beside it
        cp "$work/moved/bin/rtm_call.dll" "$folder"
        for app in app_shared app_cpp; do answers "$version" "$folder/$app.exe" tests/windows/wine; done
    done
}

# msvc_program <folder>: compiled for MSVC's ABI, linked with a linker that takes what MSVC's takes, to the import library.
msvc_program() {
    local out=target/msvc
    mkdir -p "$out"
    "${MSVC[@]}" /c /GS- /std:c11 -I "$1/include" /Fo"$out/link.obj" tests/msvc/link.c
    printf 'LIBRARY kernel32.dll\nEXPORTS\n    ExitProcess\n' >"$out/kernel32.def"
    llvm-dlltool -m i386:x86-64 -d "$out/kernel32.def" -l "$out/kernel32.lib"
    lld-link /nologo /nodefaultlib /entry:start /subsystem:console /out:"$out/link.exe" "$out/link.obj" "$1/lib/rtm_call.dll.lib" "$out/kernel32.lib"
    cp "$1/bin/rtm_call.dll" "$out/"
    tests/windows/wine "$out/link.exe" || fail "target/msvc/link.exe ended with code $?; tests/msvc/link.c tells what that means"
}

needs_msvc='clang mingw-posix'
# MSVC itself may not be passed on: clang in its mode, with the C and C++ headers of MinGW in the place of Microsoft's.
part_msvc() {
    local header standard cxx
    # clang takes these in every mode. AGORA_API of other systems than Windows may have one.
    say "words of GNU's in the headers"
    if grep -rnE '__(attribute__|extension__|typeof|builtin_|asm)|__PRETTY_FUNCTION__' include | grep -v 'define AGORA_API extern "C" __attribute__'; then
        fail "MSVC does not know these"
    fi
    for header in "${GENERATED_HEADERS[@]}"; do
        for standard in c11 c17; do msvc_header "$header" c "/std:$standard" /TC; done
        msvc_header "$header" cpp /std:c++14 /permissive- /TP
    done
    cxx=$(dirname "$(x86_64-w64-mingw32-g++-posix -print-libgcc-file-name)")/include/c++
    [ -d "$cxx" ] || fail "the C++ library of MinGW is not at $cxx"
    local stand_ins=(/EHsc /permissive- -D__STRICT_ANSI__ /FI tests/msvc/prelude.h /imsvc tests/msvc /imsvc "$cxx" /imsvc "$cxx/x86_64-w64-mingw32"
        /imsvc /usr/x86_64-w64-mingw32/include -I include/agora)
    for standard in c++17 c++20; do
        msvc_header rtm_call.hpp cpp "/std:$standard" "${stand_ins[@]}"
        msvc_file tests/msvc/macros.cpp "/std:$standard" "${stand_ins[@]}"
        for header in cpp_examples/*.cpp; do msvc_file "$header" "/std:$standard" "${stand_ins[@]}"; done
    done
    for standard in c++14 c++17 c++20; do
        for header in include/agora/*.h; do msvc_header "$(basename "$header")" cpp "/std:$standard" "${stand_ins[@]}"; done
    done
}
msvc_header() {
    mkdir -p target/msvc
    echo "#include \"$1\"" >"target/msvc/header.$2"
    say "$1 as MSVC would have it," "${@:3:1}"
    "${MSVC[@]}" /Zs -I include "${@:3}" "target/msvc/header.$2"
}
msvc_file() {
    say "$1 as MSVC would have it, $2"
    "${MSVC[@]}" /Zs -I include "${@:2}" "$1"
}
