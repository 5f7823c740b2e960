# cmake --install: headers, both libraries, the CMake package and the pkg-config file.

include(CMakePackageConfigHelpers)

if(RTM_CALL_PLANTED OR RTM_CALL_SANITIZE)
    install(CODE "message(FATAL_ERROR \"This build is for tests (RTM_CALL_PLANTED or RTM_CALL_SANITIZE): it is not to be installed\")")
endif()

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES "${rtm_call_lib_dir}/${rtm_call_static_file}" DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(rtm_call_import_file)
    install(PROGRAMS "${rtm_call_bin_dir}/${rtm_call_shared_file}" DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES "${rtm_call_lib_dir}/${rtm_call_import_file}" DESTINATION ${CMAKE_INSTALL_LIBDIR})
else()
    install(PROGRAMS "${rtm_call_lib_dir}/${rtm_call_shared_file}" DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
if(rtm_call_soname)
    # Links are installed as links.
    install(FILES "${rtm_call_lib_dir}/${rtm_call_soname}" "${rtm_call_lib_dir}/librtm_call.so"
        DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/rtm_call)
configure_package_config_file(cmake/rtm_call-config.cmake.in "${PROJECT_BINARY_DIR}/rtm_call-config.cmake"
    INSTALL_DESTINATION ${package_dir}
    PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR CMAKE_INSTALL_INCLUDEDIR
    NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Below 1.0 a new minor version may break what uses the library.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/rtm_call-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES
    "${PROJECT_BINARY_DIR}/rtm_call-config.cmake"
    "${PROJECT_BINARY_DIR}/rtm_call-config-version.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/rtm_call-targets.cmake"
    DESTINATION ${package_dir})

# The prefix is told relative to the file, so that an installed tree can be moved.
file(RELATIVE_PATH pc_prefix "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
list(TRANSFORM rtm_call_native_libs PREPEND "-l" OUTPUT_VARIABLE pc_libs_private)
list(JOIN pc_libs_private " " pc_libs_private)
set(pc_cflags_private "")
if(WIN32)
    set(pc_cflags_private -DRTM_CALL_STATIC) # what links the static library on Windows
endif()
configure_file(cmake/rtm_call.pc.in "${PROJECT_BINARY_DIR}/rtm_call.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/rtm_call.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
