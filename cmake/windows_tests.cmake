# What the tests need in a build that runs under Wine: see tests/windows.

add_library(bcryptprimitives SHARED "${PROJECT_SOURCE_DIR}/tests/windows/bcryptprimitives.c")
target_link_libraries(bcryptprimitives PRIVATE advapi32)
set_target_properties(bcryptprimitives PROPERTIES PREFIX "" RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/stand-in")
