// Attacks on the life of objects and on the way of exceptions, and what is not in this library.
#include "party.h"

#include "rtm_call_extension.h"

#include <atomic>
#include <fstream>
#include <memory>
#include <stdexcept>

#if defined(__linux__)
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace mirror;

namespace {

IRemoteCallInvitation *remote_of(const Event &event) {
    return const_cast<IRemoteCallInvitation *>(static_cast<const IRemoteCallInvitation *>(event.object));
}

ILocalCallInvitation *local_of(const Event &event) {
    return const_cast<ILocalCallInvitation *>(static_cast<const ILocalCallInvitation *>(event.object));
}

// Where lines of the log go, until this ends.
class LogFile {
  public:
    explicit LogFile(Party &party) {
        static int number = 0;
        const long long now = std::chrono::steady_clock::now().time_since_epoch().count();
        path_ = "mirror_" + text_of(now) + "_" + text_of(number++) + ".log";
        CHECK_EQUAL(party.service->setLogFile(path_.c_str()), 0);
    }
    ~LogFile() { std::remove(path_.c_str()); }

    int count(const std::string &text) const {
        std::ifstream file(path_);
        std::string line;
        int count = 0;
        while (std::getline(file, line)) {
            count += line.find(text) != std::string::npos ? 1 : 0;
        }
        return count;
    }

  private:
    std::string path_;
};

// ---- pointers

void a_pointer_that_is_no_object_is_refused_and_not_followed() {
    Party party("foreign");
    // Memory that would crash whoever reads a virtual table in it, on the stack, on the heap and nowhere.
    unsigned char stack[64];
    std::memset(stack, 0xa5, sizeof stack);
    std::unique_ptr<unsigned char[]> heap(new unsigned char[64]());
    void *const nowhere = reinterpret_cast<void *>(static_cast<std::uintptr_t>(0xdead0000));
    for (void *pointer : {static_cast<void *>(stack), static_cast<void *>(heap.get()), nowhere,
                          static_cast<void *>(party.manager), static_cast<void *>(party.service)}) {
        ILocalCallInvitation *const local = static_cast<ILocalCallInvitation *>(pointer);
        IRemoteCallInvitation *const remote = static_cast<IRemoteCallInvitation *>(pointer);
        CHECK_EQUAL(party.manager->sendLocalInvitation(local), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
        CHECK_EQUAL(party.manager->cancelLocalInvitation(local), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
        CHECK_EQUAL(party.manager->acceptRemoteInvitation(remote), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
        CHECK_EQUAL(party.manager->refuseRemoteInvitation(remote), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
        CHECK_EQUAL(party.service->sendMessageToPeer("bob", static_cast<IMessage *>(pointer)),
                    PEER_MESSAGE_ERR_INVALID_MESSAGE);
    }
}

void an_invitation_of_the_other_side_is_refused() {
    Party party("kind");
    void *const local = party.manager->createLocalCallInvitation("bob");
    CHECK_EQUAL(party.manager->acceptRemoteInvitation(static_cast<IRemoteCallInvitation *>(local)),
                INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
}

void an_invitation_of_another_service_is_refused() {
    Party one("app"), two("app");
    ILocalCallInvitation *const invitation = one.manager->createLocalCallInvitation("bob");
    CHECK_EQUAL(two.manager->sendLocalInvitation(invitation), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(one.manager->sendLocalInvitation(invitation), INVITATION_API_CALL_ERR_OK);
}

void every_callback_of_an_invitation_carries_the_same_pointer() {
    Party alice("same", "alice"), bob("same", "bob");
    ILocalCallInvitation *const local = alice.ring("bob");
    IRemoteCallInvitation *const remote = bob.rung();
    CHECK(alice.wait("onLocalInvitationReceivedByPeer").object == local);
    local->release();
    remote->release(); // It can still be answered.
    CHECK_EQUAL(bob.manager->acceptRemoteInvitation(remote), 0);
    CHECK(alice.wait("onLocalInvitationAccepted").object == local);
    CHECK(bob.wait("onRemoteInvitationAccepted").object == remote);
    CHECK(eventually([=] { return *remote->getCallerId() == '\0'; }));
    CHECK_EQUAL(remote->getState(), REMOTE_INVITATION_STATE_ACCEPTED);
    CHECK_EQUAL(bob.manager->refuseRemoteInvitation(remote), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
}

// ---- use after release

void objects_are_touched_by_several_threads_while_they_end() {
    for (int round = 0; round < scaled(20); round++) {
        Party alice("threads", "alice"), bob("threads", "bob");
        ILocalCallInvitation *const local = alice.ring("bob");
        IRemoteCallInvitation *const remote = bob.rung();
        IMessage *const message = alice.service->createMessage("hello");
        IRtmCallManager *const manager = alice.manager;
        IRtmService *const service = alice.service;
        std::atomic<bool> over(false);
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; i++) {
            threads.push_back(std::thread([&] {
                while (!over) {
                    local->setContent(std::string(local->getContent()).substr(0, 3).c_str());
                    local->getState();
                    remote->setResponse("no");
                    remote->getState();
                    message->getMessageId();
                    manager->sendLocalInvitation(local);
                    manager->cancelLocalInvitation(local);
                    service->sendMessageToPeer("bob", message);
                    std::this_thread::yield();
                }
                local->release();
                remote->release();
                message->release();
                manager->release();
                service->release(true);
                local->getState();
                manager->cancelLocalInvitation(local);
                service->login(NULL, "alice");
                service->createMessage()->release();
                CHECK(service->getRtmCallManager(&alice) == NULL);
            }));
        }
        alice.wait("onLocalInvitationCanceled");
        over = true;
        for (std::thread &thread : threads) {
            thread.join();
        }
    }
}

void every_object_answers_after_release() {
    Party party("after", "alice");
    IMessage *const message = party.service->createMessage("hello");
    const uint8_t bytes[] = {1, 0, 2};
    IMessage *const raw = party.service->createMessage(bytes, 3, "three");
    CHECK_EQUAL(raw->getMessageType(), MESSAGE_TYPE_RAW);
    CHECK_EQUAL(raw->getRawMessageLength(), 3);
    CHECK(std::memcmp(raw->getRawMessageData(), bytes, 3) == 0);
    CHECK_TEXT(raw->getText(), "three");
    raw->release();
    message->release();
    message->release();
    CHECK_TEXT(message->getText(), "");
    message->setText("again");
    CHECK_TEXT(message->getText(), "");
    CHECK_EQUAL(message->getMessageType(), MESSAGE_TYPE_UNDEFINED);
    CHECK_EQUAL(raw->getRawMessageLength(), 0);
    CHECK_EQUAL(party.service->sendMessageToPeer("bob", message), PEER_MESSAGE_ERR_INVALID_MESSAGE);

    party.manager->release();
    party.manager->release();
    CHECK(party.manager->createLocalCallInvitation("bob") == NULL);
    IRtmCallManager *const again = party.service->getRtmCallManager(&party);
    CHECK(again != NULL && again != party.manager);

    IMessage *const later = party.service->createMessage("later");
    party.service->release(true);
    party.service->release(false);
    long long request = 1;
    const char *peers[] = {"bob"};
    CHECK_EQUAL(party.service->initialize("app", &party), INIT_ERR_FAILURE);
    CHECK_EQUAL(party.service->login(NULL, "alice"), LOGIN_ERR_NOT_INITIALIZED);
    CHECK_EQUAL(party.service->logout(), LOGOUT_ERR_NOT_INITIALIZED);
    CHECK_EQUAL(party.service->renewToken("t"), RENEW_TOKEN_ERR_NOT_INITIALIZED);
    CHECK_EQUAL(party.service->sendMessageToPeer("bob", later), PEER_MESSAGE_ERR_NOT_INITIALIZED);
    CHECK_EQUAL(party.service->queryPeersOnlineStatus(peers, 1, request),
                QUERY_PEERS_ONLINE_STATUS_ERR_NOT_INITIALIZED);
    CHECK_EQUAL(party.service->subscribePeersOnlineStatus(peers, 1, request),
                PEER_SUBSCRIPTION_STATUS_ERR_NOT_INITIALIZED);
    CHECK(party.service->setLogFile("x") != 0);
    CHECK(party.service->getRtmCallManager(&party) == NULL);
    party.service->addEventHandler(&party);
    party.service->removeEventHandler(&party);
    CHECK(again->createLocalCallInvitation("bob") == NULL);
    again->release();
    CHECK_TEXT(later->getText(), "later");
    later->release();
}

void an_invitation_that_ends_silently_shows_its_last_state() {
    Party alice("silent", "alice"), bob("silent", "bob");
    ILocalCallInvitation *const local = alice.ring("bob");
    IRemoteCallInvitation *const remote = bob.rung();
    alice.wait("onLocalInvitationReceivedByPeer");
    alice.manager->release();
    local->release();
    CHECK_EQUAL(bob.manager->refuseRemoteInvitation(remote), 0);
    CHECK(eventually([=] { return local->getState() == LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE; }));
    // Objects that come and go make room for what ended.
    Party other("silent");
    other.manager->createLocalCallInvitation("bob")->release();
    CHECK(eventually([=] { return *local->getCalleeId() == '\0'; }));
    CHECK_EQUAL(local->getState(), LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE);
    CHECK_EQUAL(alice.count("onLocalInvitationRefused"), 0u);
}

void release_without_sync_ends_everything_and_calls_nobody() {
    Party alice("nosync", "alice"), bob("nosync", "bob");
    ILocalCallInvitation *const local = alice.ring("bob");
    ILocalCallInvitation *const released = alice.ring("bob");
    bob.rung(2);
    alice.wait("onLocalInvitationReceivedByPeer", 2);
    released->release();
    const std::size_t before = alice.events().size();
    alice.service->release(false);
    CHECK_EQUAL(alice.events().size(), before);
    CHECK_EQUAL(local->getState(), LOCAL_INVITATION_STATE_FAILURE);
    CHECK_EQUAL(released->getState(), LOCAL_INVITATION_STATE_FAILURE);
    CHECK_TEXT(local->getCalleeId(), "bob");
    CHECK_TEXT(released->getCalleeId(), "");
    CHECK_EQUAL(alice.manager->cancelLocalInvitation(local), INVITATION_API_CALL_ERR_ALREADY_END);
    local->release();
    CHECK_EQUAL(local->getState(), LOCAL_INVITATION_STATE_FAILURE);
    bob.wait("onRemoteInvitationCanceled", 2);
    bob.service->release(true);
}

// ---- release inside callbacks

void an_invitation_is_released_in_each_of_its_callbacks() {
    Party alice("own", "alice"), bob("own", "bob");
    alice.inside = [&](const Event &event) {
        if (event.object != NULL) {
            local_of(event)->release();
            local_of(event)->release();
            CHECK_TEXT(local_of(event)->getCalleeId(), "bob"); // Until the callback returns.
        }
    };
    bob.inside = [&](const Event &event) {
        if (event.object == NULL) {
            return;
        }
        const bool rings = event.name == "onRemoteInvitationReceived";
        if (rings && event.text == "accept") {
            CHECK_EQUAL(bob.manager->acceptRemoteInvitation(remote_of(event)), 0);
        } else if (rings && event.text == "refuse") {
            CHECK_EQUAL(bob.manager->refuseRemoteInvitation(remote_of(event)), 0);
        }
        remote_of(event)->release();
        CHECK_TEXT(remote_of(event)->getCallerId(), "alice");
    };
    std::vector<ILocalCallInvitation *> locals;
    for (const char *content : {"accept", "refuse", "cancel"}) {
        locals.push_back(alice.manager->createLocalCallInvitation("bob"));
        locals.back()->setContent(content);
        CHECK_EQUAL(alice.manager->sendLocalInvitation(locals.back()), 0);
    }
    alice.wait("onLocalInvitationReceivedByPeer", 3);
    CHECK_EQUAL(alice.manager->cancelLocalInvitation(locals[2]), 0);
    alice.wait("onLocalInvitationAccepted");
    alice.wait("onLocalInvitationRefused");
    alice.wait("onLocalInvitationCanceled");
    bob.wait("onRemoteInvitationAccepted");
    bob.wait("onRemoteInvitationRefused");
    bob.wait("onRemoteInvitationCanceled");
    for (ILocalCallInvitation *local : locals) {
        CHECK(eventually([=] { return *local->getCalleeId() == '\0'; }));
    }
    CHECK_EQUAL(locals[0]->getState(), LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE);
    CHECK_EQUAL(locals[1]->getState(), LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE);
    CHECK_EQUAL(locals[2]->getState(), LOCAL_INVITATION_STATE_CANCELED);
    bob.service->release(true);
}

void a_service_is_released_inside_its_own_callback() {
    for (int sync = 0; sync < 2; sync++) {
        Signal done;
        Party party("suicide");
        party.inside = [&](const Event &event) {
            if (event.name == "onLocalInvitationFailure") {
                party.service->release(sync != 0);
                party.manager->release();
                local_of(event)->release();
                CHECK_EQUAL(party.service->login(NULL, "alice"), LOGIN_ERR_NOT_INITIALIZED);
                done.set();
            }
        };
        party.ring("bob");
        done.wait();
    }
}

void two_services_release_each_other_inside_callbacks() {
    for (int i = 0; i < scaled(20); i++) {
        Party one("duel"), two("duel");
        Signal one_inside, two_inside, one_done, two_done;
        one.inside = [&](const Event &) {
            one_inside.set();
            two_inside.wait();
            two.service->release(true);
            one_done.set();
        };
        two.inside = [&](const Event &) {
            two_inside.set();
            one_inside.wait();
            one.service->release(true);
            two_done.set();
        };
        one.ring("bob");
        two.ring("bob");
        one_done.wait();
        two_done.wait();
        one.service->release(true);
        two.service->release(true);
    }
}

void a_removed_handler_is_called_no_more() {
    Party party("removed");
    std::unique_ptr<Party> other(new Party("removed"));
    party.service->addEventHandler(other.get());
    party.service->addEventHandler(other.get()); // Is there already.
    party.service->addEventHandler(NULL);
    party.service->removeEventHandler(NULL);
    CHECK_EQUAL(party.service->logout(), 0);
    party.wait("onLogout");
    other->wait("onLogout");
    party.service->removeEventHandler(other.get());
    CHECK_EQUAL(other->count("onLogout"), 1u);
    other.reset();
    party.service->removeEventHandler(&party); // That of initialize, too.
    CHECK_EQUAL(party.service->logout(), 0);
    party.service->release(true);
    CHECK_EQUAL(party.count("onLogout"), 1u);
}

// ---- exceptions

// Wants one callback only.
class Once : public IRtmServiceEventHandler {
  public:
    explicit Once(IRtmService *service) : calls(0), service_(service) {}
    void onLogout(LOGOUT_ERR_CODE) override {
        calls++;
        service_->removeEventHandler(this);
    }
    std::atomic<int> calls;

  private:
    IRtmService *const service_;
};

void a_handler_that_removes_itself_in_its_first_callback_has_one() {
    Party party("once");
    std::atomic<bool> over(false);
    std::thread logging_out([&] {
        rtm_service_stats stats = {};
        stats.struct_size = sizeof stats;
        while (!over) {
            rtm_service_get_stats(rtm_call::c_handle(party.service), &stats);
            for (int i = 0; i < 100 && stats.callbacks_waiting < 1000; i++) {
                party.service->logout(); // Nobody is logged in: an onLogout, and nothing else.
            }
        }
    });
    std::vector<std::unique_ptr<Once>> handlers;
    for (int i = 0; i < scaled(500); i++) {
        handlers.push_back(std::unique_ptr<Once>(new Once(party.service)));
        Once &once = *handlers.back();
        party.service->addEventHandler(&once);
        CHECK(eventually([&] { return once.calls > 0; }));
    }
    over = true;
    logging_out.join();
    party.service->release(true);
    for (const std::unique_ptr<Once> &once : handlers) {
        CHECK_EQUAL(once->calls.load(), 1);
    }
}

// A carrier whose `send` sends a message of its own, once.
struct Inner {
    IRtmService *service;
    IMessage *message;
    int sent;
};

void *inner_start(void *context, rtm_transport_session *session, const rtm_transport_login *) {
    CHECK_EQUAL(rtm_transport_session_link(session, RTM_TRANSPORT_LINK_UP, 0), RTM_OK);
    return context;
}

int32_t inner_send(void *state, const char *, const uint8_t *, size_t, uint32_t) {
    Inner &inner = *static_cast<Inner *>(state);
    if (inner.sent++ == 0) {
        CHECK_EQUAL(inner.service->sendMessageToPeer("bob", inner.message), 0);
    }
    return RTM_OK;
}

void inner_stop(void *, uint32_t) {}

void a_carrier_may_call_the_service_that_calls_it() {
    Party party("inner");
    Inner inner = {party.service, party.service->createMessage("inner"), 0};
    rtm_transport carrier = {};
    carrier.struct_size = sizeof carrier;
    carrier.context = &inner;
    carrier.start = inner_start;
    carrier.send = inner_send;
    carrier.stop = inner_stop;
    CHECK_EQUAL(rtm_transport_register("inner", &carrier), RTM_OK);
    CHECK_EQUAL(party.service->setParameters("{\"rtm_call.url\": \"inner://\"}"), 0);
    party.log_in("alice");
    IMessage *const outer = party.service->createMessage("outer");
    CHECK_EQUAL(party.service->sendMessageToPeer("bob", outer), 0);
    CHECK(inner.sent >= 2);
    outer->release();
    inner.message->release();
    party.service->release(true);
    CHECK_EQUAL(rtm_transport_unregister("inner"), RTM_OK);
}

void an_exception_in_any_callback_is_caught_and_logged() {
    Party alice("throw"), bob("throw");
    LogFile log(alice), log_of_bob(bob);
    alice.inside = [&](const Event &event) { throw std::runtime_error("thrown by " + event.name); };
    bob.inside = [&](const Event &event) {
        if (event.name == "onRemoteInvitationReceived" && event.text == "accept") {
            bob.manager->acceptRemoteInvitation(remote_of(event));
        } else if (event.name == "onRemoteInvitationReceived" && event.text == "refuse") {
            bob.manager->refuseRemoteInvitation(remote_of(event));
        }
        throw 42;
    };
    bob.log_in("bob");
    alice.log_in("alice");
    CHECK_EQUAL(alice.service->login(NULL, "alice"), 0);
    alice.wait("onLoginFailure");
    CHECK_EQUAL(alice.service->renewToken("token"), 0);
    alice.wait("onRenewTokenResult");
    const char *peers[] = {"bob"};
    long long request = 0;
    CHECK_EQUAL(alice.service->queryPeersOnlineStatus(peers, 1, request), 0);
    CHECK_EQUAL(alice.wait("onQueryPeersOnlineStatusResult").number, request);
    CHECK_EQUAL(alice.service->subscribePeersOnlineStatus(peers, 1, request), 0);
    CHECK_EQUAL(alice.wait("onSubscriptionRequestResult").number, request);
    CHECK_EQUAL(alice.wait("onPeersOnlineStatusChanged").text, "bob=0");
    IMessage *const message = alice.service->createMessage("hello");
    CHECK_EQUAL(alice.service->sendMessageToPeer("bob", message), 0);
    CHECK_EQUAL(alice.wait("onSendMessageResult").number, message->getMessageId());
    CHECK_EQUAL(bob.wait("onMessageReceivedFromPeer").text, "alice: hello");
    std::vector<ILocalCallInvitation *> locals;
    for (const char *content : {"accept", "refuse", "cancel", "logout"}) {
        locals.push_back(alice.manager->createLocalCallInvitation("bob"));
        locals.back()->setContent(content);
        CHECK_EQUAL(alice.manager->sendLocalInvitation(locals.back()), 0);
    }
    alice.wait("onLocalInvitationReceivedByPeer", 4);
    CHECK_EQUAL(alice.manager->cancelLocalInvitation(locals[2]), 0);
    alice.wait("onLocalInvitationAccepted");
    alice.wait("onLocalInvitationRefused");
    alice.wait("onLocalInvitationCanceled");
    bob.wait("onRemoteInvitationAccepted");
    bob.wait("onRemoteInvitationRefused");
    bob.wait("onRemoteInvitationCanceled");
    CHECK_EQUAL(bob.service->logout(), 0);
    bob.wait("onRemoteInvitationFailure");
    alice.wait("onLocalInvitationFailure");
    bob.wait("onLogout");
    CHECK_EQUAL(alice.service->logout(), 0);
    alice.wait("onLogout");
    const char *const names[] = {"onLoginSuccess",
                                 "onLoginFailure",
                                 "onLogout",
                                 "onRenewTokenResult",
                                 "onConnectionStateChanged",
                                 "onSendMessageResult",
                                 "onQueryPeersOnlineStatusResult",
                                 "onSubscriptionRequestResult",
                                 "onPeersOnlineStatusChanged",
                                 "onLocalInvitationReceivedByPeer",
                                 "onLocalInvitationAccepted",
                                 "onLocalInvitationRefused",
                                 "onLocalInvitationCanceled",
                                 "onLocalInvitationFailure"};
    for (const std::string name : names) {
        CHECK(eventually([&] { return log.count("an exception left " + name + ": thrown by " + name) > 0; }));
    }
    const char *const names_of_bob[] = {"onMessageReceivedFromPeer",  "onRemoteInvitationReceived",
                                        "onRemoteInvitationAccepted", "onRemoteInvitationRefused",
                                        "onRemoteInvitationCanceled", "onRemoteInvitationFailure"};
    for (const std::string name : names_of_bob) {
        CHECK(eventually([&] { return log_of_bob.count("an exception left " + name) > 0; }));
    }
}

// ---- texts, messages

void texts_that_are_no_utf8_are_refused_when_sent() {
    Party alice("utf8", "alice"), bob("utf8", "bob");
    ILocalCallInvitation *const local = alice.manager->createLocalCallInvitation("bob");
    local->setContent("before");
    local->setContent("\xc4\xe3\xba\xc3"); // GBK
    CHECK_TEXT(local->getContent(), "");
    CHECK_EQUAL(alice.manager->sendLocalInvitation(local), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    local->setContent("after");
    local->setChannelId("\xff");
    CHECK_EQUAL(alice.manager->sendLocalInvitation(local), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    local->setChannelId("room");
    CHECK_EQUAL(alice.manager->sendLocalInvitation(local), INVITATION_API_CALL_ERR_OK);
    local->setContent("\xff");
    CHECK_EQUAL(alice.manager->sendLocalInvitation(local), INVITATION_API_CALL_ERR_ALREADY_SENT);
    IRemoteCallInvitation *const remote = bob.rung();
    CHECK_TEXT(remote->getContent(), "after");
    remote->setResponse("\xff");
    CHECK_EQUAL(bob.manager->acceptRemoteInvitation(remote), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(remote->getState(), REMOTE_INVITATION_STATE_INVITATION_RECEIVED);
    remote->setResponse(std::string(8193, 'x').c_str());
    CHECK_EQUAL(bob.manager->refuseRemoteInvitation(remote), INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    remote->setResponse(NULL);
    CHECK_EQUAL(bob.manager->acceptRemoteInvitation(remote), INVITATION_API_CALL_ERR_OK);
    const int again = bob.manager->acceptRemoteInvitation(remote);
    CHECK(again == INVITATION_API_CALL_ERR_ALREADY_ACCEPT || again == INVITATION_API_CALL_ERR_ALREADY_END);
    bob.wait("onRemoteInvitationAccepted");
    CHECK_EQUAL(bob.manager->refuseRemoteInvitation(remote), INVITATION_API_CALL_ERR_ALREADY_END);
}

void every_handler_learns_the_outcome_of_a_message_by_its_id() {
    Party alice("ids", "alice"), other("ids"), bob("ids", "bob");
    alice.service->addEventHandler(&other);
    const uint8_t bytes[] = {'a', 'b'};
    IMessage *const messages[] = {alice.service->createMessage("text"), alice.service->createMessage(bytes, 2),
                                  alice.service->createMessage()};
    CHECK(messages[0]->getMessageId() != messages[1]->getMessageId());
    CHECK(alice.service->createMessage(NULL, 1) == NULL);
    CHECK(alice.service->createMessage(bytes, -1) == NULL);
    std::size_t count = 0;
    for (IMessage *message : messages) {
        SendMessageOptions options;
        CHECK_EQUAL(alice.service->sendMessageToPeer("bob", message, options), 0);
        message->release();
        bob.wait("onMessageReceivedFromPeer", ++count);
        const Event outcome = alice.wait("onSendMessageResult", count);
        CHECK_EQUAL(outcome.state, PEER_MESSAGE_ERR_OK);
        CHECK_EQUAL(other.wait("onSendMessageResult", count).number, outcome.number);
    }
    CHECK_EQUAL(bob.wait("onMessageReceivedFromPeer", 1).text, "alice: text");
    CHECK_EQUAL(bob.wait("onMessageReceivedFromPeer", 2).text, "alice: ab");
    CHECK_EQUAL(bob.wait("onMessageReceivedFromPeer", 2).number, MESSAGE_TYPE_RAW);
    // What was received is kept no longer than its callback, and safe to touch.
    const IMessage *const gone = static_cast<const IMessage *>(bob.wait("onMessageReceivedFromPeer", 1).object);
    CHECK(eventually([=] { return *gone->getText() == '\0'; }));
    alice.service->removeEventHandler(&other);
}

void presence_comes_as_in_the_original() {
    Party alice("presence", "alice"), bob("presence", "bob");
    const char *peers[] = {"bob", "carol"};
    long long request = 0;
    CHECK_EQUAL(alice.service->queryPeersOnlineStatus(peers, 2, request), 0);
    const Event answer = alice.wait("onQueryPeersOnlineStatusResult");
    CHECK_EQUAL(answer.number, request);
    CHECK_EQUAL(answer.text, "bob=0 carol=2");
    CHECK_EQUAL(alice.service->queryPeersOnlineStatus(peers, 0, request),
                QUERY_PEERS_ONLINE_STATUS_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(alice.service->queryPeersOnlineStatus(peers, -1, request),
                QUERY_PEERS_ONLINE_STATUS_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(alice.service->queryPeersOnlineStatus(NULL, 1, request),
                QUERY_PEERS_ONLINE_STATUS_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(alice.service->unsubscribePeersOnlineStatus(peers, 2, request), 0);
    CHECK_EQUAL(alice.wait("onSubscriptionRequestResult").number, request);
}

// ---- what is not here

void what_is_not_here_answers_failures_and_says_so_once() {
    Party party("outside", "alice");
    LogFile log(party);
    IRtmService &service = *party.service;
    long long request = 7;
    RtmAttribute attribute = {"key", "value"};
    const char *keys[] = {"key"};
    ChannelAttributeOptions options;
    IRtmChannelAttribute *const channel_attribute = service.createChannelAttribute();
    const IRtmChannelAttribute *attributes[] = {channel_attribute};
    for (int twice = 0; twice < 2; twice++) {
        CHECK_EQUAL(service.setLocalUserAttributes(&attribute, 1, request), ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(request, 0);
        CHECK_EQUAL(service.addOrUpdateLocalUserAttributes(&attribute, 1, request), ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.deleteLocalUserAttributesByKeys(keys, 1, request), ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.clearLocalUserAttributes(request), ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.getUserAttributes("bob", request), ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.getUserAttributesByKeys("bob", keys, 1, request), ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.setChannelAttributes("c", attributes, 1, options, request),
                    ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.addOrUpdateChannelAttributes("c", attributes, 1, options, request),
                    ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.deleteChannelAttributesByKeys("c", keys, 1, options, request),
                    ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.clearChannelAttributes("c", options, request), ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.getChannelAttributes("c", request), ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.getChannelAttributesByKeys("c", keys, 1, request), ATTRIBUTE_OPERATION_ERR_FAILURE);
        CHECK_EQUAL(service.getChannelMemberCount(keys, 1, request), GET_CHANNEL_MEMBER_COUNT_ERR_FAILURE);
        CHECK_EQUAL(service.queryPeersBySubscriptionOption(PEER_SUBSCRIPTION_OPTION_ONLINE_STATUS, request),
                    QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR_FAILURE);
        CHECK_EQUAL(service.downloadMediaToMemory("m", request), DOWNLOAD_MEDIA_ERR_FAILURE);
        CHECK_EQUAL(service.downloadMediaToFile("m", "f", request), DOWNLOAD_MEDIA_ERR_FAILURE);
        CHECK_EQUAL(service.cancelMediaDownload(1), CANCEL_MEDIA_ERR_NOT_EXIST);
        CHECK_EQUAL(service.cancelMediaUpload(1), CANCEL_MEDIA_ERR_NOT_EXIST);
        CHECK_EQUAL(service.createFileMessageByUploading("f", request), UPLOAD_MEDIA_ERR_FAILURE);
        CHECK_EQUAL(service.createImageMessageByUploading("f", request), UPLOAD_MEDIA_ERR_FAILURE);
        CHECK(service.createFileMessageByMediaId("m") == NULL);
        CHECK(service.createImageMessageByMediaId("m") == NULL);
        CHECK(service.setLogFileSize(100) != 0);
        IChannel *const channel = service.createChannel("room", NULL);
        IMessage *const message = service.createMessage("hello");
        CHECK_TEXT(channel->getId(), "room");
        CHECK_EQUAL(channel->join(), JOIN_CHANNEL_ERR_FAILURE);
        CHECK_EQUAL(channel->leave(), LEAVE_CHANNEL_ERR_NOT_IN_CHANNEL);
        CHECK_EQUAL(channel->sendMessage(message), CHANNEL_MESSAGE_ERR_FAILURE);
        CHECK_EQUAL(channel->sendMessage(message, SendMessageOptions()), CHANNEL_MESSAGE_ERR_FAILURE);
        CHECK_EQUAL(channel->getMembers(), GET_MEMBERS_ERR_NOT_IN_CHANNEL);
        channel->release();
        channel->release();
        CHECK_TEXT(channel->getId(), "");
        CHECK_EQUAL(channel->join(), JOIN_CHANNEL_ERR_FAILURE);
        message->release();
    }
    CHECK(service.createChannel(NULL, NULL) == NULL);
    channel_attribute->setKey("key");
    channel_attribute->setValue(NULL);
    CHECK_TEXT(channel_attribute->getKey(), "key");
    CHECK_TEXT(channel_attribute->getValue(), "");
    channel_attribute->release();
    CHECK_TEXT(channel_attribute->getKey(), "");
    const char *const names[] = {"setLocalUserAttributes", "clearChannelAttributes",     "getChannelMemberCount",
                                 "downloadMediaToFile",    "createFileMessageByMediaId", "setLogFileSize",
                                 "createChannel:",         "createChannelAttribute",     "IChannel::join",
                                 "IChannel::sendMessage"};
    for (const char *name : names) {
        CHECK_EQUAL(log.count(std::string(" ") + name), 1);
    }
}

void settings_and_context_answer_plain_codes() {
    Party party("settings");
    CHECK_EQUAL(party.service->setParameters("{\"rtm_call.ring_timeout_ms\": 1000, \"rtm.unknown\": true}"), 0);
    CHECK(party.service->setParameters("{\"rtm_call.ring_timeout_ms\": 0}") != 0);
    CHECK(party.service->setParameters("nonsense") != 0);
    CHECK(party.service->setParameters(NULL) != 0);
    CHECK_EQUAL(party.service->setLogFilter(LOG_FILTER_MASK), 0);
    CHECK_EQUAL(party.service->setLogFilter(LOG_FILTER_OFF), 0);
    CHECK(party.service->setLogFile(NULL) != 0);
    CHECK(party.service->setLogFile("/nowhere/at/all") != 0);
    RtmServiceContext context;
    CHECK_EQUAL(setRtmServiceContext(context), SET_RTM_SERVICE_CONTEXT_ERR_OK);
    context.areaCode = static_cast<int>(AREA_CODE_GLOB);
    CHECK_EQUAL(setRtmServiceContext(context), SET_RTM_SERVICE_CONTEXT_ERR_OK);
    context.areaCode = AREA_CODE_EU;
    CHECK_EQUAL(setRtmServiceContext(context), SET_RTM_SERVICE_CONTEXT_ERR_FAILURE);
    CHECK_TEXT(getRtmSdkVersion(), rtm_version());
}

#if defined(__linux__)
void the_child_of_a_fork_gets_errors_and_does_not_hang() {
    Party party("fork", "alice");
    ILocalCallInvitation *const local = party.manager->createLocalCallInvitation("bob");
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        const bool fine = party.manager->sendLocalInvitation(local) != 0 && party.service->login(NULL, "alice") != 0 &&
                          createRtmService() == NULL && *local->getCalleeId() == '\0' &&
                          party.manager->createLocalCallInvitation("bob") == NULL;
        local->release();
        party.manager->release();
        party.service->release(true);
        if (fine) {
            kill(getpid(), SIGKILL); // at an exit valgrind would call the memory of the parent's threads a leak
        }
        _exit(1);
    }
    int status = 0;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK_TEXT(local->getCalleeId(), "bob");
}
#endif

const Test TESTS[] = {
    TEST(a_pointer_that_is_no_object_is_refused_and_not_followed),
    TEST(an_invitation_of_the_other_side_is_refused),
    TEST(an_invitation_of_another_service_is_refused),
    TEST(every_callback_of_an_invitation_carries_the_same_pointer),
    TEST(objects_are_touched_by_several_threads_while_they_end),
    TEST(every_object_answers_after_release),
    TEST(an_invitation_that_ends_silently_shows_its_last_state),
    TEST(release_without_sync_ends_everything_and_calls_nobody),
    TEST(an_invitation_is_released_in_each_of_its_callbacks),
    TEST(a_service_is_released_inside_its_own_callback),
    TEST(two_services_release_each_other_inside_callbacks),
    TEST(a_removed_handler_is_called_no_more),
    TEST(a_handler_that_removes_itself_in_its_first_callback_has_one),
    TEST(a_carrier_may_call_the_service_that_calls_it),
    TEST(an_exception_in_any_callback_is_caught_and_logged),
    TEST(texts_that_are_no_utf8_are_refused_when_sent),
    TEST(every_handler_learns_the_outcome_of_a_message_by_its_id),
    TEST(presence_comes_as_in_the_original),
    TEST(what_is_not_here_answers_failures_and_says_so_once),
    TEST(settings_and_context_answer_plain_codes),
#if defined(__linux__)
    TEST(the_child_of_a_fork_gets_errors_and_does_not_hang),
#endif
};

} // namespace

int main(int argc, char **argv) {
    return run_tests(TESTS, argc, argv);
}
