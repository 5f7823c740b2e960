// Static objects: a service, and error codes, that live until the process ends.
#include "party.hpp"

using namespace cpp;

namespace {

// Destroyed after the service, whose closing needs it: made before it.
struct last_words {
    ~last_words() {
        // The category is there for as long as anybody asks.
        const bool fine =
            ended == 1 && error.message() == rtm_status_text(RTM_ERR_FORKED) && error == rtm::errc::forked;
        if (!fine) {
            std::printf("the service did not end as it should: %d endings, %s\n", ended, error.message().c_str());
            std::fflush(stdout);
            std::_Exit(1);
        }
    }
    int ended = 0;
    const std::error_code error = rtm::errc::forked;
};

last_words words;
rtm::service service;
rtm::local_invitation call;

} // namespace

int main() {
    rtm::call_events calls;
    calls.on_local_failure = [](rtm::local_invitation, rtm::local_invitation_err) { words.ended++; };
    service = rtm::service("static", calls);
    CHECK_OK(service.login("alice"));
    call = service.create_invitation("nobody");
    CHECK_OK(call.send());
    return mirror::failures() == 0 ? 0 : 1;
}
