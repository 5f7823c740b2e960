// A recursive mutex: std::recursive_mutex, where there is one.
#ifndef RTM_CALL_DETAIL_MUTEX_HPP
#define RTM_CALL_DETAIL_MUTEX_HPP

#include <mutex>

#include "../../rtm_call.h"

#if defined(_WIN32) && defined(__GLIBCXX__) && !defined(_GLIBCXX_HAS_GTHREADS)
// MinGW with Windows threads. Declared as in windows.h, which is not for a header to include.
struct _RTL_CRITICAL_SECTION;
extern "C" {
__declspec(dllimport) void __stdcall InitializeCriticalSection(struct _RTL_CRITICAL_SECTION *section);
__declspec(dllimport) void __stdcall EnterCriticalSection(struct _RTL_CRITICAL_SECTION *section);
__declspec(dllimport) void __stdcall LeaveCriticalSection(struct _RTL_CRITICAL_SECTION *section);
__declspec(dllimport) void __stdcall DeleteCriticalSection(struct _RTL_CRITICAL_SECTION *section);
}

namespace rtm {
namespace detail {

class mutex {
  public:
    mutex() noexcept { InitializeCriticalSection(section()); }
    ~mutex() { DeleteCriticalSection(section()); }
    mutex(const mutex &) = delete;
    mutex &operator=(const mutex &) = delete;
    void lock() noexcept { EnterCriticalSection(section()); }
    void unlock() noexcept { LeaveCriticalSection(section()); }

  private:
    _RTL_CRITICAL_SECTION *section() noexcept { return reinterpret_cast<_RTL_CRITICAL_SECTION *>(place_); }
    alignas(8) unsigned char place_[40]; // Its size on 64-bit Windows, and there is no other here.
};

} // namespace detail
} // namespace rtm
#else
namespace rtm {
namespace detail {

using mutex = std::recursive_mutex;

} // namespace detail
} // namespace rtm
#endif

namespace rtm {
namespace detail {

using lock = std::lock_guard<mutex>;

// Whether this process is the child of a fork: no lock may be taken there, whoever held it stayed in the parent.
inline bool is_forked() noexcept {
    return rtm_service_release(nullptr) == RTM_ERR_FORKED;
}

} // namespace detail
} // namespace rtm

#endif // RTM_CALL_DETAIL_MUTEX_HPP
