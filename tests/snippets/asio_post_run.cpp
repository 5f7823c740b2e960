// Runs asio_post.cpp of docs/UI_THREADS.md: rings, refuses, and ends the application while a function is queued for it.
#include "asio_post.cpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {
void check(bool holds, const char *what) {
    if (!holds) {
        std::fprintf(stderr, "%s (%s)\n", what, rtm_last_error());
        std::exit(1);
    }
}
rtm_service *open(const char *user) {
    rtm_service_config config = {};
    config.struct_size = sizeof config;
    config.url = "hub://asio-post";
    rtm_service_event_handler events = {};
    events.struct_size = sizeof events;
    rtm_service *service = nullptr;
    check(rtm_service_create(&config, &service) == RTM_OK, "create");
    check(rtm_service_initialize(service, "snippets", &events) == RTM_OK, "initialize");
    check(rtm_service_login(service, nullptr, user) == RTM_OK, "login");
    return service;
}
void dial(rtm_call_manager *calls) {
    rtm_local_call_invitation *invitation = nullptr;
    check(rtm_call_manager_create_local_call_invitation(calls, "bob", &invitation) == RTM_OK, "create");
    check(rtm_call_manager_send_local_invitation(calls, invitation) == RTM_OK, "send");
    rtm_local_call_invitation_release(invitation);
}
} // namespace

int main() {
    asio::io_context io;
    const std::thread::id loop = std::this_thread::get_id();
    rtm_service *const caller = open("alice"), *const callee = open("bob");
    auto application = std::make_shared<Application>();
    rtm_call_manager *const calls = connect(caller, io, application), *const rung = connect(callee, io, application);
    check(calls != nullptr && rung != nullptr, "call manager");

    bool refused = false;
    application->rings = [&](rtm_remote_call_invitation *invitation) {
        check(std::this_thread::get_id() == loop, "the ring came on another thread");
        check(rtm_remote_call_invitation_set_response(invitation, "not now") == RTM_OK, "response");
        check(rtm_call_manager_refuse_remote_invitation(rung, invitation) == RTM_OK, "refuse");
        rtm_remote_call_invitation_release(invitation);
    };
    application->refused = [&](const std::string &why) {
        check(std::this_thread::get_id() == loop && why == "not now", "the refusal is another");
        refused = true;
        io.stop();
    };
    const auto work = asio::make_work_guard(io);
    dial(calls);
    io.run_for(std::chrono::seconds(30));
    check(refused, "nobody refused");

    // A call that nobody will look at: the services' ends wait for the callback that posts, then the application goes,
    // and what is queued must do without it.
    application->rings = [](rtm_remote_call_invitation *) { check(false, "the application is gone"); };
    dial(calls);
    rtm_service_release(caller);
    rtm_service_release(callee);
    application.reset();
    io.restart();
    check(io.poll() > 0, "nothing was queued");
    std::puts("refused once; what came after the end found nobody");
}
