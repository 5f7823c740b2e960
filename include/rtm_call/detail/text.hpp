// Texts on their way into C and out of it, and times.
#ifndef RTM_CALL_DETAIL_TEXT_HPP
#define RTM_CALL_DETAIL_TEXT_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "../../rtm_call.h"

namespace rtm {
namespace detail {

// A text with the final NUL that C wants. A NUL inside is no valid text; C, which would take it for the end, gets a
// byte that is none either, and answers so.
class text {
  public:
    explicit text(std::string_view from) : with_nul_(from) {
        for (char &byte : with_nul_) {
            byte = byte == '\0' ? '\xff' : byte;
        }
    }
    const char *c_str() const noexcept { return with_nul_.c_str(); }

  private:
    std::string with_nul_;
};

// What a getter of C with _copy in its name answers, "" on an error. `copy` is called until the text fits: another
// thread may set a longer one meanwhile.
template <class Copy> std::string copied(Copy copy) {
    std::string text(63, '\0');
    for (;;) {
        std::size_t needed = 0;
        const rtm_status status = copy(&text[0], text.size(), &needed);
        if (status == RTM_OK) {
            text.resize(needed - 1); // without the final NUL
            return text;
        }
        if (status != RTM_ERR_BUFFER_TOO_SMALL) {
            return std::string();
        }
        text.resize(needed);
    }
}

// For the setters of C, which refuse 0: so is what lies below, and what lies above counts as the greatest.
inline std::uint32_t timeout_ms(std::chrono::milliseconds time) noexcept {
    constexpr std::uint32_t greatest = (std::numeric_limits<std::uint32_t>::max)();
    if (time.count() <= 0) {
        return 0;
    }
    return time.count() < greatest ? static_cast<std::uint32_t>(time.count()) : greatest;
}

} // namespace detail
} // namespace rtm

#endif // RTM_CALL_DETAIL_TEXT_HPP
