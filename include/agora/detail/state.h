/* What a service object has beside its handle, shared with its handlers. */
#ifndef RTM_CALL_AGORA_DETAIL_STATE_H
#define RTM_CALL_AGORA_DETAIL_STATE_H

#include <cstdio>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <vector>

#include "message.h"
#include "objects.h"

namespace agora {
namespace rtm {
namespace detail {

class CallManager;

class State {
  public:
    /* The manager object that was made last, which may have been released since and be gone. The handle is what tells.
     */
    struct Manager {
        Manager() : object(NULL), handle(NULL) {}
        Manager(CallManager *object, rtm_call_manager *handle) : object(object), handle(handle) {}
        CallManager *object;
        rtm_call_manager *handle;
    };

    explicit State(rtm_service *service) : service_(service), current_number_(0), current_id_(0) {}

    rtm_service *service() const { return service_; }

    /* Says in the log, once, that `what` is not here; answers `code`. */
    int outside(const char *what, int code) {
        {
            Guard guard(mutex_);
            if (!guard.holds()) {
                return code;
            }
            for (std::size_t i = 0; i < said_.size(); i++) {
                if (std::strcmp(said_[i], what) == 0) {
                    return code;
                }
            }
            said_.push_back(what);
        }
        log(RTM_LOG_LEVEL_WARN, "%s: not in this library (said once)", what, "");
        return code;
    }

    /* A handler threw. Nothing here throws. */
    void complain(const char *handler, const char *what) {
        if (log(RTM_LOG_LEVEL_ERROR, "an exception left %s: %s", handler, what) != RTM_OK) {
            log(RTM_LOG_LEVEL_ERROR, "an exception left %s", handler, ""); /* The text was no valid UTF-8. */
        }
    }

    /* Sends, so that the outcome, however early it comes, finds the id of the message. */
    rtm_status send(const char *peer, const rtm_message *message, long long id) {
        Guard guard(mutex_);
        if (!guard.holds()) {
            return RTM_ERR_FORKED;
        }
        int64_t number = 0;
        const rtm_status status = rtm_service_send_message_to_peer(service_, peer, message, &number);
        if (status == RTM_OK) {
            sent_[number] = id;
        }
        return status;
    }

    /* The id of the message with this number; all handlers of one outcome ask, one after the other. */
    long long sent(int64_t number) {
        Guard guard(mutex_);
        const Sent::iterator found = sent_.find(number);
        if (found != sent_.end()) {
            current_number_ = number;
            current_id_ = found->second;
            sent_.erase(found);
        }
        return current_number_ == number ? current_id_ : 0;
    }

    bool has_handler(const IRtmServiceEventHandler *handler) {
        Guard guard(mutex_);
        for (std::size_t i = 0; i < handlers_.size(); i++) {
            if (handlers_[i].first == handler) {
                return true;
            }
        }
        return false;
    }
    void add_handler(const IRtmServiceEventHandler *handler, uint64_t number) {
        Guard guard(mutex_);
        handlers_.push_back(std::make_pair(handler, number));
    }
    /* The number of a handler, which is none any more; 0 if it is none. */
    uint64_t take_handler(const IRtmServiceEventHandler *handler) {
        Guard guard(mutex_);
        for (std::size_t i = 0; i < handlers_.size(); i++) {
            if (handlers_[i].first == handler) {
                const uint64_t number = handlers_[i].second;
                handlers_.erase(handlers_.begin() + static_cast<std::ptrdiff_t>(i));
                return number;
            }
        }
        return 0;
    }

    Mutex &mutex() { return mutex_; }
    /* Under the mutex. */
    Manager &manager() { return manager_; }

  private:
    State(const State &);
    State &operator=(const State &);

    rtm_status log(rtm_log_level level, const char *format, const char *first, const char *second) {
        char line[512];
        std::snprintf(line, sizeof line, format, first, second);
        return rtm_service_log(service_, static_cast<uint32_t>(level), line);
    }

    typedef std::unordered_map<int64_t, long long> Sent;

    rtm_service *const service_;
    Mutex mutex_;
    Manager manager_;
    std::vector<std::pair<const IRtmServiceEventHandler *, uint64_t>> handlers_;
    std::vector<const char *> said_;
    Sent sent_;
    int64_t current_number_;
    long long current_id_;
};

} // namespace detail
} // namespace rtm
} // namespace agora

#endif /* RTM_CALL_AGORA_DETAIL_STATE_H */
