# Border tests compiled with another version's header, on this library: that of tests/abi/recorded, and one whose structs have
# grown. See docs/ABI.md.

# rtm_call_abi_program(<age> <source> <folder of the header>)
function(rtm_call_abi_program age source folder)
    get_filename_component(name "${source}" NAME_WE)
    set(target abi_${age}_${name})
    rtm_call_program(${target} rtm_call::rtm_call "${source}")
    target_include_directories(${target} BEFORE PRIVATE "${folder}")
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests/border/support")
    rtm_call_test(abi.${age}.${name} ${target})
endfunction()

set(grown "${PROJECT_BINARY_DIR}/abi_newer")
file(READ include/rtm_call.h header)
foreach(struct service_event_handler call_event_handler service_config service_stats log_handler transport_login transport
        hub_faults hub_stats)
    string(REPLACE "\n} rtm_${struct};" "\n    uint64_t of_a_later_version[4];\n} rtm_${struct};" larger "${header}")
    if(larger STREQUAL header)
        message(FATAL_ERROR "include/rtm_call.h has no struct rtm_${struct}")
    endif()
    set(header "${larger}")
endforeach()
file(CONFIGURE OUTPUT "${grown}/rtm_call.h" CONTENT "${header}" @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS include/rtm_call.h)

# Programs that use nothing younger than the recorded header.
foreach(name original_invitations pump habits)
    rtm_call_abi_program(older "${PROJECT_SOURCE_DIR}/tests/border/${name}.c" "${PROJECT_SOURCE_DIR}/tests/abi/recorded")
    rtm_call_abi_program(newer "${PROJECT_SOURCE_DIR}/tests/border/${name}.c" "${grown}")
endforeach()
rtm_call_abi_program(newer "${PROJECT_SOURCE_DIR}/tests/abi/newer_program.c" "${grown}")
