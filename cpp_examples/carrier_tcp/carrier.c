/* carrier.c: the carrier, an rtm_transport whose sessions are connections to a relay (relay.c).
 *
 * Each session has one thread, which alone touches the socket. The functions that the library calls only put frames
 * into a queue, under the session's lock, and ring the bell on which the thread sleeps. No report is made with that
 * lock held: the library may call send, or stop, before a report returns.
 */
#include "frame.h" /* first: it asks the system for POSIX */

#include "carrier.h"

enum { CONNECT_MS = 5000 };

struct session {
    rtm_transport_session *library; /* where reports go; stale after stop, which is no harm */
    char host[256], port[8];
    char app[65], user[65];
    uint32_t grace_ms;
    net_socket bell;

    mutex lock; /* for all below */
    condition gone;
    char *token;
    struct queue out;
    bool up;                /* the relay has welcomed us */
    unsigned token_answers; /* calls of renew that the relay has not answered ... */
    unsigned with_hello;    /* ... of them those whose token went out with the hello, and is answered by the welcome */
    bool stopping, ended;   /* stop was called; the thread is at its end */
    int64_t stop_by;
    uintptr_t thread;
    int owners; /* the library until stop, and the thread */
};

static char *copy_of(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

/* With the lock held, which it gives back. */
static void let_go(struct session *s) {
    bool last = --s->owners == 0;
    mutex_unlock(&s->lock);
    if (!last)
        return;
    queue_clear(&s->out);
    net_close(s->bell);
    condition_destroy(&s->gone);
    mutex_destroy(&s->lock);
    free(s->token);
    free(s);
}

/* ---- The thread ---------------------------------------------------------------------------------------------------
 */

static bool is_stopping(struct session *s) {
    mutex_lock(&s->lock);
    bool stopping = s->stopping;
    mutex_unlock(&s->lock);
    return stopping;
}

/* Sleeps until the socket can be read (or, if wanted, written), the bell rings, or the time is over. */
static void wait_for(struct session *s, net_socket socket, bool to_write, int64_t deadline) {
    int64_t left = deadline - now_ms();
    struct timeval time = {0, 0};
    fd_set readable, writable, failed;
    net_socket most = s->bell;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&failed);
    FD_SET(s->bell, &readable);
    if (socket != NO_SOCKET) {
        FD_SET(socket, &readable);
        FD_SET(socket, &failed); /* how Windows tells that a connection is refused */
        if (to_write)
            FD_SET(socket, &writable);
        most = socket > most ? socket : most;
    }
    if (left > 0) {
        time.tv_sec = (int)(left / 1000);
        time.tv_usec = (int)(left % 1000) * 1000;
    }
    if (select((int)most + 1, &readable, &writable, &failed, &time) > 0 && FD_ISSET(s->bell, &readable))
        net_still_bell(s->bell);
}

/* Whether the socket, which is connecting, is connected by then. */
static bool becomes_connected(struct session *s, net_socket socket, int64_t deadline) {
    while (!is_stopping(s) && now_ms() < deadline) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer, error_length = sizeof(int);
        int error = 0;
        wait_for(s, socket, true, deadline);
        if (getpeername(socket, (struct sockaddr *)&peer, &length) == 0)
            return true;
        getsockopt(socket, SOL_SOCKET, SO_ERROR, (char *)&error, &error_length);
        if (error)
            return false;
    }
    return false;
}

/* A connection to the relay, or none; returns at once when the session is stopped. */
static net_socket connect_to_relay(struct session *s) {
    struct addrinfo wanted, *found = NULL;
    net_socket socket_made = NO_SOCKET;
    memset(&wanted, 0, sizeof wanted);
    wanted.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(s->host, s->port, &wanted, &found) != 0)
        return NO_SOCKET;
    for (struct addrinfo *one = found; one && socket_made == NO_SOCKET && !is_stopping(s); one = one->ai_next) {
        net_socket candidate = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (!net_can_select(candidate)) {
            net_close(candidate);
            continue;
        }
        net_make_nonblocking(candidate);
        net_send_at_once(candidate);
        if (connect(candidate, one->ai_addr, (socklen_t)one->ai_addrlen) == 0 ||
            (net_would_block() && becomes_connected(s, candidate, now_ms() + CONNECT_MS)))
            socket_made = candidate;
        else
            net_close(candidate);
    }
    freeaddrinfo(found);
    return socket_made;
}

/* The first frame. What was queued for a former connection is gone: the library sends again what matters. */
static bool say_hello(struct session *s) {
    mutex_lock(&s->lock);
    const char *token = s->token ? s->token : "";
    struct frame *hello = frame_new(FRAME_HELLO, 4 + 3 * 2 + strlen(s->app) + strlen(s->user) + strlen(token));
    if (hello) {
        frame_put_text(hello, s->app);
        frame_put_text(hello, s->user);
        frame_put_text(hello, token);
        frame_put_number(hello, s->grace_ms);
    }
    queue_clear(&s->out);
    s->with_hello = s->token_answers;
    bool queued = queue_push(&s->out, hello);
    mutex_unlock(&s->lock);
    return queued;
}

static void report_renewed(struct session *s, int32_t error) {
    mutex_lock(&s->lock);
    bool asked = s->token_answers > 0;
    s->token_answers -= asked;
    mutex_unlock(&s->lock);
    if (asked)
        rtm_transport_session_link(s->library, RTM_TRANSPORT_LINK_RENEWED, error);
}

static void on_welcome(struct session *s) {
    mutex_lock(&s->lock);
    bool news = !s->up;
    unsigned answers = s->with_hello;
    s->with_hello = 0;
    s->up = true; /* first: the library sends inside the report */
    mutex_unlock(&s->lock);
    while (answers-- > 0) /* the relay has just accepted the new token */
        report_renewed(s, RTM_RENEW_TOKEN_ERR_OK);
    if (news)
        rtm_transport_session_link(s->library, RTM_TRANSPORT_LINK_UP, 0);
}

/* The session is over, for a reason that the relay tells in the library's own numbers. */
static void report_end(struct session *s, rtm_transport_link link, uint32_t reason, int32_t otherwise) {
    if (rtm_transport_session_link(s->library, link, (int32_t)reason) != RTM_OK)
        rtm_transport_session_link(s->library, link, otherwise);
}

enum { MOST_IN_BATCH = 64 };

/* Messages that arrived together are delivered together. */
struct batch {
    rtm_transport_message messages[MOST_IN_BATCH];
    char senders[MOST_IN_BATCH][65];
    size_t count;
};

static void deliver(struct session *s, struct batch *batch) {
    if (batch->count)
        rtm_transport_session_deliver(s->library, batch->messages, batch->count);
    batch->count = 0;
}

/* Reads all whole frames; false if the connection is of no more use, for good if `over` is set. */
static bool read_frames(struct session *s, struct intake *in, bool *over) {
    struct batch batch;
    struct fields frame;
    int found;
    bool fine = true;
    batch.count = 0;
    while (fine && (found = intake_next(in, &frame)) == 1) {
        if (frame.kind == FRAME_DELIVER) {
            rtm_transport_message *message = &batch.messages[batch.count];
            fields_text(&frame, batch.senders[batch.count], sizeof batch.senders[0]);
            message->from = batch.senders[batch.count];
            message->bytes = frame.at;
            message->length = frame.left;
            fine = !frame.bad && frame.left <= RTM_TRANSPORT_MESSAGE_MAX;
            batch.count += fine;
            if (batch.count == MOST_IN_BATCH)
                deliver(s, &batch);
            continue;
        }
        deliver(s, &batch); /* the order stays */
        uint32_t state;
        char user[65];
        switch (frame.kind) {
        case FRAME_WELCOME:
            on_welcome(s);
            break;
        case FRAME_REFUSED:
            report_end(s, RTM_TRANSPORT_LINK_REFUSED, fields_number(&frame), RTM_LOGIN_ERR_REJECTED);
            fine = false;
            *over = true;
            break;
        case FRAME_ENDED:
            report_end(s, RTM_TRANSPORT_LINK_ENDED, fields_number(&frame),
                       RTM_CONNECTION_CHANGE_REASON_BANNED_BY_SERVER);
            fine = false;
            *over = true;
            break;
        case FRAME_PRESENCE:
            state = fields_number(&frame);
            fields_text(&frame, user, sizeof user);
            rtm_transport_session_presence(s->library, user, (int32_t)state);
            break;
        case FRAME_RENEWED:
            report_renewed(s, (int32_t)fields_number(&frame));
            break;
        case FRAME_PING: /* our own, come back */
            break;
        default: /* of a newer relay */
            break;
        }
        fine = fine && !frame.bad;
    }
    deliver(s, &batch);
    return fine && found == 0;
}

/* One connection, until it breaks, the session is over or it is stopped and all has been written. */
static void talk(struct session *s, net_socket socket, bool *over) {
    struct intake in = {NULL, 0, 0, 0};
    int64_t heard = now_ms(), ping = heard + PING_MS;
    bool fine = say_hello(s);
    while (fine) {
        int64_t now = now_ms(), wake = heard + SILENCE_MS < ping ? heard + SILENCE_MS : ping;
        mutex_lock(&s->lock);
        if (s->up && now >= ping) {
            queue_push(&s->out, frame_new(FRAME_PING, 0));
            ping = now + PING_MS;
        }
        fine = queue_write(&s->out, socket) && now - heard < SILENCE_MS;
        bool more = s->out.first != NULL;
        if (s->stopping) {
            *over = !more || now >= s->stop_by;
            wake = s->stop_by < wake ? s->stop_by : wake;
        }
        mutex_unlock(&s->lock);
        if (!fine || *over)
            break;
        wait_for(s, socket, more, wake);
        int read = intake_read(&in, socket);
        heard = read > 0 ? now_ms() : heard;
        fine = read >= 0 && read_frames(s, &in, over);
    }
    intake_clear(&in);
    net_close(socket);
}

static void run_session(void *argument) {
    struct session *s = argument;
    uint64_t dice = (uint64_t)now_ms() * 2654435761u ^ (uintptr_t)s;
    int64_t pause = 100;
    bool over = false;
    mutex_lock(&s->lock);
    s->thread = thread_self();
    mutex_unlock(&s->lock);
    while (!over) {
        net_socket socket = connect_to_relay(s);
        if (socket != NO_SOCKET)
            talk(s, socket, &over);
        mutex_lock(&s->lock);
        bool was_up = s->up;
        s->up = false;
        queue_clear(&s->out);
        mutex_unlock(&s->lock);
        if (was_up) {
            pause = 100;
            if (!over)
                rtm_transport_session_link(s->library, RTM_TRANSPORT_LINK_DOWN, 0);
        }
        /* Not all at once when a relay comes back: each waits between half the pause and the whole. */
        dice = dice * 6364136223846793005u + 1442695040888963407u;
        int64_t until = now_ms() + pause / 2 + (int64_t)((dice >> 33) % (uint64_t)(pause / 2));
        while (!over && now_ms() < until) {
            over = is_stopping(s);
            if (!over)
                wait_for(s, NO_SOCKET, false, until);
        }
        pause = pause < 2000 ? 2 * pause : 4000;
    }
    mutex_lock(&s->lock);
    s->ended = true;
    condition_broadcast(&s->gone);
    let_go(s);
}

/* ---- What the library calls ----------------------------------------------------------------------------------------
 */

/* tcp://host:port, with nothing behind it. */
static bool read_address(const char *url, char *host, size_t host_room, char *port, size_t port_room) {
    const char *begin = strstr(url, "://"), *colon = strrchr(url, ':');
    if (!begin || colon <= begin + 2)
        return false;
    begin += 3;
    size_t host_length = (size_t)(colon - begin), port_length = strspn(colon + 1, "0123456789");
    if (host_length == 0 || host_length >= host_room || port_length == 0 || port_length >= port_room ||
        colon[1 + port_length])
        return false;
    memcpy(host, begin, host_length);
    host[host_length] = 0;
    memcpy(port, colon + 1, port_length + 1);
    return true;
}

static void *tcp_start(void *context, rtm_transport_session *library, const rtm_transport_login *login) {
    (void)context;
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->library = library;
    s->grace_ms = login->grace_ms;
    snprintf(s->app, sizeof s->app, "%s", login->app_id);
    snprintf(s->user, sizeof s->user, "%s", login->user_id);
    bool fine = read_address(login->url, s->host, sizeof s->host, s->port, sizeof s->port) &&
                (!login->token || strlen(login->token) < 4096) &&
                (!login->token || (s->token = copy_of(login->token)) != NULL) &&
                (s->bell = net_open_bell()) != NO_SOCKET;
    if (!fine) {
        free(s->token);
        free(s);
        return NULL;
    }
    mutex_init(&s->lock);
    condition_init(&s->gone);
    s->owners = 2;
    if (!thread_spawn(run_session, s)) {
        mutex_lock(&s->lock);
        s->owners = 1;
        let_go(s);
        return NULL;
    }
    return s;
}

/* Puts a frame into the queue; RTM_OK, or why it was not taken. */
static int32_t enqueue(struct session *s, struct frame *f) {
    int32_t answer = RTM_ERR_INVALID_STATE;
    mutex_lock(&s->lock);
    if (s->up)
        answer = queue_push(&s->out, f) ? RTM_OK : RTM_ERR_LIMIT_REACHED;
    else
        free(f);
    mutex_unlock(&s->lock);
    net_ring_bell(s->bell);
    return answer;
}

static int32_t tcp_send(void *state, const char *to, const uint8_t *bytes, size_t length, uint32_t expires_after_ms) {
    struct frame *f = frame_new(FRAME_SEND, 2 + strlen(to) + 4 + length);
    if (f) {
        f->deadline = now_ms() + expires_after_ms;
        frame_put_text(f, to);
        frame_put_number(f, expires_after_ms);
        frame_put_bytes(f, bytes, length);
    }
    return enqueue(state, f);
}

static void tcp_watch(void *state, const char *user_id, bool on) {
    struct frame *f = frame_new(FRAME_WATCH, 4 + 2 + strlen(user_id));
    if (f) {
        frame_put_number(f, on);
        frame_put_text(f, user_id);
    }
    enqueue(state, f);
}

static void tcp_renew(void *state, const char *token) {
    struct session *s = state;
    char *copy = strlen(token) < 4096 ? copy_of(token) : NULL;
    if (!copy) {
        rtm_transport_session_link(s->library, RTM_TRANSPORT_LINK_RENEWED, RTM_RENEW_TOKEN_ERR_REJECTED);
        return;
    }
    struct frame *f = frame_new(FRAME_TOKEN, 2 + strlen(token));
    if (f)
        frame_put_text(f, token);
    mutex_lock(&s->lock);
    free(s->token);
    s->token = copy; /* for the next connection too */
    s->token_answers++;
    queue_push(&s->out,
               f); /* behind the hello, if that is under way; the next hello clears the queue and has the token */
    mutex_unlock(&s->lock);
    net_ring_bell(s->bell);
}

static void tcp_stop(void *state, uint32_t within_ms) {
    struct session *s = state;
    mutex_lock(&s->lock);
    s->stopping = true;
    s->stop_by = now_ms() + within_ms;
    if (s->up)
        queue_push(&s->out, frame_new(FRAME_BYE, 0));
    net_ring_bell(s->bell);
    /* Inside a report of ours the thread is this one: it goes on when the report has returned. */
    while (!s->ended && s->thread != thread_self() && now_ms() < s->stop_by)
        condition_wait_until(&s->gone, &s->lock, s->stop_by);
    let_go(s);
}

rtm_status tcp_carrier_register(void) {
    rtm_transport tcp = {
        .struct_size = sizeof tcp,
        .start = tcp_start,
        .send = tcp_send,
        .stop = tcp_stop,
        .watch = tcp_watch,
        .renew = tcp_renew,
    };
    return rtm_transport_register("tcp", &tcp);
}
