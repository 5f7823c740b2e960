/**
 * @file
 * The caller's object of an invitation.
 */
#ifndef RTM_CALL_LOCAL_INVITATION_HPP
#define RTM_CALL_LOCAL_INVITATION_HPP

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "detail/core.hpp"
#include "detail/text.hpp"
#include "errors.hpp"

namespace rtm {

namespace detail {
struct access;
}

/**
 * The caller's object of an invitation: who is rung, with what, and how it went. Made by service::create_invitation().
 *
 * Its life: create, set content and channel id, send(); then the callbacks of rtm::call_events.
 *
 * An object of this class is a cheap handle: copies name the same invitation and are equal, and any thread may use its
 * own copy at any time; std::hash knows it, so it may be the key of a container. The memory of the invitation lives as
 * long as a copy, and as long as its callbacks are to come; dropping the last copy says nothing to the peer. A copy may
 * outlive its service: texts, state and end stay readable.
 */
class local_invitation {
  public:
    /** An empty one: it names no invitation; texts are "", calls answer errc::stale_handle. */
    local_invitation() noexcept = default;

    /**
     * Whether this names an invitation.
     * @return False if it is default-made or moved from.
     */
    explicit operator bool() const noexcept { return object_ != nullptr; }

    /**
     * Whether two objects name the same invitation.
     * @param a The one.
     * @param b The other.
     * @return True if they do, or both name none.
     */
    friend bool operator==(const local_invitation &a, const local_invitation &b) noexcept {
        return a.native_handle() == b.native_handle();
    }

    /**
     * Whether two objects name different invitations.
     * @param a The one.
     * @param b The other.
     * @return True if they do.
     */
    friend bool operator!=(const local_invitation &a, const local_invitation &b) noexcept { return !(a == b); }

    /**
     * The callee.
     *
     * Any thread.
     *
     * @return A copy; "" if this is empty.
     */
    std::string callee_id() const { return copied(rtm_local_call_invitation_get_callee_id_copy); }

    /**
     * The content.
     *
     * Any thread.
     *
     * @return A copy; "" if there is none.
     */
    std::string content() const { return copied(rtm_local_call_invitation_get_content_copy); }

    /**
     * Sets the content. Any length is stored; send() refuses more than 8192 bytes.
     *
     * Any thread, any state; what was sent does not change.
     *
     * @param content The text; copied.
     * @return errc::invalid_argument if the text is no valid UTF-8 or has a NUL in it; errc::stale_handle if this is
     * empty.
     */
    std::error_code set_content(std::string_view content) {
        return detail::error_of(rtm_local_call_invitation_set_content(native_handle(), detail::text(content).c_str()));
    }

    /**
     * The channel id.
     *
     * Any thread.
     *
     * @return A copy; "" if there is none.
     */
    std::string channel_id() const { return copied(rtm_local_call_invitation_get_channel_id_copy); }

    /**
     * Sets the channel id. Any length is stored; send() refuses more than 64 bytes.
     *
     * Any thread, any state; what was sent does not change.
     *
     * @param channel_id The text; copied.
     * @return errc::invalid_argument if the text is no valid UTF-8 or has a NUL in it; errc::stale_handle if this is
     * empty.
     */
    std::error_code set_channel_id(std::string_view channel_id) {
        return detail::error_of(
            rtm_local_call_invitation_set_channel_id(native_handle(), detail::text(channel_id).c_str()));
    }

    /**
     * The response of the callee.
     *
     * Any thread.
     *
     * @return A copy; "" until the callee has accepted or refused with one.
     */
    std::string response() const { return copied(rtm_local_call_invitation_get_response_copy); }

    /**
     * The id: 32 hexadecimal digits, the same on both sides.
     *
     * Any thread.
     *
     * @return A copy; "" before it is sent.
     */
    std::string id() const { return copied(rtm_local_call_invitation_get_id_copy); }

    /**
     * The state now; the callbacks that tell of it may still be on their way.
     *
     * Any thread.
     *
     * @return The state; local_invitation_state::idle if this is empty.
     */
    local_invitation_state state() const noexcept {
        rtm_local_invitation_state state = RTM_LOCAL_INVITATION_STATE_IDLE;
        rtm_local_call_invitation_get_state(native_handle(), &state);
        return static_cast<local_invitation_state>(state);
    }

    /**
     * Why it ended.
     *
     * Any thread.
     *
     * @return The reason; end_reason::none if it has not ended or this is empty.
     */
    rtm::end_reason end_reason() const noexcept { return end().first; }

    /**
     * Which side decided the end.
     *
     * Any thread.
     *
     * @return The side; end_side::none if it has not ended or this is empty.
     */
    rtm::end_side end_side() const noexcept { return end().second; }

    /**
     * For how long the callee's library may take to acknowledge this invitation. Default: as the service says.
     *
     * Any thread; holds when it is sent.
     *
     * @param timeout The time, at least 1 ms; more than 2^32 ms, 49 days, counts as that.
     * @return errc::invalid_argument for less; errc::stale_handle if this is empty.
     */
    std::error_code set_acknowledge_timeout(std::chrono::milliseconds timeout) noexcept {
        return detail::error_of(
            rtm_local_call_invitation_set_acknowledge_timeout(native_handle(), detail::timeout_ms(timeout)));
    }

    /**
     * For how long this invitation rings; a callee may have set less. Default: as the service says.
     *
     * Any thread; holds when it is sent.
     *
     * @param timeout The time, at least 1 ms; more than 2^32 ms, 49 days, counts as that.
     * @return errc::invalid_argument for less; errc::stale_handle if this is empty.
     */
    std::error_code set_ring_timeout(std::chrono::milliseconds timeout) noexcept {
        return detail::error_of(
            rtm_local_call_invitation_set_ring_timeout(native_handle(), detail::timeout_ms(timeout)));
    }

    /**
     * For how long an acceptance is waited for once the ring timeout is over, if the callee falls silent. Default: as
     * the service says.
     *
     * Any thread; holds when it is sent.
     *
     * @param timeout The time, at least 1 ms; more than 2^32 ms, 49 days, counts as that.
     * @return errc::invalid_argument for less; errc::stale_handle if this is empty.
     */
    std::error_code set_accept_timeout(std::chrono::milliseconds timeout) noexcept {
        return detail::error_of(
            rtm_local_call_invitation_set_accept_timeout(native_handle(), detail::timeout_ms(timeout)));
    }

    /**
     * Sends the invitation: what it says now travels, later setters change only the local object. The state becomes
     * sent_to_remote and the acknowledge timeout begins; during a login it is held, and the timeout begins, when the
     * login succeeds. If nobody is logged in, on_local_failure comes with local_invitation_err::not_loggedin.
     *
     * Any thread; returns at once. This object may be dropped at once: the callbacks bring a copy.
     *
     * @return errc::already_sent; errc::already_end; errc::invalid_argument if the callee id is no user id (see
     *   service::login()), the content exceeds 8192 bytes or the channel id 64: then it stays idle and can be put
     *   right; errc::limit_reached; errc::stale_handle if this is empty or its service is closed.
     */
    [[nodiscard]] std::error_code send();

    /**
     * Cancels the invitation: it ends here at once, as canceled, and the callee is told.
     *
     * Any thread; returns at once. on_local_canceled follows.
     *
     * @return errc::not_started if it was not sent; errc::already_end, also when its service was closed since;
     *   errc::stale_handle if this is empty.
     */
    std::error_code cancel() {
        const rtm_status status = rtm_call_manager_cancel_local_invitation(manager(), native_handle());
        return detail::error_of(detail::after_service(status, end_reason()));
    }

    /**
     * What happened to the invitation, step by step, for people to read: calls, messages with their sizes, windows that
     * closed, callbacks, and the rule that ended it, each with its time; the left column is the caller's side. See
     * rtm_local_call_invitation_get_ladder_copy().
     *
     * Any thread, any state, also after its service; it may grow between two calls.
     *
     * @param format Text or a Mermaid diagram.
     * @return The lines; "" if this is empty, or the format is none.
     */
    std::string ladder(ladder_format format = ladder_format::text) const {
        return detail::copied([&](char *buffer, std::size_t length, std::size_t *needed) {
            return rtm_local_call_invitation_get_ladder_copy(native_handle(), static_cast<std::int32_t>(format), buffer,
                                                             length, needed);
        });
    }

    /**
     * How it stands, in a few sentences: how it ended, with which reason, which side decided, by which rule, and what
     * led to it. A sentence is a line.
     *
     * Any thread, any state, also after its service.
     *
     * @return The lines; "" if this is empty.
     */
    std::string explain() const { return copied(rtm_local_call_invitation_explain); }

    /**
     * The handle, for the functions of C. It belongs to this object: do not release it.
     *
     * Any thread.
     *
     * @return The handle, valid as long as a copy of this object; NULL if this is empty.
     */
    rtm_local_call_invitation *native_handle() const noexcept { return object_ ? object_->handle : nullptr; }

  private:
    friend struct detail::access;

    explicit local_invitation(std::shared_ptr<detail::local_object> object) noexcept : object_(std::move(object)) {}

    template <class Getter> std::string copied(Getter getter) const {
        return detail::copied([&](char *buffer, std::size_t length, std::size_t *needed) {
            return getter(native_handle(), buffer, length, needed);
        });
    }
    std::pair<rtm::end_reason, rtm::end_side> end() const noexcept {
        rtm_end_reason reason = RTM_END_REASON_NONE;
        rtm_end_side side = RTM_END_SIDE_NONE;
        rtm_local_call_invitation_get_end_reason(native_handle(), &reason, &side);
        return {static_cast<rtm::end_reason>(reason), static_cast<rtm::end_side>(side)};
    }
    rtm_call_manager *manager() const noexcept { return object_ ? object_->manager : nullptr; }

    std::shared_ptr<detail::local_object> object_;
};

inline std::error_code local_invitation::send() {
    if (!object_ || detail::is_forked()) {
        return detail::error_of(rtm_call_manager_send_local_invitation(manager(), native_handle()));
    }
    // The core knows the invitation before the first callback can come. One thread at a time: of two that send, the one
    // that is refused must not take away what the other one needs.
    const detail::lock held(object_->sending);
    const std::shared_ptr<detail::core> core = object_->sent ? nullptr : object_->owner.lock();
    if (core) {
        core->locals.insert(object_);
    }
    const rtm_status status = rtm_call_manager_send_local_invitation(manager(), native_handle());
    object_->sent = object_->sent || status == RTM_OK;
    if (core && status != RTM_OK && state() == local_invitation_state::idle) {
        core->locals.take(native_handle());
    }
    return detail::error_of(detail::after_service(status, end_reason()));
}

} // namespace rtm

/// @cond
template <> struct std::hash<rtm::local_invitation> {
    std::size_t operator()(const rtm::local_invitation &invitation) const noexcept {
        return std::hash<void *>()(invitation.native_handle());
    }
};
/// @endcond

#endif // RTM_CALL_LOCAL_INVITATION_HPP
