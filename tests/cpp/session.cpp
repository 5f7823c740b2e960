// The service: how it is made, and all that is not an invitation.
#include "party.hpp"

#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#if !defined(_WIN32)
#include <poll.h>
#endif

using namespace cpp;

namespace {

const char *const app = "session";

void constructors_throw_and_their_twins_answer() {
    rtm::service_config wrong_url, unknown_url, negative, enormous;
    wrong_url.url = "nonsense";
    unknown_url.url = "pigeon://coop";
    negative.ring_timeout = -5ms;
    enormous.grace = 10000h;
    const struct {
        const char *app_id;
        const rtm::service_config *config;
        rtm::errc code;
        const char *in_the_sentence;
    } cases[] = {
        {"", nullptr, rtm::errc::invalid_app_id, "app id"},
        {"x", &wrong_url, rtm::errc::invalid_argument, "no scheme"},
        {"x", &unknown_url, rtm::errc::unsupported, "pigeon"},
        {"x", &negative, rtm::errc::invalid_argument, "ring_timeout_ms"},
        {"x", &enormous, rtm::errc::invalid_argument, "grace_ms"},
    };
    for (const auto &one : cases) {
        const rtm::service_config config = one.config != nullptr ? *one.config : rtm::service_config();
        const rtm::result<rtm::service> made = rtm::service::create(one.app_id, {}, {}, config);
        CHECK(!made);
        CHECK_ERROR(made.error(), one.code);
        CHECK(rtm::last_error().find(one.in_the_sentence) != std::string::npos);
        try {
            const rtm::service service(one.app_id, {}, {}, config);
            CHECK(!"it throws");
        } catch (const std::system_error &error) {
            CHECK_ERROR(error.code(), one.code);
            CHECK(std::string(error.what()).find(one.in_the_sentence) != std::string::npos);
        }
    }
    rtm::result<rtm::service> made = rtm::service::create(app);
    CHECK(made);
    CHECK_OK(made->login("alice"));
    rtm::service service = *std::move(made);
    CHECK(service.native_handle() != nullptr && service.native_call_manager() != nullptr);
}

void check_closed(rtm::service &service) {
    const auto stale = rtm::errc::stale_handle;
    CHECK_ERROR(service.login("alice"), stale);
    CHECK_ERROR(service.logout(), stale);
    CHECK_ERROR(service.renew_token("x"), stale);
    CHECK_ERROR(service.network_changed(), stale);
    CHECK_CODE(service.connection_state(), rtm::connection_state::disconnected);
    CHECK_ERROR(service.create_invitation("bob").send(), stale);
    CHECK_ERROR(service.find_local_invitation("bob", std::string(32, '0')).error(), stale);
    CHECK_ERROR(service.find_remote_invitation("bob", std::string(32, '0')).error(), stale);
    CHECK_ERROR(service.send_message_to_peer("bob", "x", [](rtm::peer_message_err) {}), stale);
    CHECK_ERROR(service.query_peers_online_status({"bob"}, [](auto, auto &) {}), stale);
    CHECK_ERROR(service.subscribe_peers_online_status({"bob"}, [](auto) {}), stale);
    CHECK_ERROR(service.unsubscribe_peers_online_status({"bob"}), stale);
    CHECK_ERROR(service.set_call_events({}), stale);
    CHECK_ERROR(service.add_events({}).error(), stale);
    CHECK_ERROR(service.remove_events(1), stale);
    CHECK_ERROR(service.set_parameters("{}"), stale);
    CHECK_ERROR(service.set_ladder_entries(1), stale);
    CHECK_ERROR(service.set_recorder(1), stale);
    CHECK_ERROR(service.write_record("nowhere"), stale);
    CHECK_ERROR(service.dispatch().error(), stale);
    CHECK_ERROR(service.dispatch_handle().error(), stale);
    CHECK_ERROR(service.stats().error(), stale);
    CHECK_ERROR(service.set_log_file(""), stale);
    CHECK_ERROR(service.set_log_filter(rtm::log_filter::debug), stale);
    CHECK_ERROR(service.set_log_handler([](auto, auto) {}), stale);
    CHECK_ERROR(service.set_log_handler({}), stale);
    CHECK_ERROR(service.log(rtm::log_level::info, "x"), stale);
    service.close();
    service.close_without_callbacks();
}

void closed_services_answer_errors() {
    rtm::service none;
    check_closed(none);
    CHECK(none.native_handle() == nullptr && none.native_call_manager() == nullptr);

    rtm::service first(app), second = std::move(first);
    check_closed(first); // NOLINT: moved from
    first = std::move(second);
    check_closed(second);
    first.close();
    check_closed(first);

    rtm::service third(app);
    third.close_without_callbacks();
    check_closed(third);
}

void login_logout_and_token() {
    party alice(app);
    CHECK_CODE(alice.service.connection_state(), rtm::connection_state::disconnected);
    CHECK_ERROR(alice.service.login("a*b"), rtm::errc::invalid_argument);
    CHECK_OK(alice.service.login("alice", "token"));
    alice.wait("on_login_success");
    CHECK_CODE(alice.service.connection_state(), rtm::connection_state::connected);
    CHECK_TEXT(alice.wait("on_connection_state_changed").text, "RTM_CONNECTION_CHANGE_REASON_LOGIN");
    CHECK_OK(alice.service.login("alice"));
    CHECK_EQUAL(alice.wait("on_login_failure").number, static_cast<int>(rtm::login_err::already_logged_in));
    CHECK_OK(alice.service.network_changed());
    CHECK_OK(alice.service.renew_token("another"));
    CHECK_TEXT(alice.wait("on_renew_token_result").text, "another");
    CHECK_OK(alice.service.logout());
    CHECK_EQUAL(alice.wait("on_logout").number, static_cast<int>(rtm::logout_err::ok));
    CHECK_OK(alice.service.logout());
    CHECK_EQUAL(alice.wait("on_logout", 2).number, static_cast<int>(rtm::logout_err::rejected));
}

void messages_reach_their_peer() {
    party alice(app, "alice"), bob(app, "bob");
    const auto done = [&](rtm::peer_message_err error) { alice.plain("sent", static_cast<int>(error)); };
    CHECK_OK(alice.service.send_message_to_peer("bob", "hello", done));
    CHECK_EQUAL(alice.wait("sent").number, 0);
    const event text = bob.wait("on_message_received_from_peer");
    CHECK_TEXT(text.text, "alice: hello");
    CHECK_EQUAL(text.number, static_cast<int>(rtm::message_type::text));

    rtm::message raw;
    raw.type = rtm::message_type::raw;
    raw.text = "numbers ";
    raw.data = {'1', '2', '3'};
    CHECK_OK(alice.service.send_message_to_peer("bob", raw, done));
    CHECK_EQUAL(alice.wait("sent", 2).number, 0);
    const event bytes = bob.wait("on_message_received_from_peer", 2);
    CHECK_TEXT(bytes.text, "alice: numbers 123");
    CHECK_EQUAL(bytes.number, static_cast<int>(rtm::message_type::raw));

    CHECK_OK(alice.service.send_message_to_peer("bob", "nobody asks how it went"));
    bob.wait("on_message_received_from_peer", 3);
    CHECK_ERROR(alice.service.send_message_to_peer("b*b", "x", done), rtm::errc::invalid_argument);
    CHECK_ERROR(alice.service.send_message_to_peer("bob", std::string(32769, 'x'), done), rtm::errc::invalid_argument);
    CHECK_ERROR(alice.service.send_message_to_peer("bob", "\xff", done), rtm::errc::invalid_argument);
    CHECK_OK(alice.service.logout());
    CHECK_OK(alice.service.send_message_to_peer("bob", "too late", done));
    CHECK_EQUAL(alice.wait("sent", 3).number, static_cast<int>(rtm::peer_message_err::user_not_logged_in));
}

// Every outcome finds the function of its own request, though many are under way from several threads.
void outcomes_find_their_requests() {
    const int each = scaled(100);
    std::mutex mutex;
    std::set<int> finished;
    party alice(app, "alice"), bob(app, "bob");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < each; i++) {
                const int number = t * each + i;
                const std::error_code error =
                    alice.service.query_peers_online_status({"bob"}, [&, number](auto code, auto &peers) {
                        CHECK_CODE(code, rtm::query_peers_online_status_err::ok);
                        CHECK_TEXT(party::said(peers), "bob=logged in");
                        const std::lock_guard<std::mutex> lock(mutex);
                        CHECK(finished.insert(number).second);
                    });
                CHECK_OK(error);
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(eventually([&] {
        const std::lock_guard<std::mutex> lock(mutex);
        return finished.size() == static_cast<std::size_t>(4 * each);
    }));
}

void presence_is_asked_and_reported() {
    party alice(app, "alice");
    const auto done = [&](rtm::peer_subscription_status_err error) {
        alice.plain("subscribed", static_cast<int>(error));
    };
    CHECK_OK(alice.service.query_peers_online_status({"alice", "carol"}, [&](auto error, const auto &peers) {
        alice.plain("answer", static_cast<int>(error), party::said(peers));
    }));
    const event answer = alice.wait("answer");
    CHECK_EQUAL(answer.number, 0);
    const std::string online(rtm::describe(rtm::peer_online_state::online));
    const std::string offline(rtm::describe(rtm::peer_online_state::offline));
    CHECK_TEXT(answer.text, "alice=" + online + " carol=" + offline);
    CHECK_ERROR(alice.service.query_peers_online_status({}, [](auto, auto &) {}), rtm::errc::invalid_argument);
    CHECK_ERROR(alice.service.query_peers_online_status({"c*l"}, {}), rtm::errc::invalid_argument);

    CHECK_OK(alice.service.subscribe_peers_online_status({"carol"}, done));
    CHECK_EQUAL(alice.wait("subscribed").number, 0);
    CHECK_TEXT(alice.wait("on_peers_online_status_changed").text, "carol=" + offline);
    party carol(app, "carol");
    CHECK_TEXT(alice.wait("on_peers_online_status_changed", 2).text, "carol=" + online);
    CHECK_OK(alice.service.unsubscribe_peers_online_status({"carol"}, done));
    CHECK_EQUAL(alice.wait("subscribed", 2).number, 0);
    CHECK_ERROR(alice.service.subscribe_peers_online_status({}, done), rtm::errc::invalid_argument);
}

void handlers_are_added_removed_and_replaced() {
    party alice(app), bob(app, "bob");
    int added_count = 0, removed_count = 0;
    rtm::service_events added, removed;
    added.on_login_success = [&] { added_count++; };
    removed.on_login_success = [&] { removed_count++; };
    CHECK(alice.service.add_events(added));
    const rtm::result<std::uint64_t> name = alice.service.add_events(removed);
    CHECK(name);
    CHECK_OK(alice.service.remove_events(*name));
    CHECK_ERROR(alice.service.remove_events(*name), rtm::errc::not_found);
    alice.log_in("alice");
    alice.service.close(); // the last callback is over
    CHECK_EQUAL(added_count, 1);
    CHECK_EQUAL(removed_count, 0);

    party carol(app, "carol");
    rtm::call_events calls;
    calls.on_local_accepted = [&](rtm::local_invitation, const std::string &) { carol.plain("replaced"); };
    CHECK_OK(carol.service.set_call_events(calls));
    carol.ring("bob");
    CHECK_OK(bob.wait("on_remote_received").remote.accept());
    carol.wait("replaced");
    CHECK_TEXT(carol.story(), "");
}

void pump_mode_dispatches_here() {
    rtm::service_config config;
    config.delivery = rtm::delivery::pump;
    party alice(app, config);
    const rtm::result<std::intptr_t> handle = alice.service.dispatch_handle();
    CHECK(handle);
    CHECK_EQUAL(alice.service.dispatch().value_or(99), 0U);
    CHECK_OK(alice.service.login("alice"));
    CHECK(eventually([&] { return alice.service.stats().value_or({}).callbacks_waiting >= 3; }));
#if !defined(_WIN32)
    pollfd bell = {static_cast<int>(*handle), POLLIN, 0};
    CHECK_EQUAL(poll(&bell, 1, 0), 1);
#endif
    CHECK_EQUAL(alice.count("on_connection_state_changed"), 0U);
    CHECK_EQUAL(alice.service.dispatch(1).value_or(99), 1U);
    CHECK_EQUAL(alice.count("on_login_success"), 0U);
    CHECK(alice.service.dispatch().value_or(0) >= 2U);
    CHECK(alice.wait("on_login_success").thread == std::this_thread::get_id());
    party bob(app);
    CHECK_ERROR(bob.service.dispatch().error(), rtm::errc::invalid_state);
    CHECK_ERROR(bob.service.dispatch_handle().error(), rtm::errc::invalid_state);
}

void settings_hold() {
    rtm::service_config config;
    config.url = "hub://settings";
    config.delivery = rtm::delivery::shared;
    config.acknowledge_timeout = 10s;
    config.ring_timeout = 20s;
    config.accept_timeout = 2s;
    config.login_timeout = 3s;
    config.grace = 4s;
    config.max_open_invitations = 2;
    config.max_open_per_peer = 2;
    config.max_remembered_invitations = 10;
    party alice(app, "alice", config);
    party elsewhere(app, "bob");
    alice.ring("bob");
    alice.ring("bob");
    CHECK_ERROR(alice.service.create_invitation("bob").send(), rtm::errc::limit_reached);
    CHECK_OK(alice.service.set_parameters("{\"rtm_call.max_open_invitations\": 3}"));
    alice.ring("bob");
    CHECK_ERROR(alice.service.set_parameters("{\"rtm_call.url\": \"hub://x\"}"), rtm::errc::invalid_state);
    CHECK_ERROR(alice.service.set_parameters("no json"), rtm::errc::invalid_argument);
    const rtm::result<rtm::service_stats> stats = alice.service.stats();
    CHECK(stats);
    CHECK_EQUAL(stats->invitations_sent, 3U);
    CHECK_EQUAL(stats->open_local_invitations, 3U);
    CHECK_EQUAL(elsewhere.count("on_remote_received"), 0U); // another hub
}

// What a handler and a file get; both under the filter.
void the_log_goes_where_it_is_sent() {
    const std::string path = "cpp_session_test.log";
    std::remove(path.c_str());
    party alice(app);
    CHECK_OK(alice.service.set_log_handler([&](rtm::log_level level, std::string_view line) {
        alice.plain("line", static_cast<int>(level), std::string(line));
    }));
    CHECK_OK(alice.service.set_log_file(path));
    CHECK_ERROR(alice.service.set_log_file("/nowhere/at/all"), rtm::errc::os);
    CHECK_OK(alice.service.set_log_filter(rtm::log_filter::error));
    CHECK_ERROR(alice.service.set_log_filter(static_cast<rtm::log_filter>(0x10)), rtm::errc::invalid_argument);
    CHECK_OK(alice.service.log(rtm::log_level::info, "not wanted"));
    CHECK_OK(alice.service.log(rtm::log_level::error, "wanted"));
    CHECK_ERROR(alice.service.log(static_cast<rtm::log_level>(3), "x"), rtm::errc::invalid_argument);
    CHECK_ERROR(alice.service.log(rtm::log_level::error, "\xff"), rtm::errc::invalid_argument);
    const event line = alice.wait("line");
    CHECK(line.text.find("wanted") != std::string::npos && line.text.find("not") == std::string::npos);
    CHECK_EQUAL(line.number, static_cast<int>(rtm::log_level::error));
    CHECK_OK(alice.service.set_log_handler({}));
    CHECK_OK(alice.service.set_log_file(""));
    CHECK_OK(alice.service.log(rtm::log_level::error, "nowhere"));
    CHECK_EQUAL(alice.count("line"), 1U);
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    CHECK(content.str().find("wanted") != std::string::npos && content.str().find("nowhere") == std::string::npos);
    std::remove(path.c_str());
}

void hubs_have_faults() {
    rtm::service_config config;
    config.url = "hub://faults";
    const rtm::hub hub("faults", app);
    rtm::hub_faults faults;
    faults.seed = 7;
    faults.delay_min = 1ms;
    faults.delay_max = 2ms;
    faults.repeat_per_million = 1000000;
    faults.reorder_per_million = 1000;
    CHECK_OK(hub.set_faults(faults));
    party alice(app, "alice", config), bob(app, "bob", config);
    alice.ring("bob");
    CHECK_OK(bob.wait("on_remote_received").remote.accept());
    bob.wait("on_remote_accepted");
    const rtm::result<rtm::hub_stats> stats = hub.stats();
    CHECK(stats);
    CHECK(stats->sent >= 4 && stats->repeated >= 4 && stats->delayed >= 4);
    faults = {};
    faults.loss_per_million = 1000000;
    CHECK_OK(hub.set_faults(faults));
    rtm::local_invitation lost = alice.ring("bob");
    CHECK(eventually([&] { return hub.stats().value_or({}).lost > 0; }));
    CHECK_CODE(lost.state(), rtm::local_invitation_state::sent_to_remote);
    CHECK_OK(hub.set_faults({}));

    CHECK_OK(hub.suspend("bob", true));
    CHECK_OK(hub.suspend("bob", false));
    CHECK_OK(hub.set_link("bob", false));
    CHECK_EQUAL(bob.wait("on_connection_state_changed", 3).number,
                static_cast<int>(rtm::connection_state::reconnecting));
    CHECK_OK(hub.set_link("bob", true));
    CHECK_EQUAL(bob.wait("on_connection_state_changed", 4).number, static_cast<int>(rtm::connection_state::connected));
    CHECK_ERROR(hub.set_link("carol", true), rtm::errc::not_found);
    CHECK_ERROR(hub.suspend("carol", true), rtm::errc::not_found);
    CHECK_ERROR(rtm::hub("\xff", app).set_faults({}), rtm::errc::invalid_argument);
    CHECK_ERROR(rtm::hub("\xff", app).stats().error(), rtm::errc::invalid_argument);
    CHECK_EQUAL(stats->links_cut, 0U);
    CHECK_EQUAL(hub.stats().value_or({}).links_cut, 1U);
}

} // namespace

int main(int argc, char **argv) {
    const mirror::Test tests[] = {
        TEST(constructors_throw_and_their_twins_answer),
        TEST(closed_services_answer_errors),
        TEST(login_logout_and_token),
        TEST(messages_reach_their_peer),
        TEST(outcomes_find_their_requests),
        TEST(presence_is_asked_and_reported),
        TEST(handlers_are_added_removed_and_replaced),
        TEST(pump_mode_dispatches_here),
        TEST(settings_hold),
        TEST(the_log_goes_where_it_is_sent),
        TEST(hubs_have_faults),
    };
    return mirror::run_tests(tests, argc, argv);
}
