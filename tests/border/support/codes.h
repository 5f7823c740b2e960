/* The codes of the header: each has a function rtm_<code>_name and one rtm_<code>_text. */
#ifndef BORDER_CODES_H
#define BORDER_CODES_H

#define CODES(CODE)                                                                                                    \
    CODE(status)                                                                                                       \
    CODE(local_invitation_state)                                                                                       \
    CODE(remote_invitation_state)                                                                                      \
    CODE(local_invitation_err)                                                                                         \
    CODE(remote_invitation_err)                                                                                        \
    CODE(end_reason)                                                                                                   \
    CODE(end_side)                                                                                                     \
    CODE(connection_state)                                                                                             \
    CODE(connection_change_reason)                                                                                     \
    CODE(login_err)                                                                                                    \
    CODE(logout_err)                                                                                                   \
    CODE(renew_token_err)                                                                                              \
    CODE(peer_online_state)                                                                                            \
    CODE(peer_message_err)                                                                                             \
    CODE(query_peers_online_status_err)                                                                                \
    CODE(peer_subscription_status_err)                                                                                 \
    CODE(message_type)                                                                                                 \
    CODE(delivery)                                                                                                     \
    CODE(ladder_format)                                                                                                \
    CODE(log_level)                                                                                                    \
    CODE(log_filter)                                                                                                   \
    CODE(transport_link)

#endif
