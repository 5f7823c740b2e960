/**
 * @file
 * What passes between users outside invitations: presence and messages. Plain values, free to be copied and kept.
 */
#ifndef RTM_CALL_PEERS_HPP
#define RTM_CALL_PEERS_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "codes.hpp"

namespace rtm {

/** Whether one user can be reached. */
struct peer_online_status {
    /** The user. */
    std::string peer_id;
    /** Whether it can be reached. */
    peer_online_state state = peer_online_state::offline;
};

/** A peer message: a text, or bytes with a text that describes them. 32768 bytes at most, text and bytes each. */
struct message {
    /** What it carries; with message_type::text, `data` is left alone. */
    message_type type = message_type::text;
    /** The text; with message_type::raw, the description of the bytes. UTF-8. */
    std::string text;
    /** The bytes. */
    std::vector<std::uint8_t> data;
};

} // namespace rtm

#endif // RTM_CALL_PEERS_HPP
