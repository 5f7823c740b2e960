/* IAgoraRtmCallManager.h: call invitations of the 1.x interface, in C++ over rtm_call.h. See IAgoraRtmService.h for
 * what holds of all objects here.
 */
#ifndef RTM_CALL_AGORA_CALL_MANAGER_H
#define RTM_CALL_AGORA_CALL_MANAGER_H

#include "IAgoraRtmService.h"

namespace agora {
namespace rtm {

/** How far an invitation is, at the caller. */
enum LOCAL_INVITATION_STATE {
    LOCAL_INVITATION_STATE_IDLE = 0,
    LOCAL_INVITATION_STATE_SENT_TO_REMOTE = 1,
    LOCAL_INVITATION_STATE_RECEIVED_BY_REMOTE = 2,
    LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE = 3,
    LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE = 4,
    LOCAL_INVITATION_STATE_CANCELED = 5,
    LOCAL_INVITATION_STATE_FAILURE = 6,
};

/** How far an invitation is, at the callee. */
enum REMOTE_INVITATION_STATE {
    REMOTE_INVITATION_STATE_IDLE = 0,
    REMOTE_INVITATION_STATE_INVITATION_RECEIVED = 1,
    REMOTE_INVITATION_STATE_ACCEPT_SENT_TO_LOCAL = 2,
    REMOTE_INVITATION_STATE_REFUSED = 3,
    REMOTE_INVITATION_STATE_ACCEPTED = 4,
    REMOTE_INVITATION_STATE_CANCELED = 5,
    REMOTE_INVITATION_STATE_FAILURE = 6,
};

/** Why an invitation failed, at the caller. */
enum LOCAL_INVITATION_ERR_CODE {
    LOCAL_INVITATION_ERR_OK = 0,
    LOCAL_INVITATION_ERR_PEER_OFFLINE = 1,
    LOCAL_INVITATION_ERR_PEER_NO_RESPONSE = 2,
    LOCAL_INVITATION_ERR_INVITATION_EXPIRE = 3,
    LOCAL_INVITATION_ERR_NOT_LOGGEDIN = 4,
};

/** Why an invitation failed, at the callee. */
enum REMOTE_INVITATION_ERR_CODE {
    REMOTE_INVITATION_ERR_OK = 0,
    REMOTE_INVITATION_ERR_PEER_OFFLINE = 1,
    REMOTE_INVITATION_ERR_ACCEPT_FAILURE = 2,
    REMOTE_INVITATION_ERR_INVITATION_EXPIRE = 3,
};

/**
 * What the four verbs of IRtmCallManager answer. Beyond these they answer an rtm_status from 200 where the library has
 * a reason of its own, such as RTM_ERR_LIMIT_REACHED: treat an unknown number as a failure.
 */
enum INVITATION_API_CALL_ERR_CODE {
    INVITATION_API_CALL_ERR_OK = 0,
    INVITATION_API_CALL_ERR_INVALID_ARGUMENT = 1, /**< Also a pointer that is none of the library's objects. */
    INVITATION_API_CALL_ERR_NOT_STARTED = 2,
    INVITATION_API_CALL_ERR_ALREADY_END = 3,
    INVITATION_API_CALL_ERR_ALREADY_ACCEPT = 4,
    INVITATION_API_CALL_ERR_ALREADY_SENT = 5,
};

/**
 * The caller's object. Text getters never answer NULL; a text is valid until the invitation is freed: when it is
 * released and has had its last callback. Texts that are no valid UTF-8 are not kept: the getter answers "", and
 * sending is refused.
 */
class ILocalCallInvitation {
  protected:
    virtual ~ILocalCallInvitation() {}

  public:
    virtual const char *getCalleeId() const = 0;
    /** NULL counts as "". Any length is kept; sending refuses more than 8192 bytes. What was sent does not change. */
    virtual void setContent(const char *content) = 0;
    virtual const char *getContent() const = 0;
    /** NULL counts as "". Any length is kept; sending refuses more than 64 bytes. What was sent does not change. */
    virtual void setChannelId(const char *channelId) = 0;
    virtual const char *getChannelId() const = 0;
    /** What the callee answered; "" before that. */
    virtual const char *getResponse() const = 0;
    /** The present state; a callback that tells of it may still be on its way. */
    virtual LOCAL_INVITATION_STATE getState() const = 0;
    /** In any state: what was sent goes on, and its callbacks still come with this pointer. */
    virtual void release() = 0;
};

/** The callee's object. Its texts are as those of ILocalCallInvitation. */
class IRemoteCallInvitation {
  protected:
    virtual ~IRemoteCallInvitation() {}

  public:
    virtual const char *getCallerId() const = 0;
    virtual const char *getContent() const = 0;
    /** NULL counts as "". Any length is kept; accepting and refusing with more than 8192 bytes is refused. */
    virtual void setResponse(const char *response) = 0;
    virtual const char *getResponse() const = 0;
    virtual const char *getChannelId() const = 0;
    virtual REMOTE_INVITATION_STATE getState() const = 0;
    /** In any state: it rings on until somebody answers or gives up, and its callbacks still come with this pointer. */
    virtual void release() = 0;
};

/**
 * The callbacks of a call manager. Each invitation ends with exactly one of accepted, refused, canceled, failure; all
 * its callbacks carry the same pointer.
 */
class IRtmCallEventHandler {
  public:
    virtual ~IRtmCallEventHandler() {}
    /** Caller: it rings at the callee. At most once, before accepted or refused. */
    virtual void onLocalInvitationReceivedByPeer(ILocalCallInvitation * /*localInvitation*/) {}
    virtual void onLocalInvitationCanceled(ILocalCallInvitation * /*localInvitation*/) {}
    virtual void onLocalInvitationFailure(ILocalCallInvitation * /*localInvitation*/,
                                          LOCAL_INVITATION_ERR_CODE /*errorCode*/) {}
    virtual void onLocalInvitationAccepted(ILocalCallInvitation * /*localInvitation*/, const char * /*response*/) {}
    virtual void onLocalInvitationRefused(ILocalCallInvitation * /*localInvitation*/, const char * /*response*/) {}
    virtual void onRemoteInvitationRefused(IRemoteCallInvitation * /*remoteInvitation*/) {}
    /** Callee: the caller knows of the acceptance, the call stands. */
    virtual void onRemoteInvitationAccepted(IRemoteCallInvitation * /*remoteInvitation*/) {}
    /** Callee: it rings. The object is the application's from now on, to be released once. */
    virtual void onRemoteInvitationReceived(IRemoteCallInvitation * /*remoteInvitation*/) {}
    virtual void onRemoteInvitationFailure(IRemoteCallInvitation * /*remoteInvitation*/,
                                           REMOTE_INVITATION_ERR_CODE /*errorCode*/) {}
    virtual void onRemoteInvitationCanceled(IRemoteCallInvitation * /*remoteInvitation*/) {}
};

/** Rings, cancels, accepts and refuses. The verbs answer an INVITATION_API_CALL_ERR_CODE at once; callbacks follow. */
class IRtmCallManager {
  protected:
    virtual ~IRtmCallManager() {}

  public:
    virtual int sendLocalInvitation(ILocalCallInvitation *invitation) = 0;
    virtual int acceptRemoteInvitation(IRemoteCallInvitation *invitation) = 0;
    virtual int refuseRemoteInvitation(IRemoteCallInvitation *invitation) = 0;
    virtual int cancelLocalInvitation(ILocalCallInvitation *invitation) = 0;
    /** Any callee id makes an object, sending checks it. NULL for NULL, and after the end of the manager. */
    virtual ILocalCallInvitation *createLocalCallInvitation(const char *calleeId) = 0;
    /**
     * No callback of its handler starts after this returns; invitations go on silently. It waits for a running
     * callback, unless called inside one. IRtmService::getRtmCallManager gives a new manager for them.
     */
    virtual void release() = 0;
};

} // namespace rtm
} // namespace agora

#include "detail/service.h"

#endif /* RTM_CALL_AGORA_CALL_MANAGER_H */
