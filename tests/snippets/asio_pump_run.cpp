// Runs asio_pump.cpp of docs/UI_THREADS.md: two services ring each other, all callbacks on the thread of the loop.
#include "asio_pump.cpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {
asio::io_context io;
const std::thread::id loop = std::this_thread::get_id();
rtm_call_manager *calls[2]; // caller, callee
int ends;

void check(bool holds, const char *what) {
    if (!holds) {
        std::fprintf(stderr, "%s (%s)\n", what, rtm_last_error());
        std::exit(1);
    }
}
void end(void *, const char *how) {
    check(std::this_thread::get_id() == loop, "a callback ran on another thread");
    std::puts(how);
    if (++ends == 2) {
        io.stop();
    }
}
void on_accepted(void *context, rtm_local_call_invitation *, const char *) {
    end(context, "the caller knows");
}
void on_stands(void *context, rtm_remote_call_invitation *invitation) {
    rtm_remote_call_invitation_release(invitation);
    end(context, "the callee knows");
}
void on_received(void *, rtm_remote_call_invitation *invitation) {
    check(std::this_thread::get_id() == loop, "a callback ran on another thread");
    check(rtm_call_manager_accept_remote_invitation(calls[1], invitation) == RTM_OK, "accept");
}
rtm_service *open(int which, const char *user) {
    rtm_service_config config = {};
    config.struct_size = sizeof config;
    config.url = "hub://asio-pump";
    config.delivery = RTM_DELIVERY_PUMP;
    rtm_service_event_handler events = {};
    events.struct_size = sizeof events;
    rtm_call_event_handler handler = {};
    handler.struct_size = sizeof handler;
    handler.on_local_invitation_accepted = on_accepted;
    handler.on_remote_invitation_received = on_received;
    handler.on_remote_invitation_accepted = on_stands;
    rtm_service *service = nullptr;
    check(rtm_service_create(&config, &service) == RTM_OK, "create");
    check(rtm_service_initialize(service, "snippets", &events) == RTM_OK, "initialize");
    check(rtm_service_get_call_manager(service, &handler, &calls[which]) == RTM_OK, "call manager");
    check(rtm_service_login(service, nullptr, user) == RTM_OK, "login");
    return service;
}
} // namespace

int main() {
    rtm_service *const caller = open(0, "alice"), *const callee = open(1, "bob");
    {
        Pump a(io, caller), b(io, callee);
        // Twice: what was waited for once must be waited for anew.
        for (int round = 0; round < 2; round++) {
            ends = 0;
            io.restart();
            rtm_local_call_invitation *invitation = nullptr;
            check(rtm_call_manager_create_local_call_invitation(calls[0], "bob", &invitation) == RTM_OK, "create");
            check(rtm_call_manager_send_local_invitation(calls[0], invitation) == RTM_OK, "send");
            rtm_local_call_invitation_release(invitation);
            io.run_for(std::chrono::seconds(30));
            check(ends == 2, "the call did not end on both sides");
        }
    }
    io.restart();
    io.poll(); // the waits of the two pumps end, and touch nothing
    rtm_service_release(caller);
    rtm_service_release(callee);
}
