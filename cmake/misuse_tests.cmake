# tests/misuse: random calls of every function from several threads. A short run is a test; `./dev misuse` makes the long ones.

if(MSVC)
    return() # its C has no atomics yet
endif()

rtm_call_program(misuse rtm_call::rtm_call "${PROJECT_SOURCE_DIR}/tests/misuse/main.c")
set_target_properties(misuse PROPERTIES C_STANDARD 11) # its atomics
target_include_directories(misuse PRIVATE "${PROJECT_SOURCE_DIR}/tests/border/support")
target_compile_definitions(misuse PRIVATE RTM_CALL_HEADERS="${PROJECT_SOURCE_DIR}/include")
if(RTM_CALL_PLANTED)
    target_compile_definitions(misuse PRIVATE RTM_CALL_PLANTED)
endif()
rtm_call_test(misuse.short misuse)

# rtm_call_misuse_finds(<bug> <report>): a planted bug must be found, and this is how that reads.
function(rtm_call_misuse_finds bug report)
    add_test(NAME misuse.${bug}.is_found
        COMMAND ${RTM_CALL_TEST_LAUNCHER} $<TARGET_FILE:misuse> --plant ${bug} --hang-after 5 --seed 1)
    set_tests_properties(misuse.${bug}.is_found PROPERTIES
        PASS_REGULAR_EXPRESSION "${report}" TIMEOUT ${RTM_CALL_TEST_TIMEOUT})
endfunction()

if(RTM_CALL_PLANTED)
    rtm_call_misuse_finds(deadlock "misuse hangs")
    if(RTM_CALL_SANITIZE STREQUAL address)
        rtm_call_misuse_finds(use_after_free "heap-use-after-free")
    elseif(RTM_CALL_SANITIZE STREQUAL thread)
        rtm_call_misuse_finds(race "data race")
    endif()
endif()
