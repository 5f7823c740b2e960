/* rtm_call_test.h: test kit for applications. Generated from the Rust sources; `./dev header` writes it anew. */

#ifndef RTM_CALL_TEST_H
#define RTM_CALL_TEST_H

#include "rtm_call.h"

/**
 * @file
 * The test kit: part of the library, not needed by an application itself.
 */

#ifdef __cplusplus
extern "C" {
#endif

/** A world with a virtual clock. Made by rtm_test_world_create(), released by rtm_test_world_release(). */
typedef struct rtm_test_world rtm_test_world;

/** A scripted peer. Made by rtm_test_peer_create(), released by rtm_test_peer_release(). */
typedef struct rtm_test_peer rtm_test_peer;

/**
 * @defgroup codes_testkit Acts
 *
 * What a scripted peer does with a call. Numbers never change.
 * @{
 */

/** What a scripted peer does with an invitation. */
typedef enum rtm_test_act {
    /** Nothing: it rings until a window closes or the other side ends it. */
    RTM_TEST_ACT_NOTHING = 0,
    /** Accepts it. Only when it is called. */
    RTM_TEST_ACT_ACCEPT = 1,
    /** Refuses it. Only when it is called. */
    RTM_TEST_ACT_REFUSE = 2,
    /** Cancels it. Only when it calls. */
    RTM_TEST_ACT_CANCEL = 3,
    /**
     * Cancels it at the very moment when the acceptance arrives: both sides acted, the caller decides. Only when it
     * calls; takes no delay.
     */
    RTM_TEST_ACT_CANCEL_AS_ACCEPTED = 4,
    /** Logs out. */
    RTM_TEST_ACT_LOG_OUT = 5,
    /** Is gone without a word, as if its process was killed: its link breaks and does not come back by itself. */
    RTM_TEST_ACT_VANISH = 6,
} rtm_test_act;

/** @} */

/**
 * @defgroup test_kit Test kit
 *
 * For the tests of applications: a world with a virtual clock, and peers that follow a script. No server, no thread, no
 * waiting: a minute of ringing takes microseconds, and the same seed brings the same events in the same order, on every
 * platform.
 *
 * While a world is in use, every service that the application creates lives in it, whatever carrier address it has: its
 * callbacks come inside rtm_test_world_advance(), on the thread that calls it (in pump mode still in
 * rtm_service_dispatch()). The rtm_hub_ functions concern the hubs of the world in use, so faults work there too.
 * @{
 */

/** What a scripted peer does with the calls of its life. All zero: it is there, and answers nothing. */
typedef struct rtm_test_script {
    /** sizeof(rtm_test_script). */
    size_t struct_size;
    /** What it does when it is called: an #rtm_test_act, not CANCEL or CANCEL_AS_ACCEPTED. */
    int32_t when_called;
    /** How long after it began to ring, in milliseconds. */
    uint32_t when_called_after_ms;
    /** The response with which it accepts or refuses. NULL: "". */
    const char *response;
    /** What it does when it calls: an #rtm_test_act, not ACCEPT or REFUSE. */
    int32_t when_calling;
    /** How long after it began to ring at the callee, in milliseconds. */
    uint32_t when_calling_after_ms;
} rtm_test_script;

/** What a scripted peer has lived through. */
typedef struct rtm_test_summary {
    /** sizeof(rtm_test_summary), set by the caller. */
    size_t struct_size;
    /** Invitations that rang at it. */
    uint64_t rang;
    /** Its own invitations that rang at the callee. */
    uint64_t received_by_peer;
    /** Invitations, its own and those that rang at it, that ended accepted. */
    uint64_t accepted;
    /** Those that ended refused. */
    uint64_t refused;
    /** Those that ended canceled. */
    uint64_t canceled;
    /** Those that failed. */
    uint64_t failed;
    /** Why the last of them ended: an #rtm_end_reason. */
    int32_t last_end_reason;
    /** Which side decided that: an #rtm_end_side. */
    int32_t last_end_side;
} rtm_test_summary;

/**
 * Creates a world, and puts it in use: services that are created from now on, on whichever thread, live in it.
 *
 * Any thread. Services that exist already stay where they are.
 *
 * @param seed What all chance in it comes from: invitation ids, and nothing else unless faults are set, which have a
 *   seed of their own. The same seed, and the same calls in the same order, give the same events.
 * @param[out] world The new world, the caller's to release with rtm_test_world_release().
 * @return #RTM_OK; INVALID_ARGUMENT if `world` is NULL.
 */
RTM_CALL_API rtm_status rtm_test_world_create(uint64_t seed, rtm_test_world **world);

/**
 * Lets time pass in a world. Everything that happens in it, callbacks included, happens inside this call, on this
 * thread, each at its time: timers, messages on their way, what scripted peers do. 0: what is due now happens.
 *
 * Any thread, one at a time.
 *
 * @param world The world.
 * @param duration_ms How long, in milliseconds.
 * @return #RTM_OK; INVALID_STATE inside a callback, or while another thread does it.
 */
RTM_CALL_API rtm_status rtm_test_world_advance(rtm_test_world *world, uint64_t duration_ms);

/**
 * Lets time pass as while the machine is suspended: nothing happens meanwhile, and what came due happens late, at the
 * end, inside this call.
 *
 * Any thread, one at a time.
 *
 * @param world The world.
 * @param duration_ms How long, in milliseconds.
 * @return #RTM_OK; INVALID_STATE inside a callback, or while another thread lets time pass.
 */
RTM_CALL_API rtm_status rtm_test_world_suspend(rtm_test_world *world, uint64_t duration_ms);

/**
 * The time that has passed in a world. Inside a callback it is the time of its event.
 *
 * Any thread.
 *
 * @param world The world.
 * @param[out] elapsed_ms The time since it was created, in milliseconds.
 * @return #RTM_OK; INVALID_ARGUMENT if `elapsed_ms` is NULL.
 */
RTM_CALL_API rtm_status rtm_test_world_get_elapsed(const rtm_test_world *world, uint64_t *elapsed_ms);

/**
 * Ends a world: services that are created from now on live in real time again, unless a younger world is in use. Time
 * stands still for services that are still in it; they can be released as ever, and should be before.
 *
 * Any thread.
 *
 * @param world The world; NULL is fine and does nothing.
 * @return #RTM_OK; STALE_HANDLE for a second release.
 */
RTM_CALL_API rtm_status rtm_test_world_release(rtm_test_world *world);

/**
 * Creates a scripted peer: a user of its own, logged in, reachable for every service of the world with this app id.
 *
 * Any thread.
 *
 * @param world Where it lives.
 * @param app_id The app id of the services that it is to meet.
 * @param user_id Its user id, as for rtm_service_login().
 * @param script What it does; copied. NULL: it is there, and answers nothing.
 * @param[out] peer The new peer, the caller's to release with rtm_test_peer_release().
 * @return #RTM_OK; INVALID_APP_ID; INVALID_ARGUMENT if a text is NULL or out of bounds, the script has a wrong
 *   `struct_size` or an act of the other side, or `peer` is NULL.
 */
RTM_CALL_API rtm_status rtm_test_peer_create(rtm_test_world *world, const char *app_id, const char *user_id,
                                             const rtm_test_script *script, rtm_test_peer **peer);

/**
 * Gives a peer another script, for what rings from now on. What it is about to do already it still does.
 *
 * Any thread.
 *
 * @param peer The peer.
 * @param script What it does; copied. NULL: it answers nothing any more.
 * @return #RTM_OK; INVALID_ARGUMENT as for rtm_test_peer_create().
 */
RTM_CALL_API rtm_status rtm_test_peer_set_script(rtm_test_peer *peer, const rtm_test_script *script);

/**
 * Has a peer call somebody. It rings there when time passes (a duration of 0 is enough), and the peer goes on as its
 * script says.
 *
 * Any thread.
 *
 * @param peer The peer.
 * @param callee_id Whom it calls.
 * @param content The content. NULL: "".
 * @param channel_id The channel id. NULL: "".
 * @return #RTM_OK; INVALID_ARGUMENT if a text is out of bounds.
 */
RTM_CALL_API rtm_status rtm_test_peer_call(rtm_test_peer *peer, const char *callee_id, const char *content,
                                           const char *channel_id);

/**
 * Has a peer log out.
 *
 * Any thread.
 *
 * @param peer The peer.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_test_peer_log_out(rtm_test_peer *peer);

/**
 * Has a peer log in again after it logged out, or come back after it vanished.
 *
 * Any thread.
 *
 * @param peer The peer.
 * @return #RTM_OK, also if it is there already.
 */
RTM_CALL_API rtm_status rtm_test_peer_log_in(rtm_test_peer *peer);

/**
 * Has a peer vanish, as if its process was killed: nothing goes out or comes in any more, and after the grace time it
 * counts as offline.
 *
 * Any thread.
 *
 * @param peer The peer.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_test_peer_vanish(rtm_test_peer *peer);

/**
 * What a peer has lived through.
 *
 * Any thread.
 *
 * @param peer The peer.
 * @param[out] summary The numbers; its `struct_size` must be set. As many fields are written as it has room for.
 * @return #RTM_OK; INVALID_ARGUMENT if `summary` is NULL or its `struct_size` is wrong.
 */
RTM_CALL_API rtm_status rtm_test_peer_get_summary(const rtm_test_peer *peer, rtm_test_summary *summary);

/**
 * Ends a peer: it logs out, and is gone.
 *
 * Any thread.
 *
 * @param peer The peer; NULL is fine and does nothing.
 * @return #RTM_OK; STALE_HANDLE for a second release.
 */
RTM_CALL_API rtm_status rtm_test_peer_release(rtm_test_peer *peer);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* RTM_CALL_TEST_H */
