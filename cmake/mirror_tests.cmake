# The tests of the C++ mirror, include/agora: each as C++11, in which it must compile; the headers in every standard.

# rtm_call_mirror_program(<target> <standard> <source>...): a program against the mirror.
function(rtm_call_mirror_program target standard source)
    rtm_call_program(${target} rtm_call::agora "${source}")
    target_sources(${target} PRIVATE ${ARGN})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests/mirror/support")
    set_target_properties(${target} PROPERTIES CXX_STANDARD ${standard})
endfunction()

foreach(name original login_in_progress lifetime quarantine extension)
    rtm_call_mirror_program(mirror_${name} 11 "${PROJECT_SOURCE_DIR}/tests/mirror/${name}.cpp")
    rtm_call_test(mirror.${name} mirror_${name})
endforeach()

foreach(standard 11 14 17 20)
    rtm_call_mirror_program(mirror_headers_cxx${standard} ${standard}
        "${PROJECT_SOURCE_DIR}/tests/mirror/headers.cpp" "${PROJECT_SOURCE_DIR}/tests/mirror/headers_too.cpp")
    rtm_call_test(mirror.headers.cxx${standard} mirror_headers_cxx${standard})
endforeach()

# Every line of docs/mirror-surface.txt as a static_assert: that it compiles is the test.
set(surface "${PROJECT_SOURCE_DIR}/docs/mirror-surface.txt")
set(surface_script "${PROJECT_SOURCE_DIR}/cmake/mirror_surface.cmake")
set(agora "${PROJECT_SOURCE_DIR}/include/agora")
add_custom_command(OUTPUT "${PROJECT_BINARY_DIR}/mirror/surface.cpp"
    COMMAND ${CMAKE_COMMAND} "-DSURFACE=${surface}" "-DOUT=${PROJECT_BINARY_DIR}/mirror/surface.cpp"
        "-DHEADERS=${agora}/IAgoraRtmService.h,${agora}/IAgoraRtmCallManager.h" -P "${surface_script}"
    DEPENDS "${surface}" "${surface_script}" "${agora}/IAgoraRtmService.h" "${agora}/IAgoraRtmCallManager.h"
    VERBATIM)
rtm_call_mirror_program(mirror_surface 11 "${PROJECT_BINARY_DIR}/mirror/surface.cpp")
rtm_call_test(mirror.surface mirror_surface)
