/* The call manager object. */
#ifndef RTM_CALL_AGORA_DETAIL_MANAGER_H
#define RTM_CALL_AGORA_DETAIL_MANAGER_H

#include "invitation.h"
#include "state.h"

namespace agora {
namespace rtm {
namespace detail {

class CallManager : public IRtmCallManager {
  public:
    explicit CallManager(rtm_call_manager *handle) : handle_(handle) {}

    /* The handle of an object, NULL if it is none. */
    static rtm_call_manager *handle_of(const IRtmCallManager *object) {
        rtm_call_manager *handle = NULL;
        table().find(object, handle);
        return handle;
    }

    /* The object of a handle, which is the state's manager from now on. */
    static CallManager *of(rtm_call_manager *handle, State &state) {
        Guard guard(state.mutex());
        if (!guard.holds()) {
            return NULL;
        }
        State::Manager &known = state.manager();
        if (known.object == NULL || known.handle != handle) {
            const State::Manager made(new CallManager(handle), handle);
            table().insert(static_cast<const IRtmCallManager *>(made.object), handle);
            retire(known);
            known = made;
        }
        return known.object;
    }

    /* The service ended, and with it the manager. If that was released before, another manager may live at its address.
     */
    static void retire(const State::Manager &manager) {
        const IRtmCallManager *const object = manager.object;
        rtm_call_manager *handle = NULL;
        if (table().find(object, handle) && handle == manager.handle && table().take(object, handle)) {
            Quarantine::add(manager.object);
        }
    }

    int sendLocalInvitation(ILocalCallInvitation *invitation) {
        return on<LocalInvitation>(invitation, rtm_call_manager_send_local_invitation);
    }
    int acceptRemoteInvitation(IRemoteCallInvitation *invitation) {
        return on<RemoteInvitation>(invitation, rtm_call_manager_accept_remote_invitation);
    }
    int refuseRemoteInvitation(IRemoteCallInvitation *invitation) {
        return on<RemoteInvitation>(invitation, rtm_call_manager_refuse_remote_invitation);
    }
    int cancelLocalInvitation(ILocalCallInvitation *invitation) {
        LocalInvitation::Handle *const handle = LocalInvitation::handle_of(invitation);
        return verb_code(rtm_call_manager_cancel_local_invitation(handle_, handle),
                         is_over<LocalInvitation>(invitation));
    }
    ILocalCallInvitation *createLocalCallInvitation(const char *calleeId) {
        rtm_local_call_invitation *handle = NULL;
        if (rtm_call_manager_create_local_call_invitation(handle_, calleeId, &handle) != RTM_OK) {
            return NULL;
        }
        return LocalInvitation::of<LocalInvitation>(handle);
    }
    void release() {
        rtm_call_manager *handle = NULL;
        if (table().take(static_cast<const IRtmCallManager *>(this), handle)) {
            rtm_call_manager_release(handle_);
            Quarantine::add(this);
        }
    }

  private:
    static Table<rtm_call_manager *> &table() { return immortal<Table<rtm_call_manager *>>(); }

    /* Sends or answers an invitation, unless that is refused for its texts. */
    template <class Object, class Verb> int on(typename Object::Interface *invitation, Verb verb) const {
        typename Object::Handle *const handle = Object::handle_of(invitation);
        if (handle != NULL && static_cast<Object *>(invitation)->is_spoilt()) {
            return INVITATION_API_CALL_ERR_INVALID_ARGUMENT;
        }
        return verb_code(verb(handle_, handle), is_over<Object>(invitation));
    }

    template <class Object> static bool is_over(typename Object::Interface *invitation) {
        return Object::handle_of(invitation) != NULL && static_cast<Object *>(invitation)->is_over();
    }

    CallManager(const CallManager &);
    CallManager &operator=(const CallManager &);

    rtm_call_manager *const handle_;
};

static_assert(sizeof(CallManager) <= 32, "a million of them wait in memory");

} // namespace detail
} // namespace rtm
} // namespace agora

#endif /* RTM_CALL_AGORA_DETAIL_MANAGER_H */
