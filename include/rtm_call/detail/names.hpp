// Of each enumeration, the functions of C that name its numbers. Included by codes.hpp only.
#ifndef RTM_CALL_DETAIL_NAMES_HPP
#define RTM_CALL_DETAIL_NAMES_HPP

#include <cstdint>
#include <type_traits>

namespace rtm {
namespace detail {

inline const char *name_of(errc code) noexcept {
    return rtm_status_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(errc code) noexcept {
    return rtm_status_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(local_invitation_state code) noexcept {
    return rtm_local_invitation_state_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(local_invitation_state code) noexcept {
    return rtm_local_invitation_state_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(remote_invitation_state code) noexcept {
    return rtm_remote_invitation_state_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(remote_invitation_state code) noexcept {
    return rtm_remote_invitation_state_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(local_invitation_err code) noexcept {
    return rtm_local_invitation_err_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(local_invitation_err code) noexcept {
    return rtm_local_invitation_err_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(remote_invitation_err code) noexcept {
    return rtm_remote_invitation_err_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(remote_invitation_err code) noexcept {
    return rtm_remote_invitation_err_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(end_reason code) noexcept {
    return rtm_end_reason_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(end_reason code) noexcept {
    return rtm_end_reason_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(end_side code) noexcept {
    return rtm_end_side_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(end_side code) noexcept {
    return rtm_end_side_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(connection_state code) noexcept {
    return rtm_connection_state_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(connection_state code) noexcept {
    return rtm_connection_state_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(connection_change_reason code) noexcept {
    return rtm_connection_change_reason_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(connection_change_reason code) noexcept {
    return rtm_connection_change_reason_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(login_err code) noexcept {
    return rtm_login_err_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(login_err code) noexcept {
    return rtm_login_err_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(logout_err code) noexcept {
    return rtm_logout_err_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(logout_err code) noexcept {
    return rtm_logout_err_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(renew_token_err code) noexcept {
    return rtm_renew_token_err_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(renew_token_err code) noexcept {
    return rtm_renew_token_err_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(peer_online_state code) noexcept {
    return rtm_peer_online_state_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(peer_online_state code) noexcept {
    return rtm_peer_online_state_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(peer_message_err code) noexcept {
    return rtm_peer_message_err_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(peer_message_err code) noexcept {
    return rtm_peer_message_err_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(query_peers_online_status_err code) noexcept {
    return rtm_query_peers_online_status_err_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(query_peers_online_status_err code) noexcept {
    return rtm_query_peers_online_status_err_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(peer_subscription_status_err code) noexcept {
    return rtm_peer_subscription_status_err_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(peer_subscription_status_err code) noexcept {
    return rtm_peer_subscription_status_err_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(message_type code) noexcept {
    return rtm_message_type_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(message_type code) noexcept {
    return rtm_message_type_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(delivery code) noexcept {
    return rtm_delivery_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(delivery code) noexcept {
    return rtm_delivery_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(ladder_format code) noexcept {
    return rtm_ladder_format_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(ladder_format code) noexcept {
    return rtm_ladder_format_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(log_level code) noexcept {
    return rtm_log_level_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(log_level code) noexcept {
    return rtm_log_level_text(static_cast<std::int32_t>(code));
}
inline const char *name_of(log_filter code) noexcept {
    return rtm_log_filter_name(static_cast<std::int32_t>(code));
}
inline const char *text_of(log_filter code) noexcept {
    return rtm_log_filter_text(static_cast<std::int32_t>(code));
}

// Only for the types above: name_of is not to be found for others.
template <class Code> using if_code = std::enable_if_t<std::is_enum_v<Code>, decltype(name_of(Code()))>;

} // namespace detail
} // namespace rtm

#endif // RTM_CALL_DETAIL_NAMES_HPP
