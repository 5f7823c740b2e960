# shellcheck shell=bash
# The part snippets: the code in docs/UI_THREADS.md, whose blocks are marked as those of README.md are, see readme.sh.

# shellcheck disable=SC2034 # read by cmd_test
needs_snippets='cmake ninja cc c++ pkg-config qt asio clang-format x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++ x86_64-w64-mingw32-g++-posix'
part_snippets() {
    local work=$PWD/target/snippets document=docs/UI_THREADS.md block kind argument line file run
    local strict=(-Wall -Wextra -pedantic -Werror -I include -I include/agora)
    rm -rf "$work"
    mkdir -p "$work"/{blocks,windows}
    say "taking the code out of $document"
    split_blocks "$document" "$work/blocks" || fail "$document has a block of code that no comment explains"
    while IFS=$'\t' read -r block kind argument line; do
        [ "$kind" = file ] || fail "$document:$line: this block is no file, so nothing would compile it"
        # A compiler names the document and its line.
        { echo "#line $((line + 1)) \"$document\"" && cat "$work/blocks/$block"; } >"$work/$argument"
    done <"$work/blocks/list"
    cp .clang-format "$work"
    ln -s /usr/include/asio /usr/include/asio.hpp "$work/windows" # Debian has asio among headers that are not for Windows

    for file in "$work"/*.c*; do
        argument=$(basename "$file")
        say "$argument"
        clang-format --dry-run --Werror "$file"
        case $argument in
            qt*)
                # shellcheck disable=SC2046 # flags are words; Qt's headers are not ours to judge
                c++ -std=c++17 -fPIC "${strict[@]}" -fsyntax-only "$file" \
                    $(pkg-config --cflags "$(qt_widgets)" | sed 's/-I/-isystem /g')
                ;;
            win32*) x86_64-w64-mingw32-g++ -std=c++11 "${strict[@]}" -fsyntax-only "$file" ;;
            asio*)
                c++ -std=c++17 "${strict[@]}" -fsyntax-only "$file"
                x86_64-w64-mingw32-g++ -std=c++17 -D_WIN32_WINNT=0x0601 "${strict[@]}" -isystem "$work/windows" \
                    -fsyntax-only "$file"
                ;;
            *) fail "$argument: its name does not say what it is for (qt, win32, asio)" ;;
        esac
    done

    for file in cpp_examples/*.c cpp_examples/*.cpp; do
        say "$file for Windows"
        case $file in # the C++ ones use threads of the standard library, which only this MinGW has in Debian 12
            *.c) x86_64-w64-mingw32-gcc -std=c99 "${strict[@]}" -fsyntax-only "$file" ;;
            *.cpp) x86_64-w64-mingw32-g++-posix -std=c++17 "${strict[@]}" -fsyntax-only "$file" ;;
        esac
    done

    cmake --preset release --log-level=WARNING
    cmake --build --preset release --target rtm_call_cargo
    for file in tests/snippets/*_run.cpp; do
        run=$work/$(basename "$file" .cpp)
        say "running $file"
        c++ -std=c++17 -g "${strict[@]}" -I "$work" "$file" -o "$run" \
            -L target/cmake/release/lib -Wl,-rpath,"$PWD/target/cmake/release/lib" -lrtm_call -pthread
        timeout 120 "$run"
    done
}

# The pkg-config name of the Qt that is here.
qt_widgets() {
    if pkg-config --exists Qt6Widgets 2>/dev/null; then
        echo Qt6Widgets
    elif pkg-config --exists 'Qt5Widgets >= 5.15' 2>/dev/null; then
        echo Qt5Widgets
    else
        return 1
    fi
}
