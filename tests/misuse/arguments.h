/* Random arguments: texts, numbers, structs, places for outputs; some good, some not. */
#ifndef MISUSE_ARGUMENTS_H
#define MISUSE_ARGUMENTS_H

#include "handles.h"

#define HUB "misuse"
#define APP "app"

static char text_of_64[65], text_of_65[66], text_of_8192[8193], text_of_8193[8194], text_of_32769[32770];

/* Where records are written; made for this process, and removed at its end. */
static char record_file[300];

static inline void make_texts(void) {
    const char *folder = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : getenv("TEMP");
    snprintf(record_file, sizeof record_file, "%s/rtm_call_misuse_%" PRIu64, folder != NULL ? folder : "/tmp",
             run.seed);
    memset(text_of_64, 'x', 64);
    memset(text_of_65, 'x', 65);
    memset(text_of_8192, 'x', 8192);
    memset(text_of_8193, 'x', 8193);
    memset(text_of_32769, 'x', 32769);
}

static inline const char *one_of(const char *const *texts, size_t count) {
    return texts[below((uint32_t)count)];
}
#define ONE_OF(...)                                                                                                    \
    one_of((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* A user that may be logged in; rarely something else. */
static inline const char *a_user(void) {
    return chance(94) ? ONE_OF("u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "p0", "p1")
                      : ONE_OF(NULL, "", "null", "a*b", "\xff\xfe", "\xe2\x82\xac", " x", text_of_64, text_of_65);
}

static inline const char *an_app(void) {
    return chance(96) ? APP : ONE_OF(NULL, "", "other", "\xff", text_of_65);
}

static inline const char *a_content(void) {
    return chance(90)
               ? ONE_OF("", "x", "content", "{\"a\":1}", "\xe2\x82\xac")
               : ONE_OF(NULL, "\xff", "\"\\\n\x01", text_of_64, text_of_65, text_of_8192, text_of_8193, text_of_32769);
}

/* The scheme of the harness's own carrier, see carrier.h. */
#define SCHEME "misuse"

/* Nobody listens on the broker's port. */
#define BROKER "mqtt://127.0.0.1:9"

static inline const char *a_url(void) {
    return chance(70)   ? "hub://" HUB
           : chance(90) ? SCHEME "://somewhere"
                        : ONE_OF(NULL, "", "hub://", "hub:// ", BROKER, "nonsense", "\xff");
}

static inline const char *parameters(void) {
    return ONE_OF(NULL, "", "{}", "[]", "{\"rtm_call.ring_timeout_ms\": 50}",
                  "{\"rtm_call.acknowledge_timeout_ms\": 30}", "{\"rtm_call.accept_timeout_ms\": 20, \"x\": 1}",
                  "{\"rtm_call.grace_ms\": 10}", "{\"rtm_call.ring_timeout_ms\": 0}", "{\"rtm_call.nothing\": 1}",
                  "{\"rtm_call.url\": \"hub://" HUB "\"}", "{\"rtm_call.max_open_invitations\": 20}",
                  "{\"rtm_call.max_remembered_invitations\": 20}", "{\"a\"", "\xff");
}

static inline const char *a_file(void) {
#ifdef _WIN32
    return ONE_OF(NULL, "", "NUL", "no\\such\\folder\\file", "\xff");
#else
    return ONE_OF(NULL, "", "/dev/null", "/nonexistent/folder/file", "\xff");
#endif
}

static inline const char *a_record(void) {
    return chance(80) ? record_file : ONE_OF(NULL, "", "/nonexistent/folder/file", "\xff");
}

/* Mostly short: windows are to close while the harness runs. */
static inline uint32_t some_ms(void) {
    return chance(85) ? 1 + below(60) : chance(50) ? below(3000) : chance(50) ? 0 : UINT32_MAX;
}

static inline int32_t some_number(void) {
    return chance(90) ? (int32_t)below(12) - 1 : (int32_t)dice();
}

static inline void *some_data(void) {
    return (void *)(uintptr_t)below(3);
}

/* How long time passes in a world: seconds, rarely days. What the clock cannot count is part of it. */
static inline uint64_t a_while(void) {
    return chance(97) ? below(5000) : chance(90) ? below(100000000) : UINT64_MAX;
}

/* A place for the nth output; rarely none. */
static inline void *place(size_t n) {
    return chance(96) ? (void *)(here()->out.bytes + 64 * n) : NULL;
}
#define INTO(type, n) ((type *)place(n))

/* What the call wrote there; only after it answered OK. */
#define WRITTEN(type, n) (*(type *)(void *)(here()->out.bytes + 64 * (n)))

/* A struct to be read or filled, all zero but for its size, which is rarely wrong. There are as many bytes as it says.
 */
static inline void *sized(size_t size) {
    unsigned char *bytes = here()->in.bytes;
    size_t said = size;
    memset(bytes, 0, size);
    if (chance(4)) {
        static const size_t wrong[] = {0, 1, 7, 8, 16, 100, 4096, 4104, SIZE_MAX};
        said = chance(30) ? size + 8 : wrong[below(sizeof wrong / sizeof wrong[0])];
        memset(bytes, 0, sizeof here()->in.bytes);
        if (chance(20))
            bytes[size + 3] = 1;
    }
    memcpy(bytes, &said, sizeof said);
    return bytes;
}

static inline const rtm_service_config *a_config(void) {
    rtm_service_config *config;
    if (chance(3))
        return NULL;
    config = (rtm_service_config *)sized(sizeof *config);
    config->url = a_url();
    config->delivery = chance(97) ? (int32_t)below(3) : some_number();
    config->acknowledge_timeout_ms = some_ms();
    config->ring_timeout_ms = some_ms();
    config->accept_timeout_ms = some_ms();
    config->login_timeout_ms = some_ms();
    config->grace_ms = some_ms();
    config->max_open_invitations = chance(90) ? 0 : below(4);
    config->max_open_per_peer = chance(90) ? 0 : below(4);
    config->max_remembered_invitations = chance(70) ? 0 : below(50);
    config->reserved = chance(98) ? 0 : below(3);
    return config;
}

static inline const rtm_hub_faults *faults(void) {
    rtm_hub_faults *it;
    if (chance(20))
        return NULL;
    it = (rtm_hub_faults *)sized(sizeof *it);
    it->seed = dice();
    it->delay_min_ms = chance(50) ? 0 : below(5);
    it->delay_max_ms = chance(50) ? 0 : below(20);
    it->loss_per_million = chance(50) ? 0 : below(500000);
    it->repeat_per_million = chance(50) ? 0 : below(500000);
    it->reorder_per_million = chance(50) ? 0 : below(500000);
    it->reserved = chance(98) ? 0 : 1;
    return it;
}

static inline const rtm_test_script *a_script(void) {
    rtm_test_script *script;
    if (chance(5))
        return NULL;
    script = (rtm_test_script *)sized(sizeof *script);
    script->when_called = chance(95) ? (int32_t)below(3) : some_number();
    script->when_called_after_ms = below(2000);
    script->response = a_content();
    script->when_calling = chance(95) ? (chance(50) ? 0 : 3 + (int32_t)below(4)) : some_number();
    script->when_calling_after_ms = below(2000);
    return script;
}

static inline const char *const *peers(void) {
    static const char *const good[] = {"u0", "u1", "p0", "p1", "u2"}, *const bad[] = {"u0", NULL, "\xff", "a*b", ""};
    return chance(92) ? good : chance(70) ? bad : NULL;
}

#endif
