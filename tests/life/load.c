/* Loading and unloading at run time: the rule of the header, section process. This program imports nothing of the
 * library but what the checks need, and that is a copy of its own: LIFE_LIBRARY is another file with the same library
 * in it. */
#include "library.h"
#include "threads.h"

/* What a call needs. */
typedef struct api {
    const char *(*version)(void);
    const char *(*last_error)(void);
    rtm_status (*set_shared_workers)(uint32_t count);
    rtm_status (*create)(const rtm_service_config *config, rtm_service **service);
    rtm_status (*initialize)(rtm_service *service, const char *app_id, const rtm_service_event_handler *handler);
    rtm_status (*get_call_manager)(rtm_service *service, const rtm_call_event_handler *handler,
                                   rtm_call_manager **manager);
    rtm_status (*login)(rtm_service *service, const char *token, const char *user_id);
    rtm_status (*create_invitation)(rtm_call_manager *manager, const char *callee_id, rtm_local_call_invitation **made);
    rtm_status (*send)(rtm_call_manager *manager, rtm_local_call_invitation *invitation);
    rtm_status (*accept)(rtm_call_manager *manager, rtm_remote_call_invitation *invitation);
    rtm_status (*release_local)(rtm_local_call_invitation *invitation);
    rtm_status (*release_remote)(rtm_remote_call_invitation *invitation);
    rtm_status (*release)(rtm_service *service);
} api;

static api rtm;

static module load(void) {
    module m = module_open(LIFE_LIBRARY);
    REQUIRE(m != NULL);
    module_find(m, "rtm_version", &rtm.version);
    module_find(m, "rtm_last_error", &rtm.last_error);
    module_find(m, "rtm_set_shared_workers", &rtm.set_shared_workers);
    module_find(m, "rtm_service_create", &rtm.create);
    module_find(m, "rtm_service_initialize", &rtm.initialize);
    module_find(m, "rtm_service_get_call_manager", &rtm.get_call_manager);
    module_find(m, "rtm_service_login", &rtm.login);
    module_find(m, "rtm_call_manager_create_local_call_invitation", &rtm.create_invitation);
    module_find(m, "rtm_call_manager_send_local_invitation", &rtm.send);
    module_find(m, "rtm_call_manager_accept_remote_invitation", &rtm.accept);
    module_find(m, "rtm_local_call_invitation_release", &rtm.release_local);
    module_find(m, "rtm_remote_call_invitation_release", &rtm.release_remote);
    module_find(m, "rtm_service_release", &rtm.release);
    return m;
}

typedef struct user {
    rtm_service *service;
    rtm_call_manager *manager;
    rtm_remote_call_invitation *rung;
    counter rings, ends;
} user;

static void on_rings(void *context, rtm_remote_call_invitation *invitation) {
    ((user *)context)->rung = invitation;
    counter_add(&((user *)context)->rings, 1);
}
static void on_accepted(void *context, rtm_local_call_invitation *invitation, const char *response) {
    (void)invitation;
    (void)response;
    counter_add(&((user *)context)->ends, 1);
}
static void on_confirmed(void *context, rtm_remote_call_invitation *invitation) {
    (void)invitation;
    counter_add(&((user *)context)->ends, 1);
}

static void log_in(user *me, const char *name) {
    rtm_service_event_handler events;
    rtm_call_event_handler calls;
    memset(me, 0, sizeof *me);
    counter_init(&me->rings);
    counter_init(&me->ends);
    memset(&events, 0, sizeof events);
    events.struct_size = sizeof events;
    memset(&calls, 0, sizeof calls);
    calls.struct_size = sizeof calls;
    calls.context = me;
    calls.on_remote_invitation_received = on_rings;
    calls.on_remote_invitation_accepted = on_confirmed;
    calls.on_local_invitation_accepted = on_accepted;
    CHECK_INT(rtm.create(NULL, &me->service), RTM_OK);
    CHECK_INT(rtm.initialize(me->service, "life", &events), RTM_OK);
    CHECK_INT(rtm.get_call_manager(me->service, &calls, &me->manager), RTM_OK);
    CHECK_INT(rtm.login(me->service, NULL, name), RTM_OK);
}

static void ring(user *from, const char *to) {
    rtm_local_call_invitation *local = NULL;
    CHECK_INT(rtm.create_invitation(from->manager, to, &local), RTM_OK);
    CHECK_INT(rtm.send(from->manager, local), RTM_OK);
    CHECK_INT(rtm.release_local(local), RTM_OK);
}

static void answer(user *at, user *from) {
    REQUIRE(CHECK_REACHES(&at->rings, 1));
    CHECK_INT(rtm.accept(at->manager, at->rung), RTM_OK);
    CHECK_REACHES(&from->ends, 1);
    CHECK_REACHES(&at->ends, 1);
    CHECK_INT(rtm.release_remote(at->rung), RTM_OK);
}

static void leave(user *me) {
    CHECK_INT(rtm.release(me->service), RTM_OK);
    counter_destroy(&me->rings);
    counter_destroy(&me->ends);
}

/* Whether round `i` of `count` is to come. On a busy machine each takes long, under Wine above all, where loading asks
 * another process many times: after a while fewer have to do. */
static int goes_on(long i, long count, int64_t began) {
    return i < count && (i < 20 || now_ms() - began < 15000);
}

/* Calls that start no thread. Windows lets the library go; Linux keeps it (it is linked with -z nodelete). An error
 * leaves its sentence with the thread, and that must bear the end of the library. */
static void loaded_and_unloaded_without_a_service(void) {
    const int64_t began = now_ms();
    long i;
    for (i = 0; goes_on(i, scaled(200), began); i++) {
        module m = load();
        CHECK_TEXT(rtm.version(), RTM_CALL_VERSION);
        CHECK_INT(rtm.set_shared_workers(0), RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
        CHECK(rtm.last_error()[0] != 0);
        module_close(m);
    }
#ifdef _WIN32
    CHECK(!module_is_there(LIFE_LIBRARY));
#else
    CHECK(module_is_there(LIFE_LIBRARY));
#endif
}

static void use_in_a_thread(void *unused) {
    module m = load();
    (void)unused;
    CHECK_INT(rtm.set_shared_workers(0), RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    module_close(m);
} /* and the thread ends with a sentence of a library that is gone */

static void a_thread_outlives_the_library_that_it_used(void) {
    const int64_t began = now_ms();
    long i;
    for (i = 0; goes_on(i, scaled(50), began); i++) {
        thread t;
        thread_start(&t, use_in_a_thread, NULL);
        thread_join(&t);
    }
    CHECK(1);
}

/* From the first service on it stays for its threads, however often it is closed, and these do not become more. */
static void loaded_and_unloaded_around_whole_calls(void) {
    const int64_t began = now_ms();
    long i;
    size_t after_the_first = 0;
    int64_t deadline;
    for (i = 0; goes_on(i, scaled(50), began); i++) {
        module m = load();
        user alice, bob;
        log_in(&alice, "alice");
        log_in(&bob, "bob");
        ring(&alice, "bob");
        answer(&bob, &alice);
        leave(&alice);
        leave(&bob);
        module_close(m);
        CHECK(module_is_there(LIFE_LIBRARY));
        if (i == 0)
            after_the_first = count_threads();
    }
    /* Workers that were told to end take a moment. */
    deadline = now_ms() + bound_ms();
    while (count_threads() > after_the_first && now_ms() < deadline)
        thread_yield();
    CHECK(count_threads() <= after_the_first);
}

/* Closed amid a call: it goes on, and so does the handle when the library is opened again. */
static void closed_with_live_services_and_opened_again(void) {
    user alice, bob;
    module m = load();
    log_in(&alice, "alice");
    log_in(&bob, "bob");
    module_close(m);
    ring(&alice, "bob");
    answer(&bob, &alice);
    m = load();
    leave(&alice);
    leave(&bob);
    module_close(m);
}

static const test tests[] = {
    TEST(loaded_and_unloaded_without_a_service),
    TEST(a_thread_outlives_the_library_that_it_used),
    TEST(loaded_and_unloaded_around_whole_calls),
    TEST(closed_with_live_services_and_opened_again),
};
RUN_TESTS("loading and unloading", tests)
