// Checks that say where and what, and a main that runs tests by name.
#ifndef MIRROR_CHECK_H
#define MIRROR_CHECK_H

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <thread>

namespace mirror {

// RTM_CALL_SLOW=1: everything takes many times as long (valgrind).
inline bool is_slow() {
    const char *const slow = std::getenv("RTM_CALL_SLOW");
    return slow != NULL && *slow == '1';
}

// After this a wait has failed; no test waits that long when all is well.
inline std::chrono::seconds bound() {
    return std::chrono::seconds(is_slow() ? 300 : 30);
}

// How often something is repeated.
inline int scaled(int count) {
    return is_slow() ? count / 20 + 1 : count;
}

inline std::atomic<int> &failures() {
    static std::atomic<int> count(0);
    return count;
}

inline void failed(const char *file, int line, const std::string &what) {
    failures()++;
    const char *const slash = std::strrchr(file, '/');
    std::printf("%s:%d: %s\n", slash != NULL ? slash + 1 : file, line, what.c_str());
    std::fflush(stdout);
}

template <class T> std::string text_of(const T &value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

template <class A, class B> void check_equal(const char *file, int line, const char *what, const A &a, const B &b) {
    if (!(a == b)) {
        failed(file, line, std::string(what) + " is " + text_of(a) + ", not " + text_of(b));
    }
}

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            ::mirror::failed(__FILE__, __LINE__, #condition);                                                          \
        }                                                                                                              \
    } while (false)
#define CHECK_EQUAL(a, b) ::mirror::check_equal(__FILE__, __LINE__, #a, (a), (b))
#define CHECK_TEXT(a, b) ::mirror::check_equal(__FILE__, __LINE__, #a, std::string(a), std::string(b))

// Waits until a condition holds; looks again every millisecond.
template <class Condition> bool eventually(Condition condition) {
    const std::chrono::steady_clock::time_point end = std::chrono::steady_clock::now() + bound();
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

struct Test {
    const char *name;
    void (*run)();
};
#define TEST(function)                                                                                                 \
    { #function, function }

// Runs all tests, or those named.
template <std::size_t N> int run_tests(const Test (&tests)[N], int argc, char **argv) {
    for (const Test &test : tests) {
        bool wanted = argc < 2;
        for (int i = 1; i < argc; i++) {
            wanted = wanted || std::strcmp(argv[i], test.name) == 0;
        }
        if (wanted) {
            std::printf("%s\n", test.name);
            std::fflush(stdout);
            test.run();
        }
    }
    std::printf("%d failures\n", failures().load());
    return failures() == 0 ? 0 : 1;
}

} // namespace mirror

#endif
