/**
 * @file
 * The library as a whole: version, features, shared workers.
 */
#ifndef RTM_CALL_LIBRARY_HPP
#define RTM_CALL_LIBRARY_HPP

#include <cstdint>
#include <string_view>
#include <system_error>

#include "detail/text.hpp"
#include "errors.hpp"

namespace rtm {

/**
 * The version of the library that runs, such as "0.1.0"; #RTM_CALL_VERSION is that of the header.
 *
 * Any thread, in a forked child too.
 *
 * @return A static text.
 */
inline std::string_view version() noexcept {
    return rtm_version();
}

/**
 * The version of the library that runs as a number that grows: major * 1000000 + minor * 1000 + patch.
 *
 * Any thread, in a forked child too.
 *
 * @return The number.
 */
inline std::uint32_t version_number() noexcept {
    return rtm_version_number();
}

/**
 * Whether this build has a feature. "hub" is the in-process carrier; a carrier's name is also the beginning of its
 * addresses.
 *
 * Any thread, in a forked child too.
 *
 * @param feature The name.
 * @return True if this build has it.
 */
inline bool has_feature(std::string_view feature) {
    return rtm_has_feature(detail::text(feature).c_str());
}

/**
 * Sets how many threads run the callbacks of all services with delivery::shared. Default: 2. They start when first
 * needed.
 *
 * Any thread; only once in a process, before the first such service is made.
 *
 * @param count How many, at least 1.
 * @return errc::invalid_argument if `count` is 0; errc::invalid_state if it is too late.
 */
inline std::error_code set_shared_workers(std::uint32_t count) noexcept {
    return detail::error_of(rtm_set_shared_workers(count));
}

} // namespace rtm

#endif // RTM_CALL_LIBRARY_HPP
