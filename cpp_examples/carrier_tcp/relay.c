/* relay.c: passes messages on and knows who is there; one thread, one select().
 *
 * What makes it a carrier that the library can trust: the sender of a message is the user of the connection, whom the
 * token has authenticated; nothing that a client writes into a frame can change it. What it cannot deliver at once, to
 * a connection that stands, it drops: the library sends again.
 */
#include "frame.h" /* first: it asks the system for POSIX */

#include "relay.h"

enum { MOST_CLIENTS = 60, MOST_ABSENT = 256, MOST_WATCHED = 1000, HELLO_MS = 5000 };

struct client {
    net_socket socket; /* NO_SOCKET: this place is free */
    struct intake in;
    struct queue out;
    char app[65], user[65]; /* "" until the hello */
    uint32_t grace_ms;
    bool leaving;  /* to be closed when all has been written */
    int64_t heard; /* when something came last; of a client that leaves, when it began to */
    char (*watched)[65];
    size_t watched_count;
};

/* A user whose connection broke and whose grace time runs. */
struct absent {
    char app[65], user[65];
    int64_t offline_at;
};

static struct client clients[MOST_CLIENTS];
static struct absent absents[MOST_ABSENT];
static size_t absent_count;
static const struct account *accounts;
static int account_count;

static bool is_user(const struct client *c, const char *app, const char *user) {
    return c->socket != NO_SOCKET && !c->leaving && c->user[0] && !strcmp(c->app, app) && !strcmp(c->user, user);
}

static struct client *find(const char *app, const char *user) {
    for (int i = 0; i < MOST_CLIENTS; i++)
        if (is_user(&clients[i], app, user))
            return &clients[i];
    return NULL;
}

static void say(struct client *c, enum frame_kind kind, uint32_t number) {
    struct frame *f = frame_new(kind, 4);
    if (f && kind != FRAME_WELCOME && kind != FRAME_PING)
        frame_put_number(f, number);
    queue_push(&c->out, f);
}

/* ---- Presence -----------------------------------------------------------------------------------------------------
 */

static struct absent *find_absent(const char *app, const char *user) {
    for (size_t i = 0; i < absent_count; i++)
        if (!strcmp(absents[i].app, app) && !strcmp(absents[i].user, user))
            return &absents[i];
    return NULL;
}

static void tell_presence(struct client *c, const char *user) {
    rtm_peer_online_state state = find(c->app, user)          ? RTM_PEER_ONLINE_STATE_ONLINE
                                  : find_absent(c->app, user) ? RTM_PEER_ONLINE_STATE_UNREACHABLE
                                                              : RTM_PEER_ONLINE_STATE_OFFLINE;
    struct frame *f = frame_new(FRAME_PRESENCE, 4 + 2 + strlen(user));
    if (f) {
        frame_put_number(f, (uint32_t)state);
        frame_put_text(f, user);
    }
    queue_push(&c->out, f);
}

/* Tells everybody who watches this user what has become of it. */
static void presence_changed(const char *app, const char *user) {
    for (struct client *c = clients; c < clients + MOST_CLIENTS; c++)
        for (size_t i = 0; c->socket != NO_SOCKET && i < c->watched_count; i++)
            if (!strcmp(c->app, app) && !strcmp(c->watched[i], user))
                tell_presence(c, user);
}

static void watch(struct client *c, const char *user, bool on) {
    size_t i = 0;
    while (i < c->watched_count && strcmp(c->watched[i], user))
        i++;
    if (!on) {
        if (i < c->watched_count)
            memmove(c->watched[i], c->watched[--c->watched_count], sizeof *c->watched);
        return;
    }
    if (i == c->watched_count) {
        if (!c->watched)
            c->watched = malloc(MOST_WATCHED * sizeof *c->watched);
        if (!c->watched || c->watched_count == MOST_WATCHED)
            return;
        snprintf(c->watched[c->watched_count++], sizeof *c->watched, "%s", user);
    }
    tell_presence(c, user);
}

static void forget_absent(struct absent *a) {
    *a = absents[--absent_count];
}

/* ---- Connections --------------------------------------------------------------------------------------------------
 */

/* Ends a connection. Unless the user said goodbye its grace time begins. */
static void hang_up(struct client *c, bool goodbye) {
    char app[65], user[65];
    bool was_user = c->user[0] && !c->leaving;
    strcpy(app, c->app);
    strcpy(user, c->user);
    net_close(c->socket);
    intake_clear(&c->in);
    queue_clear(&c->out);
    free(c->watched);
    if (was_user && !goodbye && c->grace_ms && absent_count < MOST_ABSENT) {
        struct absent *a = &absents[absent_count++];
        strcpy(a->app, app);
        strcpy(a->user, user);
        a->offline_at = now_ms() + c->grace_ms;
    }
    memset(c, 0, sizeof *c);
    c->socket = NO_SOCKET;
    if (was_user)
        presence_changed(app, user);
}

/* Writes what is queued, then hangs up. */
static void leave(struct client *c) {
    c->leaving = true;
    c->heard = now_ms();
}

static bool is_right_token(const char *user, const char *token) {
    for (int i = 0; i < account_count; i++)
        if (!strcmp(accounts[i].user, user))
            return !strcmp(accounts[i].token, token);
    return account_count == 0;
}

static void on_hello(struct client *c, const char *app, const char *user, const char *token, uint32_t grace_ms) {
    if (!is_right_token(user, token)) {
        say(c, FRAME_REFUSED, RTM_LOGIN_ERR_INVALID_TOKEN);
        leave(c);
        return;
    }
    struct client *former = find(app, user);
    if (former) {
        say(former, FRAME_ENDED, RTM_CONNECTION_CHANGE_REASON_REMOTE_LOGIN);
        leave(former);
    }
    struct absent *back = find_absent(app, user);
    if (back)
        forget_absent(back);
    strcpy(c->app, app);
    strcpy(c->user, user);
    c->grace_ms = grace_ms;
    say(c, FRAME_WELCOME, 0);
    presence_changed(app, user);
}

static void on_send(struct client *c, const char *to, uint32_t lifetime_ms, const struct fields *message) {
    struct client *peer = find(c->app, to);
    struct frame *f = peer ? frame_new(FRAME_DELIVER, 2 + strlen(c->user) + message->left) : NULL;
    if (!f)
        return;
    f->deadline = now_ms() + lifetime_ms;
    frame_put_text(f, c->user);
    frame_put_bytes(f, message->at, message->left);
    queue_push(&peer->out, f); /* if its queue is full the message is lost */
}

/* False: the client does not keep to the rules, or has said goodbye. */
static bool on_frame(struct client *c, struct fields *f, bool *goodbye) {
    char app[65], user[65], token[4096];
    uint32_t number;
    if ((f->kind == FRAME_HELLO) != (c->user[0] == 0))
        return false;
    switch (f->kind) {
    case FRAME_HELLO:
        fields_text(f, app, sizeof app);
        fields_text(f, user, sizeof user);
        fields_text(f, token, sizeof token);
        number = fields_number(f);
        if (!f->bad && app[0] && user[0])
            on_hello(c, app, user, token, number);
        return !f->bad && app[0] && user[0];
    case FRAME_SEND:
        fields_text(f, user, sizeof user);
        number = fields_number(f);
        if (!f->bad && f->left <= RTM_TRANSPORT_MESSAGE_MAX)
            on_send(c, user, number, f);
        return !f->bad && f->left <= RTM_TRANSPORT_MESSAGE_MAX;
    case FRAME_WATCH:
        number = fields_number(f);
        fields_text(f, user, sizeof user);
        if (!f->bad)
            watch(c, user, number != 0);
        return !f->bad;
    case FRAME_TOKEN:
        fields_text(f, token, sizeof token);
        say(c, FRAME_RENEWED,
            is_right_token(c->user, token) ? RTM_RENEW_TOKEN_ERR_OK : RTM_RENEW_TOKEN_ERR_INVALID_TOKEN);
        return !f->bad;
    case FRAME_PING:
        say(c, FRAME_PING, 0);
        return true;
    case FRAME_BYE:
        *goodbye = true;
        return false;
    default: /* of a newer carrier */
        return true;
    }
}

static void on_readable(struct client *c) {
    struct fields frame;
    bool goodbye = false;
    int found = 0, read = intake_read(&c->in, c->socket);
    bool fine = read >= 0;
    if (read > 0 && !c->leaving)
        c->heard = now_ms();
    if (c->leaving)
        c->in.taken = c->in.length; /* nobody reads it */
    while (fine && !c->leaving && (found = intake_next(&c->in, &frame)) == 1)
        fine = on_frame(c, &frame, &goodbye);
    if (!fine || found < 0)
        hang_up(c, goodbye);
}

static void on_connection(net_socket made) {
    for (struct client *c = clients; net_can_select(made) && c < clients + MOST_CLIENTS; c++)
        if (c->socket == NO_SOCKET) {
            net_make_nonblocking(made);
            net_send_at_once(made);
            c->socket = made;
            c->heard = now_ms();
            return;
        }
    net_close(made);
}

/* What is due; the answer is when something will be. */
static int64_t pass_time(void) {
    int64_t now = now_ms(), next = now + 60000;
    for (size_t i = 0; i < absent_count;) {
        struct absent gone = absents[i];
        if (gone.offline_at <= now) {
            forget_absent(&absents[i]);
            presence_changed(gone.app, gone.user);
        } else {
            next = gone.offline_at < next ? gone.offline_at : next;
            i++;
        }
    }
    for (struct client *c = clients; c < clients + MOST_CLIENTS; c++) {
        if (c->socket == NO_SOCKET)
            continue;
        int64_t until = c->heard + (c->user[0] && !c->leaving ? SILENCE_MS : HELLO_MS);
        if (until <= now || (c->leaving && !c->out.first))
            hang_up(c, false);
        else
            next = until < next ? until : next;
    }
    return next;
}

/* ---- The relay -----------------------------------------------------------------------------------------------------
 */

static net_socket listen_on(const char *port, unsigned *number) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    net_socket listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
#ifndef _WIN32
    int on = 1; /* a relay that is started again need not wait; on Windows this would let two share the port */
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
#endif
    if (net_can_select(listener) && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(listener, 16) == 0 && getsockname(listener, (struct sockaddr *)&address, &length) == 0) {
        net_make_nonblocking(listener);
        *number = ntohs(address.sin_port);
        return listener;
    }
    net_close(listener);
    return NO_SOCKET;
}

int relay_run(const char *port, const struct account *users, int count) {
    unsigned number = 0;
    net_socket listener = listen_on(port, &number);
    if (listener == NO_SOCKET) {
        fprintf(stderr, "cannot listen on 127.0.0.1:%s\n", port);
        return 1;
    }
    accounts = users;
    account_count = count;
    for (int i = 0; i < MOST_CLIENTS; i++)
        clients[i].socket = NO_SOCKET;
    printf("listening on 127.0.0.1:%u\n", number);
    fflush(stdout);
    for (;;) {
        fd_set readable, writable;
        net_socket most = listener;
        int64_t left = pass_time() - now_ms();
        struct timeval time = {0, 0};
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(listener, &readable);
        for (struct client *c = clients; c < clients + MOST_CLIENTS; c++)
            if (c->socket != NO_SOCKET) {
                FD_SET(c->socket, &readable);
                if (c->out.first)
                    FD_SET(c->socket, &writable);
                most = c->socket > most ? c->socket : most;
            }
        if (left > 0) {
            time.tv_sec = (int)(left / 1000);
            time.tv_usec = (int)(left % 1000) * 1000;
        }
        if (select((int)most + 1, &readable, &writable, NULL, &time) <= 0)
            continue;
        for (struct client *c = clients; c < clients + MOST_CLIENTS; c++)
            if (c->socket != NO_SOCKET && FD_ISSET(c->socket, &readable))
                on_readable(c);
        for (struct client *c = clients; c < clients + MOST_CLIENTS; c++)
            if (c->socket != NO_SOCKET && c->out.first && !queue_write(&c->out, c->socket))
                hang_up(c, false);
        if (FD_ISSET(listener, &readable))
            on_connection(accept(listener, NULL, NULL));
    }
}
