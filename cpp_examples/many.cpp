// many.cpp: a hundred invitations at once, ten to each of ten callees, who accept, refuse, or let it ring until Alice
// cancels; with rtm_call.hpp. Both ends are counted, and must agree.
#include "rtm_call.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

constexpr int callees = 10, calls_each = 10;
enum ending { accepted, refused, canceled, failed, endings };
using counts = std::array<int, endings>;

static void check(std::error_code error) {
    if (error) {
        std::fprintf(stderr, "%s: %s\n", error.message().c_str(), rtm::last_error().c_str());
        std::exit(1);
    }
}

// How call number `n` of a callee is to end: 4 of 10 are accepted, 3 refused, 3 canceled.
static ending planned(int n) {
    return n < 4 ? accepted : n < 7 ? refused : canceled;
}

// What both sides saw, by callee; filled in by the callbacks of eleven services.
class tally {
  public:
    void login(bool succeeded) { // a login that fails is never waited for in vain
        const std::lock_guard<std::mutex> lock(mutex_);
        logins_ += succeeded ? 1 : 0;
        ok_ = ok_ && succeeded;
        changed_.notify_all();
    }
    void count(std::array<counts, callees> &side, const std::string &callee, ending how) {
        const std::lock_guard<std::mutex> lock(mutex_);
        side.at(std::stoul(callee.substr(6)))[how]++;
        ended_++;
        changed_.notify_all();
    }
    bool wait_for(int logins, int ended) {
        std::unique_lock<std::mutex> lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(60), [&] {
            return !ok_ || (logins_ >= logins && ended_ >= ended);
        }) && ok_;
    }
    std::array<counts, callees> at_caller{}, at_callee{};

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int logins_ = 0, ended_ = 0;
    bool ok_ = true;
};

static rtm::service log_in(const std::string &user, tally &seen, rtm::call_events calls) {
    rtm::service_events events;
    events.on_login_success = [&seen] { seen.login(true); };
    events.on_login_failure = [&seen](rtm::login_err) { seen.login(false); };
    rtm::service_config config;
    config.delivery = rtm::delivery::shared; // two threads for all of them
    rtm::service service("many-example", std::move(calls), std::move(events), config);
    check(service.login(user));
    return service;
}

static rtm::service log_in_callee(const std::string &user, tally &seen) {
    const auto count = [&seen, user](ending how) { seen.count(seen.at_callee, user, how); };
    rtm::call_events calls;
    calls.on_remote_received = [](rtm::remote_invitation call) {
        switch (planned(std::stoi(call.content()))) {
        case accepted:
            return check(call.accept("yes"));
        case refused:
            return check(call.refuse("no"));
        default: // It rings until the caller cancels.
            return;
        }
    };
    calls.on_remote_accepted = [=](rtm::remote_invitation) { count(accepted); };
    calls.on_remote_refused = [=](rtm::remote_invitation) { count(refused); };
    calls.on_remote_canceled = [=](rtm::remote_invitation) { count(canceled); };
    calls.on_remote_failure = [=](rtm::remote_invitation, rtm::remote_invitation_err) { count(failed); };
    return log_in(user, seen, std::move(calls));
}

static rtm::service log_in_caller(tally &seen) {
    const auto count = [&seen](const rtm::local_invitation &call, ending how) {
        seen.count(seen.at_caller, call.callee_id(), how);
    };
    rtm::call_events calls;
    calls.on_local_received_by_peer = [](rtm::local_invitation call) {
        if (planned(std::stoi(call.content())) == canceled) {
            check(call.cancel());
        }
    };
    calls.on_local_accepted = [=](rtm::local_invitation call, const std::string &) { count(call, accepted); };
    calls.on_local_refused = [=](rtm::local_invitation call, const std::string &) { count(call, refused); };
    calls.on_local_canceled = [=](rtm::local_invitation call) { count(call, canceled); };
    calls.on_local_failure = [=](rtm::local_invitation call, rtm::local_invitation_err) { count(call, failed); };
    return log_in("alice", seen, std::move(calls));
}

int main(int argc, char **argv) {
    if (argc > 1) {
        const bool help = std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0;
        std::fprintf(help ? stdout : stderr, "usage: many\n"
                                             "Alice rings ten callees ten times each, all at once, in one process.\n"
                                             "Exit code 0: every count is right; 1: not; 2: wrong usage.\n");
        return help ? 0 : 2;
    }

    tally seen; // outlives the services, whose callbacks use it
    std::vector<rtm::service> services;
    for (int i = 0; i < callees; i++) {
        services.push_back(log_in_callee("callee" + std::to_string(i), seen));
    }
    services.push_back(log_in_caller(seen));
    if (!seen.wait_for(callees + 1, 0)) {
        std::fprintf(stderr, "not everybody could log in\n");
        return 1;
    }

    for (int n = 0; n < calls_each; n++) {
        for (int i = 0; i < callees; i++) {
            rtm::local_invitation call = services.back().create_invitation("callee" + std::to_string(i));
            check(call.set_content(std::to_string(n)));
            check(call.send()); // and goes on, though the object ends here
        }
    }
    const bool all_ended = seen.wait_for(callees + 1, 2 * callees * calls_each);
    services.clear();

    counts expected{};
    for (int n = 0; n < calls_each; n++) {
        expected[planned(n)]++;
    }
    bool right = all_ended;
    std::printf("          accepted  refused  canceled  failed   (caller/callee)\n");
    for (int i = 0; i < callees; i++) {
        const counts &here = seen.at_caller.at(i), &there = seen.at_callee.at(i);
        std::printf("callee%-4d %4d/%-4d %3d/%-4d %4d/%-4d %3d/%d\n", i, here[accepted], there[accepted], here[refused],
                    there[refused], here[canceled], there[canceled], here[failed], there[failed]);
        right = right && here == expected && there == expected;
    }
    std::printf("%s\n", right ? "both sides agree on all 200 endings" : "a count is off");
    return right ? 0 : 1;
}
