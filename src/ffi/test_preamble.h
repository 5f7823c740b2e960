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

@SECTIONS@

#ifdef __cplusplus
}
#endif

#endif /* RTM_CALL_TEST_H */
