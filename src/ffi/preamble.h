/* rtm_call.h: call invitations for C and C++. Generated from the Rust sources by build.rs; `./dev header` writes it anew. */

#ifndef RTM_CALL_H
#define RTM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header. */
#define RTM_CALL_VERSION "@VERSION@"
/** Its first number: it changes with what a program must be changed for. */
#define RTM_CALL_VERSION_MAJOR @VERSION_MAJOR@
/** Its second number: it changes with what is added. */
#define RTM_CALL_VERSION_MINOR @VERSION_MINOR@
/** Its third number: it changes with what is put right. */
#define RTM_CALL_VERSION_PATCH @VERSION_PATCH@
/** The version as a number that grows. */
#define RTM_CALL_VERSION_NUMBER                                                                                         \
    (RTM_CALL_VERSION_MAJOR * 1000000 + RTM_CALL_VERSION_MINOR * 1000 + RTM_CALL_VERSION_PATCH)

/** How the functions are linked. Define RTM_CALL_STATIC on Windows to link the static library. */
#if defined(_WIN32) && !defined(RTM_CALL_STATIC)
#define RTM_CALL_API __declspec(dllimport)
#else
#define RTM_CALL_API
#endif

#if UINTPTR_MAX < UINT64_MAX
#error "rtm_call needs a 64-bit target: its handles are 64-bit numbers"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Success: the same as #RTM_INVITATION_API_CALL_ERR_OK. */
#define RTM_OK RTM_INVITATION_API_CALL_ERR_OK
/** Older headers' spelling of #RTM_LOGIN_ERR_ALREADY_LOGGED_IN. */
#define RTM_LOGIN_ERR_ALREADY_LOGIN RTM_LOGIN_ERR_ALREADY_LOGGED_IN

@SECTIONS@

#ifdef __cplusplus
}
#endif

#endif /* RTM_CALL_H */
