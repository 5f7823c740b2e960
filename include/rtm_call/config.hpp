/**
 * @file
 * How a service is to be, and what it counts.
 */
#ifndef RTM_CALL_CONFIG_HPP
#define RTM_CALL_CONFIG_HPP

#include <chrono>
#include <cstdint>
#include <string>

#include "codes.hpp"

namespace rtm {

/** How a service is to be. What is left alone has its default: zero and "" mean the default everywhere. */
struct service_config {
    /**
     * The carrier's address, such as "hub://demo". "": what service::set_parameters() sets, else the environment
     * variable RTM_CALL_URL, else "hub://".
     */
    std::string url;
    /** Who runs the callbacks. */
    rtm::delivery delivery = rtm::delivery::own_worker;
    /** For how long the callee's library may take to acknowledge an invitation. Default: 30 s. */
    std::chrono::milliseconds acknowledge_timeout{0};
    /** For how long it rings. Default: 60 s. */
    std::chrono::milliseconds ring_timeout{0};
    /** For how long an acceptance may wait for the caller's confirmation. Default: 5 s. */
    std::chrono::milliseconds accept_timeout{0};
    /** For how long a login tries to reach the carrier. Default: 12 s. */
    std::chrono::milliseconds login_timeout{0};
    /** For how long a user whose link is broken does not count as gone. Default: 15 s. */
    std::chrono::milliseconds grace{0};
    /** How many invitations may be open at once, outgoing and incoming each. Default: 100000. */
    std::uint32_t max_open_invitations = 0;
    /** How many invitations of one peer may be open at once. Default: 1000. */
    std::uint32_t max_open_per_peer = 0;
    /** How many ended invitations are remembered, so that nothing of them rings again. Default: 1000000. */
    std::uint32_t max_remembered_invitations = 0;
    /**
     * Certificates to trust for mqtts:// and wss://, as the text of a PEM file. "": the address says (`ca_file`), or
     * the system.
     */
    std::string ca_pem;
};

/** What a service has counted since it was made. */
struct service_stats {
    /** Invitations that were sent. */
    std::uint64_t invitations_sent = 0;
    /** Invitations that arrived. */
    std::uint64_t invitations_received = 0;
    /** Local invitations that are open now. */
    std::uint64_t open_local_invitations = 0;
    /** Remote invitations that are open now. */
    std::uint64_t open_remote_invitations = 0;
    /** Ended invitations that are remembered now. */
    std::uint64_t remembered_invitations = 0;
    /** Ended invitations that were forgotten before their time, at the bound. */
    std::uint64_t evicted_invitations = 0;
    /** Messages handed to the carrier, those sent again included. */
    std::uint64_t messages_sent = 0;
    /** Messages sent again. */
    std::uint64_t messages_resent = 0;
    /** Messages read. */
    std::uint64_t messages_received = 0;
    /** Messages dropped as malformed, oversized, or of an unknown version, type or sender. */
    std::uint64_t messages_dropped_malformed = 0;
    /** Messages dropped because no open invitation waits for them. */
    std::uint64_t messages_dropped_stray = 0;
    /** Invitations dropped at a bound. */
    std::uint64_t messages_dropped_limit = 0;
    /** Callbacks that wait to be delivered now. */
    std::uint64_t callbacks_waiting = 0;
};

} // namespace rtm

#endif // RTM_CALL_CONFIG_HPP
