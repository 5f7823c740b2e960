#!/bin/sh
# Uses an installed library without CMake: build.sh <output folder>, PKG_CONFIG_PATH telling where rtm_call.pc is.
set -eu
main=$(dirname "$0")/../main.c
main_cpp=$(dirname "$0")/../main.cpp

# shellcheck disable=SC2046 # flags are words
${CC:-cc} "$main" -o "$1/app_shared" $(pkg-config --cflags --libs rtm_call)

# The linker prefers the shared library; the static one is asked for by its file name.
# shellcheck disable=SC2046
${CC:-cc} "$main" -o "$1/app_static" $(pkg-config --static --cflags --libs rtm_call | sed 's/-lrtm_call/-l:librtm_call.a/')

# shellcheck disable=SC2046
${CXX:-c++} -std=c++17 "$main_cpp" -o "$1/app_cpp" $(pkg-config --cflags --libs rtm_call)
