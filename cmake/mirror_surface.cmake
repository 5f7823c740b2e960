# Turns docs/mirror-surface.txt into a C++ source of static_asserts, one for each line.
#
#   cmake -DSURFACE=<list> -DHEADERS=<header>,<header> -DOUT=<source> -P mirror_surface.cmake
#
# A line that cannot be read is an error, and so is a virtual function or an enumerator of the headers that the list lacks.
cmake_minimum_required(VERSION 3.22)

file(STRINGS "${SURFACE}" lines)
set(code "// From docs/mirror-surface.txt.
#include \"IAgoraRtmCallManager.h\"
#include \"IAgoraRtmService.h\"
#include <type_traits>
using namespace agora::rtm;
")
set(names "")
set(kind "")
set(type "")
foreach(line IN LISTS lines)
    set(assert "")
    if(line STREQUAL "" OR line MATCHES "^#")
        continue()
    elseif(line MATCHES "^(enum|struct) ([A-Za-z_]+)$")
        set(kind ${CMAKE_MATCH_1})
        set(type ${CMAKE_MATCH_2})
        set(assert "std::is_${kind}<${type}>::value")
        string(REPLACE "is_struct" "is_class" assert "${assert}")
    elseif(line MATCHES "^(object|handler) ([A-Za-z_]+)( : public ([A-Za-z_]+))?$")
        set(kind ${CMAKE_MATCH_1})
        set(type ${CMAKE_MATCH_2})
        set(assert "std::has_virtual_destructor<${type}>::value")
        if(CMAKE_MATCH_4)
            string(APPEND assert " && std::is_base_of<${CMAKE_MATCH_4}, ${type}>::value && std::is_abstract<${type}>::value")
        elseif(kind STREQUAL object)
            string(APPEND assert " && std::is_abstract<${type}>::value && !std::is_destructible<${type}>::value")
        else()
            string(APPEND assert
                " && std::is_default_constructible<${type}>::value && std::is_destructible<${type}>::value")
        endif()
    elseif(line MATCHES "^function (.*[ *])([A-Za-z]+)(\\(.*\\))$")
        set(kind function)
        list(APPEND names ${CMAKE_MATCH_2})
        set(assert "std::is_same<decltype(${CMAKE_MATCH_2}), ${CMAKE_MATCH_1}${CMAKE_MATCH_3}>::value")
    elseif(kind STREQUAL enum AND line MATCHES "^  ([A-Z_]+) = ([0-9a-fA-Fx]+)$")
        list(APPEND names ${CMAKE_MATCH_1})
        set(assert "static_cast<unsigned>(${CMAKE_MATCH_1}) == ${CMAKE_MATCH_2}u")
        string(APPEND assert " && std::is_same<decltype(${CMAKE_MATCH_1}), ${type}>::value")
    elseif(kind STREQUAL struct AND line MATCHES "^  (.*[ *])([A-Za-z]+)$")
        string(STRIP "${CMAKE_MATCH_1}" field)
        set(assert "std::is_same<decltype(${type}::${CMAKE_MATCH_2}), ${field}>::value")
    elseif(kind MATCHES "object|handler" AND line MATCHES "^  (.*[ *&])([A-Za-z]+)(\\(.*\\))( const)?$")
        list(APPEND names ${CMAKE_MATCH_2})
        set(pointer "${CMAKE_MATCH_1}(${type}::*)${CMAKE_MATCH_3}${CMAKE_MATCH_4}")
        # The cast picks the overload, and there is none if the signature is not this one.
        set(assert "std::is_same<decltype(static_cast<${pointer}>(&${type}::${CMAKE_MATCH_2})), ${pointer}>::value")
    endif()
    if(assert STREQUAL "")
        message(FATAL_ERROR "${SURFACE}: cannot read: ${line}")
    endif()
    string(REPLACE "\"" "\\\"" said "${line}")
    string(APPEND code "static_assert(${assert}, \"${said}\");\n")
endforeach()
string(APPEND code "int main() { return 0; }\n")

string(REPLACE "," ";" HEADERS "${HEADERS}")
foreach(header IN LISTS HEADERS)
    file(STRINGS "${header}" declared REGEX "^    (virtual |[A-Z_]+ = )")
    foreach(line IN LISTS declared)
        if(line MATCHES "virtual ~")
            continue()
        endif()
        # One pattern, since the next one tried forgets what the one before found.
        if(line MATCHES "^    (virtual [^(]*[ *])?([A-Za-z_]+)( = |\\()")
            if(NOT CMAKE_MATCH_2 IN_LIST names)
                message(FATAL_ERROR "${header}: ${CMAKE_MATCH_2} is not in ${SURFACE}")
            endif()
        else()
            message(FATAL_ERROR "${header}: cannot read: ${line}")
        endif()
    endforeach()
endforeach()

file(CONFIGURE OUTPUT "${OUT}" CONTENT "${code}" @ONLY)
