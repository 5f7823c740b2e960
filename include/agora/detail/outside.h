/* What is declared and not here, in a form that programs can hold: a channel and a channel attribute. */
#ifndef RTM_CALL_AGORA_DETAIL_OUTSIDE_H
#define RTM_CALL_AGORA_DETAIL_OUTSIDE_H

#include <memory>
#include <string>

#include "state.h"

namespace agora {
namespace rtm {
namespace detail {

class Channel : public IChannel {
  public:
    static Channel *create(const std::shared_ptr<State> &state, const char *id) {
        Channel *channel = new Channel();
        table().insert(static_cast<const IChannel *>(channel), std::make_shared<Body>(state, id));
        return channel;
    }

    int join() { return outside("IChannel::join", JOIN_CHANNEL_ERR_FAILURE); }
    int leave() { return outside("IChannel::leave", LEAVE_CHANNEL_ERR_NOT_IN_CHANNEL); }
    int sendMessage(const IMessage * /*message*/) {
        return outside("IChannel::sendMessage", CHANNEL_MESSAGE_ERR_FAILURE);
    }
    int sendMessage(const IMessage *message, const SendMessageOptions & /*options*/) { return sendMessage(message); }
    const char *getId() const {
        std::shared_ptr<Body> body;
        return table().find(static_cast<const IChannel *>(this), body) ? body->id.c_str() : "";
    }
    int getMembers() { return outside("IChannel::getMembers", GET_MEMBERS_ERR_NOT_IN_CHANNEL); }
    void release() {
        std::shared_ptr<Body> body;
        if (table().take(static_cast<const IChannel *>(this), body)) {
            Quarantine::add(this);
        }
    }

  private:
    struct Body {
        Body(const std::shared_ptr<State> &state, const char *id) : state(state), id(id) {}
        const std::shared_ptr<State> state;
        const std::string id;
    };
    static Table<std::shared_ptr<Body>> &table() { return immortal<Table<std::shared_ptr<Body>>>(); }

    int outside(const char *what, int code) const {
        std::shared_ptr<Body> body;
        return table().find(static_cast<const IChannel *>(this), body) ? body->state->outside(what, code) : code;
    }
};

class ChannelAttribute : public IRtmChannelAttribute {
  public:
    static ChannelAttribute *create() {
        ChannelAttribute *attribute = new ChannelAttribute();
        /* An attribute is a message that has no way to go: its key is the text, its value the text of another. */
        const Pair pair(text(), text());
        table().insert(static_cast<const IRtmChannelAttribute *>(attribute), pair);
        return attribute;
    }

    void setKey(const char *key) { set(pair().first, key); }
    const char *getKey() const { return get(pair().first); }
    void setValue(const char *value) { set(pair().second, value); }
    const char *getValue() const { return get(pair().second); }
    const char *getLastUpdateUserId() const { return ""; }
    long long getLastUpdateTs() const { return 0; }
    void release() {
        Pair pair;
        if (table().take(static_cast<const IRtmChannelAttribute *>(this), pair)) {
            Quarantine::add(this);
        }
    }

  private:
    typedef std::pair<Message::Body, Message::Body> Pair;
    static Table<Pair> &table() { return immortal<Table<Pair>>(); }

    static Message::Body text() { return std::make_shared<MessageBody>(0, MESSAGE_TYPE_TEXT, std::string(), ""); }
    Pair pair() const {
        Pair pair;
        table().find(static_cast<const IRtmChannelAttribute *>(this), pair);
        return pair;
    }
    static void set(const Message::Body &text, const char *to) {
        if (text) {
            text->set_text(to);
        }
    }
    static const char *get(const Message::Body &text) { return text ? text->text() : ""; }
};

static_assert(sizeof(Channel) <= 32 && sizeof(ChannelAttribute) <= 32, "a million of them wait in memory");

} // namespace detail
} // namespace rtm
} // namespace agora

#endif /* RTM_CALL_AGORA_DETAIL_OUTSIDE_H */
