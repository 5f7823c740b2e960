// How the world reaches the one thread of the phone: callbacks, typed lines and Ctrl-C leave a task here, and the main
// thread runs them one after the other. So nothing else in the program needs a lock.
#ifndef PHONE_INBOX_H
#define PHONE_INBOX_H

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>

#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <csignal>
#include <pthread.h>
#endif

namespace phone {

typedef std::chrono::steady_clock Clock;

class Inbox {
  public:
    // Any thread: `task` will run on the main thread.
    void post(std::function<void()> task) {
        std::lock_guard<std::mutex> lock(mutex_);
        tasks_.push_back(std::move(task));
        changed_.notify_one();
    }

    // The main thread: waits for tasks, until `until` at most, and runs those that are there.
    void run(Clock::time_point until) {
        std::deque<std::function<void()>> tasks;
        {
            std::unique_lock<std::mutex> lock(mutex_);
            changed_.wait_until(lock, until, [this] { return !tasks_.empty(); });
            tasks.swap(tasks_);
        }
        for (std::function<void()> &task : tasks) {
            task();
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;
};

// Reads the standard input on a thread of its own: a read cannot be called off, on Windows not even waited for together
// with something else. The thread is never joined; whoever used this leaves the process with leave().
inline void read_lines(Inbox &inbox, std::function<void(std::string)> on_line, std::function<void()> on_end) {
    std::thread([&inbox, on_line, on_end] {
        std::string line;
        while (std::getline(std::cin, line)) {
            inbox.post([on_line, line] { on_line(line); });
        }
        inbox.post(on_end);
    }).detach();
}

// Ends the process without a look at objects that the reading thread may still use.
inline void leave(int code) {
    std::fflush(stdout); // Not all streams: the reading thread holds stdin.
    std::_Exit(code);
}

// Runs `on_interrupt` on the main thread at each Ctrl-C (and at a polite request to end). Before any other thread
// starts: on POSIX the signals are blocked in all of them.
inline void watch_interrupts(Inbox &inbox, std::function<void()> on_interrupt) {
#ifdef _WIN32
    static Inbox *to;
    static std::function<void()> task;
    to = &inbox;
    task = on_interrupt;
    SetConsoleCtrlHandler(
        [](DWORD) -> BOOL {
            to->post(task);
            return TRUE;
        },
        TRUE);
#else
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    std::thread([&inbox, on_interrupt, signals] {
        int signal = 0;
        while (sigwait(&signals, &signal) == 0) {
            inbox.post(on_interrupt);
        }
    }).detach();
#endif
}

} // namespace phone

#endif
