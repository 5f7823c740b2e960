// rtm_call_extension.h: from an object of the mirror to its handle, its ladder and its end.
#include "party.h"

#include "rtm_call_extension.h"

namespace {

using namespace mirror;

bool has(const std::string &text, const char *part) {
    return text.find(part) != std::string::npos;
}

void the_handle_behind_an_object_serves_the_c_functions() {
    Party me("extension", "me");
    ILocalCallInvitation *const call = me.manager->createLocalCallInvitation("bob");
    CHECK_TEXT(rtm_local_call_invitation_get_callee_id(rtm_call::c_handle(call)), "bob");
    rtm_service_stats stats = {};
    stats.struct_size = sizeof stats;
    CHECK_EQUAL(rtm_service_get_stats(rtm_call::c_handle(me.service), &stats), RTM_OK);
    CHECK_EQUAL(rtm_service_set_ladder_entries(rtm_call::c_handle(me.service), 4), RTM_OK);
    void *data = &me;
    CHECK_EQUAL(rtm_call_manager_get_user_data(rtm_call::c_handle(me.manager), &data), RTM_OK);
    call->release();
}

void both_sides_tell_what_happened() {
    Party alice("extension", "alice"), bob("extension", "bob");
    ILocalCallInvitation *const call = alice.manager->createLocalCallInvitation("bob");
    call->setContent("a secret");
    CHECK_EQUAL(rtm_call::end_reason(call), RTM_END_REASON_NONE);
    CHECK_EQUAL(alice.manager->sendLocalInvitation(call), 0);
    IRemoteCallInvitation *const rung = bob.rung();
    CHECK_EQUAL(bob.manager->refuseRemoteInvitation(rung), 0);
    alice.wait("onLocalInvitationRefused");
    bob.wait("onRemoteInvitationRefused");

    const std::string text = rtm_call::ladder(call);
    CHECK(has(text, ", alice -> bob: REFUSED_BY_REMOTE (refused)\n"));
    CHECK(has(text, "  send()\n") && has(text, "<-- end, ") && has(text, "\nrule refused: the callee refused\n"));
    CHECK(has(rtm_call::ladder(rung), "  refuse()\n"));
    CHECK_EQUAL(rtm_call::ladder(call, RTM_LADDER_MERMAID).find("sequenceDiagram\n"), 0u);
    CHECK(has(rtm_call::ladder(rung, RTM_LADDER_MERMAID), "callee->>caller: "));
    CHECK(has(rtm_call::explain(call), "Rule refused: ") && has(rtm_call::explain(rung), "Rule refuse: "));
    CHECK(!has(text, "secret"));
    CHECK_EQUAL(rtm_call::end_reason(call), RTM_END_REASON_REFUSED);
    CHECK_EQUAL(rtm_call::end_reason(rung), RTM_END_REASON_REFUSED);
    call->release();
    rung->release();
}

// Longer than the first guess of how much room it needs.
void a_long_ladder_is_copied_whole() {
    Party me("extension", "me");
    CHECK_EQUAL(me.service->setParameters("{\"rtm_call.ladder_entries\": 1000}"), 0);
    ILocalCallInvitation *const call = me.manager->createLocalCallInvitation("bob");
    for (int i = 0; i < 1000; i++) {
        CHECK_EQUAL(me.manager->cancelLocalInvitation(call), INVITATION_API_CALL_ERR_NOT_STARTED);
    }
    const std::string text = rtm_call::ladder(call);
    std::size_t lines = 0;
    for (std::size_t i = 0; i < text.size(); i++) {
        lines += text[i] == '\n';
    }
    CHECK_EQUAL(lines, 1002u);
    CHECK(text[text.size() - 1] == '\n');
    call->release();
}

void what_the_library_does_not_know_is_nothing() {
    ILocalCallInvitation *released = NULL;
    IRtmService *ended = NULL;
    {
        Party me("extension", "me");
        released = me.manager->createLocalCallInvitation("bob");
        released->release();
        ended = me.service;
    }
    int unknown[8] = {0};
    ILocalCallInvitation *const locals[] = {NULL, reinterpret_cast<ILocalCallInvitation *>(unknown), released};
    for (ILocalCallInvitation *local : locals) {
        CHECK(rtm_call::c_handle(local) == NULL);
        CHECK_EQUAL(rtm_call::ladder(local), std::string());
        CHECK_EQUAL(rtm_call::explain(local), std::string());
        CHECK_EQUAL(rtm_call::end_reason(local), RTM_END_REASON_NONE);
    }
    IRemoteCallInvitation *const remotes[] = {NULL, reinterpret_cast<IRemoteCallInvitation *>(unknown)};
    for (IRemoteCallInvitation *remote : remotes) {
        CHECK(rtm_call::c_handle(remote) == NULL);
        CHECK_EQUAL(rtm_call::ladder(remote), std::string());
        CHECK_EQUAL(rtm_call::explain(remote), std::string());
        CHECK_EQUAL(rtm_call::end_reason(remote), RTM_END_REASON_NONE);
    }
    CHECK(rtm_call::c_handle(static_cast<IRtmService *>(NULL)) == NULL);
    CHECK(rtm_call::c_handle(reinterpret_cast<IRtmService *>(unknown)) == NULL);
    CHECK(rtm_call::c_handle(ended) == NULL);
    CHECK(rtm_call::c_handle(static_cast<IRtmCallManager *>(NULL)) == NULL);
    CHECK(rtm_call::c_handle(reinterpret_cast<IRtmCallManager *>(unknown)) == NULL);
}

const Test TESTS[] = {
    TEST(the_handle_behind_an_object_serves_the_c_functions),
    TEST(both_sides_tell_what_happened),
    TEST(a_long_ladder_is_copied_whole),
    TEST(what_the_library_does_not_know_is_nothing),
};

} // namespace

int main(int argc, char **argv) {
    return run_tests(TESTS, argc, argv);
}
