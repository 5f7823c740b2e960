# Programs written for the hub, unchanged, over a private Mosquitto: those that need none of the hub's settable faults, and
# nothing that has happened before a call returns. Not under valgrind: it is too slow for windows that are meant for machines.

find_program(RTM_CALL_MOSQUITTO mosquitto PATHS /usr/sbin)
if(NOT RTM_CALL_MOSQUITTO)
    message(STATUS "mosquitto was not found: no program is run over a broker")
elseif(NOT RTM_CALL_TEST_LAUNCHER)
    foreach(program border_life_races_c99 border_login_in_progress_c99 border_original_invitations_cxx17
            border_panic_c99 border_settings_c99 border_stress_c99
            mirror_lifetime mirror_quarantine)
        string(REGEX REPLACE "_(c99|cxx17)$" "" name "${program}")
        string(REGEX REPLACE "^(border|mirror)_" "\\1." name "${name}")
        add_test(NAME mqtt.${name} COMMAND "${PROJECT_SOURCE_DIR}/tests/net/with_mosquitto.sh" $<TARGET_FILE:${program}>)
        set_tests_properties(mqtt.${name} PROPERTIES TIMEOUT ${RTM_CALL_TEST_TIMEOUT})
    endforeach()
endif()
