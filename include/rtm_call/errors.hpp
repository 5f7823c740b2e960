/**
 * @file
 * How calls answer: std::error_code, rtm::result, and the sentence of the last error.
 */
#ifndef RTM_CALL_ERRORS_HPP
#define RTM_CALL_ERRORS_HPP

#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "codes.hpp"

namespace rtm {

/**
 * The category of this library's error codes: its name is "rtm_call", its numbers are those of #errc, its messages
 * those of describe().
 *
 * Any thread, also while static objects are destroyed.
 *
 * @return The one category.
 */
inline const std::error_category &category() noexcept;

/**
 * The std::error_code of a number; called by the compiler where one is compared with, or made from, an #errc.
 *
 * Any thread.
 *
 * @param code The number.
 * @return The error code; false in a condition if `code` is errc::ok.
 */
inline std::error_code make_error_code(errc code) noexcept {
    return std::error_code(static_cast<int>(code), category());
}

/**
 * The sentence of the last error of a call on this thread, naming what was wrong, such as "the callee id is 70 bytes,
 * the limit is 64". For a log or a developer; a program goes by the error code. Success leaves it as it is.
 *
 * Any thread, in a forked child too.
 *
 * @return A copy; "" if there was no error yet.
 */
inline std::string last_error() {
    return rtm_last_error();
}

/**
 * A value, or the error code that says why there is none. As std::expected<T, std::error_code> of C++23, but that
 * nothing here throws.
 *
 * As safe to use from several threads as `T`.
 *
 * @tparam T The value.
 */
template <class T> class [[nodiscard]] result {
  public:
    /**
     * A success.
     * @param value The value.
     */
    result(T value) : value_(std::move(value)) {}

    /**
     * A failure.
     * @param error Why; not a code of success.
     */
    result(std::error_code error) noexcept : error_(error) {}

    /**
     * Whether there is a value.
     * @return True if there is.
     */
    explicit operator bool() const noexcept { return value_.has_value(); }

    /**
     * Why there is no value.
     * @return The error code; errc::ok if there is a value.
     */
    std::error_code error() const noexcept { return error_; }

    /**
     * The value. Undefined if there is none, like that of std::optional.
     * @return The value, inside this object.
     */
    T &operator*() & { return *value_; }

    /**
     * The value. Undefined if there is none.
     * @return The value, inside this object.
     */
    const T &operator*() const & { return *value_; }

    /**
     * The value, to be moved away. Undefined if there is none.
     * @return The value, inside this object.
     */
    T &&operator*() && { return *std::move(value_); }

    /**
     * A member of the value. Undefined if there is none.
     * @return The value, inside this object.
     */
    T *operator->() { return &*value_; }

    /**
     * A member of the value. Undefined if there is none.
     * @return The value, inside this object.
     */
    const T *operator->() const { return &*value_; }

    /**
     * The value, or another one in its place.
     * @param other What to answer if there is none.
     * @return A copy.
     */
    T value_or(T other) const & { return value_ ? *value_ : std::move(other); }

    /**
     * The value, moved away, or another one in its place.
     * @param other What to answer if there is none.
     * @return The one or the other.
     */
    T value_or(T other) && { return value_ ? *std::move(value_) : std::move(other); }

  private:
    std::error_code error_ = make_error_code(errc::ok);
    std::optional<T> value_;
};

namespace detail {

class error_category final : public std::error_category {
  public:
    const char *name() const noexcept override { return "rtm_call"; }
    std::string message(int code) const override { return rtm_status_text(code); }
};

inline std::error_code error_of(rtm_status status) noexcept {
    return make_error_code(static_cast<errc>(status));
}

} // namespace detail

inline const std::error_category &category() noexcept {
    // Never destroyed, for error codes may be looked at while static objects are; and nothing on the heap, for a module
    // that is unloaded.
    alignas(detail::error_category) static unsigned char place[sizeof(detail::error_category)];
    static const std::error_category *const one = ::new (place) detail::error_category;
    return *one;
}

} // namespace rtm

/// @cond
template <> struct std::is_error_code_enum<rtm::errc> : std::true_type {};
/// @endcond

#endif // RTM_CALL_ERRORS_HPP
