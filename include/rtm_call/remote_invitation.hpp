/**
 * @file
 * The callee's object of an invitation.
 */
#ifndef RTM_CALL_REMOTE_INVITATION_HPP
#define RTM_CALL_REMOTE_INVITATION_HPP

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
 * The callee's object of an invitation: who rings, with what, and the answer. Comes with
 * call_events::on_remote_received.
 *
 * Its life: it rings; accept() or refuse(), or the caller cancels, or time is up; then one last callback of
 * rtm::call_events.
 *
 * An object of this class is a cheap handle: copies name the same invitation and are equal, and any thread may use its
 * own copy at any time; std::hash knows it, so it may be the key of a container. The memory of the invitation lives as
 * long as a copy, and as long as its callbacks are to come; dropping the last copy says nothing to the peer. A copy may
 * outlive its service: texts, state and end stay readable.
 */
class remote_invitation {
  public:
    /** An empty one: it names no invitation; texts are "", calls answer errc::stale_handle. */
    remote_invitation() noexcept = default;

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
    friend bool operator==(const remote_invitation &a, const remote_invitation &b) noexcept {
        return a.native_handle() == b.native_handle();
    }

    /**
     * Whether two objects name different invitations.
     * @param a The one.
     * @param b The other.
     * @return True if they do.
     */
    friend bool operator!=(const remote_invitation &a, const remote_invitation &b) noexcept { return !(a == b); }

    /**
     * The caller.
     *
     * Any thread.
     *
     * @return A copy; "" if this is empty.
     */
    std::string caller_id() const { return copied(rtm_remote_call_invitation_get_caller_id_copy); }

    /**
     * The content, as the caller set it.
     *
     * Any thread.
     *
     * @return A copy; "" if there is none.
     */
    std::string content() const { return copied(rtm_remote_call_invitation_get_content_copy); }

    /**
     * The channel id, as the caller set it.
     *
     * Any thread.
     *
     * @return A copy; "" if there is none.
     */
    std::string channel_id() const { return copied(rtm_remote_call_invitation_get_channel_id_copy); }

    /**
     * The response that is set here.
     *
     * Any thread.
     *
     * @return A copy; "" if there is none.
     */
    std::string response() const { return copied(rtm_remote_call_invitation_get_response_copy); }

    /**
     * Sets the response that goes with accept() or refuse(). Any length is stored; those refuse more than 8192 bytes.
     *
     * Any thread, any state; what was answered does not change.
     *
     * @param response The text; copied.
     * @return errc::invalid_argument if the text is no valid UTF-8 or has a NUL in it; errc::stale_handle if this is
     * empty.
     */
    std::error_code set_response(std::string_view response) {
        return detail::error_of(
            rtm_remote_call_invitation_set_response(native_handle(), detail::text(response).c_str()));
    }

    /**
     * The id: 32 hexadecimal digits, the same on both sides.
     *
     * Any thread.
     *
     * @return A copy; "" if this is empty.
     */
    std::string id() const { return copied(rtm_remote_call_invitation_get_id_copy); }

    /**
     * The state now; the callbacks that tell of it may still be on their way.
     *
     * Any thread.
     *
     * @return The state; remote_invitation_state::idle if this is empty.
     */
    remote_invitation_state state() const noexcept {
        rtm_remote_invitation_state state = RTM_REMOTE_INVITATION_STATE_IDLE;
        rtm_remote_call_invitation_get_state(native_handle(), &state);
        return static_cast<remote_invitation_state>(state);
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
     * For how long the acceptance of this invitation may wait for the caller's confirmation. Default: as the service
     * says.
     *
     * Any thread; holds when it is accepted.
     *
     * @param timeout The time, at least 1 ms; more than 2^32 ms, 49 days, counts as that.
     * @return errc::invalid_argument for less; errc::stale_handle if this is empty.
     */
    std::error_code set_accept_timeout(std::chrono::milliseconds timeout) noexcept {
        return detail::error_of(
            rtm_remote_call_invitation_set_accept_timeout(native_handle(), detail::timeout_ms(timeout)));
    }

    /**
     * Accepts the invitation, with the response that is set now. The state becomes accept_sent_to_local; it is
     * accepted, and on_remote_accepted comes, when the caller has confirmed, within the accept timeout.
     *
     * Any thread; returns at once.
     *
     * @return errc::already_accept; errc::already_end, also when its service was closed since; errc::invalid_argument
     *   if the response exceeds 8192 bytes: then it rings on; errc::stale_handle if this is empty.
     */
    std::error_code accept() {
        const rtm_status status = rtm_call_manager_accept_remote_invitation(manager(), native_handle());
        return detail::error_of(detail::after_service(status, end_reason()));
    }

    /**
     * Sets the response, then accepts: accept() after set_response(), in one call.
     *
     * Any thread; returns at once.
     *
     * @param response The text, up to 8192 bytes; copied.
     * @return As accept(); errc::invalid_argument also if the text is no valid UTF-8 or has a NUL in it.
     */
    std::error_code accept(std::string_view response) {
        const std::error_code error = set_response(response);
        return error ? error : accept();
    }

    /**
     * Refuses the invitation, with the response that is set now: it ends here at once, as refused, and the caller is
     * told. on_remote_refused follows.
     *
     * Any thread; returns at once.
     *
     * @return errc::already_accept; errc::already_end, also when its service was closed since; errc::invalid_argument
     *   if the response exceeds 8192 bytes: then it rings on; errc::stale_handle if this is empty.
     */
    std::error_code refuse() {
        const rtm_status status = rtm_call_manager_refuse_remote_invitation(manager(), native_handle());
        return detail::error_of(detail::after_service(status, end_reason()));
    }

    /**
     * Sets the response, then refuses: refuse() after set_response(), in one call.
     *
     * Any thread; returns at once.
     *
     * @param response The text, up to 8192 bytes; copied.
     * @return As refuse(); errc::invalid_argument also if the text is no valid UTF-8 or has a NUL in it.
     */
    std::error_code refuse(std::string_view response) {
        const std::error_code error = set_response(response);
        return error ? error : refuse();
    }

    /**
     * What happened to the invitation, step by step, for people to read: calls, messages with their sizes, windows that
     * closed, callbacks, and the rule that ended it, each with its time; the left column is the callee's side. See
     * rtm_remote_call_invitation_get_ladder_copy().
     *
     * Any thread, any state, also after its service; it may grow between two calls.
     *
     * @param format Text or a Mermaid diagram.
     * @return The lines; "" if this is empty, or the format is none.
     */
    std::string ladder(ladder_format format = ladder_format::text) const {
        return detail::copied([&](char *buffer, std::size_t length, std::size_t *needed) {
            return rtm_remote_call_invitation_get_ladder_copy(native_handle(), static_cast<std::int32_t>(format),
                                                              buffer, length, needed);
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
    std::string explain() const { return copied(rtm_remote_call_invitation_explain); }

    /**
     * The handle, for the functions of C. It belongs to this object: do not release it.
     *
     * Any thread.
     *
     * @return The handle, valid as long as a copy of this object; NULL if this is empty.
     */
    rtm_remote_call_invitation *native_handle() const noexcept { return object_ ? object_->handle : nullptr; }

  private:
    friend struct detail::access;

    explicit remote_invitation(std::shared_ptr<detail::remote_object> object) noexcept : object_(std::move(object)) {}

    template <class Getter> std::string copied(Getter getter) const {
        return detail::copied([&](char *buffer, std::size_t length, std::size_t *needed) {
            return getter(native_handle(), buffer, length, needed);
        });
    }
    std::pair<rtm::end_reason, rtm::end_side> end() const noexcept {
        rtm_end_reason reason = RTM_END_REASON_NONE;
        rtm_end_side side = RTM_END_SIDE_NONE;
        rtm_remote_call_invitation_get_end_reason(native_handle(), &reason, &side);
        return {static_cast<rtm::end_reason>(reason), static_cast<rtm::end_side>(side)};
    }
    rtm_call_manager *manager() const noexcept { return object_ ? object_->manager : nullptr; }

    std::shared_ptr<detail::remote_object> object_;
};

} // namespace rtm

/// @cond
template <> struct std::hash<rtm::remote_invitation> {
    std::size_t operator()(const rtm::remote_invitation &invitation) const noexcept {
        return std::hash<void *>()(invitation.native_handle());
    }
};
/// @endcond

#endif // RTM_CALL_REMOTE_INVITATION_HPP
