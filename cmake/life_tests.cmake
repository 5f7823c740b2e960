# The library in the life of its process: loading, unloading, exit, static destructors, threads and signals. See tests/life.

# rtm_call_life_program(<name>): a program that knows by name the modules that lie beside it.
function(rtm_call_life_program name)
    rtm_call_program(life_${name} rtm_call::rtm_call "${PROJECT_SOURCE_DIR}/tests/life/${name}.c")
    target_include_directories(life_${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/border/support")
    target_link_libraries(life_${name} PRIVATE ${CMAKE_DL_LIBS})
    set(beside "")
    if(NOT WIN32)
        set(beside "${PROJECT_BINARY_DIR}/bin/")
    endif()
    target_compile_definitions(life_${name} PRIVATE
        LIFE_LIBRARY="${beside}rtm_call_copy${CMAKE_SHARED_LIBRARY_SUFFIX}"
        LIFE_PLUGIN="${beside}life_plugin${CMAKE_SHARED_MODULE_SUFFIX}")
endfunction()

rtm_call_life_program(threads)
rtm_call_test(life.threads life_threads)

rtm_call_life_program(hang_up)
if(WIN32)
    target_link_libraries(life_hang_up PRIVATE ws2_32)
endif()
rtm_call_test(life.hang_up life_hang_up)

# A program that is linked to the library never sees it unloaded: it loads a copy of it. MinGW's has its debug information
# in it, which Wine would read each time.
set(life_copy "${PROJECT_BINARY_DIR}/bin/rtm_call_copy${CMAKE_SHARED_LIBRARY_SUFFIX}")
set(copy_library ${CMAKE_COMMAND} -E copy $<TARGET_FILE:rtm_call::rtm_call> "${life_copy}")
if(MINGW)
    set(copy_library "${CMAKE_STRIP}" --strip-debug -o "${life_copy}" $<TARGET_FILE:rtm_call::rtm_call>)
endif()
add_custom_command(OUTPUT "${life_copy}" COMMAND ${copy_library}
    DEPENDS rtm_call_cargo $<TARGET_FILE:rtm_call::rtm_call> VERBATIM)
add_custom_target(life_copy DEPENDS "${life_copy}")
rtm_call_life_program(load)
add_dependencies(life_load life_copy)
rtm_call_test(life.load life_load)

rtm_call_life_program(exit)
set(scenes live_services inside_a_callback amid_a_callback amid_calls_of_other_threads released_at_exit)
if(NOT WIN32)
    list(APPEND scenes after_the_main_thread)
endif()
foreach(scene IN LISTS scenes)
    rtm_call_test(life.exit.${scene} life_exit ${scene})
endforeach()
if(NOT WIN32)
    # The main thread ends before the process: what it kept for itself is not in reach any more when leaks are looked for.
    set_tests_properties(life.exit.after_the_main_thread PROPERTIES ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0")
endif()

add_library(life_plugin MODULE "${PROJECT_SOURCE_DIR}/tests/life/plugin.cpp")
set_target_properties(life_plugin PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
target_link_libraries(life_plugin PRIVATE rtm_call::cpp Threads::Threads)
if(NOT WIN32)
    # Whatever else it exported, libstdc++ would use, which is never unloaded: then this would not be, either.
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/life_plugin.map" CONTENT "{ global: plugin_start; plugin_stop; local: *; };\n")
    target_link_options(life_plugin PRIVATE "-Wl,--version-script,${PROJECT_BINARY_DIR}/life_plugin.map")
endif()
rtm_call_strict(life_plugin)
rtm_call_life_program(host)
add_dependencies(life_host life_plugin)
foreach(end unload exit)
    rtm_call_test(life.plugin.${end} life_host ${end})
endforeach()
