// Every enumerator has the number of C, and a name and a text; error codes, their category and results.
#include "party.hpp"

using namespace cpp;

#define SAME(code, c)                                                                                                  \
    static_assert(static_cast<long>(code) == static_cast<long>(c), #code);                                             \
    names.push_back({rtm::to_string(code), rtm::describe(code), #c})

namespace {

struct name {
    std::string_view name, text, in_c;
};

std::vector<name> all() {
    using namespace rtm;
    std::vector<name> names;
    SAME(local_invitation_state::idle, RTM_LOCAL_INVITATION_STATE_IDLE);
    SAME(local_invitation_state::sent_to_remote, RTM_LOCAL_INVITATION_STATE_SENT_TO_REMOTE);
    SAME(local_invitation_state::received_by_remote, RTM_LOCAL_INVITATION_STATE_RECEIVED_BY_REMOTE);
    SAME(local_invitation_state::accepted_by_remote, RTM_LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE);
    SAME(local_invitation_state::refused_by_remote, RTM_LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE);
    SAME(local_invitation_state::canceled, RTM_LOCAL_INVITATION_STATE_CANCELED);
    SAME(local_invitation_state::failure, RTM_LOCAL_INVITATION_STATE_FAILURE);
    SAME(remote_invitation_state::idle, RTM_REMOTE_INVITATION_STATE_IDLE);
    SAME(remote_invitation_state::invitation_received, RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED);
    SAME(remote_invitation_state::accept_sent_to_local, RTM_REMOTE_INVITATION_STATE_ACCEPT_SENT_TO_LOCAL);
    SAME(remote_invitation_state::refused, RTM_REMOTE_INVITATION_STATE_REFUSED);
    SAME(remote_invitation_state::accepted, RTM_REMOTE_INVITATION_STATE_ACCEPTED);
    SAME(remote_invitation_state::canceled, RTM_REMOTE_INVITATION_STATE_CANCELED);
    SAME(remote_invitation_state::failure, RTM_REMOTE_INVITATION_STATE_FAILURE);
    SAME(local_invitation_err::ok, RTM_LOCAL_INVITATION_ERR_OK);
    SAME(local_invitation_err::peer_offline, RTM_LOCAL_INVITATION_ERR_PEER_OFFLINE);
    SAME(local_invitation_err::peer_no_response, RTM_LOCAL_INVITATION_ERR_PEER_NO_RESPONSE);
    SAME(local_invitation_err::invitation_expire, RTM_LOCAL_INVITATION_ERR_INVITATION_EXPIRE);
    SAME(local_invitation_err::not_loggedin, RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN);
    SAME(remote_invitation_err::ok, RTM_REMOTE_INVITATION_ERR_OK);
    SAME(remote_invitation_err::peer_offline, RTM_REMOTE_INVITATION_ERR_PEER_OFFLINE);
    SAME(remote_invitation_err::accept_failure, RTM_REMOTE_INVITATION_ERR_ACCEPT_FAILURE);
    SAME(remote_invitation_err::invitation_expire, RTM_REMOTE_INVITATION_ERR_INVITATION_EXPIRE);
    SAME(end_reason::none, RTM_END_REASON_NONE);
    SAME(end_reason::accepted, RTM_END_REASON_ACCEPTED);
    SAME(end_reason::refused, RTM_END_REASON_REFUSED);
    SAME(end_reason::canceled, RTM_END_REASON_CANCELED);
    SAME(end_reason::unreachable, RTM_END_REASON_UNREACHABLE);
    SAME(end_reason::no_response, RTM_END_REASON_NO_RESPONSE);
    SAME(end_reason::expired, RTM_END_REASON_EXPIRED);
    SAME(end_reason::not_logged_in, RTM_END_REASON_NOT_LOGGED_IN);
    SAME(end_reason::logged_out, RTM_END_REASON_LOGGED_OUT);
    SAME(end_reason::accept_unconfirmed, RTM_END_REASON_ACCEPT_UNCONFIRMED);
    SAME(end_reason::kicked, RTM_END_REASON_KICKED);
    SAME(end_reason::caller_lost, RTM_END_REASON_CALLER_LOST);
    SAME(end_reason::answered_elsewhere, RTM_END_REASON_ANSWERED_ELSEWHERE);
    SAME(end_reason::refused_elsewhere, RTM_END_REASON_REFUSED_ELSEWHERE);
    SAME(end_reason::released, RTM_END_REASON_RELEASED);
    SAME(end_reason::error, RTM_END_REASON_ERROR);
    SAME(end_side::none, RTM_END_SIDE_NONE);
    SAME(end_side::caller, RTM_END_SIDE_CALLER);
    SAME(end_side::callee, RTM_END_SIDE_CALLEE);
    SAME(connection_state::disconnected, RTM_CONNECTION_STATE_DISCONNECTED);
    SAME(connection_state::connecting, RTM_CONNECTION_STATE_CONNECTING);
    SAME(connection_state::connected, RTM_CONNECTION_STATE_CONNECTED);
    SAME(connection_state::reconnecting, RTM_CONNECTION_STATE_RECONNECTING);
    SAME(connection_state::aborted, RTM_CONNECTION_STATE_ABORTED);
    SAME(connection_change_reason::login, RTM_CONNECTION_CHANGE_REASON_LOGIN);
    SAME(connection_change_reason::login_success, RTM_CONNECTION_CHANGE_REASON_LOGIN_SUCCESS);
    SAME(connection_change_reason::login_failure, RTM_CONNECTION_CHANGE_REASON_LOGIN_FAILURE);
    SAME(connection_change_reason::login_timeout, RTM_CONNECTION_CHANGE_REASON_LOGIN_TIMEOUT);
    SAME(connection_change_reason::interrupted, RTM_CONNECTION_CHANGE_REASON_INTERRUPTED);
    SAME(connection_change_reason::logout, RTM_CONNECTION_CHANGE_REASON_LOGOUT);
    SAME(connection_change_reason::banned_by_server, RTM_CONNECTION_CHANGE_REASON_BANNED_BY_SERVER);
    SAME(connection_change_reason::remote_login, RTM_CONNECTION_CHANGE_REASON_REMOTE_LOGIN);
    SAME(connection_change_reason::token_expired, RTM_CONNECTION_CHANGE_REASON_TOKEN_EXPIRED);
    SAME(login_err::ok, RTM_LOGIN_ERR_OK);
    SAME(login_err::unknown, RTM_LOGIN_ERR_UNKNOWN);
    SAME(login_err::rejected, RTM_LOGIN_ERR_REJECTED);
    SAME(login_err::invalid_argument, RTM_LOGIN_ERR_INVALID_ARGUMENT);
    SAME(login_err::invalid_app_id, RTM_LOGIN_ERR_INVALID_APP_ID);
    SAME(login_err::invalid_token, RTM_LOGIN_ERR_INVALID_TOKEN);
    SAME(login_err::token_expired, RTM_LOGIN_ERR_TOKEN_EXPIRED);
    SAME(login_err::not_authorized, RTM_LOGIN_ERR_NOT_AUTHORIZED);
    SAME(login_err::already_logged_in, RTM_LOGIN_ERR_ALREADY_LOGGED_IN);
    SAME(login_err::timeout, RTM_LOGIN_ERR_TIMEOUT);
    SAME(login_err::too_often, RTM_LOGIN_ERR_TOO_OFTEN);
    SAME(login_err::not_initialized, RTM_LOGIN_ERR_NOT_INITIALIZED);
    SAME(logout_err::ok, RTM_LOGOUT_ERR_OK);
    SAME(logout_err::rejected, RTM_LOGOUT_ERR_REJECTED);
    SAME(logout_err::not_initialized, RTM_LOGOUT_ERR_NOT_INITIALIZED);
    SAME(logout_err::user_not_logged_in, RTM_LOGOUT_ERR_USER_NOT_LOGGED_IN);
    SAME(renew_token_err::ok, RTM_RENEW_TOKEN_ERR_OK);
    SAME(renew_token_err::failure, RTM_RENEW_TOKEN_ERR_FAILURE);
    SAME(renew_token_err::invalid_argument, RTM_RENEW_TOKEN_ERR_INVALID_ARGUMENT);
    SAME(renew_token_err::rejected, RTM_RENEW_TOKEN_ERR_REJECTED);
    SAME(renew_token_err::too_often, RTM_RENEW_TOKEN_ERR_TOO_OFTEN);
    SAME(renew_token_err::token_expired, RTM_RENEW_TOKEN_ERR_TOKEN_EXPIRED);
    SAME(renew_token_err::invalid_token, RTM_RENEW_TOKEN_ERR_INVALID_TOKEN);
    SAME(renew_token_err::not_initialized, RTM_RENEW_TOKEN_ERR_NOT_INITIALIZED);
    SAME(renew_token_err::user_not_logged_in, RTM_RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN);
    SAME(peer_online_state::online, RTM_PEER_ONLINE_STATE_ONLINE);
    SAME(peer_online_state::unreachable, RTM_PEER_ONLINE_STATE_UNREACHABLE);
    SAME(peer_online_state::offline, RTM_PEER_ONLINE_STATE_OFFLINE);
    SAME(peer_message_err::ok, RTM_PEER_MESSAGE_ERR_OK);
    SAME(peer_message_err::failure, RTM_PEER_MESSAGE_ERR_FAILURE);
    SAME(peer_message_err::sent_timeout, RTM_PEER_MESSAGE_ERR_SENT_TIMEOUT);
    SAME(peer_message_err::peer_unreachable, RTM_PEER_MESSAGE_ERR_PEER_UNREACHABLE);
    SAME(peer_message_err::cached_by_server, RTM_PEER_MESSAGE_ERR_CACHED_BY_SERVER);
    SAME(peer_message_err::too_often, RTM_PEER_MESSAGE_ERR_TOO_OFTEN);
    SAME(peer_message_err::invalid_userid, RTM_PEER_MESSAGE_ERR_INVALID_USERID);
    SAME(peer_message_err::invalid_message, RTM_PEER_MESSAGE_ERR_INVALID_MESSAGE);
    SAME(peer_message_err::imcompatible_message, RTM_PEER_MESSAGE_ERR_IMCOMPATIBLE_MESSAGE);
    SAME(peer_message_err::not_initialized, RTM_PEER_MESSAGE_ERR_NOT_INITIALIZED);
    SAME(peer_message_err::user_not_logged_in, RTM_PEER_MESSAGE_ERR_USER_NOT_LOGGED_IN);
    SAME(query_peers_online_status_err::ok, RTM_QUERY_PEERS_ONLINE_STATUS_ERR_OK);
    SAME(query_peers_online_status_err::failure, RTM_QUERY_PEERS_ONLINE_STATUS_ERR_FAILURE);
    SAME(query_peers_online_status_err::invalid_argument, RTM_QUERY_PEERS_ONLINE_STATUS_ERR_INVALID_ARGUMENT);
    SAME(query_peers_online_status_err::rejected, RTM_QUERY_PEERS_ONLINE_STATUS_ERR_REJECTED);
    SAME(query_peers_online_status_err::timeout, RTM_QUERY_PEERS_ONLINE_STATUS_ERR_TIMEOUT);
    SAME(query_peers_online_status_err::too_often, RTM_QUERY_PEERS_ONLINE_STATUS_ERR_TOO_OFTEN);
    SAME(query_peers_online_status_err::not_initialized, RTM_QUERY_PEERS_ONLINE_STATUS_ERR_NOT_INITIALIZED);
    SAME(query_peers_online_status_err::user_not_logged_in, RTM_QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN);
    SAME(peer_subscription_status_err::ok, RTM_PEER_SUBSCRIPTION_STATUS_ERR_OK);
    SAME(peer_subscription_status_err::failure, RTM_PEER_SUBSCRIPTION_STATUS_ERR_FAILURE);
    SAME(peer_subscription_status_err::invalid_argument, RTM_PEER_SUBSCRIPTION_STATUS_ERR_INVALID_ARGUMENT);
    SAME(peer_subscription_status_err::rejected, RTM_PEER_SUBSCRIPTION_STATUS_ERR_REJECTED);
    SAME(peer_subscription_status_err::timeout, RTM_PEER_SUBSCRIPTION_STATUS_ERR_TIMEOUT);
    SAME(peer_subscription_status_err::too_often, RTM_PEER_SUBSCRIPTION_STATUS_ERR_TOO_OFTEN);
    SAME(peer_subscription_status_err::overflow, RTM_PEER_SUBSCRIPTION_STATUS_ERR_OVERFLOW);
    SAME(peer_subscription_status_err::not_initialized, RTM_PEER_SUBSCRIPTION_STATUS_ERR_NOT_INITIALIZED);
    SAME(peer_subscription_status_err::user_not_logged_in, RTM_PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN);
    SAME(message_type::text, RTM_MESSAGE_TYPE_TEXT);
    SAME(message_type::raw, RTM_MESSAGE_TYPE_RAW);
    SAME(delivery::own_worker, RTM_DELIVERY_OWN_WORKER);
    SAME(delivery::shared, RTM_DELIVERY_SHARED);
    SAME(delivery::pump, RTM_DELIVERY_PUMP);
    SAME(ladder_format::text, RTM_LADDER_TEXT);
    SAME(ladder_format::mermaid, RTM_LADDER_MERMAID);
    SAME(log_level::info, RTM_LOG_LEVEL_INFO);
    SAME(log_level::warn, RTM_LOG_LEVEL_WARN);
    SAME(log_level::error, RTM_LOG_LEVEL_ERROR);
    SAME(log_level::critical, RTM_LOG_LEVEL_CRITICAL);
    SAME(log_level::debug, RTM_LOG_LEVEL_DEBUG);
    SAME(log_filter::off, RTM_LOG_FILTER_OFF);
    SAME(log_filter::critical, RTM_LOG_FILTER_CRITICAL);
    SAME(log_filter::error, RTM_LOG_FILTER_ERROR);
    SAME(log_filter::warn, RTM_LOG_FILTER_WARN);
    SAME(log_filter::info, RTM_LOG_FILTER_INFO);
    SAME(log_filter::debug, RTM_LOG_FILTER_DEBUG);
    SAME(errc::ok, RTM_INVITATION_API_CALL_ERR_OK);
    SAME(errc::invalid_argument, RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    SAME(errc::not_started, RTM_INVITATION_API_CALL_ERR_NOT_STARTED);
    SAME(errc::already_end, RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    SAME(errc::already_accept, RTM_INVITATION_API_CALL_ERR_ALREADY_ACCEPT);
    SAME(errc::already_sent, RTM_INVITATION_API_CALL_ERR_ALREADY_SENT);
    SAME(errc::stale_handle, RTM_ERR_STALE_HANDLE);
    SAME(errc::buffer_too_small, RTM_ERR_BUFFER_TOO_SMALL);
    SAME(errc::panicked, RTM_ERR_PANICKED);
    SAME(errc::invalid_state, RTM_ERR_INVALID_STATE);
    SAME(errc::not_initialized, RTM_ERR_NOT_INITIALIZED);
    SAME(errc::already_initialized, RTM_ERR_ALREADY_INITIALIZED);
    SAME(errc::invalid_app_id, RTM_ERR_INVALID_APP_ID);
    SAME(errc::limit_reached, RTM_ERR_LIMIT_REACHED);
    SAME(errc::not_logged_in, RTM_ERR_NOT_LOGGED_IN);
    SAME(errc::forked, RTM_ERR_FORKED);
    SAME(errc::unsupported, RTM_ERR_UNSUPPORTED);
    SAME(errc::os, RTM_ERR_OS);
    SAME(errc::not_found, RTM_ERR_NOT_FOUND);
    return names;
}

void every_number_has_its_name_and_text() {
    for (const name &one : all()) {
        CHECK_TEXT(one.name, one.in_c);
        CHECK(!one.text.empty() && one.text != "unknown");
    }
    CHECK_TEXT(rtm::to_string(static_cast<rtm::end_reason>(99)), "");
    CHECK_TEXT(rtm::describe(static_cast<rtm::end_reason>(99)), "unknown");
}

void error_codes_have_a_category_of_their_own() {
    const std::error_code error = rtm::errc::already_sent;
    CHECK_TEXT(error.category().name(), "rtm_call");
    CHECK_EQUAL(error.value(), 5);
    CHECK_TEXT(error.message(), std::string(rtm::describe(rtm::errc::already_sent)));
    CHECK(error == rtm::errc::already_sent && error != rtm::errc::already_end);
    CHECK(!std::error_code(rtm::errc::ok) && error);
    CHECK(rtm::make_error_code(rtm::errc::forked) == rtm::errc::forked);
    CHECK(&rtm::category() == &error.category());
}

void a_result_is_a_value_or_an_error() {
    rtm::result<std::string> good(std::string("yes"));
    const rtm::result<std::string> bad(rtm::errc::not_found);
    CHECK(good && !bad);
    CHECK_OK(good.error());
    CHECK_ERROR(bad.error(), rtm::errc::not_found);
    CHECK_TEXT(*good, "yes");
    CHECK_EQUAL(good->size(), 3U);
    CHECK_TEXT(bad.value_or("no"), "no");
    CHECK_TEXT(good.value_or("no"), "yes");
    CHECK_TEXT(std::move(good).value_or("no"), "yes");
    const rtm::result<std::string> copy = bad;
    CHECK_ERROR(copy.error(), rtm::errc::not_found);
    const rtm::result<std::string> constant(std::string("so"));
    CHECK_TEXT(*constant, "so");
    CHECK_EQUAL(constant->size(), 2U);
    CHECK_TEXT(*rtm::result<std::string>(std::string("moved")), "moved");
}

void the_library_says_what_it_is() {
    CHECK_TEXT(rtm::version(), RTM_CALL_VERSION);
    CHECK_EQUAL(rtm::version_number(), static_cast<std::uint32_t>(RTM_CALL_VERSION_NUMBER));
    CHECK(rtm::has_feature("hub"));
    CHECK(!rtm::has_feature("pigeons") && !rtm::has_feature(std::string_view("hub\0", 4)));
}

void shared_workers_are_set_once_and_first() {
    CHECK_ERROR(rtm::set_shared_workers(0), rtm::errc::invalid_argument);
    CHECK_OK(rtm::set_shared_workers(3));
    CHECK_ERROR(rtm::set_shared_workers(3), rtm::errc::invalid_state);
}

} // namespace

int main(int argc, char **argv) {
    const mirror::Test tests[] = {
        TEST(every_number_has_its_name_and_text),    TEST(error_codes_have_a_category_of_their_own),
        TEST(a_result_is_a_value_or_an_error),       TEST(the_library_says_what_it_is),
        TEST(shared_workers_are_set_once_and_first),
    };
    return mirror::run_tests(tests, argc, argv);
}
