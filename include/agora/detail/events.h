/* From the library's callbacks to the handlers of a program. No exception gets past here. */
#ifndef RTM_CALL_AGORA_DETAIL_EVENTS_H
#define RTM_CALL_AGORA_DETAIL_EVENTS_H

#include <cstring>
#include <memory>
#include <vector>
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define RTM_CALL_AGORA_EXCEPTIONS
#include <exception>
#endif

#include "invitation.h"
#include "message.h"
#include "state.h"

namespace agora {
namespace rtm {
namespace detail {

/* The context of a handler that the library has; gone when the library lets it go. */
template <class Handler> struct Listener {
    Handler *handler;
    std::shared_ptr<State> state;

    static void drop(void *context) { delete static_cast<Listener *>(context); }

    /* Runs `call` with the handler; `name` is what is logged if it throws. */
    template <class Call> static void run(void *context, const char *name, Call call) {
        Listener &listener = *static_cast<Listener *>(context);
#if defined(RTM_CALL_AGORA_EXCEPTIONS)
        try {
            call(*listener.handler, *listener.state);
        } catch (const std::exception &exception) {
            listener.state->complain(name, exception.what());
        } catch (...) {
            listener.state->complain(name, "of a type of its own");
        }
#else
        static_cast<void>(name);
        call(*listener.handler, *listener.state);
#endif
    }
};
#undef RTM_CALL_AGORA_EXCEPTIONS

/* The callbacks of a service. */
struct ServiceEvents {
    typedef IRtmServiceEventHandler Handler;
    typedef Listener<Handler> To;

    static rtm_service_event_handler callbacks(To *context) {
        rtm_service_event_handler callbacks;
        std::memset(&callbacks, 0, sizeof callbacks);
        callbacks.struct_size = sizeof callbacks;
        callbacks.context = context;
        callbacks.drop = To::drop;
        callbacks.on_login_success = login_success;
        callbacks.on_login_failure = login_failure;
        callbacks.on_logout = logout;
        callbacks.on_renew_token_result = renew_token_result;
        callbacks.on_token_expired = token_expired;
        callbacks.on_connection_state_changed = connection_state_changed;
        callbacks.on_send_message_result = send_message_result;
        callbacks.on_message_received_from_peer = message_received_from_peer;
        callbacks.on_query_peers_online_status_result = query_peers_online_status_result;
        callbacks.on_subscription_request_result = subscription_request_result;
        callbacks.on_peers_online_status_changed = peers_online_status_changed;
        return callbacks;
    }

  private:
    static void login_success(void *context) {
        To::run(context, "onLoginSuccess", [](Handler &to, State &) { to.onLoginSuccess(); });
    }
    static void login_failure(void *context, rtm_login_err error) {
        To::run(context, "onLoginFailure",
                [=](Handler &to, State &) { to.onLoginFailure(static_cast<LOGIN_ERR_CODE>(error)); });
    }
    static void logout(void *context, rtm_logout_err error) {
        To::run(context, "onLogout", [=](Handler &to, State &) { to.onLogout(static_cast<LOGOUT_ERR_CODE>(error)); });
    }
    static void renew_token_result(void *context, const char *token, rtm_renew_token_err error) {
        To::run(context, "onRenewTokenResult",
                [=](Handler &to, State &) { to.onRenewTokenResult(token, static_cast<RENEW_TOKEN_ERR_CODE>(error)); });
    }
    static void token_expired(void *context) {
        To::run(context, "onTokenExpired", [](Handler &to, State &) { to.onTokenExpired(); });
    }
    static void connection_state_changed(void *context, rtm_connection_state state,
                                         rtm_connection_change_reason reason) {
        To::run(context, "onConnectionStateChanged", [=](Handler &to, State &) {
            to.onConnectionStateChanged(static_cast<CONNECTION_STATE>(state),
                                        static_cast<CONNECTION_CHANGE_REASON>(reason));
        });
    }
    static void send_message_result(void *context, int64_t number, rtm_peer_message_err error) {
        To::run(context, "onSendMessageResult", [=](Handler &to, State &state) {
            to.onSendMessageResult(state.sent(number), static_cast<PEER_MESSAGE_ERR_CODE>(error));
        });
    }
    static void message_received_from_peer(void *context, const char *peer, rtm_message *message) {
        To::run(context, "onMessageReceivedFromPeer", [=](Handler &to, State &) {
            const std::unique_ptr<Message, Release> copy(Message::received(message));
            to.onMessageReceivedFromPeer(peer, copy.get());
        });
    }
    static void query_peers_online_status_result(void *context, int64_t request, const rtm_peer_online_status *peers,
                                                 size_t count, rtm_query_peers_online_status_err error) {
        To::run(context, "onQueryPeersOnlineStatusResult", [=](Handler &to, State &) {
            const std::vector<PeerOnlineStatus> list = copied(peers, count);
            to.onQueryPeersOnlineStatusResult(request, list.data(), static_cast<int>(count),
                                              static_cast<QUERY_PEERS_ONLINE_STATUS_ERR>(error));
        });
    }
    static void subscription_request_result(void *context, int64_t request, rtm_peer_subscription_status_err error) {
        To::run(context, "onSubscriptionRequestResult", [=](Handler &to, State &) {
            to.onSubscriptionRequestResult(request, static_cast<PEER_SUBSCRIPTION_STATUS_ERR>(error));
        });
    }
    static void peers_online_status_changed(void *context, const rtm_peer_online_status *peers, size_t count) {
        To::run(context, "onPeersOnlineStatusChanged", [=](Handler &to, State &) {
            const std::vector<PeerOnlineStatus> list = copied(peers, count);
            to.onPeersOnlineStatusChanged(list.data(), static_cast<int>(count));
        });
    }

    struct Release {
        void operator()(Message *message) const { message->release(); }
    };

    static std::vector<PeerOnlineStatus> copied(const rtm_peer_online_status *peers, std::size_t count) {
        std::vector<PeerOnlineStatus> list(count);
        for (std::size_t i = 0; i < count; i++) {
            list[i].peerId = peers[i].peer_id;
            list[i].isOnline = peers[i].state == RTM_PEER_ONLINE_STATE_ONLINE;
            list[i].onlineState = static_cast<PEER_ONLINE_STATE>(peers[i].state);
        }
        return list;
    }
};

/* The callbacks of a call manager. */
struct CallEvents {
    typedef IRtmCallEventHandler Handler;
    typedef Listener<Handler> To;

    static rtm_call_event_handler callbacks(To *context) {
        rtm_call_event_handler callbacks;
        std::memset(&callbacks, 0, sizeof callbacks);
        callbacks.struct_size = sizeof callbacks;
        callbacks.context = context;
        callbacks.drop = To::drop;
        callbacks.on_local_invitation_received_by_peer = local_received_by_peer;
        callbacks.on_local_invitation_accepted = local_accepted;
        callbacks.on_local_invitation_refused = local_refused;
        callbacks.on_local_invitation_canceled = local_canceled;
        callbacks.on_local_invitation_failure = local_failure;
        callbacks.on_remote_invitation_received = remote_received;
        callbacks.on_remote_invitation_accepted = remote_accepted;
        callbacks.on_remote_invitation_refused = remote_refused;
        callbacks.on_remote_invitation_canceled = remote_canceled;
        callbacks.on_remote_invitation_failure = remote_failure;
        return callbacks;
    }

  private:
    /* Settles the object when the last callback is over, also if that throws. */
    template <class Object> struct Last {
        explicit Last(Object *object) : object(object) {}
        ~Last() { object->settle(); }
        Object *const object;

      private:
        Last(const Last &);
        Last &operator=(const Last &);
    };
    typedef Last<LocalInvitation> LastLocal;
    typedef Last<RemoteInvitation> LastRemote;

    static void local_received_by_peer(void *context, rtm_local_call_invitation *handle) {
        To::run(context, "onLocalInvitationReceivedByPeer", [=](Handler &to, State &) {
            to.onLocalInvitationReceivedByPeer(LocalInvitation::of<LocalInvitation>(handle));
        });
    }
    static void local_accepted(void *context, rtm_local_call_invitation *handle, const char *response) {
        To::run(context, "onLocalInvitationAccepted", [=](Handler &to, State &) {
            const LastLocal last(LocalInvitation::of<LocalInvitation>(handle));
            to.onLocalInvitationAccepted(last.object, response);
        });
    }
    static void local_refused(void *context, rtm_local_call_invitation *handle, const char *response) {
        To::run(context, "onLocalInvitationRefused", [=](Handler &to, State &) {
            const LastLocal last(LocalInvitation::of<LocalInvitation>(handle));
            to.onLocalInvitationRefused(last.object, response);
        });
    }
    static void local_canceled(void *context, rtm_local_call_invitation *handle) {
        To::run(context, "onLocalInvitationCanceled", [=](Handler &to, State &) {
            const LastLocal last(LocalInvitation::of<LocalInvitation>(handle));
            to.onLocalInvitationCanceled(last.object);
        });
    }
    static void local_failure(void *context, rtm_local_call_invitation *handle, rtm_local_invitation_err error) {
        To::run(context, "onLocalInvitationFailure", [=](Handler &to, State &) {
            const LastLocal last(LocalInvitation::of<LocalInvitation>(handle));
            to.onLocalInvitationFailure(last.object, static_cast<LOCAL_INVITATION_ERR_CODE>(error));
        });
    }
    static void remote_received(void *context, rtm_remote_call_invitation *handle) {
        To::run(context, "onRemoteInvitationReceived", [=](Handler &to, State &) {
            to.onRemoteInvitationReceived(RemoteInvitation::of<RemoteInvitation>(handle));
        });
    }
    static void remote_accepted(void *context, rtm_remote_call_invitation *handle) {
        To::run(context, "onRemoteInvitationAccepted", [=](Handler &to, State &) {
            const LastRemote last(RemoteInvitation::of<RemoteInvitation>(handle));
            to.onRemoteInvitationAccepted(last.object);
        });
    }
    static void remote_refused(void *context, rtm_remote_call_invitation *handle) {
        To::run(context, "onRemoteInvitationRefused", [=](Handler &to, State &) {
            const LastRemote last(RemoteInvitation::of<RemoteInvitation>(handle));
            to.onRemoteInvitationRefused(last.object);
        });
    }
    static void remote_canceled(void *context, rtm_remote_call_invitation *handle) {
        To::run(context, "onRemoteInvitationCanceled", [=](Handler &to, State &) {
            const LastRemote last(RemoteInvitation::of<RemoteInvitation>(handle));
            to.onRemoteInvitationCanceled(last.object);
        });
    }
    static void remote_failure(void *context, rtm_remote_call_invitation *handle, rtm_remote_invitation_err error) {
        To::run(context, "onRemoteInvitationFailure", [=](Handler &to, State &) {
            const LastRemote last(RemoteInvitation::of<RemoteInvitation>(handle));
            to.onRemoteInvitationFailure(last.object, static_cast<REMOTE_INVITATION_ERR_CODE>(error));
        });
    }
};

} // namespace detail
} // namespace rtm
} // namespace agora

#endif /* RTM_CALL_AGORA_DETAIL_EVENTS_H */
