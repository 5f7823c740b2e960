# cpp_examples/phone.cpp as a whole program: played from scripts.

add_test(NAME phone.hub COMMAND ${RTM_CALL_TEST_LAUNCHER} $<TARGET_FILE:phone> --user alice --also bob
    --script "${PROJECT_SOURCE_DIR}/tests/phone/hub.script")
set_tests_properties(phone.hub PROPERTIES TIMEOUT ${RTM_CALL_TEST_TIMEOUT})

# The others start a broker and processes of their own, too many for a launcher. Exit code 77: a tool is missing.
find_program(bash bash)
if(bash AND NOT WIN32 AND NOT RTM_CALL_TEST_LAUNCHER)
    foreach(name scripts broker_rules calls doctor)
        add_test(NAME phone.${name}
            COMMAND ${bash} "${PROJECT_SOURCE_DIR}/tests/phone/${name}.sh" $<TARGET_FILE:phone>)
        set_tests_properties(phone.${name} PROPERTIES TIMEOUT ${RTM_CALL_TEST_TIMEOUT} SKIP_RETURN_CODE 77)
    endforeach()
endif()
