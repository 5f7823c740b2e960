# C and C++ programs over a real broker: each with a Mosquitto of its own, by TCP, TLS and WebSockets. See tests/over_broker.sh.

find_program(RTM_CALL_MOSQUITTO mosquitto PATHS /usr/sbin /usr/local/sbin)
find_program(RTM_CALL_OPENSSL openssl)
if(NOT RTM_CALL_MOSQUITTO OR NOT RTM_CALL_OPENSSL OR NOT RTM_CALL_BASH)
    message(STATUS "mosquitto, openssl or bash is not installed: no C and C++ program runs over a broker")
    return()
endif()

# rtm_call_broker_test(<scheme> <target> [argument...])
function(rtm_call_broker_test scheme target)
    add_test(NAME broker.${scheme}.${target} COMMAND "${RTM_CALL_BASH}" "${PROJECT_SOURCE_DIR}/tests/over_broker.sh"
        ${scheme} ${RTM_CALL_TEST_LAUNCHER} $<TARGET_FILE:${target}> ${ARGN})
    set_tests_properties(broker.${scheme}.${target} PROPERTIES TIMEOUT ${RTM_CALL_TEST_TIMEOUT})
endfunction()

foreach(scheme mqtt mqtts ws wss)
    foreach(target ring ring_cpp many)
        rtm_call_broker_test(${scheme} ${target})
    endforeach()
    # Of the border tests those that do not reach into the hub and do not count on its being done when a call returns.
    rtm_call_broker_test(${scheme} border_original_invitations_c99)
    rtm_call_broker_test(${scheme} border_call_endings_c99 accepted accepted_inside_the_callback refused
        an_oversized_response_is_refused_and_it_rings_on canceled unanswered unanswered_within_the_invitations_own_window
        offline_callee offline_callee_within_a_short_window a_callee_that_comes_online_in_time_still_rings_once)
endforeach()
rtm_call_broker_test(mqtt border_habits_c99 remote_invitations_are_used_on_another_thread_later
    cancel_of_an_ended_invitation_then_release sent_and_released_at_once_everything_is_read_later
    a_send_inside_login_success_rings several_invitations_between_the_same_two_are_kept_apart nothing_is_ever_released)
rtm_call_broker_test(mqtt life_threads)
rtm_call_broker_test(mqtt life_exit live_services)
rtm_call_broker_test(mqtts life_exit amid_calls_of_other_threads)
