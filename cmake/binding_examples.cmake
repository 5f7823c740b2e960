# The examples in other languages, where their tools are found: Python, and Mono with its C# compiler.

# A sanitizer would have to be in their runtimes too, and valgrind reports what those do.
if(CMAKE_CROSSCOMPILING OR RTM_CALL_SANITIZE OR RTM_CALL_TEST_LAUNCHER)
    return()
endif()

find_program(RTM_CALL_PYTHON python3)
if(RTM_CALL_PYTHON)
    add_test(NAME example.ring_py COMMAND "${RTM_CALL_PYTHON}" "${PROJECT_SOURCE_DIR}/cpp_examples/python/ring.py"
        "${rtm_call_lib_dir}/${rtm_call_shared_file}")
    set_tests_properties(example.ring_py PROPERTIES TIMEOUT ${RTM_CALL_TEST_TIMEOUT})
else()
    message(STATUS "python3 is not installed: cpp_examples/python is not run")
endif()

find_program(RTM_CALL_MCS mcs)
find_program(RTM_CALL_MONO mono)
if(NOT RTM_CALL_MCS OR NOT RTM_CALL_MONO)
    message(STATUS "Mono (Debian: mono-mcs, mono-runtime) is not installed: cpp_examples/csharp is not built")
    return()
endif()

# rtm_call_csharp(<file> <source or option>...): compiles a program, or a library if the file is a .dll.
function(rtm_call_csharp file)
    set(kind exe)
    if(file MATCHES "\\.dll$")
        set(kind library)
    endif()
    set(sources ${ARGN})
    list(FILTER sources INCLUDE REGEX "\\.cs$")
    set(references ${ARGN})
    list(FILTER references INCLUDE REGEX "^-r:")
    list(TRANSFORM references REPLACE "^-r:" "")
    add_custom_command(OUTPUT "${PROJECT_BINARY_DIR}/bin/${file}"
        COMMAND "${RTM_CALL_MCS}" -nologo -warnaserror -target:${kind} "-out:${PROJECT_BINARY_DIR}/bin/${file}" ${ARGN}
        DEPENDS ${sources} ${references} VERBATIM)
    set_property(GLOBAL APPEND PROPERTY rtm_call_csharp_files "${PROJECT_BINARY_DIR}/bin/${file}")
endfunction()

# rtm_call_csharp_test(<name> <file> <argument>...)
function(rtm_call_csharp_test name file)
    add_test(NAME ${name} COMMAND "${RTM_CALL_MONO}" "${PROJECT_BINARY_DIR}/bin/${file}" ${ARGN})
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${RTM_CALL_TEST_TIMEOUT} ENVIRONMENT "LD_LIBRARY_PATH=${rtm_call_lib_dir}")
endfunction()

set(csharp "${PROJECT_SOURCE_DIR}/cpp_examples/csharp")
rtm_call_csharp(ring_cs.exe "${csharp}/Ring.cs" "${csharp}/RtmCall.cs")
rtm_call_csharp_test(example.ring_cs ring_cs.exe)
rtm_call_csharp_test(example.ring_cs.pump ring_cs.exe --pump)
if(RTM_CALL_BUILD_TESTS)
    # The plugin and its host have the binding each, as if they knew nothing of each other.
    set(csharp_tests "${PROJECT_SOURCE_DIR}/tests/csharp")
    rtm_call_csharp(plugin.dll "${csharp_tests}/Plugin.cs" "${csharp}/RtmCall.cs")
    rtm_call_csharp(reload.exe "${csharp_tests}/Reload.cs" "${csharp}/RtmCall.cs"
        "-r:${PROJECT_BINARY_DIR}/bin/plugin.dll" -nowarn:436)
    rtm_call_csharp_test(binding.csharp.reload reload.exe)
endif()
get_property(files GLOBAL PROPERTY rtm_call_csharp_files)
add_custom_target(rtm_call_csharp ALL DEPENDS ${files})
