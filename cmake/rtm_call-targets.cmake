# The file names of the library and its imported targets, for the build tree (add_subdirectory) and for an
# installed copy (find_package) alike. Wants PROJECT_VERSION or rtm_call_VERSION.

if(DEFINED rtm_call_VERSION)
    set(_rtm_call_version ${rtm_call_VERSION})
else()
    set(_rtm_call_version ${PROJECT_VERSION})
endif()
string(REGEX MATCH "^[0-9]+" _rtm_call_major "${_rtm_call_version}")

# rtm_call_shared_file: what is loaded at run time; rtm_call_import_file: what a Windows program links instead.
# rtm_call_native_libs: what the static library needs; on Linux the answer of
#   cargo rustc --lib --crate-type staticlib -- --print native-static-libs
set(rtm_call_import_file "")
if(MSVC)
    set(rtm_call_shared_file rtm_call.dll)
    set(rtm_call_import_file rtm_call.dll.lib)
    set(rtm_call_static_file rtm_call.lib)
    set(rtm_call_native_libs kernel32 ntdll userenv ws2_32 dbghelp advapi32 bcrypt)
elseif(WIN32)
    set(rtm_call_shared_file rtm_call.dll)
    set(rtm_call_import_file librtm_call.dll.a)
    set(rtm_call_static_file librtm_call.a)
    set(rtm_call_native_libs kernel32 ntdll userenv ws2_32 dbghelp advapi32 bcrypt)
else()
    # build.rs writes the soname; librtm_call.so and the soname are links to the file.
    set(rtm_call_soname librtm_call.so.${_rtm_call_major})
    set(rtm_call_shared_file librtm_call.so.${_rtm_call_version})
    set(rtm_call_static_file librtm_call.a)
    set(rtm_call_native_libs gcc_s util rt pthread m dl c)
endif()

# rtm_call_add_targets([GLOBAL] LIB_DIR <dir> BIN_DIR <dir> INCLUDE_DIR <dir>)
function(rtm_call_add_targets)
    cmake_parse_arguments(PARSE_ARGV 0 arg "GLOBAL" "LIB_DIR;BIN_DIR;INCLUDE_DIR" "")
    set(global "")
    if(arg_GLOBAL)
        set(global GLOBAL)
    endif()

    add_library(rtm_call::rtm_call SHARED IMPORTED ${global})
    if(rtm_call_import_file)
        set_target_properties(rtm_call::rtm_call PROPERTIES
            IMPORTED_LOCATION "${arg_BIN_DIR}/${rtm_call_shared_file}"
            IMPORTED_IMPLIB "${arg_LIB_DIR}/${rtm_call_import_file}")
    else()
        set_target_properties(rtm_call::rtm_call PROPERTIES
            IMPORTED_LOCATION "${arg_LIB_DIR}/${rtm_call_shared_file}")
    endif()
    if(rtm_call_soname)
        set_target_properties(rtm_call::rtm_call PROPERTIES IMPORTED_SONAME ${rtm_call_soname})
    endif()

    add_library(rtm_call::static STATIC IMPORTED ${global})
    set_target_properties(rtm_call::static PROPERTIES
        IMPORTED_LOCATION "${arg_LIB_DIR}/${rtm_call_static_file}"
        INTERFACE_LINK_LIBRARIES "${rtm_call_native_libs}")
    if(WIN32)
        # Else the header asks the linker for the DLL's import library.
        set_target_properties(rtm_call::static PROPERTIES INTERFACE_COMPILE_DEFINITIONS RTM_CALL_STATIC)
    endif()

    set_target_properties(rtm_call::rtm_call rtm_call::static PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${arg_INCLUDE_DIR}")

    # The C++ mirror of the 1.x interface: headers only, over the shared library.
    add_library(rtm_call::agora INTERFACE IMPORTED ${global})
    set_target_properties(rtm_call::agora PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${arg_INCLUDE_DIR}/agora"
        INTERFACE_LINK_LIBRARIES rtm_call::rtm_call
        INTERFACE_COMPILE_FEATURES cxx_std_11)

    # rtm_call.hpp: headers only, over the shared library.
    add_library(rtm_call::cpp INTERFACE IMPORTED ${global})
    set_target_properties(rtm_call::cpp PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${arg_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES rtm_call::rtm_call
        INTERFACE_COMPILE_FEATURES cxx_std_17)
endfunction()
