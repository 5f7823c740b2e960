// Every way in which a call can end, seen on both sides.
#include "party.hpp"

using namespace cpp;

namespace {

const char *const app = "endings";

// A hub of its own for each test.
rtm::service_config config_of(const std::string &hub) {
    rtm::service_config config;
    config.url = "hub://" + hub;
    return config;
}

struct ends {
    explicit ends(const std::string &name, rtm::service_config config = {})
        : hub(name, app), alice(app, "alice", on(name, config)), bob(app, "bob", on(name, config)) {}
    static rtm::service_config on(const std::string &name, rtm::service_config config) {
        config.url = config_of(name).url;
        return config;
    }

    // Alice rings, and both know.
    void ring() {
        call = alice.service.create_invitation("bob");
        CHECK_OK(call.set_content("content"));
        CHECK_OK(call.set_channel_id("channel"));
        CHECK_OK(call.send());
        rung = bob.wait("on_remote_received").remote;
        alice.wait("on_local_received_by_peer");
    }

    rtm::hub hub;
    party alice, bob;
    rtm::local_invitation call;
    rtm::remote_invitation rung;
};

void check_local(const char *what, const rtm::local_invitation &call, rtm::local_invitation_state state,
                 rtm::end_reason reason, rtm::end_side side) {
    check_code(__FILE__, __LINE__, what, call.state(), state);
    check_code(__FILE__, __LINE__, what, call.end_reason(), reason);
    check_code(__FILE__, __LINE__, what, call.end_side(), side);
}
void check_remote(const char *what, const rtm::remote_invitation &call, rtm::remote_invitation_state state,
                  rtm::end_reason reason, rtm::end_side side) {
    check_code(__FILE__, __LINE__, what, call.state(), state);
    check_code(__FILE__, __LINE__, what, call.end_reason(), reason);
    check_code(__FILE__, __LINE__, what, call.end_side(), side);
}
template <class Error> void check_number(const event &came, Error error) {
    CHECK_CODE(static_cast<Error>(came.number), error);
}

using local_state = rtm::local_invitation_state;
using remote_state = rtm::remote_invitation_state;
using reason = rtm::end_reason;
using side = rtm::end_side;

void accepted() {
    ends it("accepted");
    CHECK_CODE(it.call.end_reason(), reason::none);
    it.ring();
    CHECK_CODE(it.call.state(), local_state::received_by_remote);
    CHECK_CODE(it.rung.state(), remote_state::invitation_received);
    CHECK_CODE(it.call.end_side(), side::none);
    CHECK_TEXT(it.rung.caller_id(), "alice");
    CHECK_TEXT(it.rung.content(), "content");
    CHECK_TEXT(it.rung.channel_id(), "channel");
    CHECK_EQUAL(it.rung.id().size(), 32U);
    CHECK_TEXT(it.rung.id(), it.call.id());
    CHECK_OK(it.rung.accept("with pleasure"));
    CHECK_TEXT(it.rung.response(), "with pleasure");
    const event at_caller = it.alice.wait("on_local_accepted");
    CHECK_TEXT(at_caller.text, "with pleasure");
    CHECK(at_caller.local == it.call);
    CHECK(it.bob.wait("on_remote_accepted").remote == it.rung);
    CHECK_TEXT(it.call.response(), "with pleasure");
    check_local("accepted", it.call, local_state::accepted_by_remote, reason::accepted, side::callee);
    check_remote("accepted", it.rung, remote_state::accepted, reason::accepted, side::callee);
    CHECK_ERROR(it.call.cancel(), rtm::errc::already_end);
    CHECK_ERROR(it.call.send(), rtm::errc::already_end);
    CHECK_ERROR(it.rung.accept(), rtm::errc::already_end);
    CHECK_TEXT(it.alice.story(), "on_local_received_by_peer on_local_accepted");
    CHECK_TEXT(it.bob.story(), "on_remote_received on_remote_accepted");
}

void refused() {
    ends it("refused");
    it.ring();
    CHECK_OK(it.rung.set_response("busy"));
    CHECK_OK(it.rung.refuse());
    CHECK_TEXT(it.alice.wait("on_local_refused").text, "busy");
    it.bob.wait("on_remote_refused");
    check_local("refused", it.call, local_state::refused_by_remote, reason::refused, side::callee);
    check_remote("refused", it.rung, remote_state::refused, reason::refused, side::callee);
    CHECK_ERROR(it.rung.refuse("again"), rtm::errc::already_end);
}

void canceled() {
    ends it("canceled");
    it.ring();
    CHECK_OK(it.call.cancel());
    it.alice.wait("on_local_canceled");
    it.bob.wait("on_remote_canceled");
    check_local("canceled", it.call, local_state::canceled, reason::canceled, side::caller);
    check_remote("canceled", it.rung, remote_state::canceled, reason::canceled, side::caller);
}

void expired() {
    ends it("expired");
    it.call = it.alice.service.create_invitation("bob");
    CHECK_OK(it.call.set_ring_timeout(50ms));
    CHECK_OK(it.call.send());
    const event at_callee = it.bob.wait("on_remote_failure");
    check_number(at_callee, rtm::remote_invitation_err::invitation_expire);
    check_number(it.alice.wait("on_local_failure"), rtm::local_invitation_err::invitation_expire);
    check_local("expired", it.call, local_state::failure, reason::expired, side::callee);
    check_remote("expired", at_callee.remote, remote_state::failure, reason::expired, side::callee);
}

void callee_offline() {
    party alice(app, "alice", config_of("offline"));
    rtm::local_invitation call = alice.service.create_invitation("nobody");
    CHECK_OK(call.set_acknowledge_timeout(50ms));
    CHECK_OK(call.send());
    check_number(alice.wait("on_local_failure"), rtm::local_invitation_err::peer_offline);
    check_local("offline", call, local_state::failure, reason::unreachable, side::caller);
}

void no_response() {
    ends it("no_response");
    CHECK_OK(it.hub.set_link("bob", false));
    it.call = it.alice.service.create_invitation("bob");
    CHECK_OK(it.call.set_acknowledge_timeout(50ms));
    CHECK_OK(it.call.send());
    check_number(it.alice.wait("on_local_failure"), rtm::local_invitation_err::peer_no_response);
    check_local("no response", it.call, local_state::failure, reason::no_response, side::caller);
}

void not_logged_in() {
    party alice(app, config_of("not_logged_in"));
    rtm::local_invitation call = alice.ring("bob");
    check_number(alice.wait("on_local_failure"), rtm::local_invitation_err::not_loggedin);
    check_local("not logged in", call, local_state::failure, reason::not_logged_in, side::caller);
}

void caller_logs_out() {
    ends it("caller_logs_out");
    it.ring();
    CHECK_OK(it.alice.service.logout());
    check_number(it.alice.wait("on_local_failure"), rtm::local_invitation_err::not_loggedin);
    check_number(it.alice.wait("on_logout"), rtm::logout_err::ok);
    it.bob.wait("on_remote_canceled");
    check_local("logout", it.call, local_state::failure, reason::logged_out, side::caller);
    check_remote("logout", it.rung, remote_state::canceled, reason::logged_out, side::caller);
}

void callee_logs_out() {
    ends it("callee_logs_out");
    it.ring();
    CHECK_OK(it.bob.service.logout());
    check_number(it.bob.wait("on_remote_failure"), rtm::remote_invitation_err::peer_offline);
    check_number(it.alice.wait("on_local_failure"), rtm::local_invitation_err::peer_offline);
    check_local("logout", it.call, local_state::failure, reason::logged_out, side::callee);
    check_remote("logout", it.rung, remote_state::failure, reason::logged_out, side::callee);
}

void caller_closes() {
    ends it("caller_closes");
    it.ring();
    it.alice.service.close();
    check_number(it.alice.wait("on_local_failure"), rtm::local_invitation_err::not_loggedin);
    it.bob.wait("on_remote_canceled");
    CHECK_CODE(it.call.state(), local_state::failure);
    CHECK_TEXT(it.call.content(), "content");
    CHECK_ERROR(it.call.cancel(), rtm::errc::already_end);
    CHECK_ERROR(it.call.send(), rtm::errc::already_end);
}

void caller_kicked() {
    ends it("caller_kicked");
    it.ring();
    party again(app, "alice", config_of("caller_kicked"));
    check_number(it.alice.wait("on_local_failure"), rtm::local_invitation_err::not_loggedin);
    CHECK_CODE(it.call.end_reason(), reason::kicked);
    CHECK_CODE(it.alice.service.connection_state(), rtm::connection_state::aborted);
}

void caller_lost() {
    rtm::service_config config;
    config.grace = 50ms;
    ends it("caller_lost", config);
    it.ring();
    CHECK_OK(it.hub.set_link("alice", false));
    check_number(it.bob.wait("on_remote_failure"), rtm::remote_invitation_err::peer_offline);
    check_remote("caller lost", it.rung, remote_state::failure, reason::caller_lost, side::callee);
}

void accept_unconfirmed() {
    ends it("accept_unconfirmed");
    it.ring();
    CHECK_OK(it.hub.set_link("alice", false));
    CHECK_OK(it.rung.set_accept_timeout(50ms));
    CHECK_OK(it.rung.accept());
    CHECK_CODE(it.rung.state(), remote_state::accept_sent_to_local);
    CHECK_ERROR(it.rung.accept(), rtm::errc::already_accept);
    CHECK_ERROR(it.rung.refuse(), rtm::errc::already_accept);
    check_number(it.bob.wait("on_remote_failure"), rtm::remote_invitation_err::accept_failure);
    check_remote("unconfirmed", it.rung, remote_state::failure, reason::accept_unconfirmed, side::callee);
}

} // namespace

int main(int argc, char **argv) {
    const mirror::Test tests[] = {
        TEST(accepted),      TEST(refused),       TEST(canceled),           TEST(expired),         TEST(callee_offline),
        TEST(no_response),   TEST(not_logged_in), TEST(caller_logs_out),    TEST(callee_logs_out), TEST(caller_closes),
        TEST(caller_kicked), TEST(caller_lost),   TEST(accept_unconfirmed),
    };
    return mirror::run_tests(tests, argc, argv);
}
