// A module of a program: it is linked to the library, and its static objects are services. They end when the module is
// unloaded or the process exits, inside the loader.
#include "plugin.h"

#include "rtm_call.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace {

std::mutex lock;
std::condition_variable changed;
report *out;

// Destroyed after the services, since it was made before them.
struct last_words {
    ~last_words() {
        if (out == nullptr) {
            return;
        }
        out->status = rtm_service_release(nullptr);
        out->released = 1;
        // The host has no say any more when the process exits.
        if (out->at_exit) {
#if defined(_WIN32)
            // The other threads are gone already: nothing is waited for, nothing comes.
            const bool fine = out->status == RTM_ERR_FORKED && out->ended == 0;
#else
            const bool fine = out->status == RTM_OK && out->ended == 1;
#endif
            if (!fine) {
                std::printf("at exit: status %d, %d terminal callbacks\n", out->status, out->ended);
                std::fflush(stdout);
                std::_Exit(1);
            }
        }
    }
};

last_words words;
rtm::service alice, bob;

} // namespace

int plugin_start(report *to) {
    out = to;
    rtm::call_events at_alice, at_bob;
    at_alice.on_local_failure = [](rtm::local_invitation, rtm::local_invitation_err) { out->ended++; };
    at_bob.on_remote_received = [](rtm::remote_invitation) {
        std::lock_guard<std::mutex> held(lock);
        out->rang = 1;
        changed.notify_all();
    };
    bob = rtm::service("plugin", at_bob);
    alice = rtm::service("plugin", at_alice);
    rtm::local_invitation call = alice.create_invitation("bob");
    if (bob.login("bob") || alice.login("alice") || call.send()) {
        return 1;
    }
    std::unique_lock<std::mutex> held(lock);
    return changed.wait_for(held, std::chrono::seconds(30), [] { return out->rang == 1; }) ? 0 : 2;
}

void plugin_stop() {
    alice = rtm::service();
    bob = rtm::service();
}
