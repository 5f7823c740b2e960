/* From the library's status to the codes of the 1.x interface. The only place that does so. */
#ifndef RTM_CALL_AGORA_DETAIL_CODES_H
#define RTM_CALL_AGORA_DETAIL_CODES_H

#include "../../rtm_call.h"
#include "../IAgoraRtmCallManager.h"

namespace agora {
namespace rtm {
namespace detail {

inline int init_code(rtm_status status) {
    switch (static_cast<int>(status)) {
    case RTM_OK:
        return INIT_ERR_OK;
    case RTM_ERR_ALREADY_INITIALIZED:
        return INIT_ERR_ALREADY_INITIALIZED;
    case RTM_ERR_INVALID_APP_ID:
        return INIT_ERR_INVALID_APP_ID;
    case RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT:
        return INIT_ERR_INVALID_ARGUMENT;
    default:
        return INIT_ERR_FAILURE;
    }
}

/* What a group of functions answers for the three ways in which a call can be wrong. */
struct Failures {
    int invalid_argument;
    int not_initialized;
    int other;
};

inline int code(rtm_status status, const Failures &failures) {
    switch (static_cast<int>(status)) {
    case RTM_OK:
        return 0;
    case RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT:
        return failures.invalid_argument;
    case RTM_ERR_NOT_INITIALIZED:
    case RTM_ERR_STALE_HANDLE: /* The service was released. */
        return failures.not_initialized;
    default:
        return failures.other;
    }
}

inline int login_code(rtm_status status) {
    const Failures failures = {LOGIN_ERR_INVALID_ARGUMENT, LOGIN_ERR_NOT_INITIALIZED, LOGIN_ERR_UNKNOWN};
    return code(status, failures);
}

inline int logout_code(rtm_status status) {
    const Failures failures = {LOGOUT_ERR_REJECTED, LOGOUT_ERR_NOT_INITIALIZED, LOGOUT_ERR_REJECTED};
    return code(status, failures);
}

inline int renew_token_code(rtm_status status) {
    const Failures failures = {RENEW_TOKEN_ERR_INVALID_ARGUMENT, RENEW_TOKEN_ERR_NOT_INITIALIZED,
                               RENEW_TOKEN_ERR_FAILURE};
    return code(status, failures);
}

/* `invalid`: which of the arguments it is when one is invalid. */
inline int peer_message_code(rtm_status status, PEER_MESSAGE_ERR_CODE invalid) {
    const Failures failures = {invalid, PEER_MESSAGE_ERR_NOT_INITIALIZED, PEER_MESSAGE_ERR_FAILURE};
    return code(status, failures);
}

inline int query_code(rtm_status status) {
    const Failures failures = {QUERY_PEERS_ONLINE_STATUS_ERR_INVALID_ARGUMENT,
                               QUERY_PEERS_ONLINE_STATUS_ERR_NOT_INITIALIZED, QUERY_PEERS_ONLINE_STATUS_ERR_FAILURE};
    return code(status, failures);
}

inline int subscription_code(rtm_status status) {
    const Failures failures = {PEER_SUBSCRIPTION_STATUS_ERR_INVALID_ARGUMENT,
                               PEER_SUBSCRIPTION_STATUS_ERR_NOT_INITIALIZED, PEER_SUBSCRIPTION_STATUS_ERR_FAILURE};
    return code(status, failures);
}

/* Where only "not 0" is documented. */
inline int plain_code(rtm_status status) {
    return status == RTM_OK ? 0 : -1;
}

/* The verbs of a call manager: 0 to 5 are the same numbers. `ended`: whether the invitation has ended, which comes
 * first. */
inline int verb_code(rtm_status status, bool ended) {
    if (status == RTM_ERR_STALE_HANDLE) {
        return ended ? INVITATION_API_CALL_ERR_ALREADY_END : INVITATION_API_CALL_ERR_INVALID_ARGUMENT;
    }
    return static_cast<int>(status);
}

} // namespace detail
} // namespace rtm
} // namespace agora

#endif /* RTM_CALL_AGORA_DETAIL_CODES_H */
