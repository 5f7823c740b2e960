// The headers after windows.h has defined min and max, as it does where nobody asked it not to.
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))

#include "rtm_call.hpp"

#include "agora/IAgoraRtmCallManager.h"
#include "agora/IAgoraRtmService.h"
#include "agora/rtm_call_extension.h"
