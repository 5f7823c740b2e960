/* Which objects a program may hold, and when their memory may be used anew.
 *
 * A pointer that a program passes is looked up before anything is read through it. An object that was freed leaves its
 * table and waits in the quarantine: whoever still holds the pointer finds an object that answers "" and errors.
 */
#ifndef RTM_CALL_AGORA_DETAIL_OBJECTS_H
#define RTM_CALL_AGORA_DETAIL_OBJECTS_H

#include <cstddef>
#include <deque>
#include <unordered_map>
#include <utility>
#if !defined(_WIN32)
#include <mutex>
#endif

#include "../../rtm_call.h"

/* How many freed objects wait before the memory of the oldest is used anew; the same in all sources of a program. */
#ifndef RTM_CALL_AGORA_QUARANTINE
#define RTM_CALL_AGORA_QUARANTINE 1000000
#endif

namespace agora {
namespace rtm {
namespace detail {

/* Recursive: a carrier of the program's own is called while the lock of a service is held, and may call the service. */
#if defined(_WIN32)
/* Not std::recursive_mutex, which MinGW has only with POSIX threads. */
class Mutex {
  public:
    Mutex() { InitializeCriticalSection(&section_); }
    ~Mutex() { DeleteCriticalSection(&section_); }
    void lock() { EnterCriticalSection(&section_); }
    void unlock() { LeaveCriticalSection(&section_); }

  private:
    Mutex(const Mutex &);
    Mutex &operator=(const Mutex &);
    CRITICAL_SECTION section_;
};
#else
typedef std::recursive_mutex Mutex;
#endif

/* Holds a mutex, unless this is the child of a fork: another thread may have held it for ever there. */
class Guard {
  public:
    explicit Guard(Mutex &mutex) : mutex_(rtm_service_release(NULL) == RTM_ERR_FORKED ? NULL : &mutex) {
        if (mutex_ != NULL) {
            mutex_->lock();
        }
    }
    ~Guard() {
        if (mutex_ != NULL) {
            mutex_->unlock();
        }
    }
    bool holds() const { return mutex_ != NULL; }

  private:
    Guard(const Guard &);
    Guard &operator=(const Guard &);
    Mutex *mutex_;
};

/* The objects of one kind that are not freed, by the address that a program holds, and what belongs to each. */
template <class Content> class Table {
  public:
    void insert(const void *object, const Content &content) {
        Guard guard(mutex_);
        if (guard.holds()) {
            contents_[object] = content;
        }
    }

    /* Whether `object` is one; `content` is untouched if not. */
    bool find(const void *object, Content &content) {
        Guard guard(mutex_);
        if (!guard.holds()) {
            return false;
        }
        typename Contents::const_iterator found = contents_.find(object);
        if (found == contents_.end()) {
            return false;
        }
        content = found->second;
        return true;
    }

    /* As find, and the object is none any more. */
    bool take(const void *object, Content &content) {
        Guard guard(mutex_);
        if (!guard.holds()) {
            return false;
        }
        typename Contents::iterator found = contents_.find(object);
        if (found == contents_.end()) {
            return false;
        }
        content = std::move(found->second);
        contents_.erase(found);
        return true;
    }

  private:
    typedef std::unordered_map<const void *, Content> Contents;
    Mutex mutex_;
    Contents contents_;
};

/* What lives as long as the process, since objects may be touched while it ends. */
template <class T> T &immortal() {
    static T *const one = new T();
    return *one;
}

/* Freed objects, oldest first. */
class Quarantine {
  public:
    template <class Object> static void add(Object *object) {
        const Waiting newest(object, destroy<Object>);
        Waiting oldest(static_cast<void *>(NULL), NULL);
        {
            Quarantine &one = immortal<Quarantine>();
            Guard guard(one.mutex_);
            if (!guard.holds()) {
                return;
            }
            one.waiting_.push_back(newest);
            if (one.waiting_.size() > static_cast<std::size_t>(RTM_CALL_AGORA_QUARANTINE)) {
                oldest = one.waiting_.front();
                one.waiting_.pop_front();
            }
        }
        if (oldest.second != NULL) {
            oldest.second(oldest.first);
        }
    }

  private:
    typedef std::pair<void *, void (*)(void *)> Waiting;
    template <class Object> static void destroy(void *object) { delete static_cast<Object *>(object); }

    Mutex mutex_;
    std::deque<Waiting> waiting_;
};

} // namespace detail
} // namespace rtm
} // namespace agora

#endif /* RTM_CALL_AGORA_DETAIL_OBJECTS_H */
