/* Threads, locks and bounded waits: pthreads, and the same on Windows. */
#ifndef BORDER_THREAD_H
#define BORDER_THREAD_H

#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef _WIN32
#include <windows.h>
typedef SRWLOCK mutex;
typedef CONDITION_VARIABLE condition;
typedef HANDLE thread_handle;
#define MUTEX_INIT SRWLOCK_INIT
#else
#include <pthread.h>
#include <time.h>
#include <unistd.h>
typedef pthread_mutex_t mutex;
typedef pthread_cond_t condition;
typedef pthread_t thread_handle;
#define MUTEX_INIT PTHREAD_MUTEX_INITIALIZER
#endif

/* Nanoseconds of a clock that nobody sets. */
static inline int64_t now_ns(void) {
#ifdef _WIN32
    LARGE_INTEGER ticks, a_second;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&a_second);
    return (int64_t)((double)ticks.QuadPart * 1e9 / (double)a_second.QuadPart);
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
#endif
}

/* The same in milliseconds. */
static inline int64_t now_ms(void) {
    return now_ns() / 1000000;
}

static inline void mutex_init(mutex *m) {
#ifdef _WIN32
    InitializeSRWLock(m);
#else
    pthread_mutex_init(m, NULL);
#endif
}

static inline void mutex_destroy(mutex *m) {
#ifdef _WIN32
    (void)m;
#else
    pthread_mutex_destroy(m);
#endif
}

static inline void mutex_lock(mutex *m) {
#ifdef _WIN32
    AcquireSRWLockExclusive(m);
#else
    pthread_mutex_lock(m);
#endif
}

static inline void mutex_unlock(mutex *m) {
#ifdef _WIN32
    ReleaseSRWLockExclusive(m);
#else
    pthread_mutex_unlock(m);
#endif
}

static inline void condition_init(condition *c) {
#ifdef _WIN32
    InitializeConditionVariable(c);
#else
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attributes);
    pthread_condattr_destroy(&attributes);
#endif
}

static inline void condition_destroy(condition *c) {
#ifdef _WIN32
    (void)c;
#else
    pthread_cond_destroy(c);
#endif
}

static inline void condition_broadcast(condition *c) {
#ifdef _WIN32
    WakeAllConditionVariable(c);
#else
    pthread_cond_broadcast(c);
#endif
}

/* Waits for a broadcast, until `deadline_ms` of now_ms() at most; it may also return for no reason. */
static inline void condition_wait_until(condition *c, mutex *m, int64_t deadline_ms) {
#ifdef _WIN32
    int64_t left = deadline_ms - now_ms();
    SleepConditionVariableSRW(c, m, left > 0 ? (DWORD)left : 0, 0);
#else
    struct timespec until;
    until.tv_sec = (time_t)(deadline_ms / 1000);
    until.tv_nsec = (long)(deadline_ms % 1000) * 1000000;
    pthread_cond_timedwait(c, m, &until);
#endif
}

/* A thread that runs run(argument). */
typedef struct thread {
    void (*run)(void *);
    void *argument;
    thread_handle handle;
} thread;

#ifdef _WIN32
static DWORD WINAPI thread_main(void *self) {
    ((thread *)self)->run(((thread *)self)->argument);
    return 0;
}
#else
static void *thread_main(void *self) {
    ((thread *)self)->run(((thread *)self)->argument);
    return NULL;
}
#endif

/* `t` stays where it is until thread_join. */
static inline void thread_start(thread *t, void (*run)(void *), void *argument) {
    t->run = run;
    t->argument = argument;
#ifdef _WIN32
    t->handle = CreateThread(NULL, 0, thread_main, t, 0, NULL);
    if (t->handle != NULL)
        return;
#else
    if (pthread_create(&t->handle, NULL, thread_main, t) == 0)
        return;
#endif
    fprintf(stderr, "the system gives no thread\n");
    abort();
}

static inline void thread_join(thread *t) {
#ifdef _WIN32
    WaitForSingleObject(t->handle, INFINITE);
    CloseHandle(t->handle);
#else
    pthread_join(t->handle, NULL);
#endif
}

static inline void thread_yield(void) {
#ifdef _WIN32
    SwitchToThread();
#else
    sched_yield();
#endif
}

/* A number that differs from thread to thread. */
static inline uintptr_t thread_self(void) {
#ifdef _WIN32
    return (uintptr_t)GetCurrentThreadId();
#else
    return (uintptr_t)pthread_self();
#endif
}

/* A number that threads raise and wait for: door, starting line, count of callbacks. */
typedef struct counter {
    mutex lock;
    condition changed;
    int64_t value;
} counter;

static inline void counter_init(counter *c) {
    mutex_init(&c->lock);
    condition_init(&c->changed);
    c->value = 0;
}

static inline void counter_destroy(counter *c) {
    mutex_destroy(&c->lock);
    condition_destroy(&c->changed);
}

static inline int64_t counter_add(counter *c, int64_t by) {
    int64_t value;
    mutex_lock(&c->lock);
    value = c->value += by;
    condition_broadcast(&c->changed);
    mutex_unlock(&c->lock);
    return value;
}

static inline int64_t counter_get(counter *c) {
    return counter_add(c, 0);
}

static inline void counter_set(counter *c, int64_t value) {
    mutex_lock(&c->lock);
    c->value = value;
    condition_broadcast(&c->changed);
    mutex_unlock(&c->lock);
}

/* Waits until the value is at least `least`, for `bound_ms` at most; whether it is. */
static inline int counter_reaches(counter *c, int64_t least, int64_t bound_ms) {
    int64_t deadline = now_ms() + bound_ms;
    int reached;
    mutex_lock(&c->lock);
    while (c->value < least && now_ms() < deadline)
        condition_wait_until(&c->changed, &c->lock, deadline);
    reached = c->value >= least;
    mutex_unlock(&c->lock);
    return reached;
}

#endif
