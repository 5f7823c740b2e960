# The tests of the C++ header, include/rtm_call.hpp: each as C++17; the header in every standard.

# rtm_call_cpp_program(<target> <standard> <source>...): a program against the C++ header.
function(rtm_call_cpp_program target standard source)
    rtm_call_program(${target} rtm_call::cpp "${source}")
    target_sources(${target} PRIVATE ${ARGN})
    target_include_directories(${target} PRIVATE
        "${PROJECT_SOURCE_DIR}/tests/cpp/support" "${PROJECT_SOURCE_DIR}/tests/mirror/support") # party.hpp and check.h
    set_target_properties(${target} PROPERTIES CXX_STANDARD ${standard})
endfunction()

foreach(name calls codes endings exceptions lifetime session static)
    rtm_call_cpp_program(cpp_${name} 17 "${PROJECT_SOURCE_DIR}/tests/cpp/${name}.cpp")
    rtm_call_test(cpp.${name} cpp_${name})
endforeach()

foreach(standard 17 20 23)
    if(cxx_std_${standard} IN_LIST CMAKE_CXX_COMPILE_FEATURES)
        rtm_call_cpp_program(cpp_headers_cxx${standard} ${standard}
            "${PROJECT_SOURCE_DIR}/tests/cpp/headers.cpp" "${PROJECT_SOURCE_DIR}/tests/cpp/headers_too.cpp")
        rtm_call_test(cpp.headers.cxx${standard} cpp_headers_cxx${standard})
    endif()
endforeach()
if(MINGW AND TARGET cpp_headers_cxx23)
    # In C++23 the headers of gcc 12 for MinGW define std::type_info::operator== and its static library does, too.
    target_link_options(cpp_headers_cxx23 PRIVATE -Wl,--allow-multiple-definition)
endif()
