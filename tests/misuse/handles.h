/* The handles that all threads share: those in use, those that were, and those that never were. */
#ifndef MISUSE_HANDLES_H
#define MISUSE_HANDLES_H

#include "self.h"

typedef enum kind { SERVICE, MANAGER, LOCAL, REMOTE, MESSAGE, SESSION, WORLD, PEER, KINDS } kind;

enum { SERVICES = 10, CALLS_OF_EACH = 6, SLOTS = SERVICES * CALLS_OF_EACH };
/* How many of a kind are in use. Manager and invitations of a service lie where its own number says, mostly: calls of
 * them together are to fit often enough. */
static const uint32_t slots_of[KINDS] = {SERVICES, SERVICES, SLOTS, SLOTS, 16, 16, 2, 8};

/* The place of a handle of this kind that belongs to the service of the present call, mostly. */
static inline uint32_t slot_of(kind of) {
    frame *at = here();
    uint32_t slot = below(slots_of[of]);
    if (of > REMOTE)
        return slot;
    if (of == LOCAL || of == REMOTE) {
        if (at->slot >= 0 && chance(85))
            slot = (uint32_t)at->slot * CALLS_OF_EACH + below(CALLS_OF_EACH);
        at->slot = (int)(slot / CALLS_OF_EACH);
    } else {
        if (at->slot >= 0 && chance(85))
            slot = (uint32_t)at->slot;
        at->slot = (int)slot;
    }
    return slot;
}

static _Atomic(void *) in_use[KINDS][SLOTS];
static _Atomic(void *) former[KINDS][SLOTS];

static inline rtm_status release(kind of, void *handle) {
    switch (of) {
    case SERVICE:
        return chance(70) ? rtm_service_release((rtm_service *)handle)
                          : rtm_service_release_without_callbacks((rtm_service *)handle);
    case MANAGER:
        return rtm_call_manager_release((rtm_call_manager *)handle);
    case LOCAL:
        return rtm_local_call_invitation_release((rtm_local_call_invitation *)handle);
    case REMOTE:
        return rtm_remote_call_invitation_release((rtm_remote_call_invitation *)handle);
    case MESSAGE:
        return rtm_message_release((rtm_message *)handle);
    case WORLD:
        return rtm_test_world_release((rtm_test_world *)handle);
    case PEER:
        return rtm_test_peer_release((rtm_test_peer *)handle);
    case SESSION: /* the carrier does not release it */
    case KINDS:
        break;
    }
    return RTM_OK;
}

/* Puts a handle where all threads find it; the one that lay there is released. */
static inline void publish(kind of, void *handle) {
    void *before = atomic_exchange(&in_use[of][slot_of(of)], handle);
    atomic_store(&former[of][below(SLOTS)], handle);
    if (before != NULL && before != handle && of != MANAGER && of != SESSION) {
        atomic_fetch_add(&run.calls, 1);
        release(of, before);
    }
}

/* Something that no function ever gave out. */
static inline void *invented(kind of) {
    static const uint8_t first_byte[KINDS] = {0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xb1, 0xb2};
    uint64_t number = 0;
    switch (below(5)) {
    case 0: /* of this kind, of a use of its slot that there never is */
        number = (uint64_t)first_byte[of] << 56 | below(64);
        break;
    case 1: /* of a slot that is not there */
        number = (uint64_t)first_byte[of] << 56 | (uint64_t)1 << 32 | (0xf0000000u + below(100));
        break;
    case 2: /* an address */
        number = (uint64_t)(uintptr_t)&run + below(64);
        break;
    case 3:
        number = 1 + below(100);
        break;
    default: /* any bits, but not of a kind that there is */
        number = (dice() & 0x8fffffffffffffffu) | 1;
        break;
    }
    return (void *)(uintptr_t)number;
}

/* A handle for a parameter of this kind; mostly one in use. */
static inline void *pick(kind of) {
    uint32_t dies = below(100);
    frame *at = here();
    void *handle = NULL;
    if (dies < 82)
        handle = atomic_load(&in_use[of][slot_of(of)]);
    else if (dies < 90)
        handle = atomic_load(&former[of][below(SLOTS)]);
    else if (dies < 95) {
        kind other = (kind)((of + 1 + below(KINDS - 1)) % KINDS);
        handle = atomic_load(&in_use[other][below(slots_of[other])]);
        at->surely_bad |= handle != NULL;
    } else if (dies < 98) {
        handle = invented(of);
        at->surely_bad = true;
    }
    at->is_null |= handle == NULL;
    return handle;
}

#endif
