/* rtm_call.h: call invitations for C and C++. Generated from the Rust sources; `./dev header` writes it anew. */

#ifndef RTM_CALL_H
#define RTM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * The whole C API of rtm_call.
 */

/**
 * @mainpage rtm_call
 *
 * Call invitations: a caller rings a callee, the callee accepts or refuses, the caller may cancel, and both
 * applications learn the same outcome. What is talked about afterwards, and over which media channel, is the
 * application's affair.
 *
 * @section example A call in ten lines
 *
 * @code{.c}
 * rtm_service_event_handler events = {.struct_size = sizeof events, .on_login_failure = login_failed};
 * rtm_call_event_handler calls = {.struct_size = sizeof calls, .on_local_invitation_accepted = accepted};
 * rtm_service_create(NULL, &service);
 * rtm_service_initialize(service, "my-app", &events);
 * rtm_service_get_call_manager(service, &calls, &manager);
 * rtm_service_login(service, NULL, "alice");
 * rtm_call_manager_create_local_call_invitation(manager, "bob", &invitation);
 * rtm_call_manager_send_local_invitation(manager, invitation); // held until the login has succeeded
 * rtm_local_call_invitation_release(invitation);               // gives up the handle; its callbacks still come
 * ...
 * rtm_service_release(service);                                // logs out, delivers the last callbacks
 * @endcode
 *
 * cpp_examples/demo.c plays all endings of a call.
 *
 * @section answers Answers
 *
 * Every function that can fail answers an #rtm_status; #RTM_OK is 0. Text getters answer the text, "" on an error.
 * Outputs are written on success only. rtm_last_error() has the sentence of the calling thread's last error.
 *
 * This manual names codes without their prefix: INVALID_ARGUMENT is #RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT,
 * STALE_HANDLE is #RTM_ERR_STALE_HANDLE. What every function may answer is not repeated at each:
 * - STALE_HANDLE: a handle is NULL, stale, of another kind or of another service. Never a crash.
 * - PANICKED: the service has run into an internal error. Its invitations have ended with #RTM_END_REASON_ERROR, and it
 *   can only be released.
 * - FORKED: this process is the child of a fork(); see @ref process.
 *
 * @section threads Threads
 *
 * Every function may be called from any thread and inside any callback, and returns at once, unless it says that it
 * waits. What comes of it comes as a callback. Receiving, answering, sending again and timers are the library's affair:
 * no callback, however slow, and no thread of the application's delays them.
 *
 * @section callbacks Callbacks
 *
 * Callbacks of one service come one at a time and in order, with no lock of the library held. #rtm_delivery says on
 * which thread: one of the service's own (the default), one that services share, or the application's own, in
 * rtm_service_dispatch(). No callback comes before the function that makes its object has written the handle, or the
 * number of a request. See @ref events.
 *
 * @section ownership Ownership
 *
 * What the application gives (texts, structs, lists) is copied before the function returns, but for a handler's
 * context: that is used until the handler's `drop` is called with it. What the application gets:
 * - A handle of a function whose parameter is `[out]` is the application's to release once, by the function of its
 *   kind. Releasing NULL does nothing. Handles are numbers in the shape of pointers: they are never followed.
 * - The handle of a remote invitation is the application's from on_remote_invitation_received on.
 * - Texts of getters live as long as their object, also while another thread sets another text. The getters with
 *   `_copy` are for loops over objects that others may free.
 * - Texts, lists and messages in a callback are valid until it returns.
 *
 * An invitation may be released in every state, and at once after it was sent: it goes on, its callbacks come with the
 * same handle, and it is freed after the last of them. It may outlive its service: then it has ended.
 *
 * @section texts_and_limits Texts and limits
 *
 * Texts are UTF-8 with a final NUL; anything else is INVALID_ARGUMENT. Lengths are in bytes, without the NUL: user ids
 * 1 to 64 (see rtm_service_login()), app ids 1 to 64, channel ids up to 64, contents and responses up to 8192, peer
 * messages up to 32768. Times are in milliseconds and count the time that the machine is suspended.
 *
 * Structs that the application fills begin with `struct_size`. Set the whole struct to zero first: zero is the default
 * of every field, of those of later versions too.
 *
 * @section process Release, exit, dlclose, fork
 *
 * rtm_service_release() and rtm_service_release_without_callbacks() wait until no callback of the service runs or can
 * start; inside a callback they return at once. Release every service before the process exits or the objects that its
 * callbacks use are destroyed.
 *
 * The library's threads sleep when there is nothing to do and are never joined; exit() ends them with the process, from any
 * thread and amid callbacks. Their names begin with "rtm-". They leave all signals to the application's threads but those of
 * their own faults, and SIGPWR, SIGXCPU and the real-time ones, with which garbage collectors stop threads that ran a
 * callback. A peer that hangs up causes no SIGPIPE.
 *
 * dlclose() and FreeLibrary() leave the library where it is once it has threads; what is live goes on, and whoever opens the
 * library again finds it as it was. A module that uses the library releases its services before it is unloaded: inside
 * dlclose() and FreeLibrary() the loader's lock is held, which a thread that just starts waits for, and a release may wait
 * for a callback on that thread. When the process exits it may release them in static destructors; but where Windows runs a
 * DLL's destructors because the process exits, its other threads are gone: calls answer FORKED and do nothing.
 *
 * After fork() the child's calls answer FORKED and do nothing, until it executes another program; the parent goes on as
 * before.
 */

/** The version of this header, as a text. */
#define RTM_CALL_VERSION "@VERSION@"
/** The first number of the version. */
#define RTM_CALL_VERSION_MAJOR @VERSION_MAJOR@
/** The second number of the version. */
#define RTM_CALL_VERSION_MINOR @VERSION_MINOR@
/** The third number of the version. */
#define RTM_CALL_VERSION_PATCH @VERSION_PATCH@
/** The version as a number that grows: see rtm_version_number(). */
#define RTM_CALL_VERSION_NUMBER \
    (RTM_CALL_VERSION_MAJOR * 1000000 + RTM_CALL_VERSION_MINOR * 1000 + RTM_CALL_VERSION_PATCH)

/** How the functions are linked. Whoever links the static library on Windows defines RTM_CALL_STATIC. */
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
