# cpp_examples/testing: how an application is tested with rtm_call_test.h; the C++ one where doctest is found.

rtm_call_program(test_in_c rtm_call::rtm_call "${PROJECT_SOURCE_DIR}/cpp_examples/testing/test_in_c.c")
rtm_call_test(example.test_in_c test_in_c)

find_package(doctest QUIET)
if(CMAKE_CROSSCOMPILING AND NOT doctest_FOUND AND EXISTS /usr/include/doctest/doctest.h)
    # It is nothing but a header, but the folder that it lies in has the headers of another system.
    file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/doctest")
    file(CREATE_LINK /usr/include/doctest "${PROJECT_BINARY_DIR}/doctest/doctest" SYMBOLIC)
    add_library(doctest::doctest INTERFACE IMPORTED)
    set_target_properties(doctest::doctest PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${PROJECT_BINARY_DIR}/doctest")
    set(doctest_FOUND TRUE)
endif()
if(doctest_FOUND)
    rtm_call_program(test_in_cpp rtm_call::rtm_call "${PROJECT_SOURCE_DIR}/cpp_examples/testing/test_in_cpp.cpp")
    target_link_libraries(test_in_cpp PRIVATE doctest::doctest)
    rtm_call_test(example.test_in_cpp test_in_cpp)
else()
    message(STATUS "doctest (Debian: doctest-dev) is not installed: cpp_examples/testing/test_in_cpp.cpp is not built")
endif()
