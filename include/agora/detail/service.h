/* The service object, and the functions that stand by themselves. */
#ifndef RTM_CALL_AGORA_DETAIL_SERVICE_H
#define RTM_CALL_AGORA_DETAIL_SERVICE_H

#include "events.h"
#include "manager.h"
#include "outside.h"

namespace agora {
namespace rtm {
namespace detail {

/* One message or its text or bytes: what rtm_service_send_message_to_peer() takes. */
const std::size_t MESSAGE_MAX = 32768;

class Service : public IRtmService {
  public:
    static Service *create() {
        rtm_service *handle = NULL;
        if (rtm_service_create(NULL, &handle) != RTM_OK) {
            return NULL;
        }
        Service *service = new Service(handle);
        table().insert(static_cast<const IRtmService *>(service), std::make_shared<State>(handle));
        return service;
    }

    /* The handle of an object, NULL if it is none. */
    static rtm_service *handle_of(const IRtmService *object) {
        Shared state;
        return table().find(object, state) ? state->service() : NULL;
    }

    int initialize(const char *appId, IRtmServiceEventHandler *eventHandler) {
        if (appId == NULL || *appId == '\0') {
            return INIT_ERR_INVALID_APP_ID;
        }
        if (eventHandler == NULL) {
            return INIT_ERR_INVALID_ARGUMENT;
        }
        /* An empty handler: only those that are added can be removed again. */
        rtm_service_event_handler none;
        std::memset(&none, 0, sizeof none);
        none.struct_size = sizeof none;
        const rtm_status status = rtm_service_initialize(handle_, appId, &none);
        if (status == RTM_OK) {
            addEventHandler(eventHandler);
        }
        return init_code(status);
    }

    void addEventHandler(IRtmServiceEventHandler *eventHandler) {
        const Shared state = shared();
        if (!state || eventHandler == NULL) {
            return;
        }
        Guard guard(state->mutex()); /* A handler that removes itself in its first callback is known by then. */
        if (state->has_handler(eventHandler)) {
            return;
        }
        std::unique_ptr<ServiceEvents::To> context(new ServiceEvents::To());
        context->handler = eventHandler;
        context->state = state;
        const rtm_service_event_handler callbacks = ServiceEvents::callbacks(context.get());
        uint64_t number = 0;
        if (rtm_service_add_event_handler(handle_, &callbacks, &number) == RTM_OK) {
            context.release();
            state->add_handler(eventHandler, number);
        }
    }

    void removeEventHandler(IRtmServiceEventHandler *eventHandler) {
        const Shared state = shared();
        const uint64_t number = state ? state->take_handler(eventHandler) : 0;
        if (number != 0) {
            rtm_service_remove_event_handler(handle_, number);
        }
    }

    void release(bool sync = false) {
        Shared state;
        if (!table().take(static_cast<const IRtmService *>(this), state)) {
            return;
        }
        if (sync) {
            rtm_service_release(handle_);
        } else {
            rtm_service_release_without_callbacks(handle_);
        }
        State::Manager manager;
        {
            Guard guard(state->mutex());
            std::swap(manager, state->manager());
        }
        CallManager::retire(manager);
        LocalInvitation::tidy_all();
        RemoteInvitation::tidy_all();
        Quarantine::add(this);
    }

    int login(const char *token, const char *userId) { return login_code(rtm_service_login(handle_, token, userId)); }
    int logout() { return logout_code(rtm_service_logout(handle_)); }
    int renewToken(const char *token) { return renew_token_code(rtm_service_renew_token(handle_, token)); }

    int sendMessageToPeer(const char *peerId, const IMessage *message) {
        const Shared state = shared();
        if (!state) {
            return PEER_MESSAGE_ERR_NOT_INITIALIZED;
        }
        const Message::Body body = Message::body_of(message);
        if (!body) {
            return PEER_MESSAGE_ERR_INVALID_MESSAGE;
        }
        rtm_message *made = NULL;
        rtm_status status = body->make(handle_, &made);
        if (status != RTM_OK) {
            return peer_message_code(status, PEER_MESSAGE_ERR_INVALID_MESSAGE);
        }
        const bool is_long = body->raw().size() > MESSAGE_MAX || std::strlen(rtm_message_get_text(made)) > MESSAGE_MAX;
        status = state->send(peerId, made, body->id());
        rtm_message_release(made);
        return peer_message_code(status, is_long ? PEER_MESSAGE_ERR_INVALID_MESSAGE : PEER_MESSAGE_ERR_INVALID_USERID);
    }
    int sendMessageToPeer(const char *peerId, const IMessage *message, const SendMessageOptions &options) {
        if (options.enableOfflineMessaging || options.enableHistoricalMessaging) {
            outside("SendMessageOptions", 0);
        }
        return sendMessageToPeer(peerId, message);
    }

    IRtmCallManager *getRtmCallManager(IRtmCallEventHandler *eventHandler) {
        const Shared state = shared();
        rtm_call_manager *manager = NULL;
        if (!state) {
            return NULL;
        }
        if (eventHandler == NULL) {
            return rtm_service_get_call_manager(handle_, NULL, &manager) == RTM_OK ? CallManager::of(manager, *state)
                                                                                   : NULL;
        }
        std::unique_ptr<CallEvents::To> context(new CallEvents::To());
        context->handler = eventHandler;
        context->state = state;
        const rtm_call_event_handler callbacks = CallEvents::callbacks(context.get());
        if (rtm_service_get_call_manager(handle_, &callbacks, &manager) != RTM_OK) {
            return NULL;
        }
        context.release();
        return CallManager::of(manager, *state);
    }

    IMessage *createMessage() { return createMessage(""); }
    IMessage *createMessage(const char *message) { return Message::create(MESSAGE_TYPE_TEXT, std::string(), message); }
    IMessage *createMessage(const uint8_t *rawData, int length) { return createMessage(rawData, length, ""); }
    IMessage *createMessage(const uint8_t *rawData, int length, const char *description) {
        if (length < 0 || (length > 0 && rawData == NULL)) {
            return NULL;
        }
        const std::string raw(reinterpret_cast<const char *>(rawData), static_cast<std::size_t>(length));
        return Message::create(MESSAGE_TYPE_RAW, raw, description);
    }

    int setParameters(const char *parameters) { return plain_code(rtm_service_set_parameters(handle_, parameters)); }

    int queryPeersOnlineStatus(const char *peerIds[], int peerCount, long long &requestId) {
        return query_code(ask(rtm_service_query_peers_online_status, peerIds, peerCount, requestId));
    }
    int subscribePeersOnlineStatus(const char *peerIds[], int peerCount, long long &requestId) {
        return subscription_code(ask(rtm_service_subscribe_peers_online_status, peerIds, peerCount, requestId));
    }
    int unsubscribePeersOnlineStatus(const char *peerIds[], int peerCount, long long &requestId) {
        return subscription_code(ask(rtm_service_unsubscribe_peers_online_status, peerIds, peerCount, requestId));
    }

    int setLogFile(const char *logfile) { return plain_code(rtm_service_set_log_file(handle_, logfile)); }
    int setLogFilter(LOG_FILTER_TYPE filter) {
        return plain_code(rtm_service_set_log_filter(handle_, static_cast<uint32_t>(filter)));
    }
    int setLogFileSize(int /*fileSizeInKBytes*/) { return outside("setLogFileSize", -1); }

    /* Channels. */
    IChannel *createChannel(const char *channelId, IChannelEventHandler * /*eventHandler*/) {
        outside("createChannel", 0);
        const Shared state = shared();
        return state && channelId != NULL && *channelId != '\0' ? Channel::create(state, channelId) : NULL;
    }
    int getChannelMemberCount(const char * /*channelIds*/[], int /*channelCount*/, long long &requestId) {
        return asked("getChannelMemberCount", requestId, GET_CHANNEL_MEMBER_COUNT_ERR_FAILURE);
    }
    int queryPeersBySubscriptionOption(PEER_SUBSCRIPTION_OPTION /*option*/, long long &requestId) {
        return asked("queryPeersBySubscriptionOption", requestId, QUERY_PEERS_BY_SUBSCRIPTION_OPTION_ERR_FAILURE);
    }

    /* Media. */
    int downloadMediaToMemory(const char * /*mediaId*/, long long &requestId) {
        return asked("downloadMediaToMemory", requestId, DOWNLOAD_MEDIA_ERR_FAILURE);
    }
    int downloadMediaToFile(const char * /*mediaId*/, const char * /*filePath*/, long long &requestId) {
        return asked("downloadMediaToFile", requestId, DOWNLOAD_MEDIA_ERR_FAILURE);
    }
    int cancelMediaDownload(long long /*requestId*/) {
        return outside("cancelMediaDownload", CANCEL_MEDIA_ERR_NOT_EXIST);
    }
    int cancelMediaUpload(long long /*requestId*/) { return outside("cancelMediaUpload", CANCEL_MEDIA_ERR_NOT_EXIST); }
    IFileMessage *createFileMessageByMediaId(const char * /*mediaId*/) {
        outside("createFileMessageByMediaId", 0);
        return NULL;
    }
    IImageMessage *createImageMessageByMediaId(const char * /*mediaId*/) {
        outside("createImageMessageByMediaId", 0);
        return NULL;
    }
    int createFileMessageByUploading(const char * /*filePath*/, long long &requestId) {
        return asked("createFileMessageByUploading", requestId, UPLOAD_MEDIA_ERR_FAILURE);
    }
    int createImageMessageByUploading(const char * /*filePath*/, long long &requestId) {
        return asked("createImageMessageByUploading", requestId, UPLOAD_MEDIA_ERR_FAILURE);
    }

    /* Attributes. */
    IRtmChannelAttribute *createChannelAttribute() {
        outside("createChannelAttribute", 0);
        return ChannelAttribute::create();
    }
    int setLocalUserAttributes(const RtmAttribute * /*attributes*/, int /*numberOfAttributes*/, long long &requestId) {
        return asked("setLocalUserAttributes", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int addOrUpdateLocalUserAttributes(const RtmAttribute * /*attributes*/, int /*numberOfAttributes*/,
                                       long long &requestId) {
        return asked("addOrUpdateLocalUserAttributes", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int deleteLocalUserAttributesByKeys(const char * /*attributeKeys*/[], int /*numberOfKeys*/, long long &requestId) {
        return asked("deleteLocalUserAttributesByKeys", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int clearLocalUserAttributes(long long &requestId) {
        return asked("clearLocalUserAttributes", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int getUserAttributes(const char * /*userId*/, long long &requestId) {
        return asked("getUserAttributes", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int getUserAttributesByKeys(const char * /*userId*/, const char * /*attributeKeys*/[], int /*numberOfKeys*/,
                                long long &requestId) {
        return asked("getUserAttributesByKeys", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int setChannelAttributes(const char * /*channelId*/, const IRtmChannelAttribute * /*attributes*/[],
                             int /*numberOfAttributes*/, const ChannelAttributeOptions & /*options*/,
                             long long &requestId) {
        return asked("setChannelAttributes", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int addOrUpdateChannelAttributes(const char * /*channelId*/, const IRtmChannelAttribute * /*attributes*/[],
                                     int /*numberOfAttributes*/, const ChannelAttributeOptions & /*options*/,
                                     long long &requestId) {
        return asked("addOrUpdateChannelAttributes", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int deleteChannelAttributesByKeys(const char * /*channelId*/, const char * /*attributeKeys*/[],
                                      int /*numberOfKeys*/, const ChannelAttributeOptions & /*options*/,
                                      long long &requestId) {
        return asked("deleteChannelAttributesByKeys", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int clearChannelAttributes(const char * /*channelId*/, const ChannelAttributeOptions & /*options*/,
                               long long &requestId) {
        return asked("clearChannelAttributes", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int getChannelAttributes(const char * /*channelId*/, long long &requestId) {
        return asked("getChannelAttributes", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }
    int getChannelAttributesByKeys(const char * /*channelId*/, const char * /*attributeKeys*/[], int /*numberOfKeys*/,
                                   long long &requestId) {
        return asked("getChannelAttributesByKeys", requestId, ATTRIBUTE_OPERATION_ERR_FAILURE);
    }

  private:
    typedef std::shared_ptr<State> Shared;

    explicit Service(rtm_service *handle) : handle_(handle) {}
    Service(const Service &);
    Service &operator=(const Service &);

    static Table<Shared> &table() { return immortal<Table<Shared>>(); }

    /* None once the service was released. */
    Shared shared() const {
        Shared state;
        table().find(static_cast<const IRtmService *>(this), state);
        return state;
    }

    int outside(const char *what, int code) const {
        const Shared state = shared();
        return state ? state->outside(what, code) : code;
    }

    int asked(const char *what, long long &requestId, int code) const {
        requestId = 0;
        return outside(what, code);
    }

    /* The library writes the number before the outcome can come, so it writes it to its place. */
    typedef rtm_status (*Request)(rtm_service *, const char *const *, size_t, int64_t *);
    rtm_status ask(Request request, const char *peerIds[], int peerCount, long long &requestId) const {
        static_assert(sizeof(long long) == sizeof(int64_t), "a request id is 64 bits wide");
        if (peerCount < 0) {
            return RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT;
        }
        return request(handle_, peerIds, static_cast<std::size_t>(peerCount), reinterpret_cast<int64_t *>(&requestId));
    }

    rtm_service *const handle_;
};

static_assert(sizeof(Service) <= 32, "a million of them wait in memory");

} // namespace detail

inline IRtmService *AGORA_CALL createRtmService() {
    return detail::Service::create();
}

inline const char *AGORA_CALL getRtmSdkVersion() {
    return rtm_version();
}

inline SET_RTM_SERVICE_CONTEXT_ERR_CODE AGORA_CALL setRtmServiceContext(const RtmServiceContext &context) {
    const RtmServiceContext usual;
    return context.areaCode == usual.areaCode && context.proxyType == usual.proxyType
               ? SET_RTM_SERVICE_CONTEXT_ERR_OK
               : SET_RTM_SERVICE_CONTEXT_ERR_FAILURE;
}

} // namespace rtm
} // namespace agora

#endif /* RTM_CALL_AGORA_DETAIL_SERVICE_H */
