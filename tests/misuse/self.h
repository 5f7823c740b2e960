/* The state of the run and of each of its threads: dice, depth of callbacks, counts, and what a broken promise does. */
#ifndef MISUSE_SELF_H
#define MISUSE_SELF_H

#include "thread.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "rtm_call.h"
#include "rtm_call_test.h"

/* Callbacks inside callbacks: deeper ones make no calls. */
enum { DEEPEST = 4, FRAMES = DEEPEST + 8 };

/* One call being made. */
typedef struct frame {
    /* A handle of it names nothing, for certain; or is NULL. */
    bool surely_bad, is_null;
    /* The function writes something before it fails, as documented. */
    bool may_write;
    /* Which of the services it is about, by the first handle that was chosen; none: -1. */
    int slot;
    /* Where its outputs go: a pattern before it, and after a failure the same. */
    union {
        unsigned char bytes[256];
        uint64_t aligned;
    } out;
    /* A struct, read or filled as long as its struct_size says. */
    union {
        unsigned char bytes[8192];
        uint64_t aligned;
    } in;
} frame;

/* One thread, of the harness or of the library. */
typedef struct self {
    uint64_t seed;
    int depth;
    struct worker *worker;
    struct self *next;
    frame frames[FRAMES];
} self;

/* A thread of the harness, as the watchdog sees it. */
typedef struct worker {
    thread runs;
    uint64_t seed;
    _Atomic(const char *) at;
    _Atomic int64_t steps;
    _Atomic bool busy;
} worker;

static struct run {
    uint64_t seed;
    int64_t wanted;
    atomic_int_fast64_t calls, callbacks, accepted, dropped, broken;
    atomic_bool stop;
    /* Whether worlds with virtual clocks may be made in this round. */
    atomic_bool worlds;
} run;

static _Thread_local self *me;
static mutex spare_lock = MUTEX_INIT;
static self *spare;
static uint64_t selves;

/* This thread's; the library's threads come and go, and have one while they are in a callback. */
static inline self *myself(void) {
    if (me == NULL) {
        mutex_lock(&spare_lock);
        me = spare;
        if (me != NULL) {
            spare = me->next;
        } else {
            me = (self *)calloc(1, sizeof *me);
            if (me == NULL)
                abort();
            me->seed = run.seed ^ ++selves * 0x9e3779b97f4a7c15u;
        }
        mutex_unlock(&spare_lock);
    }
    return me;
}

/* Outside callbacks a thread of the library needs none; one of the harness calls this at its end. */
static inline void give_back_self(void) {
    me->worker = NULL;
    mutex_lock(&spare_lock);
    me->next = spare;
    spare = me;
    mutex_unlock(&spare_lock);
    me = NULL;
}

static inline void leave_callback(void) {
    if (--myself()->depth == 0 && me->worker == NULL)
        give_back_self();
}

/* The call that this thread is making. */
static inline frame *here(void) {
    self *my = myself();
    return &my->frames[my->depth < FRAMES ? my->depth : FRAMES - 1];
}

/* Random numbers that repeat themselves (splitmix64). */
static inline uint64_t dice(void) {
    uint64_t x = myself()->seed += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline uint32_t below(uint32_t limit) {
    return (uint32_t)((dice() >> 32) % limit);
}

static inline bool chance(uint32_t percent) {
    return below(100) < percent;
}

/* The library broke a promise. Says which, and the run fails. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
static inline void
broken(const char *format, ...) {
    va_list arguments;
    if (atomic_fetch_add(&run.broken, 1) >= 20)
        return;
    va_start(arguments, format);
    fprintf(stderr, "broken promise: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
}

#endif
