// How the original behaves, row by row, and what we do: each test is one observed row, or one habit of its programs.
// The rows about a login in progress are in login_in_progress.cpp.
#include "party.h"

using namespace mirror;

namespace {

const std::string CJK = "\xe4\xbd\xa0\xe5\xa5\xbd";

// ---- initialize

void initialize_with_no_app_id_is_an_error() {
    Party party;
    CHECK_EQUAL(party.service->initialize("", &party), INIT_ERR_INVALID_APP_ID);
    CHECK_EQUAL(party.service->initialize(NULL, &party), INIT_ERR_INVALID_APP_ID);
    CHECK_EQUAL(party.service->initialize(std::string(65, 'a').c_str(), &party), INIT_ERR_INVALID_APP_ID);
    CHECK_EQUAL(party.service->initialize("app", &party), INIT_ERR_OK);
    CHECK_EQUAL(party.service->initialize("app", &party), INIT_ERR_ALREADY_INITIALIZED);
}

void initialize_with_no_handler_is_an_error() {
    Party party;
    CHECK_EQUAL(party.service->initialize("app", NULL), INIT_ERR_INVALID_ARGUMENT);
}

// ---- call manager

void a_manager_before_initialize_works_as_not_logged_in() {
    Party party;
    party.manager = party.service->getRtmCallManager(&party);
    ILocalCallInvitation *const invitation = party.ring("bob");
    CHECK_EQUAL(party.wait("onLocalInvitationFailure").number, LOCAL_INVITATION_ERR_NOT_LOGGEDIN);
    CHECK_EQUAL(invitation->getState(), LOCAL_INVITATION_STATE_FAILURE);
}

void a_second_manager_is_the_same_and_the_last_handler_receives() {
    Party party("manager");
    Party last("manager");
    IRtmCallManager *const again = party.service->getRtmCallManager(&last);
    CHECK(again == party.manager);
    party.ring("bob");
    last.wait("onLocalInvitationFailure");
    CHECK_EQUAL(party.count("onLocalInvitationFailure"), 0u);
    party.service->release(true);
}

void a_manager_with_no_handler_changes_states_and_calls_nobody() {
    Party party("manager");
    CHECK(party.service->getRtmCallManager(NULL) == party.manager);
    ILocalCallInvitation *const invitation = party.ring("bob");
    CHECK(eventually([=] { return invitation->getState() == LOCAL_INVITATION_STATE_FAILURE; }));
    party.service->release(true);
    CHECK_EQUAL(party.count("onLocalInvitationFailure"), 0u);
}

// ---- local invitations, not logged in

void any_callee_id_makes_an_invitation() {
    Party party("create");
    const std::string ids[] = {
        "", std::string(65, 'a'), std::string(300, 'a'), std::string(1024, 'a'), CJK, "null", " x", "a*b"};
    for (const std::string &id : ids) {
        ILocalCallInvitation *const invitation = party.manager->createLocalCallInvitation(id.c_str());
        CHECK(invitation != NULL);
        CHECK_TEXT(invitation->getCalleeId(), id);
        invitation->release();
    }
    ILocalCallInvitation *const invalid = party.manager->createLocalCallInvitation("a\xff");
    CHECK(invalid != NULL);
    CHECK_TEXT(invalid->getCalleeId(), "");
}

void no_callee_id_makes_none() {
    Party party("create");
    CHECK(party.manager->createLocalCallInvitation(NULL) == NULL);
}

void a_fresh_invitation_is_empty_and_idle() {
    Party party("fresh");
    ILocalCallInvitation *const invitation = party.manager->createLocalCallInvitation("bob");
    CHECK_TEXT(invitation->getContent(), "");
    CHECK_TEXT(invitation->getChannelId(), "");
    CHECK_TEXT(invitation->getResponse(), "");
    CHECK_EQUAL(invitation->getState(), LOCAL_INVITATION_STATE_IDLE);
}

void content_of_any_length_is_kept() {
    Party party("content");
    ILocalCallInvitation *const invitation = party.manager->createLocalCallInvitation("bob");
    for (std::size_t length : {std::size_t(8193), std::size_t(100000)}) {
        invitation->setContent(std::string(length, 'x').c_str());
        CHECK_TEXT(invitation->getContent(), std::string(length, 'x'));
        CHECK_EQUAL(party.manager->sendLocalInvitation(invitation), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    }
}

void no_content_counts_as_empty() {
    Party party("content");
    ILocalCallInvitation *const invitation = party.manager->createLocalCallInvitation("bob");
    invitation->setContent("before");
    invitation->setContent(NULL);
    CHECK_TEXT(invitation->getContent(), "");
    invitation->setChannelId("before");
    invitation->setChannelId(NULL);
    CHECK_TEXT(invitation->getChannelId(), "");
}

void cancel_before_send_answers_not_started() {
    Party party("cancel");
    ILocalCallInvitation *const invitation = party.manager->createLocalCallInvitation("bob");
    CHECK_EQUAL(party.manager->cancelLocalInvitation(invitation), INVITATION_API_CALL_ERR_NOT_STARTED);
    CHECK_EQUAL(invitation->getState(), LOCAL_INVITATION_STATE_IDLE);
}

void send_not_logged_in_fails_on_the_worker_with_the_same_pointer() {
    Party party("send");
    ILocalCallInvitation *const invitation = party.ring("bob");
    const Event failure = party.wait("onLocalInvitationFailure");
    CHECK_EQUAL(failure.number, LOCAL_INVITATION_ERR_NOT_LOGGEDIN);
    CHECK_EQUAL(failure.state, LOCAL_INVITATION_STATE_FAILURE);
    CHECK(failure.object == invitation);
    CHECK(failure.thread != std::this_thread::get_id());
}

void send_and_cancel_after_the_end_answer_already_end() {
    Party party("ended");
    int answers[2] = {0, 0};
    Signal done;
    party.inside = [&](const Event &event) {
        if (event.name == "onLocalInvitationFailure") {
            ILocalCallInvitation *const same =
                const_cast<ILocalCallInvitation *>(static_cast<const ILocalCallInvitation *>(event.object));
            answers[0] = party.manager->sendLocalInvitation(same);
            answers[1] = party.manager->cancelLocalInvitation(same);
            done.set();
        }
    };
    ILocalCallInvitation *const invitation = party.ring("bob");
    done.wait();
    CHECK_EQUAL(answers[0], INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_EQUAL(answers[1], INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_EQUAL(party.manager->sendLocalInvitation(invitation), INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_EQUAL(party.manager->cancelLocalInvitation(invitation), INVITATION_API_CALL_ERR_ALREADY_END);
}

void a_second_send_in_a_row_is_refused_and_one_failure_comes() {
    Party party("twice");
    ILocalCallInvitation *const invitation = party.ring("bob");
    const int second = party.manager->sendLocalInvitation(invitation);
    CHECK(second == INVITATION_API_CALL_ERR_ALREADY_SENT || second == INVITATION_API_CALL_ERR_ALREADY_END);
    party.service->release(true);
    CHECK_EQUAL(party.count("onLocalInvitationFailure"), 1u);
}

void content_is_bounded_in_bytes() {
    Party party("bytes");
    std::string characters; // 2731 characters of three bytes: 8193 bytes.
    for (int i = 0; i < 2731; i++) {
        characters += "\xe4\xbd\xa0";
    }
    for (const std::string &content : {std::string(8193, 'x'), characters}) {
        ILocalCallInvitation *const long_one = party.manager->createLocalCallInvitation("bob");
        long_one->setContent(content.c_str());
        CHECK_EQUAL(party.manager->sendLocalInvitation(long_one), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
        CHECK_EQUAL(long_one->getState(), LOCAL_INVITATION_STATE_IDLE);
        long_one->setContent(content.substr(0, 8190).c_str());
        CHECK_EQUAL(party.manager->sendLocalInvitation(long_one), INVITATION_API_CALL_ERR_OK);
    }
    ILocalCallInvitation *const longest = party.manager->createLocalCallInvitation("bob");
    longest->setContent(std::string(8192, 'x').c_str());
    CHECK_EQUAL(party.manager->sendLocalInvitation(longest), INVITATION_API_CALL_ERR_OK);
    party.wait("onLocalInvitationFailure", 3);
    party.service->release(true);
    CHECK_EQUAL(party.count("onLocalInvitationFailure"), 3u);
}

void send_to_what_is_no_user_id_is_refused() {
    Party party("ids");
    for (const std::string &id : {std::string(), std::string("null"), std::string(65, 'a'), CJK, std::string("a*b")}) {
        ILocalCallInvitation *const invitation = party.manager->createLocalCallInvitation(id.c_str());
        CHECK_EQUAL(party.manager->sendLocalInvitation(invitation), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
        CHECK_EQUAL(invitation->getState(), LOCAL_INVITATION_STATE_IDLE);
    }
    party.service->release(true);
    CHECK_EQUAL(party.count("onLocalInvitationFailure"), 0u);
}

void send_to_64_bytes_and_to_a_leading_space_is_accepted() {
    Party party("ids");
    party.ring(std::string(64, 'a'));
    party.ring(" x");
    party.wait("onLocalInvitationFailure", 2);
}

void the_state_is_checked_before_the_content() {
    Party party("first");
    ILocalCallInvitation *const invitation = party.ring("bob");
    party.wait("onLocalInvitationFailure");
    invitation->setContent(std::string(8193, 'x').c_str());
    CHECK_EQUAL(party.manager->sendLocalInvitation(invitation), INVITATION_API_CALL_ERR_ALREADY_END);
}

void the_four_verbs_refuse_null() {
    Party party("null");
    CHECK_EQUAL(party.manager->sendLocalInvitation(NULL), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(party.manager->cancelLocalInvitation(NULL), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(party.manager->acceptRemoteInvitation(NULL), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(party.manager->refuseRemoteInvitation(NULL), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
}

// ---- the end of objects

void an_idle_invitation_its_manager_and_the_service_are_released_cleanly() {
    Party party("clean");
    ILocalCallInvitation *const invitation = party.manager->createLocalCallInvitation("bob");
    invitation->release();
    party.manager->release();
    party.service->release(true);
}

void release_right_after_send_still_brings_the_callback() {
    Party party("release");
    ILocalCallInvitation *const invitation = party.ring("bob");
    invitation->release();
    CHECK(party.wait("onLocalInvitationFailure").object == invitation);
}

void a_second_release_and_use_after_it_are_safe() {
    Party party("twice");
    ILocalCallInvitation *const invitation = party.manager->createLocalCallInvitation("bob");
    invitation->setContent("hello");
    invitation->release();
    invitation->release();
    CHECK_TEXT(invitation->getContent(), "");
    invitation->setContent("again");
    CHECK_TEXT(invitation->getContent(), "");
    CHECK_EQUAL(invitation->getState(), LOCAL_INVITATION_STATE_IDLE);
    CHECK_EQUAL(party.manager->sendLocalInvitation(invitation), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(party.manager->cancelLocalInvitation(invitation), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
}

void an_invitation_outlives_its_service() {
    Party party("outlive");
    ILocalCallInvitation *const invitation = party.ring("bob");
    party.wait("onLocalInvitationFailure");
    party.service->release(true);
    CHECK_TEXT(invitation->getCalleeId(), "bob");
    CHECK_EQUAL(invitation->getState(), LOCAL_INVITATION_STATE_FAILURE);
    invitation->setContent("later");
    CHECK_TEXT(invitation->getContent(), "later");
    CHECK_EQUAL(party.manager->sendLocalInvitation(invitation), INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_EQUAL(party.manager->cancelLocalInvitation(invitation), INVITATION_API_CALL_ERR_ALREADY_END);
    invitation->release();
    CHECK_TEXT(invitation->getCalleeId(), "");
}

void content_changed_after_the_end_is_kept() {
    Party party("after");
    ILocalCallInvitation *const invitation = party.ring("bob");
    party.wait("onLocalInvitationFailure");
    invitation->setContent("later");
    CHECK_TEXT(invitation->getContent(), "later");
}

void a_getter_answers_the_same_pointer_twice() {
    Party party("pointer");
    ILocalCallInvitation *const invitation = party.manager->createLocalCallInvitation("bob");
    invitation->setContent("hello");
    const char *const content = invitation->getContent();
    CHECK(invitation->getContent() == content);
    invitation->setContent("other");
    CHECK_TEXT(content, "hello");
}

// ---- login, logout

void login_with_no_user_id_is_refused_at_once() {
    Party party("login");
    CHECK_EQUAL(party.service->login("token", NULL), LOGIN_ERR_INVALID_ARGUMENT);
    for (const std::string &id : {std::string(), std::string(65, 'a'), std::string("null"), CJK, std::string("a*b")}) {
        CHECK_EQUAL(party.service->login("token", id.c_str()), LOGIN_ERR_INVALID_ARGUMENT);
    }
    party.service->release(true);
    CHECK_EQUAL(party.events().size(), 0u);
}

void login_with_no_token_is_accepted() {
    Party party("token");
    CHECK_EQUAL(party.service->login(NULL, "alice"), LOGIN_ERR_OK);
    party.wait("onLoginSuccess");
    const std::vector<Event> events = party.events();
    CHECK_EQUAL(events[0].state, CONNECTION_STATE_CONNECTING);
    CHECK_EQUAL(events[0].number, CONNECTION_CHANGE_REASON_LOGIN);
    CHECK_EQUAL(events[1].state, CONNECTION_STATE_CONNECTED);
    CHECK_EQUAL(events[1].number, CONNECTION_CHANGE_REASON_LOGIN_SUCCESS);
}

void login_before_initialize_is_refused() {
    Party party;
    CHECK_EQUAL(party.service->login(NULL, "alice"), LOGIN_ERR_NOT_INITIALIZED);
    CHECK_EQUAL(party.service->logout(), LOGOUT_ERR_NOT_INITIALIZED);
    CHECK_EQUAL(party.service->renewToken("token"), RENEW_TOKEN_ERR_NOT_INITIALIZED);
}

void a_second_login_fails_and_leaves_the_first_undisturbed() {
    Party party("again", "alice");
    CHECK_EQUAL(party.service->login(NULL, "alice"), 0);
    CHECK_EQUAL(party.wait("onLoginFailure").number, LOGIN_ERR_ALREADY_LOGGED_IN);
    party.ring("nobody");
    CHECK_EQUAL(party.service->logout(), 0);
    CHECK_EQUAL(party.wait("onLogout").number, LOGOUT_ERR_OK);
}

void logout_not_logged_in_is_rejected_by_callback() {
    Party party("logout");
    CHECK_EQUAL(party.service->logout(), LOGOUT_ERR_OK);
    CHECK_EQUAL(party.wait("onLogout").number, LOGOUT_ERR_REJECTED);
}

// ---- presence and peer messages

void requests_not_logged_in_answer_0_and_fail_by_callback() {
    Party party("requests");
    const char *peers[] = {"bob"};
    long long query = 0;
    CHECK_EQUAL(party.service->queryPeersOnlineStatus(peers, 1, query), 0);
    const Event answer = party.wait("onQueryPeersOnlineStatusResult");
    CHECK_EQUAL(answer.state, QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN);
    CHECK_EQUAL(answer.number, query);

    IMessage *const message = party.service->createMessage("hello");
    CHECK_EQUAL(party.service->sendMessageToPeer("bob", message), 0);
    const Event outcome = party.wait("onSendMessageResult");
    CHECK_EQUAL(outcome.state, PEER_MESSAGE_ERR_USER_NOT_LOGGED_IN);
    CHECK_EQUAL(outcome.number, message->getMessageId());

    CHECK_EQUAL(party.service->renewToken("token"), 0);
    CHECK_EQUAL(party.wait("onRenewTokenResult").number, RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN);
}

void a_peer_message_is_bounded() {
    Party party("message");
    IMessage *const message = party.service->createMessage(std::string(32768, 'x').c_str());
    CHECK_EQUAL(party.service->sendMessageToPeer("bob", message), 0);
    message->setText(std::string(32769, 'x').c_str());
    CHECK_EQUAL(party.service->sendMessageToPeer("bob", message), PEER_MESSAGE_ERR_INVALID_MESSAGE);
    message->setText("hello");
    CHECK_EQUAL(party.service->sendMessageToPeer("null", message), PEER_MESSAGE_ERR_INVALID_USERID);
    CHECK_EQUAL(party.service->sendMessageToPeer(NULL, message), PEER_MESSAGE_ERR_INVALID_USERID);
    CHECK_EQUAL(party.service->sendMessageToPeer("bob", NULL), PEER_MESSAGE_ERR_INVALID_MESSAGE);
}

// ---- many, and slow ones

void check_that_queued_sends_come_in_order(int sends) {
    Party party("many");
    std::vector<const void *> sent;
    for (int i = 0; i < sends; i++) {
        sent.push_back(party.ring("bob"));
    }
    party.wait("onLocalInvitationFailure", sent.size());
    const std::vector<Event> events = party.events();
    CHECK_EQUAL(events.size(), sent.size());
    for (std::size_t i = 0; i < sent.size() && i < events.size(); i++) {
        CHECK(events[i].object == sent[i]);
    }
}

void a_thousand_queued_sends_bring_a_thousand_callbacks_in_order() {
    check_that_queued_sends_come_in_order(1000);
}

void four_thousand_queued_sends_lose_nothing() {
    check_that_queued_sends_come_in_order(4000);
}

void a_slow_callback_delays_callbacks_and_no_api_call() {
    Party party("slow");
    Signal entered, leave;
    bool first = true;
    party.inside = [&](const Event &) {
        if (first) {
            first = false;
            entered.set();
            leave.wait();
        }
    };
    party.ring("bob");
    entered.wait();
    // All of this returns although the callback does not.
    for (int i = 0; i < 100; i++) {
        party.ring("bob");
    }
    CHECK_EQUAL(party.service->login(NULL, "alice"), 0);
    CHECK_EQUAL(party.events().size(), 1u);
    leave.set();
    party.wait("onLocalInvitationFailure", 101);
    party.wait("onLoginSuccess");
}

void send_cancel_and_release_inside_a_callback_are_safe() {
    Party party("inside");
    party.inside = [&](const Event &event) {
        if (event.name == "onLocalInvitationFailure" && party.count(event.name) < 10) {
            ILocalCallInvitation *const next = party.ring("bob");
            party.manager->cancelLocalInvitation(next);
            next->release();
            const_cast<ILocalCallInvitation *>(static_cast<const ILocalCallInvitation *>(event.object))->release();
        }
    };
    party.ring("bob");
    party.wait("onLocalInvitationFailure", 10);
}

// ---- habits of programs

void pointers_are_used_on_another_thread_long_after_the_callback() {
    Party alice("habit1", "alice"), bob("habit1", "bob");
    ILocalCallInvitation *const local = alice.manager->createLocalCallInvitation("bob");
    local->setContent("hello");
    CHECK_EQUAL(alice.manager->sendLocalInvitation(local), 0);
    IRemoteCallInvitation *const remote = bob.rung();
    CHECK_EQUAL(bob.manager->refuseRemoteInvitation(remote), 0);
    alice.wait("onLocalInvitationRefused");
    bob.wait("onRemoteInvitationRefused");
    std::thread later([=] {
        CHECK_TEXT(remote->getCallerId(), "alice");
        CHECK_TEXT(remote->getContent(), "hello");
        CHECK_EQUAL(remote->getState(), REMOTE_INVITATION_STATE_REFUSED);
        remote->release();
        CHECK(eventually([=] { return *remote->getCallerId() == '\0'; })); // When the callback has returned.
        CHECK_EQUAL(remote->getState(), REMOTE_INVITATION_STATE_REFUSED);
        CHECK_EQUAL(local->getState(), LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE);
        local->release();
    });
    later.join();
}

void an_ended_invitation_is_canceled_and_then_released() {
    Party party("habit2");
    ILocalCallInvitation *const invitation = party.ring("bob");
    party.wait("onLocalInvitationFailure");
    CHECK_EQUAL(party.manager->cancelLocalInvitation(invitation), INVITATION_API_CALL_ERR_ALREADY_END);
    invitation->release();
}

void refused_remote_invitations_are_never_released() {
    Party alice("habit3", "alice"), bob("habit3", "bob");
    bob.inside = [&](const Event &event) {
        if (event.name == "onRemoteInvitationReceived") {
            bob.manager->refuseRemoteInvitation(
                const_cast<IRemoteCallInvitation *>(static_cast<const IRemoteCallInvitation *>(event.object)));
        }
    };
    for (int i = 0; i < 100; i++) {
        alice.ring("bob")->release();
    }
    alice.wait("onLocalInvitationRefused", 100);
    bob.wait("onRemoteInvitationRefused", 100);
}

void create_set_send_release_at_once_and_read_in_later_callbacks() {
    Party alice("habit4", "alice"), bob("habit4", "bob");
    std::string seen;
    alice.inside = [&](const Event &event) {
        if (event.name == "onLocalInvitationReceivedByPeer" || event.name == "onLocalInvitationAccepted") {
            const ILocalCallInvitation *const local = static_cast<const ILocalCallInvitation *>(event.object);
            seen += std::string(local->getCalleeId()) + " " + std::string(local->getContent()) + " " +
                    std::string(local->getChannelId()) + ";";
            std::string(local->getResponse()); // May be there already.
        }
    };
    ILocalCallInvitation *const local = alice.manager->createLocalCallInvitation("bob");
    local->setChannelId("room");
    local->setContent("hello");
    CHECK_EQUAL(alice.manager->sendLocalInvitation(local), 0);
    local->release();
    IRemoteCallInvitation *const remote = bob.rung();
    CHECK_TEXT(remote->getChannelId(), "room");
    alice.wait("onLocalInvitationReceivedByPeer");
    remote->setResponse("yes");
    CHECK_EQUAL(bob.manager->acceptRemoteInvitation(remote), 0);
    CHECK_EQUAL(alice.wait("onLocalInvitationAccepted").text, "yes");
    CHECK_EQUAL(bob.wait("onRemoteInvitationAccepted").state, REMOTE_INVITATION_STATE_ACCEPTED);
    CHECK(eventually([=] { return *local->getCalleeId() == '\0'; }));
    CHECK_EQUAL(seen, "bob hello room;bob hello room;");
    CHECK_EQUAL(local->getState(), LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE);
}

void a_local_invitation_is_released_in_flight_from_another_thread() {
    Party alice("habit5", "alice"), bob("habit5", "bob");
    for (int i = 0; i < 20; i++) {
        ILocalCallInvitation *const local = alice.ring("bob");
        std::thread finalizer([=] { local->release(); });
        IRemoteCallInvitation *const remote = bob.rung(static_cast<std::size_t>(i) + 1);
        CHECK_EQUAL(bob.manager->refuseRemoteInvitation(remote), 0);
        remote->release();
        finalizer.join();
    }
    alice.wait("onLocalInvitationRefused", 20);
}

void the_manager_comes_before_the_login_and_verbs_inside_callbacks() {
    Party alice("habit6"), bob("habit6", "bob");
    alice.inside = [&](const Event &event) {
        if (event.name == "onLoginSuccess") {
            alice.ring("bob");
        }
    };
    bob.inside = [&](const Event &event) {
        if (event.name == "onRemoteInvitationReceived") {
            IRemoteCallInvitation *const remote =
                const_cast<IRemoteCallInvitation *>(static_cast<const IRemoteCallInvitation *>(event.object));
            remote->setResponse((std::string("hello ") + remote->getCallerId()).c_str());
            CHECK_EQUAL(bob.manager->acceptRemoteInvitation(remote), 0);
        }
    };
    alice.log_in("alice");
    CHECK_EQUAL(alice.wait("onLocalInvitationAccepted").text, "hello alice");
    bob.wait("onRemoteInvitationAccepted");
}

void the_handler_changes_and_the_session_starts_anew() {
    Party alice("habit7", "alice"), other("habit7");
    alice.service->addEventHandler(&other);
    CHECK(alice.service->getRtmCallManager(&other) == alice.manager);
    rtm_hub_set_link("", "habit7", "alice", 0);
    CHECK_EQUAL(alice.wait("onConnectionStateChanged", 3).state, CONNECTION_STATE_RECONNECTING);
    rtm_hub_set_link("", "habit7", "alice", 1);
    CHECK_EQUAL(alice.service->logout(), 0);
    CHECK_EQUAL(other.wait("onLogout").number, LOGOUT_ERR_OK);
    alice.service->removeEventHandler(&other);
    CHECK_EQUAL(alice.service->login(NULL, "alice"), 0);
    alice.wait("onLoginSuccess", 2);
    CHECK_EQUAL(other.count("onLoginSuccess"), 0u);
    alice.ring("nobody")->release();
    alice.manager->release();
    CHECK_EQUAL(alice.service->logout(), 0);
    alice.service->release(true);
    CHECK_EQUAL(alice.count("onLogout"), 2u);
}

void several_invitations_between_the_same_two_users_at_once() {
    Party alice("habit8", "alice"), bob("habit8", "bob");
    std::vector<ILocalCallInvitation *> locals;
    for (int i = 0; i < 10; i++) {
        ILocalCallInvitation *const local = alice.manager->createLocalCallInvitation("bob");
        local->setContent(text_of(i).c_str());
        CHECK_EQUAL(alice.manager->sendLocalInvitation(local), 0);
        locals.push_back(local);
    }
    for (std::size_t i = 1; i <= 10; i++) {
        IRemoteCallInvitation *const remote = bob.rung(i);
        remote->setResponse(remote->getContent());
        CHECK_EQUAL(bob.manager->refuseRemoteInvitation(remote), 0);
    }
    alice.wait("onLocalInvitationRefused", 10);
    for (ILocalCallInvitation *local : locals) {
        CHECK_TEXT(local->getResponse(), local->getContent());
    }
}

const Test TESTS[] = {
    TEST(initialize_with_no_app_id_is_an_error),
    TEST(initialize_with_no_handler_is_an_error),
    TEST(a_manager_before_initialize_works_as_not_logged_in),
    TEST(a_second_manager_is_the_same_and_the_last_handler_receives),
    TEST(a_manager_with_no_handler_changes_states_and_calls_nobody),
    TEST(any_callee_id_makes_an_invitation),
    TEST(no_callee_id_makes_none),
    TEST(a_fresh_invitation_is_empty_and_idle),
    TEST(content_of_any_length_is_kept),
    TEST(no_content_counts_as_empty),
    TEST(cancel_before_send_answers_not_started),
    TEST(send_not_logged_in_fails_on_the_worker_with_the_same_pointer),
    TEST(send_and_cancel_after_the_end_answer_already_end),
    TEST(a_second_send_in_a_row_is_refused_and_one_failure_comes),
    TEST(content_is_bounded_in_bytes),
    TEST(send_to_what_is_no_user_id_is_refused),
    TEST(send_to_64_bytes_and_to_a_leading_space_is_accepted),
    TEST(the_state_is_checked_before_the_content),
    TEST(the_four_verbs_refuse_null),
    TEST(an_idle_invitation_its_manager_and_the_service_are_released_cleanly),
    TEST(release_right_after_send_still_brings_the_callback),
    TEST(a_second_release_and_use_after_it_are_safe),
    TEST(an_invitation_outlives_its_service),
    TEST(content_changed_after_the_end_is_kept),
    TEST(a_getter_answers_the_same_pointer_twice),
    TEST(login_with_no_user_id_is_refused_at_once),
    TEST(login_with_no_token_is_accepted),
    TEST(login_before_initialize_is_refused),
    TEST(a_second_login_fails_and_leaves_the_first_undisturbed),
    TEST(logout_not_logged_in_is_rejected_by_callback),
    TEST(requests_not_logged_in_answer_0_and_fail_by_callback),
    TEST(a_peer_message_is_bounded),
    TEST(a_thousand_queued_sends_bring_a_thousand_callbacks_in_order),
    TEST(four_thousand_queued_sends_lose_nothing),
    TEST(a_slow_callback_delays_callbacks_and_no_api_call),
    TEST(send_cancel_and_release_inside_a_callback_are_safe),
    TEST(pointers_are_used_on_another_thread_long_after_the_callback),
    TEST(an_ended_invitation_is_canceled_and_then_released),
    TEST(refused_remote_invitations_are_never_released),
    TEST(create_set_send_release_at_once_and_read_in_later_callbacks),
    TEST(a_local_invitation_is_released_in_flight_from_another_thread),
    TEST(the_manager_comes_before_the_login_and_verbs_inside_callbacks),
    TEST(the_handler_changes_and_the_session_starts_anew),
    TEST(several_invitations_between_the_same_two_users_at_once),
};

} // namespace

int main(int argc, char **argv) {
    return run_tests(TESTS, argc, argv);
}
