// From the callbacks of C to the functions of a program. No exception gets past here.
#ifndef RTM_CALL_DETAIL_CALLBACKS_HPP
#define RTM_CALL_DETAIL_CALLBACKS_HPP

#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../events.hpp"
#include "core.hpp"

namespace rtm {
namespace detail {

// Makes the public handles, whose constructors are nobody else's.
struct access {
    static local_invitation handle_of(std::shared_ptr<local_object> object) noexcept {
        return local_invitation(std::move(object));
    }
    static remote_invitation handle_of(std::shared_ptr<remote_object> object) noexcept {
        return remote_invitation(std::move(object));
    }
};

// The context of a handler: C owns it from the moment in which it accepts the handler, until `drop`.
template <class Events> struct context {
    std::shared_ptr<detail::core> core;
    Events events;
};
using service_context = context<service_events>;
using call_context = context<call_events>;
using log_context = context<log_handler>;

template <class Events> void drop(void *dropped) {
    delete static_cast<context<Events> *>(dropped);
}

// An exception left a callback: a line of the log tells. Nothing here throws.
inline void complain(rtm_service *service, const char *callback, const char *what) noexcept {
    char line[512];
    std::snprintf(line, sizeof line, "an exception left %s: %s", callback, what);
    if (rtm_service_log(service, RTM_LOG_LEVEL_ERROR, line) == RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT) {
        std::snprintf(line, sizeof line, "an exception left %s", callback); // What it said is no valid UTF-8.
        rtm_service_log(service, RTM_LOG_LEVEL_ERROR, line);
    }
}

// Runs `call` with the events and the core of a handler; `callback` is what the log names if it throws.
template <class Events, class Call> void run(void *of, const char *callback, Call call) noexcept {
    context<Events> &to = *static_cast<context<Events> *>(of);
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
    try {
        call(to.events, *to.core);
    } catch (const std::exception &exception) {
        complain(to.core->service, callback, exception.what());
    } catch (...) {
        complain(to.core->service, callback, "of a type of its own");
    }
#else
    static_cast<void>(callback);
    call(to.events, *to.core);
#endif
}

template <class Function, class... Arguments> void call_if(const Function &function, Arguments &&...arguments) {
    if (function) {
        function(std::forward<Arguments>(arguments)...);
    }
}

inline std::vector<peer_online_status> list_of(const rtm_peer_online_status *peers, std::size_t count) {
    std::vector<peer_online_status> list(count);
    for (std::size_t i = 0; i < count; i++) {
        list[i].peer_id = peers[i].peer_id;
        list[i].state = static_cast<peer_online_state>(peers[i].state);
    }
    return list;
}

inline message copy_of(const rtm_message *from) {
    message to;
    rtm_message_type type = RTM_MESSAGE_TYPE_TEXT;
    rtm_message_get_type(from, &type);
    to.type = static_cast<message_type>(type);
    to.text = rtm_message_get_text(from);
    const std::uint8_t *data = nullptr;
    std::size_t length = 0;
    if (rtm_message_get_raw_data(from, &data, &length) == RTM_OK && length > 0) {
        to.data.assign(data, data + length);
    }
    return to;
}

// `first`: this handler, which every service has, brings the outcomes of requests too.
inline rtm_service_event_handler handler_of(service_context *of, bool first) noexcept {
    using on = service_events;
    rtm_service_event_handler handler = {};
    handler.struct_size = sizeof handler;
    handler.context = of;
    handler.drop = drop<on>;
    handler.on_login_success = [](void *to) {
        run<on>(to, "on_login_success", [](const on &events, core &) { call_if(events.on_login_success); });
    };
    handler.on_login_failure = [](void *to, rtm_login_err error) {
        run<on>(to, "on_login_failure",
                [=](const on &events, core &) { call_if(events.on_login_failure, static_cast<login_err>(error)); });
    };
    handler.on_logout = [](void *to, rtm_logout_err error) {
        run<on>(to, "on_logout",
                [=](const on &events, core &) { call_if(events.on_logout, static_cast<logout_err>(error)); });
    };
    handler.on_renew_token_result = [](void *to, const char *token, rtm_renew_token_err error) {
        run<on>(to, "on_renew_token_result", [=](const on &events, core &) {
            call_if(events.on_renew_token_result, std::string(token), static_cast<renew_token_err>(error));
        });
    };
    handler.on_token_expired = [](void *to) {
        run<on>(to, "on_token_expired", [](const on &events, core &) { call_if(events.on_token_expired); });
    };
    handler.on_connection_state_changed = [](void *to, rtm_connection_state state,
                                             rtm_connection_change_reason reason) {
        run<on>(to, "on_connection_state_changed", [=](const on &events, core &) {
            call_if(events.on_connection_state_changed, static_cast<connection_state>(state),
                    static_cast<connection_change_reason>(reason));
        });
    };
    handler.on_message_received_from_peer = [](void *to, const char *peer_id, rtm_message *received) {
        run<on>(to, "on_message_received_from_peer", [=](const on &events, core &) {
            if (events.on_message_received_from_peer) {
                events.on_message_received_from_peer(peer_id, copy_of(received));
            }
        });
    };
    handler.on_peers_online_status_changed = [](void *to, const rtm_peer_online_status *peers, std::size_t count) {
        run<on>(to, "on_peers_online_status_changed", [=](const on &events, core &) {
            call_if(events.on_peers_online_status_changed, list_of(peers, count));
        });
    };
    if (!first) {
        return handler;
    }
    handler.on_send_message_result = [](void *to, std::int64_t number, rtm_peer_message_err error) {
        run<on>(to, "the outcome of send_message_to_peer", [=](const on &, core &of_service) {
            of_service.messages.finish(number, static_cast<peer_message_err>(error));
        });
    };
    handler.on_query_peers_online_status_result = [](void *to, std::int64_t number, const rtm_peer_online_status *peers,
                                                     std::size_t count, rtm_query_peers_online_status_err error) {
        run<on>(to, "the answer to query_peers_online_status", [=](const on &, core &of_service) {
            of_service.queries.finish(number, static_cast<query_peers_online_status_err>(error), list_of(peers, count));
        });
    };
    handler.on_subscription_request_result = [](void *to, std::int64_t number, rtm_peer_subscription_status_err error) {
        run<on>(to, "the outcome of a subscription", [=](const on &, core &of_service) {
            of_service.subscriptions.finish(number, static_cast<peer_subscription_status_err>(error));
        });
    };
    return handler;
}

// The public handle of an invitation in a callback; `last`: of its last one, after which the core lets go of it.
template <class Handle> auto handle_of(core &of, open_invitations<Handle> &known, Handle *handle, bool last) {
    auto shared = last ? known.take(handle) : known.find(handle);
    if (!shared) {
        shared = std::make_shared<object<Handle>>(handle, of.manager, nullptr, false);
    }
    return access::handle_of(std::move(shared));
}
inline local_invitation local_of(core &of, rtm_local_call_invitation *handle, bool last) {
    return handle_of(of, of.locals, handle, last);
}
inline remote_invitation remote_of(core &of, rtm_remote_call_invitation *handle, bool last) {
    return handle_of(of, of.remotes, handle, last);
}

inline rtm_call_event_handler handler_of(call_context *of) noexcept {
    using on = call_events;
    rtm_call_event_handler handler = {};
    handler.struct_size = sizeof handler;
    handler.context = of;
    handler.drop = drop<on>;
    handler.on_local_invitation_received_by_peer = [](void *to, rtm_local_call_invitation *handle) {
        run<on>(to, "on_local_received_by_peer", [=](const on &events, core &of_service) {
            call_if(events.on_local_received_by_peer, local_of(of_service, handle, false));
        });
    };
    handler.on_local_invitation_accepted = [](void *to, rtm_local_call_invitation *handle, const char *response) {
        run<on>(to, "on_local_accepted", [=](const on &events, core &of_service) {
            call_if(events.on_local_accepted, local_of(of_service, handle, true), std::string(response));
        });
    };
    handler.on_local_invitation_refused = [](void *to, rtm_local_call_invitation *handle, const char *response) {
        run<on>(to, "on_local_refused", [=](const on &events, core &of_service) {
            call_if(events.on_local_refused, local_of(of_service, handle, true), std::string(response));
        });
    };
    handler.on_local_invitation_canceled = [](void *to, rtm_local_call_invitation *handle) {
        run<on>(to, "on_local_canceled", [=](const on &events, core &of_service) {
            call_if(events.on_local_canceled, local_of(of_service, handle, true));
        });
    };
    handler.on_local_invitation_failure = [](void *to, rtm_local_call_invitation *handle,
                                             rtm_local_invitation_err error) {
        run<on>(to, "on_local_failure", [=](const on &events, core &of_service) {
            call_if(events.on_local_failure, local_of(of_service, handle, true),
                    static_cast<local_invitation_err>(error));
        });
    };
    handler.on_remote_invitation_received = [](void *to, rtm_remote_call_invitation *handle) {
        run<on>(to, "on_remote_received", [=](const on &events, core &of_service) {
            const auto shared =
                std::make_shared<remote_object>(handle, of_service.manager, static_cast<context<on> *>(to)->core, true);
            of_service.remotes.insert(shared);
            call_if(events.on_remote_received, access::handle_of(shared));
        });
    };
    handler.on_remote_invitation_accepted = [](void *to, rtm_remote_call_invitation *handle) {
        run<on>(to, "on_remote_accepted", [=](const on &events, core &of_service) {
            call_if(events.on_remote_accepted, remote_of(of_service, handle, true));
        });
    };
    handler.on_remote_invitation_refused = [](void *to, rtm_remote_call_invitation *handle) {
        run<on>(to, "on_remote_refused", [=](const on &events, core &of_service) {
            call_if(events.on_remote_refused, remote_of(of_service, handle, true));
        });
    };
    handler.on_remote_invitation_canceled = [](void *to, rtm_remote_call_invitation *handle) {
        run<on>(to, "on_remote_canceled", [=](const on &events, core &of_service) {
            call_if(events.on_remote_canceled, remote_of(of_service, handle, true));
        });
    };
    handler.on_remote_invitation_failure = [](void *to, rtm_remote_call_invitation *handle,
                                              rtm_remote_invitation_err error) {
        run<on>(to, "on_remote_failure", [=](const on &events, core &of_service) {
            call_if(events.on_remote_failure, remote_of(of_service, handle, true),
                    static_cast<remote_invitation_err>(error));
        });
    };
    return handler;
}

inline rtm_log_handler handler_of(log_context *of) noexcept {
    rtm_log_handler handler = {};
    handler.struct_size = sizeof handler;
    handler.context = of;
    handler.drop = drop<log_handler>;
    handler.on_log = [](void *to, rtm_log_level level, const char *line) {
        const auto &log = static_cast<log_context *>(to)->events;
        // What leaves it is not logged: it would come here again.
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
        try {
            log(static_cast<log_level>(level), line);
        } catch (...) {
        }
#else
        log(static_cast<log_level>(level), line);
#endif
    };
    return handler;
}

// Offers a handler to C, which owns its context if it accepts.
template <class Context, class Handler, class Offer>
rtm_status offer(std::unique_ptr<Context> of, const Handler &handler, Offer accept) {
    const rtm_status status = accept(&handler);
    if (status == RTM_OK) {
        static_cast<void>(of.release());
    }
    return status;
}

} // namespace detail
} // namespace rtm

#endif // RTM_CALL_DETAIL_CALLBACKS_HPP
