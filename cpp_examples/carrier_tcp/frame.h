/* frame.h: what travels between carrier and relay.
 *
 * A frame is its length (four bytes, big-endian, without themselves), a byte for its kind, and its fields: numbers of
 * four bytes, texts with two bytes of length before them, and bytes up to the end of the frame.
 */
#ifndef CARRIER_TCP_FRAME_H
#define CARRIER_TCP_FRAME_H

#include "platform.h"

#include "rtm_call.h"

enum frame_kind {
    /* from the carrier */
    FRAME_HELLO = 1, /* app id, user id, token, grace time in ms */
    FRAME_SEND,      /* receiver, lifetime in ms, the message */
    FRAME_WATCH,     /* 1 or 0, user id */
    FRAME_TOKEN,     /* token */
    FRAME_BYE,       /* the user logs out: no grace time */
    /* from the relay */
    FRAME_WELCOME,
    FRAME_REFUSED,  /* an rtm_login_err */
    FRAME_DELIVER,  /* sender, the message */
    FRAME_PRESENCE, /* an rtm_peer_online_state, user id */
    FRAME_RENEWED,  /* an rtm_renew_token_err */
    FRAME_ENDED,    /* an rtm_connection_change_reason */
    /* from the carrier, and back */
    FRAME_PING
};

enum {
    FRAME_MAX = RTM_TRANSPORT_MESSAGE_MAX + 1024,
    QUEUE_MAX = 4 << 20, /* bytes that wait to be written; more is refused */
    PING_MS = 5000,      /* each so often the carrier says something ... */
    SILENCE_MS = 15000   /* ... and who hears nothing for so long gives the connection up */
};

/* ---- Writing ------------------------------------------------------------------------------------------------------
 */

struct frame {
    struct frame *next;
    int64_t deadline; /* not begun by then: dropped. 0: never */
    size_t length, written;
    uint8_t bytes[1];
};

/* A frame with room for so many bytes of fields; NULL if there is no memory. */
static inline struct frame *frame_new(enum frame_kind kind, size_t room) {
    struct frame *f = malloc(sizeof *f + 5 + room);
    if (f) {
        memset(f, 0, sizeof *f);
        f->bytes[4] = (uint8_t)kind;
        f->length = 5;
    }
    return f;
}

static inline void frame_put_number(struct frame *f, uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8)
        f->bytes[f->length++] = (uint8_t)(number >> shift);
}

static inline void frame_put_bytes(struct frame *f, const void *bytes, size_t length) {
    if (length)
        memcpy(f->bytes + f->length, bytes, length);
    f->length += length;
}

static inline void frame_put_text(struct frame *f, const char *text) {
    size_t length = strlen(text);
    f->bytes[f->length++] = (uint8_t)(length >> 8);
    f->bytes[f->length++] = (uint8_t)length;
    frame_put_bytes(f, text, length);
}

struct queue {
    struct frame *first, *last;
    size_t bytes;
};

/* Appends a frame, which belongs to the queue then; false if there is none or no room. */
static inline bool queue_push(struct queue *q, struct frame *f) {
    if (!f || q->bytes + f->length > QUEUE_MAX) {
        free(f);
        return false;
    }
    size_t length = f->length - 4;
    for (int i = 0; i < 4; i++)
        f->bytes[i] = (uint8_t)(length >> (24 - 8 * i));
    if (q->last)
        q->last->next = f;
    else
        q->first = f;
    q->last = f;
    q->bytes += f->length;
    return true;
}

static inline void queue_pop(struct queue *q) {
    struct frame *f = q->first;
    q->first = f->next;
    if (!q->first)
        q->last = NULL;
    q->bytes -= f->length;
    free(f);
}

static inline void queue_clear(struct queue *q) {
    while (q->first)
        queue_pop(q);
}

/* Writes what the socket takes; false if the connection broke. */
static inline bool queue_write(struct queue *q, net_socket s) {
    while (q->first) {
        struct frame *f = q->first;
        if (!f->written && f->deadline && f->deadline <= now_ms()) {
            queue_pop(q);
            continue;
        }
#ifdef _WIN32
        int n = send(s, (const char *)f->bytes + f->written, (int)(f->length - f->written), 0);
#else
        ssize_t n = send(s, f->bytes + f->written, f->length - f->written, MSG_NOSIGNAL);
#endif
        if (n < 0)
            return net_would_block();
        f->written += (size_t)n;
        if (f->written == f->length)
            queue_pop(q);
    }
    return true;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------
 */

struct intake {
    uint8_t *bytes;
    size_t length, room, taken;
};

/* Reads what has arrived: 1, or 0 if that is nothing, or -1 if the connection broke. Frames that were taken before are
 * gone then. */
static inline int intake_read(struct intake *in, net_socket s) {
    memmove(in->bytes, in->bytes + in->taken, in->bytes ? in->length - in->taken : 0);
    in->length -= in->taken;
    in->taken = 0;
    if (in->room - in->length < 4096) {
        size_t room = in->room ? 2 * in->room : 16384; /* at most one frame and a little waits */
        uint8_t *bytes = realloc(in->bytes, room);
        if (!bytes)
            return -1;
        in->bytes = bytes;
        in->room = room;
    }
#ifdef _WIN32
    int n = recv(s, (char *)in->bytes + in->length, (int)(in->room - in->length), 0);
#else
    ssize_t n = recv(s, in->bytes + in->length, in->room - in->length, 0);
#endif
    if (n > 0)
        in->length += (size_t)n;
    return n > 0 ? 1 : n < 0 && net_would_block() ? 0 : -1;
}

/* The fields of one frame. A field that is not there makes it bad, and reads as nothing. */
struct fields {
    const uint8_t *at;
    size_t left;
    int kind;
    bool bad;
};

static inline const uint8_t *fields_take(struct fields *f, size_t length) {
    static const uint8_t nothing[4];
    const uint8_t *at = f->at;
    if (f->left < length) {
        f->bad = true;
        f->left = 0;
        return length <= sizeof nothing ? nothing : NULL;
    }
    f->at += length;
    f->left -= length;
    return at;
}

static inline uint32_t fields_number(struct fields *f) {
    const uint8_t *at = fields_take(f, 4);
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void fields_text(struct fields *f, char *into, size_t room) {
    const uint8_t *at = fields_take(f, 2);
    size_t length = (size_t)at[0] << 8 | at[1];
    into[0] = 0;
    if (length >= room || f->left < length || memchr(f->at, 0, length)) {
        f->bad = true;
        return;
    }
    memcpy(into, fields_take(f, length), length);
    into[length] = 0;
}

/* The next whole frame: 1; none yet: 0; what arrives is no frame: -1. Valid until the next intake_read(). */
static inline int intake_next(struct intake *in, struct fields *f) {
    const uint8_t *at = in->bytes + in->taken;
    size_t left = in->length - in->taken, length;
    if (left < 4)
        return 0;
    length = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    if (length < 1 || length > FRAME_MAX)
        return -1;
    if (left - 4 < length)
        return 0;
    in->taken += 4 + length;
    f->kind = at[4];
    f->at = at + 5;
    f->left = length - 1;
    f->bad = false;
    return 1;
}

static inline void intake_clear(struct intake *in) {
    free(in->bytes);
    memset(in, 0, sizeof *in);
}

#endif
