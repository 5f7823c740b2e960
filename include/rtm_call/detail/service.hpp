// The functions of rtm::service that are longer than a line. Included by service.hpp only.
#ifndef RTM_CALL_DETAIL_SERVICE_HPP
#define RTM_CALL_DETAIL_SERVICE_HPP

#include <limits>

#include "callbacks.hpp"

namespace rtm {
namespace detail {

// The users of a request, as C wants them.
class user_list {
  public:
    explicit user_list(const std::vector<std::string> &users) : texts_(users.begin(), users.end()) {
        pointers_.reserve(texts_.size());
        for (const text &user : texts_) {
            pointers_.push_back(user.c_str());
        }
    }
    user_list(const user_list &) = delete;
    user_list &operator=(const user_list &) = delete;
    const char *const *data() const noexcept { return pointers_.data(); }
    std::size_t size() const noexcept { return pointers_.size(); }

  private:
    std::vector<text> texts_;
    std::vector<const char *> pointers_;
};

// Gives a message back to C at the end of a block.
struct message_releaser {
    void operator()(rtm_message *made) const noexcept { rtm_message_release(made); }
};

// A time that no field of the configuration can hold: the parameters are asked to take it, refuse, and say why.
inline rtm_status check_time(rtm_service *service, const char *name, std::chrono::milliseconds time) {
    if (time.count() >= 0 && time.count() <= (std::numeric_limits<std::uint32_t>::max)()) {
        return RTM_OK;
    }
    const std::string parameter = "{\"rtm_call." + std::string(name) + "\": " + std::to_string(time.count()) + "}";
    return rtm_service_set_parameters(service, parameter.c_str());
}

inline rtm_status create(const service_config &from, rtm_service **service) {
    const text url(from.url), ca_pem(from.ca_pem);
    rtm_service_config config = {};
    config.struct_size = sizeof config;
    config.url = url.c_str();
    config.ca_pem = ca_pem.c_str();
    config.delivery = static_cast<std::int32_t>(from.delivery);
    config.acknowledge_timeout_ms = timeout_ms(from.acknowledge_timeout);
    config.ring_timeout_ms = timeout_ms(from.ring_timeout);
    config.accept_timeout_ms = timeout_ms(from.accept_timeout);
    config.login_timeout_ms = timeout_ms(from.login_timeout);
    config.grace_ms = timeout_ms(from.grace);
    config.max_open_invitations = from.max_open_invitations;
    config.max_open_per_peer = from.max_open_per_peer;
    config.max_remembered_invitations = from.max_remembered_invitations;
    rtm_status status = rtm_service_create(&config, service);
    const std::pair<const char *, std::chrono::milliseconds> times[] = {
        {"acknowledge_timeout_ms", from.acknowledge_timeout},
        {"ring_timeout_ms", from.ring_timeout},
        {"accept_timeout_ms", from.accept_timeout},
        {"login_timeout_ms", from.login_timeout},
        {"grace_ms", from.grace},
    };
    for (const auto &[name, time] : times) {
        status = status == RTM_OK ? check_time(*service, name, time) : status;
    }
    return status;
}

} // namespace detail

inline std::error_code service::open(std::string_view app_id, call_events calls, service_events events,
                                     const service_config &config) {
    const auto core = std::make_shared<detail::core>();
    service opening; // Closes what is made here, should something fail or throw.
    opening.core_ = core;
    rtm_status status = detail::create(config, &core->service);
    if (status == RTM_OK) {
        auto context = std::make_unique<detail::call_context>(detail::call_context{core, std::move(calls)});
        const rtm_call_event_handler handler = detail::handler_of(context.get());
        status = detail::offer(std::move(context), handler, [&](const rtm_call_event_handler *offered) {
            return rtm_service_get_call_manager(core->service, offered, &core->manager);
        });
    }
    if (status == RTM_OK) {
        auto context = std::make_unique<detail::service_context>(detail::service_context{core, std::move(events)});
        const rtm_service_event_handler handler = detail::handler_of(context.get(), true);
        status = detail::offer(std::move(context), handler, [&](const rtm_service_event_handler *offered) {
            return rtm_service_initialize(core->service, detail::text(app_id).c_str(), offered);
        });
    }
    if (status == RTM_OK) {
        core_.swap(opening.core_);
    }
    return detail::error_of(status);
}

inline result<service> service::create(std::string_view app_id, call_events calls, service_events events,
                                       const service_config &config) {
    service made;
    const std::error_code error = made.open(app_id, std::move(calls), std::move(events), config);
    if (error) {
        return error;
    }
    return made;
}

inline std::error_code service::login(std::string_view user_id, std::string_view token) {
    const detail::text secret(token);
    return detail::error_of(
        rtm_service_login(native_handle(), token.empty() ? nullptr : secret.c_str(), detail::text(user_id).c_str()));
}

inline rtm::connection_state service::connection_state() const noexcept {
    rtm_connection_state state = RTM_CONNECTION_STATE_DISCONNECTED;
    rtm_service_get_connection_state(native_handle(), &state);
    return static_cast<rtm::connection_state>(state);
}

inline local_invitation service::create_invitation(std::string_view callee_id) {
    rtm_local_call_invitation *handle = nullptr;
    const rtm_status status =
        rtm_call_manager_create_local_call_invitation(native_call_manager(), detail::text(callee_id).c_str(), &handle);
    if (status != RTM_OK) {
        return local_invitation();
    }
    return detail::access::handle_of(std::make_shared<detail::local_object>(handle, core_->manager, core_, true));
}

inline result<local_invitation> service::find_local_invitation(std::string_view callee_id,
                                                               std::string_view invitation_id) {
    rtm_local_call_invitation *handle = nullptr;
    const rtm_status status = rtm_call_manager_find_local_call_invitation(
        native_call_manager(), detail::text(callee_id).c_str(), detail::text(invitation_id).c_str(), &handle);
    if (status != RTM_OK) {
        return detail::error_of(status);
    }
    return detail::local_of(*core_, handle, false);
}

inline result<remote_invitation> service::find_remote_invitation(std::string_view caller_id,
                                                                 std::string_view invitation_id) {
    rtm_remote_call_invitation *handle = nullptr;
    const rtm_status status = rtm_call_manager_find_remote_call_invitation(
        native_call_manager(), detail::text(caller_id).c_str(), detail::text(invitation_id).c_str(), &handle);
    if (status != RTM_OK) {
        return detail::error_of(status);
    }
    return detail::remote_of(*core_, handle, false);
}

inline std::error_code service::send_message_to_peer(std::string_view peer_id, const message &sent,
                                                     message_outcome done) {
    const detail::text text(sent.text);
    rtm_message *made = nullptr;
    const rtm_status status =
        sent.type == message_type::raw
            ? rtm_service_create_raw_message(native_handle(), sent.data.data(), sent.data.size(), text.c_str(), &made)
            : rtm_service_create_text_message(native_handle(), text.c_str(), &made);
    if (status != RTM_OK) {
        return detail::error_of(status);
    }
    const std::unique_ptr<rtm_message, detail::message_releaser> owned(made);
    return core_->messages.start(std::move(done), [&](std::int64_t *number) {
        return rtm_service_send_message_to_peer(native_handle(), detail::text(peer_id).c_str(), made, number);
    });
}

inline std::error_code service::send_message_to_peer(std::string_view peer_id, std::string_view sent,
                                                     message_outcome done) {
    message text;
    text.text = sent;
    return send_message_to_peer(peer_id, text, std::move(done));
}

inline std::error_code service::query_peers_online_status(const std::vector<std::string> &peer_ids,
                                                          query_outcome done) {
    const detail::user_list users(peer_ids);
    const auto call = [&](std::int64_t *number) {
        return rtm_service_query_peers_online_status(native_handle(), users.data(), users.size(), number);
    };
    return core_ ? core_->queries.start(std::move(done), call) : detail::error_of(call(nullptr));
}

inline std::error_code service::subscribe_peers_online_status(const std::vector<std::string> &peer_ids,
                                                              subscription_outcome done) {
    const detail::user_list users(peer_ids);
    const auto call = [&](std::int64_t *number) {
        return rtm_service_subscribe_peers_online_status(native_handle(), users.data(), users.size(), number);
    };
    return core_ ? core_->subscriptions.start(std::move(done), call) : detail::error_of(call(nullptr));
}

inline std::error_code service::unsubscribe_peers_online_status(const std::vector<std::string> &peer_ids,
                                                                subscription_outcome done) {
    const detail::user_list users(peer_ids);
    const auto call = [&](std::int64_t *number) {
        return rtm_service_unsubscribe_peers_online_status(native_handle(), users.data(), users.size(), number);
    };
    return core_ ? core_->subscriptions.start(std::move(done), call) : detail::error_of(call(nullptr));
}

inline std::error_code service::set_call_events(call_events calls) {
    auto context = std::make_unique<detail::call_context>(detail::call_context{core_, std::move(calls)});
    const rtm_call_event_handler handler = detail::handler_of(context.get());
    return detail::error_of(detail::offer(std::move(context), handler, [&](const rtm_call_event_handler *offered) {
        rtm_call_manager *same = nullptr;
        return rtm_service_get_call_manager(native_handle(), offered, &same);
    }));
}

inline result<std::uint64_t> service::add_events(service_events events) {
    auto context = std::make_unique<detail::service_context>(detail::service_context{core_, std::move(events)});
    const rtm_service_event_handler handler = detail::handler_of(context.get(), false);
    std::uint64_t name = 0;
    const rtm_status status = detail::offer(std::move(context), handler, [&](const rtm_service_event_handler *offered) {
        return rtm_service_add_event_handler(native_handle(), offered, &name);
    });
    if (status != RTM_OK) {
        return detail::error_of(status);
    }
    return name;
}

inline result<std::size_t> service::dispatch(std::size_t at_most) {
    std::size_t count = 0;
    const rtm_status status = rtm_service_dispatch(native_handle(), at_most, &count);
    if (status != RTM_OK) {
        return detail::error_of(status);
    }
    return count;
}

inline result<std::intptr_t> service::dispatch_handle() const {
    std::intptr_t handle = 0;
    const rtm_status status = rtm_service_get_dispatch_handle(native_handle(), &handle);
    if (status != RTM_OK) {
        return detail::error_of(status);
    }
    return handle;
}

inline result<service_stats> service::stats() const {
    rtm_service_stats from = {};
    from.struct_size = sizeof from;
    const rtm_status status = rtm_service_get_stats(native_handle(), &from);
    if (status != RTM_OK) {
        return detail::error_of(status);
    }
    service_stats stats;
    stats.invitations_sent = from.invitations_sent;
    stats.invitations_received = from.invitations_received;
    stats.open_local_invitations = from.open_local_invitations;
    stats.open_remote_invitations = from.open_remote_invitations;
    stats.remembered_invitations = from.remembered_invitations;
    stats.evicted_invitations = from.evicted_invitations;
    stats.messages_sent = from.messages_sent;
    stats.messages_resent = from.messages_resent;
    stats.messages_received = from.messages_received;
    stats.messages_dropped_malformed = from.messages_dropped_malformed;
    stats.messages_dropped_stray = from.messages_dropped_stray;
    stats.messages_dropped_limit = from.messages_dropped_limit;
    stats.callbacks_waiting = from.callbacks_waiting;
    return stats;
}

inline std::error_code service::set_log_handler(log_handler handler) {
    if (!handler) {
        return detail::error_of(rtm_service_set_log_handler(native_handle(), nullptr));
    }
    auto context = std::make_unique<detail::log_context>(detail::log_context{core_, std::move(handler)});
    const rtm_log_handler callbacks = detail::handler_of(context.get());
    return detail::error_of(detail::offer(std::move(context), callbacks, [&](const rtm_log_handler *offered) {
        return rtm_service_set_log_handler(native_handle(), offered);
    }));
}

} // namespace rtm

#endif // RTM_CALL_DETAIL_SERVICE_HPP
