# shellcheck shell=bash
# The code in documents: a block of C or C++ that follows `<!-- snippet: <file> -->` is that file.

# extract_snippets <document> <folder>: writes them. A block without a name would never be compiled: that is an error.
extract_snippets() {
    mkdir -p "$2"
    awk -v folder="$2" -v document="$1" '
        /^<!-- snippet: [a-z0-9_]+\.(c|cpp) -->$/ { name = $3; next }
        /^```(c|cpp)$/ {
            if (name == "") { print document ":" NR ": this block has no <!-- snippet: name --> above it"; failed = 1; exit }
            if (name in seen) { print document ":" NR ": there is another " name; failed = 1; exit }
            seen[name] = 1
            inside = 1
            # A compiler names the document and its line.
            printf "#line %d \"%s\"\n", NR + 1, document > (folder "/" name)
            next
        }
        /^```/ { if (inside) close(folder "/" name); inside = 0; name = ""; next }
        inside { print > (folder "/" name) }
        END {
            if (failed) exit 1
            if (inside) { print document ": the last block does not end"; exit 1 }
            for (name in seen) count++
            if (!count) { print document ": there is no snippet in it"; exit 1 }
        }' "$1" || fail "$1: its snippets cannot be taken out"
}

# shellcheck disable=SC2034 # read by cmd_test
needs_snippets='cmake ninja cc c++ pkg-config qt asio clang-format x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++ x86_64-w64-mingw32-g++-posix'
part_snippets() {
    local work=$PWD/target/snippets file name run strict=(-Wall -Wextra -pedantic -Werror -I include -I include/agora)
    rm -rf "$work"
    say "taking the code out of docs/UI_THREADS.md"
    extract_snippets docs/UI_THREADS.md "$work"
    cp .clang-format "$work"
    mkdir "$work/windows"
    ln -s /usr/include/asio /usr/include/asio.hpp "$work/windows" # Debian has asio among headers that are not for Windows

    for file in "$work"/*.c*; do
        name=$(basename "$file")
        say "$name"
        clang-format --dry-run --Werror "$file"
        case $name in
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
            *) fail "$name: its name does not say what it is for (qt, win32, asio)" ;;
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
