// Invitations as objects: what they answer when, and who they are.
#include "party.hpp"

#include <unordered_set>

using namespace cpp;

namespace {

const char *const app = "calls";

template <class Invitation> void check_empty(const Invitation &none) {
    CHECK(!none);
    CHECK(none == Invitation());
    CHECK(none.native_handle() == nullptr);
    CHECK_TEXT(none.content(), "");
    CHECK_TEXT(none.channel_id(), "");
    CHECK_TEXT(none.response(), "");
    CHECK_TEXT(none.id(), "");
    CHECK_EQUAL(static_cast<int>(none.state()), 0);
    CHECK_CODE(none.end_reason(), rtm::end_reason::none);
    CHECK_CODE(none.end_side(), rtm::end_side::none);
}

void empty_objects_answer_errors() {
    rtm::local_invitation local;
    check_empty(local);
    CHECK_TEXT(local.callee_id(), "");
    CHECK_ERROR(local.set_content("x"), rtm::errc::stale_handle);
    CHECK_ERROR(local.set_channel_id("x"), rtm::errc::stale_handle);
    CHECK_ERROR(local.set_acknowledge_timeout(1s), rtm::errc::stale_handle);
    CHECK_ERROR(local.set_ring_timeout(1s), rtm::errc::stale_handle);
    CHECK_ERROR(local.set_accept_timeout(1s), rtm::errc::stale_handle);
    CHECK_ERROR(local.send(), rtm::errc::stale_handle);
    CHECK_ERROR(local.cancel(), rtm::errc::stale_handle);
    rtm::remote_invitation remote;
    check_empty(remote);
    CHECK_TEXT(remote.caller_id(), "");
    CHECK_ERROR(remote.set_response("x"), rtm::errc::stale_handle);
    CHECK_ERROR(remote.set_accept_timeout(1s), rtm::errc::stale_handle);
    CHECK_ERROR(remote.accept(), rtm::errc::stale_handle);
    CHECK_ERROR(remote.accept("x"), rtm::errc::stale_handle);
    CHECK_ERROR(remote.refuse(), rtm::errc::stale_handle);
    CHECK_ERROR(remote.refuse("x"), rtm::errc::stale_handle);
}

void moved_from_objects_are_empty() {
    rtm::service service(app);
    rtm::local_invitation first = service.create_invitation("bob");
    rtm::local_invitation second = std::move(first);
    check_empty(first); // NOLINT: that is the test
    CHECK(second);
    first = second; // and may be used again
    CHECK(first == second && !(first != second));
    first = std::move(second);
    CHECK(first && !second);
    first = rtm::local_invitation();
    check_empty(first);
}

void copies_are_one_invitation() {
    party alice(app, "alice"), bob(app, "bob");
    rtm::local_invitation call = alice.service.create_invitation("bob");
    const rtm::local_invitation copy = call, other = alice.service.create_invitation("bob");
    CHECK_OK(call.set_content("one"));
    CHECK_TEXT(copy.content(), "one");
    CHECK(copy == call && copy != other);
    const std::unordered_set<rtm::local_invitation> locals = {call, copy, other};
    CHECK_EQUAL(locals.size(), 2U);
    CHECK_OK(call.send());
    const rtm::remote_invitation rung = bob.wait("on_remote_received").remote;
    CHECK(alice.wait("on_local_received_by_peer").local == call);
    CHECK_OK(call.cancel());
    CHECK(bob.wait("on_remote_canceled").remote == rung);
    const std::unordered_set<rtm::remote_invitation> remotes = {rung, bob.wait("on_remote_received").remote};
    CHECK_EQUAL(remotes.size(), 1U);
}

// The object in a callback may be kept, though the application had none any more.
void what_a_callback_brings_may_be_kept() {
    party alice(app, "alice"), bob(app, "bob");
    alice.ring("bob");
    {
        rtm::remote_invitation rung = bob.wait("on_remote_received").remote;
        bob.forget();
        CHECK_OK(rung.accept("yes"));
    }
    const rtm::local_invitation kept = alice.wait("on_local_accepted").local;
    const rtm::remote_invitation kept_too = bob.wait("on_remote_accepted").remote;
    alice.forget();
    bob.forget();
    alice.service.close();
    bob.service.close();
    CHECK_TEXT(kept.callee_id(), "bob");
    CHECK_TEXT(kept.response(), "yes");
    CHECK_CODE(kept.state(), rtm::local_invitation_state::accepted_by_remote);
    CHECK_TEXT(kept_too.caller_id(), "alice");
    CHECK_CODE(kept_too.state(), rtm::remote_invitation_state::accepted);
}

void errors_come_with_a_sentence() {
    party alice(app, "alice");
    rtm::local_invitation call = alice.service.create_invitation(std::string(70, 'b'));
    CHECK_ERROR(call.send(), rtm::errc::invalid_argument);
    CHECK(rtm::last_error().find("70 bytes") != std::string::npos);
    CHECK_CODE(call.state(), rtm::local_invitation_state::idle);
    CHECK_ERROR(call.cancel(), rtm::errc::not_started);

    call = alice.service.create_invitation("bob");
    CHECK_OK(call.set_content(std::string(8193, 'x')));
    CHECK_ERROR(call.send(), rtm::errc::invalid_argument);
    CHECK(rtm::last_error().find("8193") != std::string::npos);
    CHECK_OK(call.set_content(std::string(8192, 'x')));
    CHECK_EQUAL(call.content().size(), 8192U);
    CHECK_OK(call.set_channel_id(std::string(65, 'x')));
    CHECK_ERROR(call.send(), rtm::errc::invalid_argument);
    CHECK_OK(call.set_channel_id("channel"));
    CHECK_TEXT(call.channel_id(), "channel");
    CHECK_OK(call.send());
    CHECK_ERROR(call.send(), rtm::errc::already_sent);
    CHECK_OK(call.cancel());
    alice.wait("on_local_canceled");
}

void texts_are_utf8_without_a_nul() {
    party alice(app, "alice"), bob(app, "bob");
    rtm::local_invitation call = alice.service.create_invitation("bob");
    CHECK_OK(call.set_content("gr\xc3\xbc\xc3\x9f dich"));
    CHECK_ERROR(call.set_content("\xff"), rtm::errc::invalid_argument);
    CHECK_ERROR(call.set_content(std::string_view("a\0b", 3)), rtm::errc::invalid_argument);
    CHECK_TEXT(call.content(), "gr\xc3\xbc\xc3\x9f dich");
    CHECK_OK(call.set_channel_id(std::string_view())); // no text at all is ""
    CHECK_TEXT(call.channel_id(), "");
    CHECK_OK(call.send());
    rtm::remote_invitation rung = bob.wait("on_remote_received").remote;
    CHECK_TEXT(rung.content(), "gr\xc3\xbc\xc3\x9f dich");
    CHECK_ERROR(rung.accept("\xff"), rtm::errc::invalid_argument);
    CHECK_ERROR(rung.accept(std::string(8193, 'x')), rtm::errc::invalid_argument);
    CHECK_CODE(rung.state(), rtm::remote_invitation_state::invitation_received);
    CHECK_OK(rung.refuse("no"));
    alice.wait("on_local_refused");
    CHECK_ERROR(alice.service.create_invitation(std::string_view("bo\0b", 4)).send(), rtm::errc::invalid_argument);
}

void timeouts_are_at_least_a_millisecond() {
    rtm::service service(app);
    rtm::local_invitation call = service.create_invitation("bob");
    CHECK_ERROR(call.set_ring_timeout(0ms), rtm::errc::invalid_argument);
    CHECK_ERROR(call.set_acknowledge_timeout(-5s), rtm::errc::invalid_argument);
    CHECK_ERROR(call.set_accept_timeout(0h), rtm::errc::invalid_argument);
    CHECK_OK(call.set_ring_timeout(1ms));
    CHECK_OK(call.set_acknowledge_timeout(10000h));
    CHECK_OK(call.set_accept_timeout(5s));
}

void open_invitations_are_found_by_id() {
    party alice(app, "alice"), bob(app, "bob");
    rtm::local_invitation call = alice.ring("bob");
    rtm::remote_invitation rung = bob.wait("on_remote_received").remote;
    const rtm::result<rtm::local_invitation> found = alice.service.find_local_invitation("bob", call.id());
    const rtm::result<rtm::remote_invitation> found_too = bob.service.find_remote_invitation("alice", call.id());
    CHECK(found && *found == call);
    CHECK(found_too && *found_too == rung);
    const std::string none(32, '0');
    CHECK_ERROR(alice.service.find_local_invitation("bob", none).error(), rtm::errc::not_found);
    CHECK_ERROR(bob.service.find_remote_invitation("alice", none).error(), rtm::errc::not_found);
    CHECK_ERROR(bob.service.find_remote_invitation("alice", "x").error(), rtm::errc::invalid_argument);
    CHECK_OK(rung.refuse());
    alice.wait("on_local_refused");
    CHECK_ERROR(alice.service.find_local_invitation("bob", call.id()).error(), rtm::errc::not_found);
    CHECK_TEXT(found->content(), ""); // what was found is kept like any other
    CHECK_CODE(found->state(), rtm::local_invitation_state::refused_by_remote);
}

void a_ladder_shows_what_happened() {
    party alice(app, "alice"), bob(app, "bob");
    CHECK_ERROR(alice.service.set_ladder_entries(1025), rtm::errc::invalid_argument);
    CHECK_OK(alice.service.set_ladder_entries(64));
    CHECK_OK(alice.service.set_recorder(100000, true));
    CHECK_ERROR(alice.service.write_record(""), rtm::errc::invalid_argument);
    rtm::local_invitation call = alice.ring("bob");
    rtm::remote_invitation rung = bob.wait("on_remote_received").remote;
    CHECK_OK(rung.refuse("no"));
    alice.wait("on_local_refused");
    const std::string diagram = "sequenceDiagram";
    for (const std::string &text : {call.ladder(), rung.ladder(), call.explain(), rung.explain()}) {
        CHECK(text.find("REFUSED") != std::string::npos && text.find(diagram) == std::string::npos);
    }
    CHECK(call.ladder(rtm::ladder_format::mermaid).find(diagram) == 0);
    CHECK(rung.ladder(rtm::ladder_format::mermaid).find(diagram) == 0);
    CHECK_TEXT(rtm::local_invitation().ladder() + rtm::remote_invitation().explain(), "");
}

// The functions of C work on the same objects; what was made with them has callbacks too.
void the_functions_of_c_are_at_hand() {
    party alice(app, "alice"), bob(app, "bob");
    rtm_local_call_invitation *made = nullptr;
    CHECK_EQUAL(rtm_call_manager_create_local_call_invitation(alice.service.native_call_manager(), "bob", &made),
                RTM_OK);
    CHECK_EQUAL(rtm_local_call_invitation_set_content(made, "from C"), RTM_OK);
    CHECK_EQUAL(rtm_call_manager_send_local_invitation(alice.service.native_call_manager(), made), RTM_OK);
    rtm::remote_invitation rung = bob.wait("on_remote_received").remote;
    CHECK_TEXT(rtm_remote_call_invitation_get_content(rung.native_handle()), "from C");
    CHECK_OK(rung.accept());
    CHECK(alice.wait("on_local_accepted").local.native_handle() == made);
    alice.forget();
    CHECK_EQUAL(rtm_local_call_invitation_release(made), RTM_OK); // the one release, which is its maker's
}

// A hundred copies on four threads, setting and getting: no tear, no crash.
void texts_are_read_while_they_are_set() {
    rtm::service service(app);
    rtm::local_invitation call = service.create_invitation("bob");
    CHECK_OK(call.set_content(std::string(1, 'x')));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++) {
        threads.emplace_back([t, copy = call]() mutable {
            for (int i = 0; i < scaled(2000); i++) {
                if (t < 2) {
                    CHECK_OK(copy.set_content(std::string(static_cast<std::size_t>(1 + i % 300), 'x')));
                } else {
                    const std::string seen = copy.content();
                    CHECK(!seen.empty() && seen.find_first_not_of('x') == std::string::npos);
                }
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

} // namespace

int main(int argc, char **argv) {
    const mirror::Test tests[] = {
        TEST(empty_objects_answer_errors),         TEST(moved_from_objects_are_empty),
        TEST(copies_are_one_invitation),           TEST(what_a_callback_brings_may_be_kept),
        TEST(errors_come_with_a_sentence),         TEST(texts_are_utf8_without_a_nul),
        TEST(timeouts_are_at_least_a_millisecond), TEST(open_invitations_are_found_by_id),
        TEST(a_ladder_shows_what_happened),        TEST(the_functions_of_c_are_at_hand),
        TEST(texts_are_read_while_they_are_set),
    };
    return mirror::run_tests(tests, argc, argv);
}
