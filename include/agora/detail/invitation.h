/* The two invitation objects: a shell around a handle, found again by the handle's user data. */
#ifndef RTM_CALL_AGORA_DETAIL_INVITATION_H
#define RTM_CALL_AGORA_DETAIL_INVITATION_H

#include <atomic>

#include "codes.h"
#include "objects.h"

namespace agora {
namespace rtm {
namespace detail {

/* What the C border has under two names. */
struct Local {
    typedef ILocalCallInvitation Interface;
    typedef rtm_local_call_invitation Handle;
    typedef rtm_local_invitation_state State;
    static rtm_status state(const Handle *handle, State *state) {
        return rtm_local_call_invitation_get_state(handle, state);
    }
    static rtm_status keep(Handle *handle, void *data) { return rtm_local_call_invitation_set_user_data(handle, data); }
    static rtm_status kept(const Handle *handle, void **data) {
        return rtm_local_call_invitation_get_user_data(handle, data);
    }
    static rtm_status release(Handle *handle) { return rtm_local_call_invitation_release(handle); }
    static bool is_idle(unsigned state) { return state == RTM_LOCAL_INVITATION_STATE_IDLE; }
    static bool is_over(unsigned state) { return state >= RTM_LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE; }
    static bool is_ready(unsigned state) { return is_idle(state); }
};

struct Remote {
    typedef IRemoteCallInvitation Interface;
    typedef rtm_remote_call_invitation Handle;
    typedef rtm_remote_invitation_state State;
    static rtm_status state(const Handle *handle, State *state) {
        return rtm_remote_call_invitation_get_state(handle, state);
    }
    static rtm_status keep(Handle *handle, void *data) {
        return rtm_remote_call_invitation_set_user_data(handle, data);
    }
    static rtm_status kept(const Handle *handle, void **data) {
        return rtm_remote_call_invitation_get_user_data(handle, data);
    }
    static rtm_status release(Handle *handle) { return rtm_remote_call_invitation_release(handle); }
    static bool is_idle(unsigned state) { return state == RTM_REMOTE_INVITATION_STATE_IDLE; }
    static bool is_over(unsigned state) { return state >= RTM_REMOTE_INVITATION_STATE_REFUSED; }
    static bool is_ready(unsigned state) { return state == RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED; }
};

/*
 * The life of an invitation object.
 *
 * release() leaves the handle alone while the invitation is open, so that the last state is known when the handle goes:
 * it is given back once the invitation is over, by its last callback, or else by tidy(), which looks at a few of those
 * that wait whenever an object is made or released. When the handle is stale the object goes into the quarantine.
 */
template <class Side> class Invitation : public Side::Interface {
  public:
    typedef typename Side::Interface Interface;
    typedef typename Side::Handle Handle;

    explicit Invitation(Handle *handle) : handle_(handle), bits_(0) {}

    /* The handle of an object, NULL if it is none. */
    static Handle *handle_of(const Interface *object) {
        Handle *handle = NULL;
        table().find(object, handle);
        return handle;
    }

    /* The object of a handle; made when it is first asked for. */
    template <class Object> static Object *of(Handle *handle) {
        void *data = NULL;
        if (Side::kept(handle, &data) == RTM_OK && data != NULL) {
            Interface *known = static_cast<Interface *>(data);
            if (handle_of(known) == handle) {
                return static_cast<Object *>(known);
            }
        }
        tidy(2);
        Object *made = new Object(handle);
        table().insert(static_cast<Interface *>(made), handle);
        Side::keep(handle, static_cast<Interface *>(made));
        return made;
    }

    /* Its last callback has returned, or nearly. */
    void settle() {
        if ((bits_.load() & RELEASED) != 0) {
            give_back();
        }
    }

    /* Frees what can be freed among the `most` that wait longest. */
    static void tidy(std::size_t most) {
        Waiting &waiting = immortal<Waiting>();
        Guard guard(waiting.mutex);
        if (!guard.holds()) {
            return;
        }
        for (std::size_t left = waiting.objects.size() < most ? waiting.objects.size() : most; left > 0; left--) {
            Invitation *object = waiting.objects.front();
            waiting.objects.pop_front();
            if (object->give_back()) {
                object->bury();
            } else {
                waiting.objects.push_back(object);
            }
        }
    }
    static void tidy_all() { tidy(static_cast<std::size_t>(-1)); }

    /* Whether it has ended and is not freed. */
    bool is_over() const {
        typename Side::State now;
        return Side::state(handle_, &now) == RTM_OK && Side::is_over(static_cast<unsigned>(now));
    }

    /* Whether it could be sent or answered, were it not for a text that is no valid UTF-8. */
    bool is_spoilt() const { return (bits_.load() & (NO_UTF8_TEXT | NO_UTF8_CHANNEL)) != 0 && Side::is_ready(state()); }

  protected:
    enum Bits : unsigned {
        STATE = 0xff,            /* The last state known. */
        RELEASED = 0x100,        /* By the program. */
        RETURNED = 0x200,        /* The handle, to the library. */
        NO_UTF8_TEXT = 0x400,    /* The content or the response was set to no valid UTF-8. */
        NO_UTF8_CHANNEL = 0x800, /* Likewise the channel id. */
    };

    Handle *handle() const { return handle_; }

    unsigned state() const {
        typename Side::State now;
        return Side::state(handle_, &now) == RTM_OK ? static_cast<unsigned>(now) : bits_.load() & STATE;
    }

    void discard() {
        if ((bits_.fetch_or(RELEASED) & RELEASED) != 0) {
            return;
        }
        if (give_back()) {
            bury();
        } else {
            Waiting &waiting = immortal<Waiting>();
            Guard guard(waiting.mutex);
            if (guard.holds()) {
                waiting.objects.push_back(this);
            }
        }
        tidy(2);
    }

    /* Notes how setting a text went; what is no valid UTF-8 empties the text, and sending is refused. */
    template <class Set> void set_text(Set set, const char *text, Bits flag) {
        if (set(handle_, text != NULL ? text : "") == RTM_OK) {
            bits_.fetch_and(~static_cast<unsigned>(flag));
        } else if (set(handle_, "") == RTM_OK) {
            bits_.fetch_or(flag);
        }
    }

  private:
    struct Waiting {
        Mutex mutex;
        std::deque<Invitation *> objects;
    };

    static Table<Handle *> &table() { return immortal<Table<Handle *>>(); }

    /* Gives the handle back if the invitation is not open; answers whether the handle is gone. */
    bool give_back() {
        typename Side::State now;
        if (Side::state(handle_, &now) == RTM_OK) {
            const unsigned state = static_cast<unsigned>(now);
            unsigned before = bits_.load();
            while (!bits_.compare_exchange_weak(before, (before & ~STATE) | state)) {
            }
            if (!Side::is_idle(state) && !Side::is_over(state)) {
                return false;
            }
            if ((bits_.fetch_or(RETURNED) & RETURNED) == 0) {
                Side::release(handle_);
            }
        }
        return Side::state(handle_, &now) == RTM_ERR_STALE_HANDLE;
    }

    void bury() {
        Handle *handle = NULL;
        table().take(static_cast<Interface *>(this), handle);
        Quarantine::add(this);
    }

    Invitation(const Invitation &);
    Invitation &operator=(const Invitation &);

    Handle *const handle_;
    std::atomic<unsigned> bits_;
};

class LocalInvitation : public Invitation<Local> {
  public:
    explicit LocalInvitation(Handle *handle) : Invitation<Local>(handle) {}

    const char *getCalleeId() const { return rtm_local_call_invitation_get_callee_id(handle()); }
    void setContent(const char *content) { set_text(rtm_local_call_invitation_set_content, content, NO_UTF8_TEXT); }
    const char *getContent() const { return rtm_local_call_invitation_get_content(handle()); }
    void setChannelId(const char *channelId) {
        set_text(rtm_local_call_invitation_set_channel_id, channelId, NO_UTF8_CHANNEL);
    }
    const char *getChannelId() const { return rtm_local_call_invitation_get_channel_id(handle()); }
    const char *getResponse() const { return rtm_local_call_invitation_get_response(handle()); }
    LOCAL_INVITATION_STATE getState() const { return static_cast<LOCAL_INVITATION_STATE>(state()); }
    void release() { discard(); }
};

class RemoteInvitation : public Invitation<Remote> {
  public:
    explicit RemoteInvitation(Handle *handle) : Invitation<Remote>(handle) {}

    const char *getCallerId() const { return rtm_remote_call_invitation_get_caller_id(handle()); }
    const char *getContent() const { return rtm_remote_call_invitation_get_content(handle()); }
    void setResponse(const char *response) {
        set_text(rtm_remote_call_invitation_set_response, response, NO_UTF8_TEXT);
    }
    const char *getResponse() const { return rtm_remote_call_invitation_get_response(handle()); }
    const char *getChannelId() const { return rtm_remote_call_invitation_get_channel_id(handle()); }
    REMOTE_INVITATION_STATE getState() const { return static_cast<REMOTE_INVITATION_STATE>(state()); }
    void release() { discard(); }
};

static_assert(sizeof(LocalInvitation) <= 32 && sizeof(RemoteInvitation) <= 32, "a million of them wait in memory");

} // namespace detail
} // namespace rtm
} // namespace agora

#endif /* RTM_CALL_AGORA_DETAIL_INVITATION_H */
