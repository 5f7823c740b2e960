# Builds the library with cargo: the target rtm_call_cargo. It runs at every build, since cargo itself knows best what
# has changed; where nothing has, the copied files stay untouched and nothing is linked anew.
#
# Out: rtm_call_lib_dir, rtm_call_bin_dir, where the library's files are in the build tree.

find_program(RTM_CALL_CARGO cargo PATHS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin" "$ENV{USERPROFILE}/.cargo/bin")
find_program(RTM_CALL_RUSTC rustc PATHS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin" "$ENV{USERPROFILE}/.cargo/bin")
if(NOT RTM_CALL_CARGO OR NOT RTM_CALL_RUSTC)
    message(FATAL_ERROR "rtm_call needs a Rust toolchain: cargo and rustc are not on the PATH")
endif()

# The target is always named, so that where cargo puts its output never depends on the user's configuration.
if(NOT RTM_CALL_CARGO_TARGET)
    if(CMAKE_CROSSCOMPILING AND WIN32 AND NOT MSVC)
        set(RTM_CALL_CARGO_TARGET ${CMAKE_SYSTEM_PROCESSOR}-pc-windows-gnu)
    elseif(CMAKE_CROSSCOMPILING)
        message(FATAL_ERROR "Cross-compiling: name Rust's target, -DRTM_CALL_CARGO_TARGET=<triple>")
    else()
        execute_process(COMMAND "${RTM_CALL_RUSTC}" -vV OUTPUT_VARIABLE rustc_says COMMAND_ERROR_IS_FATAL ANY)
        string(REGEX MATCH "host: ([^\n\r]+)" _ "${rustc_says}")
        set(RTM_CALL_CARGO_TARGET ${CMAKE_MATCH_1})
    endif()
    set(RTM_CALL_CARGO_TARGET ${RTM_CALL_CARGO_TARGET} CACHE STRING "Rust's target triple")
endif()

# Build trees may share what cargo builds: RTM_CALL_CARGO_DIR in the environment names the folder. An instrumented build has
# other flags for every crate, so it keeps to itself.
set(cargo_dir "${PROJECT_BINARY_DIR}/cargo")
if(DEFINED ENV{RTM_CALL_CARGO_DIR} AND NOT RTM_CALL_SANITIZE)
    set(cargo_dir "$ENV{RTM_CALL_CARGO_DIR}")
endif()

# Rust's debug build for Debug; the optimised one for all else, multi-configuration generators included.
set(cargo_environment "CARGO_TARGET_DIR=${cargo_dir}")
set(cargo_profile release)
set(cargo_profile_dir release)
if(CMAKE_BUILD_TYPE STREQUAL Debug AND NOT CMAKE_CONFIGURATION_TYPES)
    set(cargo_profile dev)
    set(cargo_profile_dir debug)
elseif(CMAKE_BUILD_TYPE STREQUAL RelWithDebInfo)
    list(APPEND cargo_environment CARGO_PROFILE_RELEASE_DEBUG=true)
endif()

if(RTM_CALL_SANITIZE STREQUAL address OR RTM_CALL_SANITIZE STREQUAL thread)
    # An unstable flag of the compiler, which RUSTC_BOOTSTRAP opens on a stable toolchain.
    list(APPEND cargo_environment RUSTC_BOOTSTRAP=1 "RUSTC=${RTM_CALL_RUSTC}"
        "RUSTFLAGS=-Zsanitizer=${RTM_CALL_SANITIZE} -Cforce-frame-pointers=yes"
        CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true)
elseif(RTM_CALL_SANITIZE)
    message(FATAL_ERROR "RTM_CALL_SANITIZE is '${RTM_CALL_SANITIZE}'; it may be empty, address or thread")
endif()

# Only the two C libraries: with Rust's own kind among them cargo would leave out link-time optimisation.
set(cargo_arguments rustc --lib --crate-type cdylib,staticlib --locked
    --manifest-path "${PROJECT_SOURCE_DIR}/Cargo.toml" --profile ${cargo_profile} --target ${RTM_CALL_CARGO_TARGET})
if(RTM_CALL_SANITIZE STREQUAL thread)
    # Locks and threads of a standard library that is not instrumented would be invisible, and every use of them a false
    # report: it is built too, from the sources that the toolchain must have.
    list(APPEND cargo_arguments -Zbuild-std)
endif()
if(RTM_CALL_OFFLINE)
    list(APPEND cargo_arguments --offline)
endif()
if(RTM_CALL_PLANTED)
    list(APPEND cargo_arguments --features planted)
endif()

set(rtm_call_lib_dir "${PROJECT_BINARY_DIR}/lib")
set(rtm_call_bin_dir "${PROJECT_BINARY_DIR}/bin")
set(cargo_out "${cargo_dir}/${RTM_CALL_CARGO_TARGET}/${cargo_profile_dir}")
file(MAKE_DIRECTORY "${rtm_call_lib_dir}" "${rtm_call_bin_dir}")

set(copied "${rtm_call_lib_dir}/${rtm_call_static_file}")
set(copies COMMAND ${CMAKE_COMMAND} -E copy_if_different "${cargo_out}/${rtm_call_static_file}" "${copied}")
if(rtm_call_import_file)
    # A DLL lies beside the programs that load it.
    list(APPEND copied "${rtm_call_bin_dir}/${rtm_call_shared_file}" "${rtm_call_lib_dir}/${rtm_call_import_file}")
    list(APPEND copies
        COMMAND ${CMAKE_COMMAND} -E copy_if_different "${cargo_out}/${rtm_call_shared_file}" "${rtm_call_bin_dir}"
        COMMAND ${CMAKE_COMMAND} -E copy_if_different "${cargo_out}/${rtm_call_import_file}" "${rtm_call_lib_dir}")
else()
    list(APPEND copied "${rtm_call_lib_dir}/${rtm_call_shared_file}")
    list(APPEND copies COMMAND ${CMAKE_COMMAND} -E copy_if_different
        "${cargo_out}/librtm_call${CMAKE_SHARED_LIBRARY_SUFFIX}" "${rtm_call_lib_dir}/${rtm_call_shared_file}")
endif()
if(rtm_call_soname)
    file(CREATE_LINK ${rtm_call_shared_file} "${rtm_call_lib_dir}/${rtm_call_soname}" SYMBOLIC)
    file(CREATE_LINK ${rtm_call_soname} "${rtm_call_lib_dir}/librtm_call.so" SYMBOLIC)
endif()

add_custom_target(rtm_call_cargo ALL
    COMMAND ${CMAKE_COMMAND} -E env ${cargo_environment} "${RTM_CALL_CARGO}" ${cargo_arguments}
    ${copies}
    BYPRODUCTS ${copied}
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    COMMENT "cargo builds rtm_call (${cargo_profile}, ${RTM_CALL_CARGO_TARGET})"
    USES_TERMINAL VERBATIM)
