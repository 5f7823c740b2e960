/* Threads make random calls on shared handles, releases among them: nothing crashes, nothing hangs, every handler that
 * was accepted is dropped once, and every open invitation ends. */
#include "party.h"

enum { THREADS = 4, SERVICES = 4, SLOTS = 64, ROUNDS = 3 };

static mutex shared_lock;
static rtm_service *services[SERVICES];
static rtm_call_manager *managers[SERVICES];
static rtm_local_call_invitation *locals[SLOTS];
static rtm_remote_call_invitation *remotes[SLOTS];
static rtm_message *messages[SLOTS];
static uint64_t handler_numbers[SLOTS];
static counter accepted, dropped, rung, local_ends, remote_ends, sent;
static long operations;

/* The handles of all that ended. A handle never comes back, so none may be here twice. */
static uintptr_t ended[200000];
static size_t ended_count;

static void has_ended(const void *invitation) {
    mutex_lock(&shared_lock);
    if (ended_count < sizeof ended / sizeof ended[0])
        ended[ended_count++] = (uintptr_t)invitation;
    mutex_unlock(&shared_lock);
}

static int by_number(const void *one, const void *two) {
    uintptr_t a = *(const uintptr_t *)one, b = *(const uintptr_t *)two;
    return a < b ? -1 : a > b;
}

static void check_each_ended_once(void) {
    size_t i;
    qsort(ended, ended_count, sizeof ended[0], by_number);
    for (i = 1; i < ended_count; i++)
        if (ended[i] == ended[i - 1])
            check_failed(__FILE__, __LINE__, "the invitation %" PRIxPTR " ended twice", ended[i]);
    CHECK_INT(ended_count, counter_get(&local_ends) + counter_get(&remote_ends));
}

/* A slot is read and written whole, but what it names may be released at any time: that is the point. */
static void *take(void *const *slot) {
    void *value;
    mutex_lock(&shared_lock);
    value = *slot;
    mutex_unlock(&shared_lock);
    return value;
}

static void put(void **slot, void *value) {
    mutex_lock(&shared_lock);
    *slot = value;
    mutex_unlock(&shared_lock);
}

static void on_drop(void *context) {
    (void)context;
    counter_add(&dropped, 1);
}
static void on_rung(void *context, rtm_remote_call_invitation *invitation) {
    counter_add(&rung, 1);
    put((void **)&remotes[(uintptr_t)context % SLOTS], invitation);
    put((void **)&remotes[(size_t)counter_get(&rung) % SLOTS], invitation);
    CHECK(rtm_remote_call_invitation_get_content(invitation) != NULL);
}
static void on_remote_end(void *context, rtm_remote_call_invitation *invitation) {
    (void)context;
    counter_add(&remote_ends, 1);
    has_ended(invitation);
    rtm_remote_call_invitation_release(invitation);
}
static void on_remote_failure(void *context, rtm_remote_call_invitation *invitation, rtm_remote_invitation_err error) {
    (void)error;
    on_remote_end(context, invitation);
}
static void on_local_end(void *context, rtm_local_call_invitation *invitation) {
    (void)context;
    counter_add(&local_ends, 1);
    has_ended(invitation);
    CHECK(rtm_local_call_invitation_get_content(invitation) != NULL);
    rtm_local_call_invitation_release(invitation);
}
static void on_answered(void *context, rtm_local_call_invitation *invitation, const char *response) {
    CHECK(response != NULL);
    on_local_end(context, invitation);
}
static void on_local_failure(void *context, rtm_local_call_invitation *invitation, rtm_local_invitation_err error) {
    (void)error;
    on_local_end(context, invitation);
}
static void on_message(void *context, const char *peer, rtm_message *message) {
    (void)context;
    CHECK(peer[0] != 0 && rtm_message_get_text(message) != NULL);
}

static rtm_call_event_handler call_handler_of(uintptr_t number) {
    rtm_call_event_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.context = (void *)number;
    handler.drop = on_drop;
    handler.on_local_invitation_accepted = on_answered;
    handler.on_local_invitation_refused = on_answered;
    handler.on_local_invitation_canceled = on_local_end;
    handler.on_local_invitation_failure = on_local_failure;
    handler.on_remote_invitation_received = on_rung;
    handler.on_remote_invitation_accepted = on_remote_end;
    handler.on_remote_invitation_refused = on_remote_end;
    handler.on_remote_invitation_canceled = on_remote_end;
    handler.on_remote_invitation_failure = on_remote_failure;
    return handler;
}

static rtm_service_event_handler service_handler_of(uintptr_t number) {
    rtm_service_event_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.context = (void *)number;
    handler.drop = on_drop;
    handler.on_message_received_from_peer = on_message;
    return handler;
}

static const char *user_of(size_t number) {
    static const char *const users[] = {"0", "1", "2", "3"};
    return users[number % SERVICES];
}

static void make_service(size_t i) {
    rtm_service_config config = config_of();
    rtm_service *made = NULL;
    rtm_call_manager *manager = NULL;
    rtm_service_event_handler service_handler = service_handler_of(i);
    rtm_call_event_handler call_handler = call_handler_of(i);
    config.url = "hub://stress";
    config.delivery = i % 2 ? RTM_DELIVERY_SHARED : RTM_DELIVERY_OWN_WORKER;
    config.ring_timeout_ms = 50;
    config.acknowledge_timeout_ms = 50;
    config.accept_timeout_ms = 50;
    CHECK_OK(rtm_service_create(&config, &made));
    CHECK_OK(rtm_service_initialize(made, APP_ID, &service_handler));
    CHECK_OK(rtm_service_get_call_manager(made, &call_handler, &manager));
    counter_add(&accepted, 2);
    put((void **)&services[i], made);
    put((void **)&managers[i], manager);
    CHECK_OK(rtm_service_login(made, NULL, user_of(i)));
}

/* One random call. Whatever it answers is fine, if it answers. */
static void one_operation(uint64_t *seed) {
    uint64_t r = dice(seed);
    size_t i = (size_t)(r >> 8) % SERVICES, slot = (size_t)(r >> 16) % SLOTS, other = (size_t)(r >> 24) % SLOTS;
    rtm_service *service = (rtm_service *)take((void *const *)&services[i]);
    rtm_call_manager *manager = (rtm_call_manager *)take((void *const *)&managers[i]);
    rtm_local_call_invitation *local = (rtm_local_call_invitation *)take((void *const *)&locals[slot]), *made = NULL;
    rtm_remote_call_invitation *remote = (rtm_remote_call_invitation *)take((void *const *)&remotes[slot]);
    rtm_message *message = (rtm_message *)take((void *const *)&messages[slot]), *text = NULL;
    rtm_call_event_handler call_handler = call_handler_of(other);
    rtm_service_event_handler service_handler = service_handler_of(other);
    rtm_service_stats stats;
    const char *peers[] = {"0", "1", "nobody"};
    char copy[40];
    uint64_t number = 0;
    switch (r % 40) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
        if (rtm_call_manager_create_local_call_invitation(manager, user_of(other), &made) == RTM_OK) {
            rtm_local_call_invitation_set_content(made, "content");
            put((void **)&locals[slot], made);
            if (rtm_call_manager_send_local_invitation(manager, made) == RTM_OK)
                counter_add(&sent, 1);
        }
        break;
    case 6:
        if (rtm_call_manager_send_local_invitation(manager, local) == RTM_OK)
            counter_add(&sent, 1);
        break;
    case 7:
    case 8:
        rtm_call_manager_cancel_local_invitation(manager, local);
        break;
    case 9:
    case 10:
        rtm_call_manager_accept_remote_invitation(manager, remote);
        break;
    case 11:
        rtm_remote_call_invitation_set_response(remote, "no");
        rtm_call_manager_refuse_remote_invitation(manager, remote);
        break;
    case 12:
    case 13:
        rtm_local_call_invitation_release(local);
        break;
    case 14:
        rtm_remote_call_invitation_release(remote);
        break;
    case 15:
        rtm_local_call_invitation_set_content(local, "other content");
        rtm_local_call_invitation_set_channel_id(local, "channel");
        break;
    case 16:
        rtm_local_call_invitation_get_content_copy(local, copy, sizeof copy, NULL);
        rtm_remote_call_invitation_get_caller_id_copy(remote, copy, sizeof copy, NULL);
        break;
    case 17:
        rtm_local_call_invitation_get_id_copy(local, copy, sizeof copy, NULL);
        rtm_local_call_invitation_get_state(local, (rtm_local_invitation_state *)(void *)copy);
        break;
    case 18:
    case 19:
        if (rtm_service_create_text_message(service, "text", &text) == RTM_OK) {
            put((void **)&messages[slot], text);
            rtm_service_send_message_to_peer(service, user_of(other), text, NULL);
        }
        break;
    case 20:
    case 21:
        rtm_message_release(message);
        break;
    case 22:
        rtm_service_send_message_to_peer(service, user_of(other), message, NULL);
        break;
    case 23:
        if (rtm_service_get_call_manager(service, &call_handler, &manager) == RTM_OK) {
            counter_add(&accepted, 1);
            put((void **)&managers[i], manager);
        }
        break;
    case 24:
    case 25:
        if (rtm_service_add_event_handler(service, &service_handler, &number) == RTM_OK) {
            counter_add(&accepted, 1);
            mutex_lock(&shared_lock);
            handler_numbers[slot] = number;
            mutex_unlock(&shared_lock);
        }
        break;
    case 26:
    case 27:
        mutex_lock(&shared_lock);
        number = handler_numbers[slot];
        mutex_unlock(&shared_lock);
        rtm_service_remove_event_handler(service, number);
        break;
    case 28:
        rtm_service_query_peers_online_status(service, peers, 3, NULL);
        break;
    case 29:
        rtm_service_subscribe_peers_online_status(service, peers, 2, NULL);
        break;
    case 30:
        rtm_service_unsubscribe_peers_online_status(service, peers, 3, NULL);
        break;
    case 31:
        rtm_service_login(service, "token", user_of(i + (other == 0)));
        break;
    case 32:
        if (other % 4 == 0)
            rtm_service_logout(service);
        break;
    case 33:
        rtm_service_renew_token(service, "token");
        break;
    case 34:
        memset(&stats, 0, sizeof stats);
        stats.struct_size = sizeof stats;
        rtm_service_get_stats(service, &stats);
        break;
    case 35:
        rtm_hub_set_link("stress", APP_ID, user_of(i), (int)(other % 3));
        break;
    case 36:
        rtm_hub_suspend("stress", APP_ID, user_of(i), other % 4 == 0);
        break;
    case 37:
        if (other % 8 == 0)
            rtm_call_manager_release(manager);
        break;
    case 38:
        rtm_service_set_parameters(service, "{\"rtm_call.ring_timeout_ms\": 30}");
        break;
    default:
        if (other % 16 != 0)
            break;
        /* Only who has released the one in the slot puts the next one there. */
        if ((other % 32 == 0 ? rtm_service_release(service) : rtm_service_release_without_callbacks(service)) == RTM_OK)
            make_service(i);
        break;
    }
}

static void run(void *context) {
    uint64_t seed = (uint64_t)(uintptr_t)context;
    long i;
    for (i = 0; i < operations; i++)
        one_operation(&seed);
}

static void play(uint64_t seed) {
    thread threads[THREADS];
    size_t i;
    mutex_init(&shared_lock);
    counter_init(&accepted);
    counter_init(&dropped);
    counter_init(&rung);
    counter_init(&local_ends);
    counter_init(&remote_ends);
    counter_init(&sent);
    memset(locals, 0, sizeof locals);
    memset(remotes, 0, sizeof remotes);
    memset(messages, 0, sizeof messages);
    memset(handler_numbers, 0, sizeof handler_numbers);
    ended_count = 0;
    operations = scaled(6000);
    for (i = 0; i < SERVICES; i++)
        make_service(i);
    for (i = 0; i < THREADS; i++)
        thread_start(&threads[i], run, (void *)(uintptr_t)(seed * 100 + i));
    for (i = 0; i < THREADS; i++)
        thread_join(&threads[i]);
    for (i = 0; i < SERVICES; i++) {
        rtm_hub_suspend("stress", APP_ID, user_of(i), 0);
        CHECK_OK(rtm_service_release(services[i]));
    }
    for (i = 0; i < SLOTS; i++) {
        rtm_local_call_invitation_release(locals[i]);
        rtm_remote_call_invitation_release(remotes[i]);
        rtm_message_release(messages[i]);
    }
    printf("     seed %" PRIu64 ": %" PRId64 " sent, %" PRId64 " rang, %" PRId64 " local and %" PRId64
           " remote ends, %" PRId64 " of %" PRId64 " handlers dropped\n",
           seed, counter_get(&sent), counter_get(&rung), counter_get(&local_ends), counter_get(&remote_ends),
           counter_get(&dropped), counter_get(&accepted));
    CHECK_REACHES(&dropped, counter_get(&accepted));
    CHECK_INT(counter_get(&dropped), counter_get(&accepted));
    CHECK(counter_get(&sent) > 0 && counter_get(&rung) > 0 && counter_get(&local_ends) > 0);
    CHECK(counter_get(&local_ends) <= counter_get(&sent));
    check_each_ended_once(); /* one may end at a handler that came after it rang, so these two counts say nothing */
    mutex_destroy(&shared_lock);
    counter_destroy(&accepted);
    counter_destroy(&dropped);
    counter_destroy(&rung);
    counter_destroy(&local_ends);
    counter_destroy(&remote_ends);
    counter_destroy(&sent);
}

static void random_calls_on_shared_handles(void) {
    uint64_t seed;
    for (seed = 1; seed <= ROUNDS; seed++)
        play(seed);
}

static const test tests[] = {TEST(random_calls_on_shared_handles)};
RUN_TESTS("random calls from several threads", tests)
