/* What is called while a login is in progress: send, cancel, login, logout, release, a login that times out.
 *
 * The hub logs in at once, so the login is stopped half way from outside: the log goes to a pipe that is full, and the
 * service waits there with its lock held (a log file "waits for the file system"). Another thread's call waits for that
 * lock and gets it first when the pipe is emptied. The log proves it: its lines are in the order of the steps. Where
 * the order was another one, the attempt does not count and is made again. Linux only. */
#include "party.h"

#ifndef __linux__
int main(void) {
    printf("skipped: this test stops a login by way of a Linux pipe\n");
    return 0;
}
#else

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ATTEMPTS = 300 };

/* How many attempts have to be of the right order. */
static int wanted(void) {
    return is_slow() ? 1 : 2;
}

typedef struct attempt {
    party me;
    int pipe;
    char path[200];
    char log[20000];
    int64_t login_thread, other_thread; /* the kernel's numbers */
    mutex lock;
    void (*meanwhile)(struct attempt *);
    rtm_local_call_invitation *invitation;
    rtm_status answer;
} attempt;

static int64_t thread_number(void) {
    return (int64_t)syscall(SYS_gettid);
}

static int64_t read_number(attempt *a, int64_t *number) {
    int64_t value;
    mutex_lock(&a->lock);
    value = *number;
    mutex_unlock(&a->lock);
    return value;
}

static void write_number(attempt *a, int64_t *number) {
    mutex_lock(&a->lock);
    *number = thread_number();
    mutex_unlock(&a->lock);
}

/* Waits until a thread sleeps: the state in /proc/self/task/<number>/stat, behind the name in parentheses. */
static void wait_until_asleep(attempt *a, int64_t *number) {
    int64_t deadline = now_ms() + bound_ms();
    char path[64], line[300];
    int asleep = 0; /* it may be passing by another lock: asleep ten times in a row */
    while (read_number(a, number) == 0 && now_ms() < deadline)
        thread_yield();
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", (long)read_number(a, number));
    while (asleep < 10 && now_ms() < deadline) {
        FILE *file = fopen(path, "r");
        const char *state = NULL;
        if (file != NULL && fgets(line, sizeof line, file) != NULL && (state = strrchr(line, ')')) != NULL)
            asleep = state[1] == ' ' && state[2] == 'S' ? asleep + 1 : 0;
        if (file != NULL)
            fclose(file);
        thread_yield();
    }
    CHECK(asleep >= 10);
}

static void run_login(void *context) {
    attempt *a = (attempt *)context;
    write_number(a, &a->login_thread);
    CHECK_OK(rtm_service_login(a->me.service, "secret", "me"));
}

static void run_meanwhile(void *context) {
    attempt *a = (attempt *)context;
    write_number(a, &a->other_thread);
    a->meanwhile(a);
}

static void fill(int pipe) {
    char line[256];
    memset(line, '#', sizeof line);
    line[sizeof line - 1] = '\n';
    while (write(pipe, line, sizeof line) > 0) {
    }
    while (write(pipe, "\n", 1) > 0) {
    }
}

/* Adds what the pipe has to the log, leaving the filling out. */
static void drain(attempt *a) {
    size_t length = strlen(a->log);
    char byte;
    while (read(a->pipe, &byte, 1) == 1)
        if (byte != '#' && length + 1 < sizeof a->log)
            a->log[length++] = byte;
    a->log[length] = 0;
}

/* Where in the log a line with this text is; behind everything if there is none. */
static size_t place(attempt *a, const char *text) {
    const char *found = strstr(a->log, text);
    return found != NULL ? (size_t)(found - a->log) : sizeof a->log;
}

/* Logs in, and has `meanwhile` run during it. Begins with a new party on the hub. */
static void attempt_begin(attempt *a, const rtm_service_config *config, void (*meanwhile)(attempt *)) {
    thread login, other;
    static int number;
    memset(a, 0, sizeof *a);
    mutex_init(&a->lock);
    party_create(&a->me, "slow", "me", config);
    snprintf(a->path, sizeof a->path, "/tmp/rtm_call_border_%ld_%d.log", (long)getpid(), number++);
    unlink(a->path);
    REQUIRE(mkfifo(a->path, 0600) == 0);
    a->pipe = open(a->path, O_RDWR | O_NONBLOCK);
    REQUIRE(a->pipe >= 0);
    CHECK_OK(rtm_service_set_log_file(a->me.service, a->path));
    fill(a->pipe);
    a->meanwhile = meanwhile;
    thread_start(&login, run_login, a);
    wait_until_asleep(a, &a->login_thread);
    thread_start(&other, run_meanwhile, a);
    wait_until_asleep(a, &a->other_thread);
    drain(a);
    thread_join(&login);
    thread_join(&other);
    drain(a);
}

static void attempt_log_end(attempt *a) {
    CHECK(strstr(a->log, "secret") == NULL);
    CHECK(strstr(a->log, "connection Connecting Login") != NULL);
    close(a->pipe);
    unlink(a->path);
    mutex_destroy(&a->lock);
}

static void attempt_end(attempt *a) {
    CHECK_OK(rtm_service_set_log_file(a->me.service, ""));
    attempt_log_end(a);
    party_close(&a->me);
}

static void send_meanwhile(attempt *a) {
    a->answer = rtm_call_manager_send_local_invitation(a->me.manager, a->invitation);
}

static void create_and_send(attempt *a) {
    /* No log line and no lock that the login has not let go of: create takes the same lock, so it comes first. */
    rtm_local_call_invitation *made = NULL;
    a->answer = rtm_call_manager_create_local_call_invitation(a->me.manager, "bob", &made);
    if (a->answer != RTM_OK)
        return;
    a->invitation = made;
    send_meanwhile(a);
}

/* send while the login is in progress: held, and it goes out when the login succeeds */
static void a_send_during_the_login_is_held_and_goes_out(void) {
    party bob;
    int i, held = 0, attempts = 0;
    party_open(&bob, "slow", "bob");
    for (i = 0; i < ATTEMPTS && held < wanted(); i++) {
        attempt a;
        event rung, received;
        attempts++;
        attempt_begin(&a, NULL, create_and_send);
        CHECK_OK(a.answer);
        CHECK_COMES(&a.me, L_RECEIVED, 1, &received);
        CHECK(party_waits(&bob, R_RECEIVED, (size_t)attempts, &rung));
        CHECK_TEXT(rung.id, received.id);
        held += place(&a, " send id=") < place(&a, "connection Connected");
        CHECK_OK(rtm_local_call_invitation_release(a.invitation));
        CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
        attempt_end(&a); /* logs out; it ends */
        CHECK(party_waits(&bob, R_CANCELED, (size_t)attempts, NULL));
    }
    printf("     held in %d of %d attempts\n", held, attempts);
    CHECK(held > 0);
    CHECK_INT(party_count(&bob, R_RECEIVED), attempts);
    party_close(&bob);
}

static void create_send_and_cancel(attempt *a) {
    create_and_send(a);
    if (a->answer == RTM_OK)
        a->answer = rtm_call_manager_cancel_local_invitation(a->me.manager, a->invitation);
}

/* cancel of a send still held by the login: OK, CANCELED, nothing is sent */
static void a_held_send_that_is_canceled_never_rings(void) {
    party bob;
    int i, held = 0, attempts = 0;
    party_open(&bob, "slow", "bob");
    for (i = 0; i < ATTEMPTS && held < wanted(); i++) {
        attempt a;
        event end;
        size_t rung = party_count(&bob, R_RECEIVED);
        attempts++;
        attempt_begin(&a, NULL, create_send_and_cancel);
        CHECK_OK(a.answer);
        CHECK_COMES(&a.me, L_CANCELED, 1, &end);
        CHECK_INT(end.reason, RTM_END_REASON_CANCELED);
        CHECK_INT(end.side, RTM_END_SIDE_CALLER);
        if (place(&a, "Canceled") < place(&a, "connection Connected")) {
            rtm_message *message = NULL;
            held++;
            /* What goes out afterwards arrives, the invite does not. */
            CHECK_COMES(&a.me, LOGIN_SUCCESS, 1, NULL);
            CHECK_OK(rtm_service_create_text_message(a.me.service, "after", &message));
            CHECK_OK(rtm_service_send_message_to_peer(a.me.service, "bob", message, NULL));
            CHECK_COMES(&a.me, SENT, 1, NULL);
            CHECK_OK(rtm_message_release(message));
            party_fence(&bob);
            CHECK_INT(party_count(&bob, R_RECEIVED), rung);
            CHECK_INT(party_count(&a.me, L_RECEIVED), 0);
        }
        CHECK_OK(rtm_local_call_invitation_release(a.invitation));
        attempt_end(&a);
    }
    printf("     held in %d of %d attempts\n", held, attempts);
    CHECK(held > 0);
    party_close(&bob);
}

/* ... and if the login fails: NOT_LOGGEDIN */
static void a_held_send_fails_when_the_login_times_out(void) {
    rtm_service_config config = config_of();
    int i, timed_out = 0, attempts = 0;
    config.login_timeout_ms = 1;
    for (i = 0; i < ATTEMPTS && timed_out < wanted(); i++) {
        attempt a;
        attempts++;
        attempt_begin(&a, &config, create_and_send);
        CHECK_OK(a.answer);
        /* Whichever it is, comes. */
        while (party_count(&a.me, LOGIN_FAILURE) + party_count(&a.me, LOGIN_SUCCESS) == 0)
            thread_yield();
        if (party_count(&a.me, LOGIN_FAILURE) > 0) {
            event failed, end;
            CHECK_COMES(&a.me, LOGIN_FAILURE, 1, &failed);
            CHECK_INT(failed.code, RTM_LOGIN_ERR_TIMEOUT);
            CHECK_COMES(&a.me, CONNECTION, 2, &failed);
            CHECK_INT(failed.code, RTM_CONNECTION_STATE_DISCONNECTED);
            CHECK_INT(failed.more, RTM_CONNECTION_CHANGE_REASON_LOGIN_TIMEOUT);
            CHECK_COMES(&a.me, L_FAILURE, 1, &end);
            CHECK_INT(end.code, RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN);
            CHECK_INT(end.state, RTM_LOCAL_INVITATION_STATE_FAILURE);
            CHECK_INT(end.reason, RTM_END_REASON_NOT_LOGGED_IN);
            party_fence(&a.me);
            CHECK_INT(party_count(&a.me, LOGIN_SUCCESS), 0);
            CHECK_INT(party_count(&a.me, L_FAILURE), 1);
            timed_out += place(&a, " send id=") < place(&a, "connection Disconnected");
        }
        CHECK_OK(rtm_local_call_invitation_release(a.invitation));
        attempt_end(&a);
    }
    printf("     timed out in %d of %d attempts\n", timed_out, attempts);
    CHECK(timed_out > 0);
}

static void login_meanwhile(attempt *a) {
    a->answer = rtm_service_login(a->me.service, "secret", "somebody");
}

/* login while connecting */
static void a_second_login_fails_with_8_and_leaves_the_first_alone(void) {
    int i, during = 0, attempts = 0;
    for (i = 0; i < ATTEMPTS && during < wanted(); i++) {
        attempt a;
        event failed;
        attempts++;
        attempt_begin(&a, NULL, login_meanwhile);
        CHECK_OK(a.answer);
        CHECK_COMES(&a.me, LOGIN_FAILURE, 1, &failed);
        CHECK_INT(failed.code, RTM_LOGIN_ERR_ALREADY_LOGGED_IN);
        CHECK_COMES(&a.me, LOGIN_SUCCESS, 1, NULL);
        party_fence(&a.me);
        CHECK_INT(party_count(&a.me, LOGIN_FAILURE) + party_count(&a.me, LOGIN_SUCCESS), 2);
        CHECK_INT(connection_of(&a.me), RTM_CONNECTION_STATE_CONNECTED);
        during += a.me.events[1].kind == LOGIN_FAILURE; /* between CONNECTING and CONNECTED */
        attempt_end(&a);
    }
    printf("     while connecting in %d of %d attempts\n", during, attempts);
    CHECK(during > 0);
}

static void logout_meanwhile(attempt *a) {
    a->answer = rtm_service_logout(a->me.service);
}

/* logout while connecting */
static void a_logout_while_connecting_ends_it_with_reason_6(void) {
    int i, during = 0, attempts = 0;
    for (i = 0; i < ATTEMPTS && during < wanted(); i++) {
        attempt a;
        event out, connection;
        attempts++;
        attempt_begin(&a, NULL, logout_meanwhile);
        CHECK_OK(a.answer);
        CHECK_COMES(&a.me, LOGOUT, 1, &out);
        CHECK_INT(out.code, RTM_LOGOUT_ERR_OK);
        party_fence(&a.me);
        CHECK_INT(connection_of(&a.me), RTM_CONNECTION_STATE_DISCONNECTED);
        if (party_count(&a.me, LOGIN_SUCCESS) == 0) {
            during++;
            CHECK_STORY(&a.me, 0, "CONNECTION LOGOUT CONNECTION RENEW");
            CHECK_COMES(&a.me, CONNECTION, 2, &connection);
            CHECK_INT(connection.code, RTM_CONNECTION_STATE_DISCONNECTED);
            CHECK_INT(connection.more, RTM_CONNECTION_CHANGE_REASON_LOGOUT);
        }
        party_login(&a.me); /* and in again */
        attempt_end(&a);
    }
    printf("     while connecting in %d of %d attempts\n", during, attempts);
    CHECK(during > 0);
}

static void release_meanwhile(attempt *a) {
    a->answer = rtm_service_release(a->me.service);
}

/* release(true) of the service during connecting */
static void a_release_while_connecting_is_clean(void) {
    int i, during = 0, attempts = 0;
    for (i = 0; i < ATTEMPTS && during < wanted(); i++) {
        attempt a;
        attempts++;
        attempt_begin(&a, NULL, release_meanwhile);
        CHECK_OK(a.answer);
        CHECK_STATUS(rtm_service_logout(a.me.service), RTM_ERR_STALE_HANDLE);
        during += party_count(&a.me, LOGIN_SUCCESS) == 0;
        attempt_log_end(&a);
        party_bury(&a.me);
    }
    printf("     while connecting in %d of %d attempts\n", during, attempts);
    CHECK(during > 0);
}

static const test tests[] = {
    TEST(a_send_during_the_login_is_held_and_goes_out),    TEST(a_held_send_that_is_canceled_never_rings),
    TEST(a_held_send_fails_when_the_login_times_out),      TEST(a_second_login_fails_with_8_and_leaves_the_first_alone),
    TEST(a_logout_while_connecting_ends_it_with_reason_6), TEST(a_release_while_connecting_is_clean),
};
RUN_TESTS("what is called while a login is in progress", tests)

#endif
