/* What rustc's ThreadSanitizer calls and the runtime of clang before 15 does not have; the runtime intercepts the plain
 * ones. */
#ifndef MISUSE_THREAD_SANITIZER_H
#define MISUSE_THREAD_SANITIZER_H

#include <string.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && __clang_major__ < 15
void *__tsan_memset(void *to, int value, size_t length);
void *__tsan_memcpy(void *to, const void *from, size_t length);
void *__tsan_memmove(void *to, const void *from, size_t length);
void *__tsan_memset(void *to, int value, size_t length) {
    return memset(to, value, length);
}
void *__tsan_memcpy(void *to, const void *from, size_t length) {
    return memcpy(to, from, length);
}
void *__tsan_memmove(void *to, const void *from, size_t length) {
    return memmove(to, from, length);
}
#endif
#endif

#endif
