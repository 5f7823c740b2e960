/* IAgoraRtmService.h: the service of the 1.x interface, in C++ over rtm_call.h.
 *
 * Programs written for that interface compile against this header and IAgoraRtmCallManager.h instead: same names,
 * signatures and numbers. Header-only, C++11 and later; link rtm_call. docs/MIGRATION.md tells what differs,
 * docs/mirror-surface.txt lists every name.
 *
 * Threads: every function may be called from any thread and inside any callback. The callbacks of one service come one
 * at a time, in order, on a thread of the library. An exception that leaves a handler is caught and logged.
 *
 * Objects (service, call manager, invitation, message, channel) are made by the library and given back by release().
 * They stay safe to touch after that, and after the end of their service: text getters answer "", getState the last
 * state, verbs an error, a second release does nothing. This holds until as many objects again as
 * RTM_CALL_AGORA_QUARANTINE (1 000 000) were released and forgotten; only then is their memory used anew.
 *
 * Not here: channels, attributes and media messages. They are declared, so that programs compile; each function answers
 * the failure code that its documentation names and says so in the log, once a service.
 */
#ifndef RTM_CALL_AGORA_SERVICE_H
#define RTM_CALL_AGORA_SERVICE_H

/* What the original header brought along, and programs have come to rely on. */
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#if defined(_WIN32)
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#endif

/* Nothing here is exported or imported; these are for programs that mark functions of their own with them. */
#if !defined(AGORA_API)
#if !defined(_WIN32)
#define AGORA_API extern "C" __attribute__((visibility("default")))
#elif defined(AGORARTC_EXPORT)
#define AGORA_API extern "C" __declspec(dllexport)
#else
#define AGORA_API extern "C" __declspec(dllimport)
#endif
#endif
#if !defined(AGORA_CALL)
#if defined(_WIN32)
#define AGORA_CALL __cdecl
#else
#define AGORA_CALL
#endif
#endif

/** Begins a peer message that ends a call of the still older interface. */
#define AGORA_RTM_ENDCALL_PREFIX "AgoraRTMLegacyEndcallCompatibleMessagePrefix"

namespace agora {
namespace rtm {

/** What IRtmService::initialize answers. */
enum INIT_ERR_CODE {
    INIT_ERR_OK = 0,
    INIT_ERR_FAILURE = 1,
    INIT_ERR_ALREADY_INITIALIZED = 2,
    INIT_ERR_INVALID_APP_ID = 3,   /**< NULL, empty or longer than 64 bytes. */
    INIT_ERR_INVALID_ARGUMENT = 4, /**< No event handler. */
};

/** How a login went. */
enum LOGIN_ERR_CODE {
    LOGIN_ERR_OK = 0,
    LOGIN_ERR_UNKNOWN = 1,
    LOGIN_ERR_REJECTED = 2,
    LOGIN_ERR_INVALID_ARGUMENT = 3, /**< The user id; answered at once, without a callback. */
    LOGIN_ERR_INVALID_APP_ID = 4,
    LOGIN_ERR_INVALID_TOKEN = 5,
    LOGIN_ERR_TOKEN_EXPIRED = 6,
    LOGIN_ERR_NOT_AUTHORIZED = 7,
    LOGIN_ERR_ALREADY_LOGGED_IN = 8,                       /**< Disturbs nothing. */
    LOGIN_ERR_ALREADY_LOGIN = LOGIN_ERR_ALREADY_LOGGED_IN, /**< The spelling of older headers. */
    LOGIN_ERR_TIMEOUT = 9,
    LOGIN_ERR_TOO_OFTEN = 10,
    LOGIN_ERR_NOT_INITIALIZED = 101,
};

/** How a logout went. */
enum LOGOUT_ERR_CODE {
    LOGOUT_ERR_OK = 0,
    LOGOUT_ERR_REJECTED = 1, /**< Nobody was logged in. */
    LOGOUT_ERR_NOT_INITIALIZED = 101,
    LOGOUT_ERR_USER_NOT_LOGGED_IN = 102,
};

/** How the renewal of a token went. */
enum RENEW_TOKEN_ERR_CODE {
    RENEW_TOKEN_ERR_OK = 0,
    RENEW_TOKEN_ERR_FAILURE = 1,
    RENEW_TOKEN_ERR_INVALID_ARGUMENT = 2,
    RENEW_TOKEN_ERR_REJECTED = 3,
    RENEW_TOKEN_ERR_TOO_OFTEN = 4,
    RENEW_TOKEN_ERR_TOKEN_EXPIRED = 5,
    RENEW_TOKEN_ERR_INVALID_TOKEN = 6,
    RENEW_TOKEN_ERR_NOT_INITIALIZED = 101,
    RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN = 102,
};

/** The connection of a service. */
enum CONNECTION_STATE {
    CONNECTION_STATE_DISCONNECTED = 1,
    CONNECTION_STATE_CONNECTING = 2,
    CONNECTION_STATE_CONNECTED = 3,
    CONNECTION_STATE_RECONNECTING = 4, /**< The link is lost; it is tried again for as long as nobody logs out. */
    CONNECTION_STATE_ABORTED = 5,      /**< Ended from outside; log out before the next login. */
};

/** Why the connection changed. */
enum CONNECTION_CHANGE_REASON {
    CONNECTION_CHANGE_REASON_LOGIN = 1,
    CONNECTION_CHANGE_REASON_LOGIN_SUCCESS = 2,
    CONNECTION_CHANGE_REASON_LOGIN_FAILURE = 3,
    CONNECTION_CHANGE_REASON_LOGIN_TIMEOUT = 4,
    CONNECTION_CHANGE_REASON_INTERRUPTED = 5,
    CONNECTION_CHANGE_REASON_LOGOUT = 6,
    CONNECTION_CHANGE_REASON_BANNED_BY_SERVER = 7,
    CONNECTION_CHANGE_REASON_REMOTE_LOGIN = 8, /**< The same user id logged in elsewhere. */
    CONNECTION_CHANGE_REASON_TOKEN_EXPIRED = 9,
};

/** How a peer message went. */
enum PEER_MESSAGE_ERR_CODE {
    PEER_MESSAGE_ERR_OK = 0, /**< The peer's library has it. */
    PEER_MESSAGE_ERR_FAILURE = 1,
    PEER_MESSAGE_ERR_SENT_TIMEOUT = 2,
    PEER_MESSAGE_ERR_PEER_UNREACHABLE = 3,
    PEER_MESSAGE_ERR_CACHED_BY_SERVER = 4, /**< Never comes: nothing is kept for a peer that is offline. */
    PEER_MESSAGE_ERR_TOO_OFTEN = 5,
    PEER_MESSAGE_ERR_INVALID_USERID = 6,
    PEER_MESSAGE_ERR_INVALID_MESSAGE = 7,
    PEER_MESSAGE_ERR_IMCOMPATIBLE_MESSAGE = 8,
    PEER_MESSAGE_ERR_NOT_INITIALIZED = 101,
    PEER_MESSAGE_ERR_USER_NOT_LOGGED_IN = 102,
};

/** Channels are not here: IChannel::join answers JOIN_CHANNEL_ERR_FAILURE. */
enum JOIN_CHANNEL_ERR {
    JOIN_CHANNEL_ERR_OK = 0,
    JOIN_CHANNEL_ERR_FAILURE = 1,
    JOIN_CHANNEL_ERR_REJECTED = 2,
    JOIN_CHANNEL_ERR_INVALID_ARGUMENT = 3,
    JOIN_CHANNEL_TIMEOUT = 4,
    JOIN_CHANNEL_ERR_EXCEED_LIMIT = 5,
    JOIN_CHANNEL_ERR_ALREADY_JOINED = 6,
    JOIN_CHANNEL_ERR_TOO_OFTEN = 7,
    JOIN_CHANNEL_ERR_JOIN_SAME_CHANNEL_TOO_OFTEN = 8,
    JOIN_CHANNEL_ERR_NOT_INITIALIZED = 101,
    JOIN_CHANNEL_ERR_USER_NOT_LOGGED_IN = 102,
};

/** Channels are not here: IChannel::leave answers LEAVE_CHANNEL_ERR_NOT_IN_CHANNEL. */
enum LEAVE_CHANNEL_ERR {
    LEAVE_CHANNEL_ERR_OK = 0,
    LEAVE_CHANNEL_ERR_FAILURE = 1,
    LEAVE_CHANNEL_ERR_REJECTED = 2,
    LEAVE_CHANNEL_ERR_NOT_IN_CHANNEL = 3,
    LEAVE_CHANNEL_ERR_NOT_INITIALIZED = 101,
    LEAVE_CHANNEL_ERR_USER_NOT_LOGGED_IN = 102,
};

/** Why a user left a channel. Not used. */
enum LEAVE_CHANNEL_REASON {
    LEAVE_CHANNEL_REASON_QUIT = 1,
    LEAVE_CHANNEL_REASON_KICKED = 2,
};

/** Channels are not here: IChannel::sendMessage answers CHANNEL_MESSAGE_ERR_FAILURE. */
enum CHANNEL_MESSAGE_ERR_CODE {
    CHANNEL_MESSAGE_ERR_OK = 0,
    CHANNEL_MESSAGE_ERR_FAILURE = 1,
    CHANNEL_MESSAGE_ERR_SENT_TIMEOUT = 2,
    CHANNEL_MESSAGE_ERR_TOO_OFTEN = 3,
    CHANNEL_MESSAGE_ERR_INVALID_MESSAGE = 4,
    CHANNEL_MESSAGE_ERR_NOT_INITIALIZED = 101,
    CHANNEL_MESSAGE_ERR_USER_NOT_LOGGED_IN = 102,
};

/** Channels are not here: IChannel::getMembers answers GET_MEMBERS_ERR_NOT_IN_CHANNEL. */
enum GET_MEMBERS_ERR {
    GET_MEMBERS_ERR_OK = 0,
    GET_MEMBERS_ERR_FAILURE = 1,
    GET_MEMBERS_ERR_REJECTED = 2,
    GET_MEMBERS_ERR_TIMEOUT = 3,
    GET_MEMBERS_ERR_TOO_OFTEN = 4,
    GET_MEMBERS_ERR_NOT_IN_CHANNEL = 5,
    GET_MEMBERS_ERR_NOT_INITIALIZED = 101,
    GET_MEMBERS_ERR_USER_NOT_LOGGED_IN = 102,
};

/** How a question about presence went. */
enum QUERY_PEERS_ONLINE_STATUS_ERR {
    QUERY_PEERS_ONLINE_STATUS_ERR_OK = 0,
    QUERY_PEERS_ONLINE_STATUS_ERR_FAILURE = 1,
    QUERY_PEERS_ONLINE_STATUS_ERR_INVALID_ARGUMENT = 2,
    QUERY_PEERS_ONLINE_STATUS_ERR_REJECTED = 3,
    QUERY_PEERS_ONLINE_STATUS_ERR_TIMEOUT = 4,
    QUERY_PEERS_ONLINE_STATUS_ERR_TOO_OFTEN = 5,
    QUERY_PEERS_ONLINE_STATUS_ERR_NOT_INITIALIZED = 101,
    QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN = 102,
};

/** Whether a user can be reached. */
enum PEER_ONLINE_STATE {
    PEER_ONLINE_STATE_ONLINE = 0,
    PEER_ONLINE_STATE_UNREACHABLE = 1, /**< Its link is broken, its grace time is not over. */
    PEER_ONLINE_STATE_OFFLINE = 2,
};

/** What can be subscribed to. */
enum PEER_SUBSCRIPTION_OPTION {
    PEER_SUBSCRIPTION_OPTION_ONLINE_STATUS = 0,
};

/** How a subscription went. */
enum PEER_SUBSCRIPTION_STATUS_ERR {
    PEER_SUBSCRIPTION_STATUS_ERR_OK = 0,
    PEER_SUBSCRIPTION_STATUS_ERR_FAILURE = 1,
    PEER_SUBSCRIPTION_STATUS_ERR_INVALID_ARGUMENT = 2,
    PEER_SUBSCRIPTION_STATUS_ERR_REJECTED = 3,
    PEER_SUBSCRIPTION_STATUS_ERR_TIMEOUT = 4,
    PEER_SUBSCRIPTION_STATUS_ERR_TOO_OFTEN = 5,
    PEER_SUBSCRIPTION_STATUS_ERR_OVERFLOW = 6,
    PEER_SUBSCRIPTION_STATUS_ERR_NOT_INITIALIZED = 101,
    PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN = 102,
};

/** The list of subscriptions cannot be asked for: QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR_FAILURE. */
enum QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR {
    QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR_OK = 0,
    QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR_FAILURE = 1,
    QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR_TIMEOUT = 2,
    QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR_TOO_OFTEN = 3,
    QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR_NOT_INITIALIZED = 101,
    QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR_USER_NOT_LOGGED_IN = 102,
};

/** Attributes are not here: all answer ATTRIBUTE_OPERATION_ERR_FAILURE. */
enum ATTRIBUTE_OPERATION_ERR {
    ATTRIBUTE_OPERATION_ERR_OK = 0,
    ATTRIBUTE_OPERATION_ERR_NOT_READY = 1,
    ATTRIBUTE_OPERATION_ERR_FAILURE = 2,
    ATTRIBUTE_OPERATION_ERR_INVALID_ARGUMENT = 3,
    ATTRIBUTE_OPERATION_ERR_SIZE_OVERFLOW = 4,
    ATTRIBUTE_OPERATION_ERR_TOO_OFTEN = 5,
    ATTRIBUTE_OPERATION_ERR_USER_NOT_FOUND = 6,
    ATTRIBUTE_OPERATION_ERR_TIMEOUT = 7,
    ATTRIBUTE_OPERATION_ERR_NOT_INITIALIZED = 101,
    ATTRIBUTE_OPERATION_ERR_USER_NOT_LOGGED_IN = 102,
};

/** Channels are not here: GET_CHANNEL_MEMBER_COUNT_ERR_FAILURE. */
enum GET_CHANNEL_MEMBER_COUNT_ERR_CODE {
    GET_CHANNEL_MEMBER_COUNT_ERR_OK = 0,
    GET_CHANNEL_MEMBER_COUNT_ERR_FAILURE = 1,
    GET_CHANNEL_MEMBER_COUNT_ERR_INVALID_ARGUMENT = 2,
    GET_CHANNEL_MEMBER_COUNT_ERR_TOO_OFTEN = 3,
    GET_CHANNEL_MEMBER_COUNT_ERR_TIMEOUT = 4,
    GET_CHANNEL_MEMBER_COUNT_ERR_EXCEED_LIMIT = 5,
    GET_CHANNEL_MEMBER_COUNT_ERR_NOT_INITIALIZED = 101,
    GET_CHANNEL_MEMBER_COUNT_ERR_USER_NOT_LOGGED_IN = 102,
};

/** Media messages are not here: DOWNLOAD_MEDIA_ERR_FAILURE. */
enum DOWNLOAD_MEDIA_ERR_CODE {
    DOWNLOAD_MEDIA_ERR_OK = 0,
    DOWNLOAD_MEDIA_ERR_FAILURE = 1,
    DOWNLOAD_MEDIA_ERR_INVALID_ARGUMENT = 2,
    DOWNLOAD_MEDIA_ERR_TIMEOUT = 3,
    DOWNLOAD_MEDIA_ERR_NOT_EXIST = 4,
    DOWNLOAD_MEDIA_ERR_CONCURRENCY_LIMIT_EXCEEDED = 5,
    DOWNLOAD_MEDIA_ERR_INTERRUPTED = 6,
    DOWNLOAD_MEDIA_ERR_NOT_INITIALIZED = 101,
    DOWNLOAD_MEDIA_ERR_NOT_LOGGED_IN = 102,
};

/** Media messages are not here: UPLOAD_MEDIA_ERR_FAILURE. */
enum UPLOAD_MEDIA_ERR_CODE {
    UPLOAD_MEDIA_ERR_OK = 0,
    UPLOAD_MEDIA_ERR_FAILURE = 1,
    UPLOAD_MEDIA_ERR_INVALID_ARGUMENT = 2,
    UPLOAD_MEDIA_ERR_TIMEOUT = 3,
    UPLOAD_MEDIA_ERR_SIZE_OVERFLOW = 4,
    UPLOAD_MEDIA_ERR_CONCURRENCY_LIMIT_EXCEEDED = 5,
    UPLOAD_MEDIA_ERR_INTERRUPTED = 6,
    UPLOAD_MEDIA_ERR_NOT_INITIALIZED = 101,
    UPLOAD_MEDIA_ERR_NOT_LOGGED_IN = 102,
};

/** Media messages are not here: CANCEL_MEDIA_ERR_NOT_EXIST. */
enum CANCEL_MEDIA_ERR_CODE {
    CANCEL_MEDIA_ERR_OK = 0,
    CANCEL_MEDIA_ERR_FAILURE = 1,
    CANCEL_MEDIA_ERR_NOT_EXIST = 2,
    CANCEL_MEDIA_ERR_NOT_INITIALIZED = 101,
    CANCEL_MEDIA_ERR_NOT_LOGGED_IN = 102,
};

/** What a message carries. */
enum MESSAGE_TYPE {
    MESSAGE_TYPE_UNDEFINED = 0, /**< What a released message answers. */
    MESSAGE_TYPE_TEXT = 1,
    MESSAGE_TYPE_RAW = 2,
    MESSAGE_TYPE_FILE = 3,
    MESSAGE_TYPE_IMAGE = 4,
};

/** Which lines are logged. */
enum LOG_FILTER_TYPE {
    LOG_FILTER_OFF = 0,
    LOG_FILTER_INFO = 0x000f,
    LOG_FILTER_WARN = 0x000e,
    LOG_FILTER_ERROR = 0x000c,
    LOG_FILTER_CRITICAL = 0x0008,
    LOG_FILTER_MASK = 0x80f, /**< All lines. */
};

/** How a message is sent. Neither option is kept: a peer that is offline does not get the message, nor does a history.
 */
struct SendMessageOptions {
    bool enableOfflineMessaging;
    bool enableHistoricalMessaging;
    SendMessageOptions() : enableOfflineMessaging(false), enableHistoricalMessaging(false) {}
};

/** An attribute of a user. Attributes are not here. */
struct RtmAttribute {
    const char *key;
    const char *value;
};

/** How far a transfer is. Media messages are not here. */
struct MediaOperationProgress {
    long long totalSize;
    long long currentSize;
};

/** How channel attributes are set. Attributes are not here. */
struct ChannelAttributeOptions {
    bool enableNotificationToChannelMembers;
    ChannelAttributeOptions() : enableNotificationToChannelMembers(false) {}
};

/** Whether one user can be reached. */
struct PeerOnlineStatus {
    const char *peerId; /**< Valid until the callback returns. */
    bool isOnline;      /**< onlineState is PEER_ONLINE_STATE_ONLINE. */
    PEER_ONLINE_STATE onlineState;
};

/** How many users a channel has. Channels are not here. */
struct ChannelMemberCount {
    const char *channelId;
    int count;
};

/** An attribute of a channel: keeps key and value, and goes nowhere. */
class IRtmChannelAttribute {
  protected:
    virtual ~IRtmChannelAttribute() {}

  public:
    virtual void setKey(const char *key) = 0;
    virtual const char *getKey() const = 0;
    virtual void setValue(const char *value) = 0;
    virtual const char *getValue() const = 0;
    virtual const char *getLastUpdateUserId() const = 0;
    virtual long long getLastUpdateTs() const = 0;
    virtual void release() = 0;
};

/** A peer message: a text, or bytes with a text that describes them. */
class IMessage {
  protected:
    virtual ~IMessage() {}

  public:
    /** What onSendMessageResult tells of this message by. Of one that was received: 0. */
    virtual long long getMessageId() const = 0;
    virtual MESSAGE_TYPE getMessageType() const = 0;
    /** NULL counts as "". What was sent does not change. */
    virtual void setText(const char *str) = 0;
    /** Never NULL; valid until the message is released. */
    virtual const char *getText() const = 0;
    /** Never NULL; getRawMessageLength() bytes, none for a text. */
    virtual const char *getRawMessageData() const = 0;
    virtual int getRawMessageLength() const = 0;
    /** 0: no server takes part. */
    virtual long long getServerReceivedTs() const = 0;
    /** False: no message is kept. */
    virtual bool isOfflineMessage() const = 0;
    virtual void release() = 0;
};

/** A file message. None is ever made. */
class IFileMessage : public IMessage {
  public:
    virtual long long getSize() const = 0;
    virtual const char *getMediaId() const = 0;
    virtual void setThumbnail(const uint8_t *thumbnail, int length) = 0;
    virtual const char *getThumbnailData() const = 0;
    virtual long long getThumbnailLength() const = 0;
    virtual void setFileName(const char *fileName) = 0;
    virtual const char *getFileName() const = 0;
};

/** An image message. None is ever made. */
class IImageMessage : public IMessage {
  public:
    virtual long long getSize() const = 0;
    virtual const char *getMediaId() const = 0;
    virtual void setThumbnail(const uint8_t *thumbnail, long long length) = 0;
    virtual const char *getThumbnailData() const = 0;
    virtual long long getThumbnailLength() const = 0;
    virtual void setFileName(const char *fileName) = 0;
    virtual const char *getFileName() const = 0;
    virtual void setWidth(int width) = 0;
    virtual int getWidth() const = 0;
    virtual void setHeight(int height) = 0;
    virtual int getHeight() const = 0;
    virtual void setThumbnailWidth(int width) = 0;
    virtual int getThumbnailWidth() const = 0;
    virtual void setThumbnailHeight(int height) = 0;
    virtual int getThumbnailHeight() const = 0;
};

/** A user in a channel. None is ever made. */
class IChannelMember {
  protected:
    virtual ~IChannelMember() {}

  public:
    virtual const char *getUserId() const = 0;
    virtual const char *getChannelId() const = 0;
    virtual void release() = 0;
};

/** The callbacks of a channel. Channels are not here: none of them comes. */
class IChannelEventHandler {
  public:
    virtual ~IChannelEventHandler() {}
    virtual void onJoinSuccess() {}
    virtual void onJoinFailure(JOIN_CHANNEL_ERR /*errorCode*/) {}
    virtual void onLeave(LEAVE_CHANNEL_ERR /*errorCode*/) {}
    virtual void onMessageReceived(const char * /*userId*/, const IMessage * /*message*/) {}
    virtual void onImageMessageReceived(const char * /*userId*/, const IImageMessage * /*message*/) {}
    virtual void onFileMessageReceived(const char * /*userId*/, const IFileMessage * /*message*/) {}
    virtual void onSendMessageResult(long long /*messageId*/, CHANNEL_MESSAGE_ERR_CODE /*state*/) {}
    virtual void onMemberJoined(IChannelMember * /*member*/) {}
    virtual void onMemberLeft(IChannelMember * /*member*/) {}
    virtual void onGetMembers(IChannelMember ** /*members*/, int /*userCount*/, GET_MEMBERS_ERR /*errorCode*/) {}
    virtual void onAttributesUpdated(const IRtmChannelAttribute * /*attributes*/[], int /*numberOfAttributes*/) {}
    virtual void onMemberCountUpdated(int /*memberCount*/) {}
};

/** A channel: every function answers a failure. */
class IChannel {
  protected:
    virtual ~IChannel() {}

  public:
    virtual int join() = 0;
    virtual int leave() = 0;
    virtual int sendMessage(const IMessage *message) = 0;
    virtual int sendMessage(const IMessage *message, const SendMessageOptions &options) = 0;
    virtual const char *getId() const = 0;
    virtual int getMembers() = 0;
    virtual void release() = 0;
};

/** The callbacks of a service. Those of attributes and media never come. */
class IRtmServiceEventHandler {
  public:
    virtual ~IRtmServiceEventHandler() {}
    /** Once a login, not again when a broken link is back. */
    virtual void onLoginSuccess() {}
    virtual void onLoginFailure(LOGIN_ERR_CODE /*errorCode*/) {}
    virtual void onRenewTokenResult(const char * /*token*/, RENEW_TOKEN_ERR_CODE /*errorCode*/) {}
    virtual void onTokenExpired() {}
    /** Declared in 1.5; never comes: a token that is about to expire comes as onTokenExpired. */
    virtual void onTokenPrivilegeWillExpire() {}
    /** Once for every logout(). All invitations that were open have had their last callback. */
    virtual void onLogout(LOGOUT_ERR_CODE /*errorCode*/) {}
    virtual void onConnectionStateChanged(CONNECTION_STATE /*state*/, CONNECTION_CHANGE_REASON /*reason*/) {}
    virtual void onSendMessageResult(long long /*messageId*/, PEER_MESSAGE_ERR_CODE /*errorCode*/) {}
    /** The message is the library's and is gone when this returns. */
    virtual void onMessageReceivedFromPeer(const char * /*peerId*/, const IMessage * /*message*/) {}
    virtual void onImageMessageReceivedFromPeer(const char * /*peerId*/, const IImageMessage * /*message*/) {}
    virtual void onFileMessageReceivedFromPeer(const char * /*peerId*/, const IFileMessage * /*message*/) {}
    virtual void onMediaUploadingProgress(long long /*requestId*/, const MediaOperationProgress & /*progress*/) {}
    virtual void onMediaDownloadingProgress(long long /*requestId*/, const MediaOperationProgress & /*progress*/) {}
    virtual void onFileMediaUploadResult(long long /*requestId*/, IFileMessage * /*fileMessage*/,
                                         UPLOAD_MEDIA_ERR_CODE /*code*/) {}
    virtual void onImageMediaUploadResult(long long /*requestId*/, IImageMessage * /*imageMessage*/,
                                          UPLOAD_MEDIA_ERR_CODE /*code*/) {}
    virtual void onMediaDownloadToFileResult(long long /*requestId*/, DOWNLOAD_MEDIA_ERR_CODE /*code*/) {}
    virtual void onMediaDownloadToMemoryResult(long long /*requestId*/, const char * /*memory*/, long long /*length*/,
                                               DOWNLOAD_MEDIA_ERR_CODE /*code*/) {}
    virtual void onMediaCancelResult(long long /*requestId*/, CANCEL_MEDIA_ERR_CODE /*code*/) {}
    virtual void onQueryPeersOnlineStatusResult(long long /*requestId*/, const PeerOnlineStatus * /*peersStatus*/,
                                                int /*peerCount*/, QUERY_PEERS_ONLINE_STATUS_ERR /*errorCode*/) {}
    virtual void onSubscriptionRequestResult(long long /*requestId*/, PEER_SUBSCRIPTION_STATUS_ERR /*errorCode*/) {}
    virtual void onQueryPeersBySubscriptionOptionResult(long long /*requestId*/, const char * /*peerIds*/[],
                                                        int /*peerCount*/,
                                                        QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR /*errorCode*/) {}
    virtual void onPeersOnlineStatusChanged(const PeerOnlineStatus /*peersStatus*/[], int /*peerCount*/) {}
    virtual void onSetLocalUserAttributesResult(long long /*requestId*/, ATTRIBUTE_OPERATION_ERR /*errorCode*/) {}
    virtual void onAddOrUpdateLocalUserAttributesResult(long long /*requestId*/,
                                                        ATTRIBUTE_OPERATION_ERR /*errorCode*/) {}
    virtual void onDeleteLocalUserAttributesResult(long long /*requestId*/, ATTRIBUTE_OPERATION_ERR /*errorCode*/) {}
    virtual void onClearLocalUserAttributesResult(long long /*requestId*/, ATTRIBUTE_OPERATION_ERR /*errorCode*/) {}
    virtual void onGetUserAttributesResult(long long /*requestId*/, const char * /*userId*/,
                                           const RtmAttribute * /*attributes*/, int /*numberOfAttributes*/,
                                           ATTRIBUTE_OPERATION_ERR /*errorCode*/) {}
    virtual void onSetChannelAttributesResult(long long /*requestId*/, ATTRIBUTE_OPERATION_ERR /*errorCode*/) {}
    virtual void onAddOrUpdateChannelAttributesResult(long long /*requestId*/, ATTRIBUTE_OPERATION_ERR /*errorCode*/) {}
    virtual void onDeleteChannelAttributesResult(long long /*requestId*/, ATTRIBUTE_OPERATION_ERR /*errorCode*/) {}
    virtual void onClearChannelAttributesResult(long long /*requestId*/, ATTRIBUTE_OPERATION_ERR /*errorCode*/) {}
    virtual void onGetChannelAttributesResult(long long /*requestId*/, const IRtmChannelAttribute * /*attributes*/[],
                                              int /*numberOfAttributes*/, ATTRIBUTE_OPERATION_ERR /*errorCode*/) {}
    virtual void onGetChannelMemberCountResult(long long /*requestId*/,
                                               const ChannelMemberCount * /*channelMemberCounts*/, int /*channelCount*/,
                                               GET_CHANNEL_MEMBER_COUNT_ERR_CODE /*errorCode*/) {}
};

class IRtmCallManager;
class IRtmCallEventHandler;

/** One user's end: the login, the callbacks, and all that belongs to them. Made by createRtmService(). */
class IRtmService {
  protected:
    virtual ~IRtmService() {}

  public:
    /** Needed before anything that concerns a session; once a service. Answers an INIT_ERR_CODE. */
    virtual int initialize(const char *appId, IRtmServiceEventHandler *eventHandler) = 0;
    /** Events go to this handler too, after those added before. NULL, or one that is there already: nothing happens. */
    virtual void addEventHandler(IRtmServiceEventHandler *eventHandler) = 0;
    /** Outside callbacks this returns when none of the handler's callbacks runs any more: it may be deleted then. */
    virtual void removeEventHandler(IRtmServiceEventHandler *eventHandler) = 0;
    /**
     * Ends the service: peers are told, and open invitations end. With `sync` every one of them gets its last callback
     * first; without, no callback starts any more. Both wait for a running callback, unless called inside one. Wants a
     * caller that holds no lock which a callback waits for.
     */
    virtual void release(bool sync = false) = 0;
    /** Answers a LOGIN_ERR_CODE: OK if a callback will tell. `token` may be NULL. */
    virtual int login(const char *token, const char *userId) = 0;
    /** Answers a LOGOUT_ERR_CODE: OK if onLogout will tell. */
    virtual int logout() = 0;
    /** Answers a RENEW_TOKEN_ERR_CODE: OK if onRenewTokenResult will tell. */
    virtual int renewToken(const char *token) = 0;
    /** Answers a PEER_MESSAGE_ERR_CODE: OK if onSendMessageResult will tell, by the id of the message. */
    virtual int sendMessageToPeer(const char *peerId, const IMessage *message) = 0;
    virtual int downloadMediaToMemory(const char *mediaId, long long &requestId) = 0;
    virtual int downloadMediaToFile(const char *mediaId, const char *filePath, long long &requestId) = 0;
    virtual int cancelMediaDownload(long long requestId) = 0;
    virtual int cancelMediaUpload(long long requestId) = 0;
    /** As without options; see SendMessageOptions. */
    virtual int sendMessageToPeer(const char *peerId, const IMessage *message, const SendMessageOptions &options) = 0;
    /** A channel that answers failures; NULL where the id is NULL or empty. */
    virtual IChannel *createChannel(const char *channelId, IChannelEventHandler *eventHandler) = 0;
    /** The same manager each time, until it is released; the last handler receives, NULL: none. NULL after release().
     */
    virtual IRtmCallManager *getRtmCallManager(IRtmCallEventHandler *eventHandler) = 0;
    /** An empty text. */
    virtual IMessage *createMessage() = 0;
    virtual IMessage *createMessage(const char *message) = 0;
    /** Bytes; NULL if there are less than none, or some at NULL. */
    virtual IMessage *createMessage(const uint8_t *rawData, int length) = 0;
    virtual IMessage *createMessage(const uint8_t *rawData, int length, const char *description) = 0;
    /** NULL. */
    virtual IFileMessage *createFileMessageByMediaId(const char *mediaId) = 0;
    /** NULL. */
    virtual IImageMessage *createImageMessageByMediaId(const char *mediaId) = 0;
    virtual int createFileMessageByUploading(const char *filePath, long long &requestId) = 0;
    virtual int createImageMessageByUploading(const char *filePath, long long &requestId) = 0;
    virtual IRtmChannelAttribute *createChannelAttribute() = 0;
    /** A JSON object, as rtm_service_set_parameters() takes it. 0, or not 0 if it is wrong. */
    virtual int setParameters(const char *parameters) = 0;
    /** Answers a QUERY_PEERS_ONLINE_STATUS_ERR: OK if onQueryPeersOnlineStatusResult will tell. At most 256 users. */
    virtual int queryPeersOnlineStatus(const char *peerIds[], int peerCount, long long &requestId) = 0;
    /** Answers a PEER_SUBSCRIPTION_STATUS_ERR: OK if onSubscriptionRequestResult will tell. At most 512 users. */
    virtual int subscribePeersOnlineStatus(const char *peerIds[], int peerCount, long long &requestId) = 0;
    virtual int unsubscribePeersOnlineStatus(const char *peerIds[], int peerCount, long long &requestId) = 0;
    virtual int queryPeersBySubscriptionOption(PEER_SUBSCRIPTION_OPTION option, long long &requestId) = 0;
    virtual int setLocalUserAttributes(const RtmAttribute *attributes, int numberOfAttributes,
                                       long long &requestId) = 0;
    virtual int addOrUpdateLocalUserAttributes(const RtmAttribute *attributes, int numberOfAttributes,
                                               long long &requestId) = 0;
    virtual int deleteLocalUserAttributesByKeys(const char *attributeKeys[], int numberOfKeys,
                                                long long &requestId) = 0;
    virtual int clearLocalUserAttributes(long long &requestId) = 0;
    virtual int getUserAttributes(const char *userId, long long &requestId) = 0;
    virtual int getUserAttributesByKeys(const char *userId, const char *attributeKeys[], int numberOfKeys,
                                        long long &requestId) = 0;
    virtual int setChannelAttributes(const char *channelId, const IRtmChannelAttribute *attributes[],
                                     int numberOfAttributes, const ChannelAttributeOptions &options,
                                     long long &requestId) = 0;
    virtual int addOrUpdateChannelAttributes(const char *channelId, const IRtmChannelAttribute *attributes[],
                                             int numberOfAttributes, const ChannelAttributeOptions &options,
                                             long long &requestId) = 0;
    virtual int deleteChannelAttributesByKeys(const char *channelId, const char *attributeKeys[], int numberOfKeys,
                                              const ChannelAttributeOptions &options, long long &requestId) = 0;
    virtual int clearChannelAttributes(const char *channelId, const ChannelAttributeOptions &options,
                                       long long &requestId) = 0;
    virtual int getChannelAttributes(const char *channelId, long long &requestId) = 0;
    virtual int getChannelAttributesByKeys(const char *channelId, const char *attributeKeys[], int numberOfKeys,
                                           long long &requestId) = 0;
    virtual int getChannelMemberCount(const char *channelIds[], int channelCount, long long &requestId) = 0;
    /** Appends the log to a file; "": none. 0, or not 0 if it cannot be opened. */
    virtual int setLogFile(const char *logfile) = 0;
    /** 0, or not 0 if the filter is none. */
    virtual int setLogFilter(LOG_FILTER_TYPE filter) = 0;
    /** Not 0: the size of the log file is not bounded. */
    virtual int setLogFileSize(int fileSizeInKBytes) = 0;
};

/** A new service; NULL if the system has no thread or memory to give. Ends with IRtmService::release(). */
inline IRtmService *AGORA_CALL createRtmService();

/** The version of this library, such as "0.1.0". */
inline const char *AGORA_CALL getRtmSdkVersion();

#ifndef AGORA_SDK_BOTH_RTM_AND_RTC
/** Which of the vendor's servers were used. */
enum RTM_AREA_CODE {
    AREA_CODE_CN = (1 << 0),
    AREA_CODE_NA = (1 << 1),
    AREA_CODE_EU = (1 << 2),
    AREA_CODE_AS = (1 << 3),
    AREA_CODE_JP = (1 << 4),
    AREA_CODE_IN = (1 << 5),
    AREA_CODE_GLOB = (0xFFFFFFFF),
};
#endif

/** The vendor's proxies. */
enum RTM_CLOUD_PROXY_TYPE {
    RTM_NONE_PROXY = 0,
    RTM_TCP_PROXY = 1,
};

/** Where the vendor's servers were looked for. */
struct RtmServiceContext {
    int areaCode = -1; /**< AREA_CODE_GLOB. */
    RTM_CLOUD_PROXY_TYPE proxyType = RTM_NONE_PROXY;
};

/** What setRtmServiceContext answers. */
enum SET_RTM_SERVICE_CONTEXT_ERR_CODE {
    SET_RTM_SERVICE_CONTEXT_ERR_OK = 0,
    SET_RTM_SERVICE_CONTEXT_ERR_FAILURE = 1,
};

/** OK for the default; FAILURE for an area or a proxy: where this library connects to is the application's own choice.
 */
inline SET_RTM_SERVICE_CONTEXT_ERR_CODE AGORA_CALL setRtmServiceContext(const RtmServiceContext &context);

} // namespace rtm
} // namespace agora

#include "IAgoraRtmCallManager.h"

#endif /* RTM_CALL_AGORA_SERVICE_H */
