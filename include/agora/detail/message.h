/* The message object. What it says lives beside it, for as long as it is not released. */
#ifndef RTM_CALL_AGORA_DETAIL_MESSAGE_H
#define RTM_CALL_AGORA_DETAIL_MESSAGE_H

#include <atomic>
#include <list>
#include <memory>
#include <string>

#include "codes.h"
#include "objects.h"

namespace agora {
namespace rtm {
namespace detail {

/* What a message says. The library's own messages cannot be changed, so one of those is made for each sending. */
class MessageBody {
  public:
    MessageBody(long long id, MESSAGE_TYPE type, const std::string &raw, const char *text)
        : id_(id), type_(type), raw_(raw), handed_out_(false) {
        set_text(text);
    }

    long long id() const { return id_; }
    MESSAGE_TYPE type() const { return type_; }
    const std::string &raw() const { return raw_; }

    /* A text that a getter handed out is kept. */
    void set_text(const char *text) {
        Guard guard(mutex_);
        if (!guard.holds()) {
            return;
        }
        if (handed_out_ || texts_.empty()) {
            texts_.push_back(std::string());
            handed_out_ = false;
        }
        texts_.back() = text != NULL ? text : "";
    }

    const char *text() {
        Guard guard(mutex_);
        if (!guard.holds()) {
            return "";
        }
        handed_out_ = true;
        return texts_.back().c_str();
    }

    /* The library's own, to be released. INVALID_ARGUMENT: the text is no valid UTF-8. */
    rtm_status make(rtm_service *service, rtm_message **message) {
        const char *now = text();
        if (type_ == MESSAGE_TYPE_TEXT) {
            return rtm_service_create_text_message(service, now, message);
        }
        return rtm_service_create_raw_message(service, reinterpret_cast<const uint8_t *>(raw_.data()), raw_.size(), now,
                                              message);
    }

  private:
    MessageBody(const MessageBody &);
    MessageBody &operator=(const MessageBody &);

    const long long id_;
    const MESSAGE_TYPE type_;
    const std::string raw_;
    Mutex mutex_;
    std::list<std::string> texts_;
    bool handed_out_;
};

class Message : public IMessage {
  public:
    typedef std::shared_ptr<MessageBody> Body;

    static Message *create(MESSAGE_TYPE type, const std::string &raw, const char *text) {
        return publish(std::make_shared<MessageBody>(next_id(), type, raw, text));
    }

    /* A copy of one that the library owns. */
    static Message *received(const rtm_message *message) {
        rtm_message_type type = RTM_MESSAGE_TYPE_TEXT;
        const uint8_t *data = NULL;
        std::size_t length = 0;
        rtm_message_get_type(message, &type);
        rtm_message_get_raw_data(message, &data, &length);
        const std::string raw(reinterpret_cast<const char *>(data), length);
        return publish(
            std::make_shared<MessageBody>(0, static_cast<MESSAGE_TYPE>(type), raw, rtm_message_get_text(message)));
    }

    /* What a message says; none if it is no message. */
    static Body body_of(const IMessage *message) {
        Body body;
        table().find(message, body);
        return body;
    }

    long long getMessageId() const {
        const Body body = body_of(this);
        return body ? body->id() : 0;
    }
    MESSAGE_TYPE getMessageType() const {
        const Body body = body_of(this);
        return body ? body->type() : MESSAGE_TYPE_UNDEFINED;
    }
    void setText(const char *str) {
        const Body body = body_of(this);
        if (body) {
            body->set_text(str);
        }
    }
    const char *getText() const {
        const Body body = body_of(this);
        return body ? body->text() : "";
    }
    const char *getRawMessageData() const {
        const Body body = body_of(this);
        return body ? body->raw().c_str() : "";
    }
    int getRawMessageLength() const {
        const Body body = body_of(this);
        return body ? static_cast<int>(body->raw().size()) : 0;
    }
    long long getServerReceivedTs() const { return 0; }
    bool isOfflineMessage() const { return false; }
    void release() {
        Body body;
        if (table().take(static_cast<const IMessage *>(this), body)) {
            Quarantine::add(this);
        }
    }

  private:
    static Message *publish(const Body &body) {
        Message *message = new Message();
        table().insert(static_cast<const IMessage *>(message), body);
        return message;
    }
    static Table<Body> &table() { return immortal<Table<Body>>(); }
    static long long next_id() { return ++immortal<std::atomic<long long>>(); }
};

static_assert(sizeof(Message) <= 32, "a million of them wait in memory");

} // namespace detail
} // namespace rtm
} // namespace agora

#endif /* RTM_CALL_AGORA_DETAIL_MESSAGE_H */
