/**
 * @file
 * The in-process carrier as a bad network, for tests and demonstrations.
 */
#ifndef RTM_CALL_HUB_HPP
#define RTM_CALL_HUB_HPP

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "detail/text.hpp"
#include "errors.hpp"

namespace rtm {

/**
 * What happens to the messages of a hub. As default-made: nothing. The same seed and the same order of messages give
 * the same fate.
 */
struct hub_faults {
    /** The seed of the dice. */
    std::uint64_t seed = 0;
    /** The shortest way of a message; less than 0 counts as 0. */
    std::chrono::milliseconds delay_min{0};
    /** The longest way of a message; less than `delay_min` means the same as that. */
    std::chrono::milliseconds delay_max{0};
    /** Messages lost, per million. */
    std::uint32_t loss_per_million = 0;
    /** Messages that arrive twice, per million. */
    std::uint32_t repeat_per_million = 0;
    /** Messages that may overtake and be overtaken, per million. */
    std::uint32_t reorder_per_million = 0;
};

/**
 * What became of the messages of a hub since somebody first used it. What is neither delivered nor counted as gone is
 * on its way.
 */
struct hub_stats {
    /** Messages handed over by users with a standing link. */
    std::uint64_t sent = 0;
    /** Messages that arrived; a repeated one counts each time. */
    std::uint64_t delivered = 0;
    /** Messages lost on purpose. */
    std::uint64_t lost = 0;
    /** Second copies made on purpose. */
    std::uint64_t repeated = 0;
    /** Messages taken out of order on purpose. */
    std::uint64_t reordered = 0;
    /** Messages and copies that faults kept from arriving at once. */
    std::uint64_t delayed = 0;
    /** Messages dropped because their lifetime was over. */
    std::uint64_t expired = 0;
    /** Messages dropped because their receiver was not logged in. */
    std::uint64_t dropped_offline = 0;
    /** Messages not taken, or dropped on arrival, because a queue was full. */
    std::uint64_t refused_full = 0;
    /** Links cut by hub::set_link(). */
    std::uint64_t links_cut = 0;
};

/**
 * Makes the in-process carrier hub://NAME behave like a bad network. This object is only the hub's name: copy it, drop
 * it, use it from any thread.
 */
class hub {
  public:
    /**
     * Names a hub, which need not be in use yet.
     *
     * @param name What stands behind hub:// in the address; "" for hub:// itself.
     * @param app_id The app id of the services that use it.
     */
    hub(std::string_view name, std::string_view app_id) : name_(name), app_id_(app_id) {}

    /**
     * Sets the faults; they stay until they are set anew. What is on its way still arrives.
     *
     * Any thread.
     *
     * @param faults The faults.
     * @return errc::invalid_argument if a text is no valid UTF-8, or the hub cannot have this name.
     */
    std::error_code set_faults(const hub_faults &faults) const {
        rtm_hub_faults to = {};
        to.struct_size = sizeof to;
        to.seed = faults.seed;
        to.delay_min_ms = detail::timeout_ms(faults.delay_min);
        to.delay_max_ms = detail::timeout_ms(faults.delay_max);
        to.loss_per_million = faults.loss_per_million;
        to.repeat_per_million = faults.repeat_per_million;
        to.reorder_per_million = faults.reorder_per_million;
        return detail::error_of(rtm_hub_set_faults(name_.c_str(), app_id_.c_str(), &to));
    }

    /**
     * Cuts or restores the link of a user. While it is cut, nothing goes out, what arrives waits, and others see the
     * user as peer_online_state::unreachable, after the grace time as peer_online_state::offline.
     *
     * Any thread.
     *
     * @param user_id The user.
     * @param up False: cut; true: restore.
     * @return errc::not_found if that user is not logged in there; errc::invalid_argument as for set_faults().
     */
    std::error_code set_link(std::string_view user_id, bool up) const {
        return detail::error_of(
            rtm_hub_set_link(name_.c_str(), app_id_.c_str(), detail::text(user_id).c_str(), up ? 1 : 0));
    }

    /**
     * Lets the machine of a user sleep, or wakes it up. Asleep, nothing is reported to it; what arrives waits. Others
     * see no difference.
     *
     * Any thread.
     *
     * @param user_id The user.
     * @param asleep True: sleep; false: wake up.
     * @return errc::not_found if that user is not logged in there; errc::invalid_argument as for set_faults().
     */
    std::error_code suspend(std::string_view user_id, bool asleep) const {
        return detail::error_of(
            rtm_hub_suspend(name_.c_str(), app_id_.c_str(), detail::text(user_id).c_str(), asleep ? 1 : 0));
    }

    /**
     * What became of the messages. They are counted for as long as somebody is logged in there or it has faults.
     *
     * Any thread.
     *
     * @return The numbers; errc::invalid_argument as for set_faults().
     */
    result<hub_stats> stats() const {
        rtm_hub_stats from = {};
        from.struct_size = sizeof from;
        const rtm_status status = rtm_hub_get_stats(name_.c_str(), app_id_.c_str(), &from);
        if (status != RTM_OK) {
            return detail::error_of(status);
        }
        hub_stats stats;
        stats.sent = from.sent;
        stats.delivered = from.delivered;
        stats.lost = from.lost;
        stats.repeated = from.repeated;
        stats.reordered = from.reordered;
        stats.delayed = from.delayed;
        stats.expired = from.expired;
        stats.dropped_offline = from.dropped_offline;
        stats.refused_full = from.refused_full;
        stats.links_cut = from.links_cut;
        return stats;
    }

  private:
    detail::text name_;
    detail::text app_id_;
};

} // namespace rtm

#endif // RTM_CALL_HUB_HPP
