/* platform.h: sockets, threads, locks and a clock, for POSIX and for Windows. */
#ifndef CARRIER_TCP_PLATFORM_H
#define CARRIER_TCP_PLATFORM_H

#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <winsock2.h>
/* After winsock2.h. */
#include <windows.h>
#include <ws2tcpip.h>
typedef SOCKET net_socket;
typedef SRWLOCK mutex;
typedef CONDITION_VARIABLE condition;
#define NO_SOCKET INVALID_SOCKET
#else
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
typedef int net_socket;
typedef pthread_mutex_t mutex;
typedef pthread_cond_t condition;
#define NO_SOCKET (-1)
#endif

/* Milliseconds of a clock that nobody sets. */
static inline int64_t now_ms(void) {
#ifdef _WIN32
    return (int64_t)GetTickCount64();
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
#endif
}

/* ---- Locks and threads ------------------------------------------------------------------------------------------- */

#ifdef _WIN32
static inline void mutex_init(mutex *m) {
    InitializeSRWLock(m);
}
static inline void mutex_destroy(mutex *m) {
    (void)m;
}
static inline void mutex_lock(mutex *m) {
    AcquireSRWLockExclusive(m);
}
static inline void mutex_unlock(mutex *m) {
    ReleaseSRWLockExclusive(m);
}
static inline void condition_init(condition *c) {
    InitializeConditionVariable(c);
}
static inline void condition_destroy(condition *c) {
    (void)c;
}
static inline void condition_broadcast(condition *c) {
    WakeAllConditionVariable(c);
}
#else
static inline void mutex_init(mutex *m) {
    pthread_mutex_init(m, NULL);
}
static inline void mutex_destroy(mutex *m) {
    pthread_mutex_destroy(m);
}
static inline void mutex_lock(mutex *m) {
    pthread_mutex_lock(m);
}
static inline void mutex_unlock(mutex *m) {
    pthread_mutex_unlock(m);
}
static inline void condition_init(condition *c) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attributes);
    pthread_condattr_destroy(&attributes);
}
static inline void condition_destroy(condition *c) {
    pthread_cond_destroy(c);
}
static inline void condition_broadcast(condition *c) {
    pthread_cond_broadcast(c);
}
#endif

/* Waits for a broadcast, until `deadline` of now_ms() at most; it may also return for no reason. */
static inline void condition_wait_until(condition *c, mutex *m, int64_t deadline) {
#ifdef _WIN32
    int64_t left = deadline - now_ms();
    SleepConditionVariableSRW(c, m, left > 0 ? (DWORD)left : 0, 0);
#else
    struct timespec until;
    until.tv_sec = (time_t)(deadline / 1000);
    until.tv_nsec = (int)(deadline % 1000) * 1000000;
    pthread_cond_timedwait(c, m, &until);
#endif
}

static inline uintptr_t thread_self(void) {
#ifdef _WIN32
    return (uintptr_t)GetCurrentThreadId();
#else
    return (uintptr_t)pthread_self();
#endif
}

struct thread_start {
    void (*run)(void *);
    void *argument;
};
#ifdef _WIN32
static DWORD WINAPI thread_main(void *start) {
#else
static void *thread_main(void *start) {
#endif
    struct thread_start it = *(struct thread_start *)start;
    free(start);
    it.run(it.argument);
    return 0;
}

/* Starts a thread that nobody joins; false if the system gives none. On POSIX it handles none of the process's signals.
 */
static inline bool thread_spawn(void (*run)(void *), void *argument) {
    struct thread_start *start = malloc(sizeof *start);
    bool started = false;
    if (!start)
        return false;
    start->run = run;
    start->argument = argument;
#ifdef _WIN32
    HANDLE thread = CreateThread(NULL, 0, thread_main, start, 0, NULL);
    started = thread != NULL;
    if (started)
        CloseHandle(thread);
#else
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&thread, NULL, thread_main, start) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        pthread_detach(thread);
#endif
    if (!started)
        free(start);
    return started;
}

/* ---- Sockets ------------------------------------------------------------------------------------------------------
 */

/* Once, before any socket. */
static inline bool net_init(void) {
#ifdef _WIN32
    WSADATA data;
    return WSAStartup(MAKEWORD(2, 2), &data) == 0;
#else
    signal(SIGPIPE, SIG_IGN); /* of this program; a carrier in a library would send with MSG_NOSIGNAL only */
    return true;
#endif
}

static inline void net_close(net_socket s) {
    if (s == NO_SOCKET)
        return;
#ifdef _WIN32
    closesocket(s);
#else
    close(s);
#endif
}

static inline void net_make_nonblocking(net_socket s) {
#ifdef _WIN32
    u_long on = 1;
    ioctlsocket(s, FIONBIO, &on);
#else
    fcntl(s, F_SETFL, fcntl(s, F_GETFL, 0) | O_NONBLOCK);
    fcntl(s, F_SETFD, FD_CLOEXEC);
#endif
}

/* Small messages must not wait for each other. */
static inline void net_send_at_once(net_socket s) {
    int on = 1;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on);
}

/* Whether the last call failed only because it would have had to wait. */
static inline bool net_would_block(void) {
#ifdef _WIN32
    int error = WSAGetLastError();
    return error == WSAEWOULDBLOCK || error == WSAEINPROGRESS;
#else
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINPROGRESS || errno == EINTR;
#endif
}

/* More than this select() cannot watch. */
static inline bool net_can_select(net_socket s) {
#ifdef _WIN32
    return s != NO_SOCKET;
#else
    return s >= 0 && s < FD_SETSIZE;
#endif
}

/* A datagram socket that is connected to itself: whoever writes to it wakes who waits for it in select(). */
static inline net_socket net_open_bell(void) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    net_socket bell = socket(AF_INET, SOCK_DGRAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (net_can_select(bell) && bind(bell, (struct sockaddr *)&address, sizeof address) == 0 &&
        getsockname(bell, (struct sockaddr *)&address, &length) == 0 &&
        connect(bell, (struct sockaddr *)&address, length) == 0) {
        net_make_nonblocking(bell);
        return bell;
    }
    net_close(bell);
    return NO_SOCKET;
}

static inline void net_ring_bell(net_socket bell) {
    /* If it is full it rings already. */
    if (send(bell, "", 1, 0) < 0)
        return;
}

static inline void net_still_bell(net_socket bell) {
    char drain[64];
    while (recv(bell, drain, sizeof drain, 0) > 0)
        continue;
}

#endif
