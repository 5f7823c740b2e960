# Programs written for the hub, unchanged, over a private Mosquitto: those that need none of the hub's settable faults, and
# nothing that has happened before a call returns. Not under valgrind: it is too slow for windows that are meant for machines.

find_program(RTM_CALL_MOSQUITTO mosquitto PATHS /usr/sbin)
find_program(RTM_CALL_OPENSSL openssl)
if(RTM_CALL_TEST_LAUNCHER MATCHES valgrind)
    return()
elseif(NOT RTM_CALL_MOSQUITTO OR NOT RTM_CALL_OPENSSL)
    message(STATUS "mosquitto or openssl was not found: no program is run over a broker")
    return()
endif()

# rtm_call_network_test(<scheme> <name> <program> [argument...])
function(rtm_call_network_test scheme name program)
    add_test(NAME ${scheme}.${name} COMMAND "${PROJECT_SOURCE_DIR}/tests/net/with_mosquitto.sh" --scheme ${scheme}
        ${RTM_CALL_TEST_LAUNCHER} $<TARGET_FILE:${program}> ${ARGN})
    set_tests_properties(${scheme}.${name} PROPERTIES TIMEOUT ${RTM_CALL_TEST_TIMEOUT})
endfunction()

foreach(program border_life_races_c99 border_original_invitations_cxx17
        border_panic_c99 border_settings_c99 border_stress_c99
        mirror_lifetime mirror_quarantine)
    string(REGEX REPLACE "_(c99|cxx17)$" "" name "${program}")
    string(REGEX REPLACE "^(border|mirror)_" "\\1." name "${name}")
    rtm_call_network_test(mqtt ${name} ${program})
endforeach()

# Some in every way that there is to a broker.
foreach(scheme mqtt mqtts ws wss)
    if(RTM_CALL_BUILD_EXAMPLES)
        foreach(program ring ring_cpp many)
            rtm_call_network_test(${scheme} example.${program} ${program})
        endforeach()
    endif()
    rtm_call_network_test(${scheme} border.call_endings border_call_endings_c99 accepted accepted_inside_the_callback refused
        an_oversized_response_is_refused_and_it_rings_on canceled unanswered unanswered_within_the_invitations_own_window
        offline_callee offline_callee_within_a_short_window a_callee_that_comes_online_in_time_still_rings_once)
    rtm_call_network_test(${scheme} life.threads life_threads)
    foreach(scene live_services amid_calls_of_other_threads)
        rtm_call_network_test(${scheme} life.exit.${scene} life_exit ${scene})
    endforeach()
endforeach()
