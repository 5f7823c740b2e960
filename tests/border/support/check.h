/* Checks that print where, what and with which values, and tests that run by name and within a bound. */
#ifndef BORDER_CHECK_H
#define BORDER_CHECK_H

#include "thread.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "rtm_call.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

/* RTM_CALL_SLOW=1 says that everything takes many times as long (valgrind): smaller counts, longer bounds. */
static inline int is_slow(void) {
    const char *slow = getenv("RTM_CALL_SLOW");
    return slow != NULL && slow[0] == '1';
}

/* How often something is repeated; never less than once. */
static inline long scaled(long count) {
    long fewer = is_slow() ? count / 20 : count;
    return fewer > 0 ? fewer : 1;
}

/* After this a wait has failed. No test waits that long when all is well. */
static inline int64_t bound_ms(void) {
    return is_slow() ? 120000 : 30000;
}

typedef struct test {
    const char *name;
    void (*run)(void);
} test;
#define TEST(function)                                                                                                 \
    { #function, function }

static mutex check_lock = MUTEX_INIT;
static long check_count, check_failures;
static const char *check_test = "";

static inline void check_passed(void) {
    mutex_lock(&check_lock);
    check_count++;
    mutex_unlock(&check_lock);
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static inline void
check_failed(const char *file, int line, const char *format, ...) {
    const char *name = strrchr(file, '/');
    va_list arguments;
    mutex_lock(&check_lock);
    check_failures++;
    printf("%s:%d: in %s: ", name != NULL ? name + 1 : file, line, check_test);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
    mutex_unlock(&check_lock);
}

static inline int check_true(const char *file, int line, int held, const char *what) {
    if (held)
        check_passed();
    else
        check_failed(file, line, "not true: %s", what);
    return held;
}

static inline int check_int(const char *file, int line, int64_t is, int64_t expected, const char *what) {
    if (is == expected)
        check_passed();
    else
        check_failed(file, line, "%s is %" PRId64 ", expected %" PRId64, what, is, expected);
    return is == expected;
}

static inline int check_status(const char *file, int line, rtm_status is, rtm_status expected, const char *what) {
    if (is == expected)
        check_passed();
    else
        check_failed(file, line, "%s answers %d %s (\"%s\"), expected %d %s", what, (int)is, rtm_status_name((int)is),
                     is == RTM_OK ? "" : rtm_last_error(), (int)expected, rtm_status_name((int)expected));
    return is == expected;
}

static inline int check_text(const char *file, int line, const char *is, const char *expected, const char *what) {
    int same = is != NULL && strcmp(is, expected) == 0;
    if (same)
        check_passed();
    else
        check_failed(file, line, "%s is %s%.200s%s, expected \"%.200s\"", what, is ? "\"" : "", is ? is : "NULL",
                     is ? "\"" : "", expected);
    return same;
}

/* Each answers whether it held. */
#define CHECK(held) check_true(__FILE__, __LINE__, (held) ? 1 : 0, #held)
#define CHECK_INT(is, expected) check_int(__FILE__, __LINE__, (int64_t)(is), (int64_t)(expected), #is)
#define CHECK_STATUS(is, expected) check_status(__FILE__, __LINE__, (is), (expected), #is)
#define CHECK_OK(is) check_status(__FILE__, __LINE__, (is), RTM_OK, #is)
#define CHECK_TEXT(is, expected) check_text(__FILE__, __LINE__, (is), (expected), #is)
#define CHECK_REACHES(a_counter, least)                                                                                \
    check_true(__FILE__, __LINE__, counter_reaches((a_counter), (least), bound_ms()), #a_counter " reaches " #least)
/* Without this there is nothing to go on with. */
#define REQUIRE(held)                                                                                                  \
    do {                                                                                                               \
        if (!CHECK(held)) {                                                                                            \
            fflush(stdout);                                                                                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static counter check_done;

/* A hang is a failure with a name, not a time-out of whoever started the program. */
static inline void check_watch(void *unused) {
    int64_t bound = is_slow() ? 570000 : UNDER_SANITIZER ? 280000 : 110000;
    (void)unused;
    if (!counter_reaches(&check_done, 1, bound)) {
        printf("%s hangs: the program takes longer than %" PRId64 " ms\n", check_test, bound);
        fflush(stdout);
        abort();
    }
}

/* Runs all tests, or those that the command line names. The exit code of the program. */
static inline int run_tests(const char *what, const test *tests, size_t test_count, int argc, char **argv) {
    thread watch;
    size_t i;
    printf("%s\n", what);
    counter_init(&check_done);
    thread_start(&watch, check_watch, NULL);
    for (i = 0; i < test_count; i++) {
        int wanted = argc < 2, argument;
        int64_t began = now_ms();
        long failures = check_failures, checks = check_count;
        for (argument = 1; argument < argc; argument++)
            wanted |= strcmp(argv[argument], tests[i].name) == 0;
        if (!wanted)
            continue;
        check_test = tests[i].name;
        tests[i].run();
        printf("%-4s %s (%ld checks, %" PRId64 " ms)\n", check_failures > failures ? "FAIL" : "ok", tests[i].name,
               check_count - checks, now_ms() - began);
        fflush(stdout);
    }
    counter_set(&check_done, 1);
    thread_join(&watch);
    counter_destroy(&check_done);
    printf("%ld checks, %ld failed\n", check_count + check_failures, check_failures);
    return check_failures > 0 || check_count == 0 ? 1 : 0;
}

#define RUN_TESTS(what, tests)                                                                                         \
    int main(int argc, char **argv) {                                                                                  \
        return run_tests(what, tests, sizeof tests / sizeof tests[0], argc, argv);                                     \
    }

/* Random numbers that repeat themselves (splitmix64). */
static inline uint64_t dice(uint64_t *seed) {
    uint64_t x = *seed += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* A text of `length` times `letter`; to be freed. */
static inline char *repeated(char letter, size_t length) {
    char *text = (char *)malloc(length + 1);
    REQUIRE(text != NULL);
    memset(text, letter, length);
    text[length] = 0;
    return text;
}

#endif
