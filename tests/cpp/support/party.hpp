// A program's end of rtm_call.hpp: records every callback, and waits for one within a bound.
#ifndef CPP_PARTY_HPP
#define CPP_PARTY_HPP

#include "check.h"
#include "rtm_call.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace cpp {

using mirror::bound;
using mirror::eventually;
using mirror::failed;
using mirror::scaled;
using mirror::text_of;
using namespace std::chrono_literals;

// Enumerations, compared as the names that they have in C.
template <class A, class B> void check_code(const char *file, int line, const char *what, A a, B b) {
    mirror::check_equal(file, line, what, std::string(rtm::to_string(a)), std::string(rtm::to_string(b)));
}
#define CHECK_CODE(a, b) ::cpp::check_code(__FILE__, __LINE__, #a, (a), (b))

// That a call answers this code.
inline void check_error(const char *file, int line, const char *what, std::error_code error, rtm::errc code) {
    if (error != code || error.category() != rtm::category()) {
        failed(file, line, std::string(what) + " answers " + error.message() + ": " + rtm::last_error());
    }
}
#define CHECK_ERROR(call, code) ::cpp::check_error(__FILE__, __LINE__, #call, (call), (code))
#define CHECK_OK(call) CHECK_ERROR(call, rtm::errc::ok)

// One callback: its name, and what it carried.
struct event {
    std::string name;
    rtm::local_invitation local;
    rtm::remote_invitation remote;
    int number = 0; // An error code.
    std::string text;
    std::thread::id thread;
};

class party {
  public:
    explicit party(const std::string &app, const rtm::service_config &config = {})
        : service(app, calls(), events(), config) {}
    party(const std::string &app, const std::string &user, const rtm::service_config &config = {})
        : party(app, config) {
        log_in(user);
    }
    ~party() { service.close(); }

    void log_in(const std::string &user) {
        CHECK_OK(service.login(user));
        wait("on_login_success");
    }

    // Waits until `name` came `count` times in all; the last of these.
    event wait(const std::string &name, std::size_t count = 1) {
        std::unique_lock<std::mutex> lock(mutex_);
        if (!changed_.wait_for(lock, bound(), [&] { return counted(name) >= count; })) {
            failed(__FILE__, __LINE__, name + " came " + text_of(counted(name)) + " times, not " + text_of(count));
            return event();
        }
        std::size_t seen = 0;
        for (const event &one : events_) {
            if (one.name == name && ++seen == count) {
                return one;
            }
        }
        return event();
    }

    std::size_t count(const std::string &name) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return counted(name);
    }

    // The names of all callbacks of invitations so far, one after the other.
    std::string story() {
        const std::lock_guard<std::mutex> lock(mutex_);
        std::string names;
        for (const event &one : events_) {
            if (one.local || one.remote) {
                names += (names.empty() ? "" : " ") + one.name;
            }
        }
        return names;
    }

    // Forgets what was recorded, the invitations in it too.
    void forget() {
        std::vector<event> forgotten;
        const std::lock_guard<std::mutex> lock(mutex_);
        forgotten.swap(events_);
    }

    rtm::local_invitation ring(const std::string &callee) {
        rtm::local_invitation call = service.create_invitation(callee);
        CHECK_OK(call.send());
        return call;
    }

    // Runs inside each callback, after that was recorded. Set while none can come.
    std::function<void(const event &)> inside;

    rtm::call_events calls() {
        rtm::call_events on;
        on.on_local_received_by_peer = [this](rtm::local_invitation i) { local("on_local_received_by_peer", i); };
        on.on_local_accepted = [this](rtm::local_invitation i, const std::string &response) {
            local("on_local_accepted", i, 0, response);
        };
        on.on_local_refused = [this](rtm::local_invitation i, const std::string &response) {
            local("on_local_refused", i, 0, response);
        };
        on.on_local_canceled = [this](rtm::local_invitation i) { local("on_local_canceled", i); };
        on.on_local_failure = [this](rtm::local_invitation i, rtm::local_invitation_err error) {
            local("on_local_failure", i, static_cast<int>(error));
        };
        on.on_remote_received = [this](rtm::remote_invitation i) { remote("on_remote_received", i); };
        on.on_remote_accepted = [this](rtm::remote_invitation i) { remote("on_remote_accepted", i); };
        on.on_remote_refused = [this](rtm::remote_invitation i) { remote("on_remote_refused", i); };
        on.on_remote_canceled = [this](rtm::remote_invitation i) { remote("on_remote_canceled", i); };
        on.on_remote_failure = [this](rtm::remote_invitation i, rtm::remote_invitation_err error) {
            remote("on_remote_failure", i, static_cast<int>(error));
        };
        return on;
    }

    rtm::service_events events() {
        rtm::service_events on;
        on.on_login_success = [this] { plain("on_login_success"); };
        on.on_login_failure = [this](rtm::login_err error) { plain("on_login_failure", static_cast<int>(error)); };
        on.on_logout = [this](rtm::logout_err error) { plain("on_logout", static_cast<int>(error)); };
        on.on_renew_token_result = [this](const std::string &token, rtm::renew_token_err error) {
            plain("on_renew_token_result", static_cast<int>(error), token);
        };
        on.on_token_expired = [this] { plain("on_token_expired"); };
        on.on_connection_state_changed = [this](rtm::connection_state state, rtm::connection_change_reason reason) {
            plain("on_connection_state_changed", static_cast<int>(state), std::string(rtm::to_string(reason)));
        };
        on.on_message_received_from_peer = [this](const std::string &peer, const rtm::message &message) {
            plain("on_message_received_from_peer", static_cast<int>(message.type),
                  peer + ": " + message.text + std::string(message.data.begin(), message.data.end()));
        };
        on.on_peers_online_status_changed = [this](const std::vector<rtm::peer_online_status> &peers) {
            plain("on_peers_online_status_changed", 0, said(peers));
        };
        return on;
    }

    static std::string said(const std::vector<rtm::peer_online_status> &peers) {
        std::string list;
        for (const rtm::peer_online_status &peer : peers) {
            list += (list.empty() ? "" : " ") + peer.peer_id + "=" + std::string(rtm::describe(peer.state));
        }
        return list;
    }

    // Records a callback that a test made itself.
    void note(event happened) {
        happened.thread = std::this_thread::get_id();
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            events_.push_back(happened);
            changed_.notify_all();
        }
        if (inside) {
            inside(happened);
        }
    }
    void plain(const char *name, int number = 0, const std::string &text = "") {
        event happened;
        happened.name = name;
        happened.number = number;
        happened.text = text;
        note(happened);
    }

  private:
    void local(const char *name, const rtm::local_invitation &invitation, int number = 0,
               const std::string &text = "") {
        event happened;
        happened.name = name;
        happened.local = invitation;
        happened.number = number;
        happened.text = text;
        note(happened);
    }
    void remote(const char *name, const rtm::remote_invitation &invitation, int number = 0) {
        event happened;
        happened.name = name;
        happened.remote = invitation;
        happened.number = number;
        note(happened);
    }

    std::size_t counted(const std::string &name) const {
        std::size_t count = 0;
        for (const event &one : events_) {
            count += one.name == name ? 1 : 0;
        }
        return count;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<event> events_;

  public:
    rtm::service service; // Last: it is closed before what its callbacks use is gone.
};

// Something that one thread waits for and another one brings about.
class latch {
  public:
    void set() {
        const std::lock_guard<std::mutex> lock(mutex_);
        set_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        if (!changed_.wait_for(lock, bound(), [&] { return set_; })) {
            failed(__FILE__, __LINE__, "a latch was not set");
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool set_ = false;
};

} // namespace cpp

#endif
