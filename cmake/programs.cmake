# The examples and the C and C++ tests.

find_package(Threads REQUIRED)
enable_language(CXX)

# rtm_call_program(<target> <library> <source>): a program against the shared or the static library.
function(rtm_call_program target library source)
    add_executable(${target} "${source}")
    set_target_properties(${target} PROPERTIES
        C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
        CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin"
        NO_SYSTEM_FROM_IMPORTED ON) # the header is held to the same warnings
    target_link_libraries(${target} PRIVATE ${library} Threads::Threads)
    rtm_call_strict(${target})
endfunction()

# rtm_call_strict(<target>): warnings are errors, and what the preset asks for is watched.
function(rtm_call_strict target)
    if(MSVC)
        target_compile_options(${target} PRIVATE /W4 /WX)
    else()
        target_compile_options(${target} PRIVATE -Wall -Wextra -pedantic -Werror)
    endif()
    if(RTM_CALL_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=${RTM_CALL_SANITIZE} -fno-omit-frame-pointer -g)
        target_link_options(${target} PRIVATE -fsanitize=${RTM_CALL_SANITIZE})
    endif()
endfunction()

# rtm_call_test(<name> <target> [argument...]): runs the program as a test.
function(rtm_call_test name target)
    add_test(NAME ${name} COMMAND ${RTM_CALL_TEST_LAUNCHER} $<TARGET_FILE:${target}> ${ARGN})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${RTM_CALL_TEST_TIMEOUT})
endfunction()

if(RTM_CALL_BUILD_EXAMPLES)
    # Each runs as a test, without arguments. A C++ program whose name a C program has is called <name>_cpp.
    file(GLOB examples CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cpp_examples/*.c")
    file(GLOB cxx_examples CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cpp_examples/*.cpp")
    foreach(source IN LISTS examples cxx_examples)
        get_filename_component(name "${source}" NAME_WE)
        if(TARGET ${name})
            string(APPEND name _cpp)
        endif()
        rtm_call_program(${name} rtm_call::rtm_call "${source}")
        if(source MATCHES "\\.cpp$")
            target_link_libraries(${name} PRIVATE rtm_call::cpp rtm_call::agora)
        endif()
        rtm_call_test(example.${name} ${name})
        rtm_call_test(example.${name}.help ${name} --help)
        set_tests_properties(example.${name}.help PROPERTIES PASS_REGULAR_EXPRESSION "usage: ${name}")
    endforeach()
    if(TARGET demo)
        rtm_call_program(demo_static rtm_call::static "${PROJECT_SOURCE_DIR}/cpp_examples/demo.c")
        rtm_call_test(example.demo_static demo_static)
    endif()

    # The one with a window is a project of its own, with a test of its own.
    find_package(QT NAMES Qt6 Qt5 QUIET COMPONENTS Widgets)
    if(QT_FOUND AND QT_VERSION VERSION_GREATER_EQUAL 5.15)
        set(RTM_CALL_QT_TEST_ENVIRONMENT "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/qt/lsan.supp"
            "VALGRIND_OPTS=--suppressions=${PROJECT_SOURCE_DIR}/tests/qt/valgrind.supp")
        add_subdirectory(cpp_examples/qt)
        rtm_call_strict(qt_phone)
        set_target_properties(qt_phone PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
    else()
        message(STATUS "Qt 5.15 or 6 is not here: cpp_examples/qt is left out")
    endif()

    include(cmake/testing_examples.cmake)
    include(cmake/binding_examples.cmake)

    # A carrier of the application's own. Its test starts several of it, and kills some.
    set(carrier_tcp "${PROJECT_SOURCE_DIR}/cpp_examples/carrier_tcp")
    rtm_call_program(carrier_tcp rtm_call::rtm_call "${carrier_tcp}/main.c")
    target_sources(carrier_tcp PRIVATE "${carrier_tcp}/carrier.c" "${carrier_tcp}/relay.c")
    if(WIN32)
        target_link_libraries(carrier_tcp PRIVATE ws2_32)
    endif()
    find_program(RTM_CALL_BASH bash)
    if(RTM_CALL_BASH)
        add_test(NAME example.carrier_tcp COMMAND "${RTM_CALL_BASH}" "${PROJECT_SOURCE_DIR}/tests/carrier_tcp.sh"
            ${RTM_CALL_TEST_LAUNCHER} $<TARGET_FILE:carrier_tcp>)
        set_tests_properties(example.carrier_tcp PROPERTIES TIMEOUT ${RTM_CALL_TEST_TIMEOUT})
    endif()
endif()

if(RTM_CALL_BUILD_TESTS)
    # Every border test twice: as C99, and as C++17 by way of a file that includes it.
    file(GLOB border_tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/border/*.c")
    foreach(source IN LISTS border_tests)
        get_filename_component(name "${source}" NAME_WE)
        set(as_cxx "${PROJECT_BINARY_DIR}/border_cxx/${name}.cpp")
        file(CONFIGURE OUTPUT "${as_cxx}" CONTENT "#include \"${source}\"\n" @ONLY)
        rtm_call_program(border_${name}_c99 rtm_call::rtm_call "${source}")
        rtm_call_program(border_${name}_cxx17 rtm_call::rtm_call "${as_cxx}")
        foreach(language c99 cxx17)
            target_include_directories(border_${name}_${language} PRIVATE "${PROJECT_SOURCE_DIR}/tests/border/support")
            target_compile_definitions(border_${name}_${language} PRIVATE
                RTM_CALL_HEADER="${PROJECT_SOURCE_DIR}/include/rtm_call.h") # one test reads it
            if(RTM_CALL_PLANTED)
                target_compile_definitions(border_${name}_${language} PRIVATE RTM_CALL_PLANTED)
            endif()
            rtm_call_test(border.${name}.${language} border_${name}_${language})
        endforeach()
    endforeach()

    # Those about calls and sessions once more, over a carrier behind the C function table. valgrind has seen both by then.
    if(RTM_CALL_PLANTED AND NOT RTM_CALL_TEST_LAUNCHER MATCHES valgrind)
        foreach(name call_endings habits life_inside_callbacks life_races original_invitations
                original_sessions panic pump queued_sends slow_callbacks)
            rtm_call_test(border.${name}.table border_${name}_c99)
            set_tests_properties(border.${name}.table PROPERTIES ENVIRONMENT BORDER_CARRIER=table)
        endforeach()
    endif()

    include(cmake/mirror_tests.cmake)
    if(TARGET phone)
        include(cmake/phone_tests.cmake)
    endif()
    include(cmake/cpp_tests.cmake)
    include(cmake/life_tests.cmake)
    include(cmake/abi_tests.cmake)
    include(cmake/network_tests.cmake)
    if(WIN32 AND CMAKE_CROSSCOMPILING)
        include(cmake/windows_tests.cmake)
    endif()
    include(cmake/misuse_tests.cmake)

    # What watches memory must report the planted uses after free, one on each side; nobody else may run them.
    set(report "")
    if(RTM_CALL_SANITIZE STREQUAL address)
        set(report "heap-use-after-free")
    elseif(RTM_CALL_TEST_LAUNCHER MATCHES valgrind)
        set(report "Invalid read of size")
    endif()
    if(RTM_CALL_PLANTED AND report)
        foreach(name uaf_c uaf_rust)
            rtm_call_program(${name} rtm_call::rtm_call "${PROJECT_SOURCE_DIR}/tests/planted/${name}.c")
            rtm_call_test(planted.${name}.is_reported ${name})
            set_tests_properties(planted.${name}.is_reported PROPERTIES PASS_REGULAR_EXPRESSION "${report}")
        endforeach()
    endif()
endif()
