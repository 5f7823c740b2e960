// What a service has beside its handles: the invitations that are open, and the requests that wait for their outcome.
#ifndef RTM_CALL_DETAIL_CORE_HPP
#define RTM_CALL_DETAIL_CORE_HPP

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../errors.hpp"
#include "../peers.hpp"
#include "mutex.hpp"

namespace rtm {
namespace detail {

struct core;

inline void release(rtm_local_call_invitation *handle) noexcept {
    rtm_local_call_invitation_release(handle);
}
inline void release(rtm_remote_call_invitation *handle) noexcept {
    rtm_remote_call_invitation_release(handle);
}

// What all copies of one invitation share; the handle is released with the last of them. While the invitation is open
// the core holds a copy too, so that every callback finds it and what a callback hands out may be kept.
template <class Handle> struct object {
    object(Handle *invitation, rtm_call_manager *call_manager, const std::shared_ptr<core> &of, bool is_owned)
        : handle(invitation), manager(call_manager), owner(of), owned(is_owned) {}
    object(const object &) = delete;
    object &operator=(const object &) = delete;
    ~object() {
        if (owned) {
            release(handle);
        }
    }

    Handle *const handle;
    rtm_call_manager *const manager;
    const std::weak_ptr<core> owner;
    const bool owned; // False if it was made or received through C, past this header.
    mutex sending;
    bool sent = false; // Under `sending`.
};
using local_object = object<rtm_local_call_invitation>;
using remote_object = object<rtm_remote_call_invitation>;

// The open invitations of one kind, by handle.
template <class Handle> class open_invitations {
  public:
    using pointer = std::shared_ptr<object<Handle>>;

    void insert(const pointer &invitation) {
        const lock held(mutex_);
        known_.emplace(invitation->handle, invitation);
    }

    pointer find(Handle *handle) {
        const lock held(mutex_);
        const auto found = known_.find(handle);
        return found != known_.end() ? found->second : nullptr;
    }

    // As find; it is no longer known.
    pointer take(Handle *handle) {
        const lock held(mutex_);
        const auto found = known_.find(handle);
        if (found == known_.end()) {
            return nullptr;
        }
        pointer invitation = std::move(found->second);
        known_.erase(found);
        return invitation;
    }

  private:
    mutex mutex_;
    std::unordered_map<Handle *, pointer> known_;
};

// Requests of one kind, by the number that C gave them, and what is to be done with the outcome.
template <class... Outcome> class requests {
  public:
    using function = std::function<void(Outcome...)>;

    // Makes a request: `call` answers the status and writes the number. The lock is held meanwhile, so that the
    // outcome, however early, finds its function; recursive, since a carrier of the application's own may be called
    // inside.
    template <class Call> std::error_code start(function done, Call call) {
        if (!done || is_forked()) {
            return error_of(call(nullptr));
        }
        std::map<std::int64_t, function> fresh;
        fresh.emplace(0, std::move(done));
        auto node = fresh.extract(fresh.begin()); // What needs memory is over before anything is under way.
        const lock held(mutex_);
        const rtm_status status = call(&node.key());
        if (status == RTM_OK) {
            waiting_.insert(std::move(node));
        }
        return error_of(status);
    }

    void finish(std::int64_t number, Outcome... outcome) {
        function done;
        {
            const lock held(mutex_);
            auto node = waiting_.extract(number);
            if (!node.empty()) {
                done = std::move(node.mapped());
            }
        }
        if (done) {
            done(outcome...);
        }
    }

  private:
    mutex mutex_;
    std::map<std::int64_t, function> waiting_;
};

// What a call answers that C refused because the service is gone: the invitation ended with it, if it was under way.
inline rtm_status after_service(rtm_status status, end_reason reason) noexcept {
    const bool ended = status == RTM_ERR_STALE_HANDLE && reason != end_reason::none;
    return ended ? RTM_INVITATION_API_CALL_ERR_ALREADY_END : status;
}

// Lives until the service object is gone and the library has dropped the last handler.
struct core {
    rtm_service *service = nullptr;
    rtm_call_manager *manager = nullptr;
    open_invitations<rtm_local_call_invitation> locals;
    open_invitations<rtm_remote_call_invitation> remotes;
    requests<peer_message_err> messages;
    requests<query_peers_online_status_err, const std::vector<peer_online_status> &> queries;
    requests<peer_subscription_status_err> subscriptions;
};

} // namespace detail
} // namespace rtm

#endif // RTM_CALL_DETAIL_CORE_HPP
