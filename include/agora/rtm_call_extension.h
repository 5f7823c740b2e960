/* rtm_call_extension.h: what this library has beyond the 1.x interface, for programs that are written against the
 * mirror.
 *
 * c_handle() gives the handle of rtm_call.h that stands behind an object, so that every C function works on it.
 * ladder(), explain() and end_reason() are the three that a program wants most. C++11 and later; any thread, in
 * callbacks too.
 *
 *     void onLocalInvitationFailure(ILocalCallInvitation *call, LOCAL_INVITATION_ERR_CODE) override {
 *         std::fputs(rtm_call::explain(call).c_str(), stderr);
 *     }
 */
#ifndef RTM_CALL_AGORA_EXTENSION_H
#define RTM_CALL_AGORA_EXTENSION_H

#include <cstddef>
#include <string>

#include "IAgoraRtmCallManager.h"
#include "IAgoraRtmService.h"

namespace rtm_call {

/**
 * The handle of an object of the mirror; NULL for what is none of the library's objects, NULL itself among them.
 *
 * It stays the object's: do not release it, and do not change its user data, by which the mirror finds the object
 * again. Once the object was released the handle may be stale, which C functions answer with RTM_ERR_STALE_HANDLE. The
 * pointer is looked up, never read through.
 */
inline rtm_service *c_handle(agora::rtm::IRtmService *service) {
    return agora::rtm::detail::Service::handle_of(service);
}
inline rtm_call_manager *c_handle(agora::rtm::IRtmCallManager *manager) {
    return agora::rtm::detail::CallManager::handle_of(manager);
}
inline rtm_local_call_invitation *c_handle(agora::rtm::ILocalCallInvitation *invitation) {
    return agora::rtm::detail::LocalInvitation::handle_of(invitation);
}
inline rtm_remote_call_invitation *c_handle(agora::rtm::IRemoteCallInvitation *invitation) {
    return agora::rtm::detail::RemoteInvitation::handle_of(invitation);
}

namespace detail {

/* All of a text that a function copies; "" if it answers an error. It may grow between two calls. */
template <class Copy> std::string copied(Copy copy) {
    std::string text(2048, '\0');
    for (;;) {
        std::size_t needed = 0;
        const rtm_status status = copy(&text[0], text.size(), &needed);
        if (status == RTM_OK) {
            text.resize(needed - 1);
            return text;
        }
        if (status != RTM_ERR_BUFFER_TOO_SMALL) {
            return std::string();
        }
        text.resize(needed + 256);
    }
}

} // namespace detail

/** What happened to an invitation, see rtm_local_call_invitation_get_ladder_copy(); "" for what is no invitation. */
inline std::string ladder(agora::rtm::ILocalCallInvitation *invitation, rtm_ladder_format format = RTM_LADDER_TEXT) {
    const rtm_local_call_invitation *const handle = c_handle(invitation);
    return detail::copied([=](char *buffer, std::size_t length, std::size_t *needed) {
        return rtm_local_call_invitation_get_ladder_copy(handle, format, buffer, length, needed);
    });
}
inline std::string ladder(agora::rtm::IRemoteCallInvitation *invitation, rtm_ladder_format format = RTM_LADDER_TEXT) {
    const rtm_remote_call_invitation *const handle = c_handle(invitation);
    return detail::copied([=](char *buffer, std::size_t length, std::size_t *needed) {
        return rtm_remote_call_invitation_get_ladder_copy(handle, format, buffer, length, needed);
    });
}

/** How an invitation stands and why, in a few sentences; "" for what is no invitation. */
inline std::string explain(agora::rtm::ILocalCallInvitation *invitation) {
    const rtm_local_call_invitation *const handle = c_handle(invitation);
    return detail::copied([=](char *buffer, std::size_t length, std::size_t *needed) {
        return rtm_local_call_invitation_explain(handle, buffer, length, needed);
    });
}
inline std::string explain(agora::rtm::IRemoteCallInvitation *invitation) {
    const rtm_remote_call_invitation *const handle = c_handle(invitation);
    return detail::copied([=](char *buffer, std::size_t length, std::size_t *needed) {
        return rtm_remote_call_invitation_explain(handle, buffer, length, needed);
    });
}

/** Why an invitation ended; RTM_END_REASON_NONE if it has not, and for what is no invitation. */
inline rtm_end_reason end_reason(agora::rtm::ILocalCallInvitation *invitation) {
    rtm_end_reason reason = RTM_END_REASON_NONE;
    rtm_local_call_invitation_get_end_reason(c_handle(invitation), &reason, NULL);
    return reason;
}
inline rtm_end_reason end_reason(agora::rtm::IRemoteCallInvitation *invitation) {
    rtm_end_reason reason = RTM_END_REASON_NONE;
    rtm_remote_call_invitation_get_end_reason(c_handle(invitation), &reason, NULL);
    return reason;
}

} // namespace rtm_call

#endif /* RTM_CALL_AGORA_EXTENSION_H */
