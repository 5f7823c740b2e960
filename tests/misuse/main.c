/* Misuse of the C border: random calls of every function, with valid, stale, foreign, NULL, wrong-kind and invented
 * handles, from several threads and inside callbacks, everything released at any time.
 *
 * What it looks for: a crash, a report of a sanitizer, a call that does not return, a panic, a wrong handle that is
 * taken, an output written by a call that failed, two callbacks of a handler at a time, a context dropped never, twice
 * or too early. `misuse --help` lists the options. */
#include "table.h"

#include "header.h"
#include "thread_sanitizer.h"

#if !defined(_WIN32)
#include <sys/resource.h>
#endif
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { FINE = 0, BROKEN = 1, WRONG_USAGE = 2, HANGS = 3 };
enum { MOST_THREADS = 16 };
/* After so many calls everything is released, and must be gone. */
enum { CALLS_IN_A_ROUND = 100000 };

static struct options {
    int64_t calls, seconds, threads, hang_after;
    uint64_t seed;
    const char *plant;
} options = {0, 0, 4, 60, 0, NULL};

static worker workers[MOST_THREADS];

/* Function numbers, each as often as its weight. */
static uint16_t wheel[4096];
static uint32_t wheel_size;

/* How many calls the present round may still make. */
static atomic_int_fast64_t round_left;

static bool is_release(const char *name) {
    return strstr(name, "_release") != NULL;
}

static void check_answer(struct function *f, const frame *call, rtm_status answer) {
    size_t i;
    atomic_fetch_add_explicit(answer == RTM_OK ? &f->ok : &f->refused, 1, memory_order_relaxed);
    if (rtm_status_name((int32_t)answer)[0] == 0)
        broken("%s answers %d, which is no status", f->name, (int)answer);
    if (answer == RTM_ERR_PANICKED)
        broken("%s: the library panicked: %s", f->name, rtm_last_error());
    if (answer == RTM_OK && call->surely_bad)
        broken("%s takes a handle that names nothing", f->name);
    if (answer == RTM_OK && call->is_null && !is_release(f->name))
        broken("%s takes NULL for a handle", f->name);
    for (i = 0; answer != RTM_OK && !call->may_write && i < sizeof call->out.bytes; i++)
        if (call->out.bytes[i] != 0xa5) {
            broken("%s fails with %s and has written an output", f->name, rtm_status_name((int32_t)answer));
            break;
        }
}

static void any_call(void) {
    self *my = myself();
    frame *call = here();
    struct function *f = &functions[wheel[below(wheel_size)]];
    rtm_status answer;
    if (!atomic_load(&run.worlds) && strcmp(f->name, "rtm_test_world_create") == 0)
        return;
    memset(call->out.bytes, 0xa5, sizeof call->out.bytes);
    call->surely_bad = call->is_null = call->may_write = false;
    call->slot = -1;
    if (my->worker != NULL)
        atomic_store(&my->worker->at, f->name);
    answer = f->call();
    check_answer(f, call, answer);
    atomic_fetch_add(&run.calls, 1);
    if (my->worker != NULL) {
        atomic_store(&my->worker->at, (const char *)NULL);
        atomic_fetch_add(&my->worker->steps, 1);
    }
}

static void work(void *at) {
    worker *mine = (worker *)at;
    myself()->worker = mine;
    myself()->seed = mine->seed;
    while (atomic_fetch_sub(&round_left, 1) > 0 && !atomic_load(&run.stop))
        any_call();
    atomic_store(&mine->busy, false);
    mine->seed = myself()->seed;
    give_back_self();
}

/* What every thread is doing, if there is a debugger to tell. */
static void print_stacks(void) {
#ifdef __linux__
    char command[200];
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    snprintf(command, sizeof command,
             "command -v gdb >/dev/null && gdb -p %ld -batch -ex 'thread apply all bt 40' >&2 2>/dev/null",
             (long)getpid());
    if (system(command) != 0)
        fprintf(stderr, "(with gdb installed the stacks of all threads would stand here)\n");
#endif
}

static void end_as_hang(void) {
    fflush(stdout);
    print_stacks();
    fprintf(stderr, "misuse hangs: no call returned for %" PRId64 " s; seed %" PRIu64 "\n", options.hang_after,
            options.seed);
    fflush(stderr);
    _Exit(HANGS);
}

static bool shows_progress(void) {
#ifdef _WIN32
    return false;
#else
    return isatty(2) != 0;
#endif
}

static int64_t began_ms;

static void show_progress(void) {
    static int64_t shown;
    int64_t now = now_ms(), calls = atomic_load(&run.calls);
    if (!shows_progress() || now - shown < 500)
        return;
    shown = now;
    fprintf(stderr, "\r%" PRId64 " of %" PRId64 " calls, %" PRId64 " a second ", calls, options.calls,
            calls * 1000 / (now - began_ms + 1));
    fflush(stderr);
}

/* Something that is waited for, looked at often; what moves meanwhile (`moving`) shows that nothing hangs. */
static void watch(bool (*done)(void), int64_t (*moving)(void)) {
    mutex lock;
    condition tick;
    int64_t last = moving(), since = now_ms();
    mutex_init(&lock);
    condition_init(&tick);
    mutex_lock(&lock);
    while (!done()) {
        int64_t now = moving();
        if (now != last) {
            last = now;
            since = now_ms();
        } else if (now_ms() - since > options.hang_after * 1000) {
            size_t i;
            for (i = 0; i < (size_t)options.threads; i++)
                if (atomic_load(&workers[i].busy) && atomic_load(&workers[i].at) != NULL)
                    fprintf(stderr, "thread %d is in %s\n", (int)i, atomic_load(&workers[i].at));
            end_as_hang();
        }
        show_progress();
        condition_wait_until(&tick, &lock, now_ms() + 20);
    }
    mutex_unlock(&lock);
    condition_destroy(&tick);
    mutex_destroy(&lock);
}

static bool all_came_back(void) {
    int64_t i;
    for (i = 0; i < options.threads; i++)
        if (atomic_load(&workers[i].busy))
            return false;
    return true;
}

/* One that is stuck is a hang, however many go on. */
static int64_t slowest(void) {
    static int64_t seen[MOST_THREADS], moved_ms[MOST_THREADS];
    int64_t i, oldest = INT64_MAX;
    for (i = 0; i < options.threads; i++) {
        int64_t steps = atomic_load(&workers[i].steps);
        if (steps != seen[i] || !atomic_load(&workers[i].busy) || moved_ms[i] == 0) {
            seen[i] = steps;
            moved_ms[i] = now_ms();
        }
        if (moved_ms[i] < oldest)
            oldest = moved_ms[i];
    }
    return oldest;
}

static bool all_dropped(void) {
    return atomic_load(&run.dropped) >= atomic_load(&run.accepted);
}

static int64_t callbacks_made(void) {
    return atomic_load(&run.callbacks) + atomic_load(&run.dropped);
}

/* Releases everything on a thread of its own, so that a hang in it is seen. */
static void tidy_up(void *at) {
    static const kind order[] = {PEER, SERVICE, MANAGER, LOCAL, REMOTE, MESSAGE, SESSION, WORLD};
    worker *mine = (worker *)at;
    size_t i, slot;
    myself()->worker = mine;
    for (slot = 0; slot < SLOTS; slot++) /* what is due in a world happens before it goes */
        rtm_test_world_advance((rtm_test_world *)atomic_load(&in_use[WORLD][slot]), 0);
    for (i = 0; i < KINDS; i++)
        for (slot = 0; slot < SLOTS; slot++) {
            void *handle = atomic_exchange(&in_use[order[i]][slot], NULL);
            atomic_store(&mine->at, "the release of everything");
            if (handle != NULL)
                release(order[i], handle);
            atomic_fetch_add(&run.calls, 1);
            atomic_fetch_add(&mine->steps, 1);
        }
    rtm_hub_set_faults(HUB, APP, NULL);
    rtm_transport_unregister(SCHEME);
    atomic_store(&mine->busy, false);
    give_back_self();
}

static void play_round(int64_t number) {
    int64_t i;
    atomic_store(&run.stop, false);
    atomic_store(&run.worlds, number % 2 == 1);
    atomic_store(&round_left, options.calls < CALLS_IN_A_ROUND ? options.calls : CALLS_IN_A_ROUND);
    for (i = 0; i < options.threads; i++) {
        workers[i].seed = options.seed + (uint64_t)(number * MOST_THREADS + i) * 0xd1342543de82ef95u;
        atomic_store(&workers[i].busy, true);
        thread_start(&workers[i].runs, work, &workers[i]);
    }
    watch(all_came_back, slowest);
    for (i = 0; i < options.threads; i++)
        thread_join(&workers[i].runs);

    atomic_store(&run.stop, true);
    atomic_store(&workers[0].busy, true);
    thread_start(&workers[0].runs, tidy_up, &workers[0]);
    watch(all_came_back, slowest);
    thread_join(&workers[0].runs);
    watch(all_dropped, callbacks_made);
    if (atomic_load(&run.dropped) != atomic_load(&run.accepted))
        broken("%" PRId64 " handlers were accepted and %" PRId64 " dropped", (int64_t)atomic_load(&run.accepted),
               (int64_t)atomic_load(&run.dropped));
}

static void note_function(void *context, const char *name) {
    size_t i, *missing = (size_t *)context;
    for (i = 0; i < COUNT; i++)
        if (strcmp(functions[i].name, name) == 0)
            return;
    fprintf(stderr, "misuse: the table (tests/misuse/table.h) has no %s\n", name);
    ++*missing;
}

/* No function of the headers is missing. */
static bool table_is_complete(void) {
    size_t missing = 0, found = 0;
#ifndef RTM_CALL_HEADERS
#error "CMake passes RTM_CALL_HEADERS, where rtm_call.h and rtm_call_test.h are"
#endif
    found += header_functions(RTM_CALL_HEADERS "/rtm_call.h", note_function, &missing);
    found += header_functions(RTM_CALL_HEADERS "/rtm_call_test.h", note_function, &missing);
    if (found < 100)
        fprintf(stderr, "misuse: only %d functions found in %s\n", (int)found, RTM_CALL_HEADERS);
    return missing == 0 && found >= 100;
}

static void make_wheel(void) {
    size_t i;
    uint32_t weight;
    for (i = 0; i < COUNT; i++) {
        weight = functions[i].weight;
        if (options.plant != NULL && strncmp(functions[i].name, "rtm_planted_", 12) == 0 &&
            strcmp(functions[i].name + 12, options.plant) == 0)
            weight = 5;
        for (; weight > 0 && wheel_size < sizeof wheel / sizeof wheel[0]; weight--)
            wheel[wheel_size++] = (uint16_t)i;
    }
}

/* A run in which a function never succeeded, or no call rang or was accepted, shows nothing: it fails if it was long.
 */
static int check_reach(void) {
    size_t i;
    int untried = 0;
    for (i = 0; i < COUNT; i++)
        if (functions[i].weight > 0 && atomic_load(&functions[i].ok) == 0 &&
            strcmp(functions[i].name, "rtm_set_shared_workers") != 0) {
            fprintf(stderr, "never OK: %s (refused %" PRId64 " times)\n", functions[i].name,
                    (int64_t)atomic_load(&functions[i].refused));
            untried++;
        }
    if (atomic_load(&lives.rang) == 0 || atomic_load(&lives.received_by_peer) == 0 ||
        atomic_load(&lives.both_accepted) == 0) {
        fprintf(stderr, "no call rang, or none was accepted\n");
        untried++;
    }
    return untried > 0 && atomic_load(&run.calls) >= 3000000 ? BROKEN : FINE;
}

static int64_t memory_kib(void) {
#ifdef _WIN32
    return 0;
#else
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss : 0;
#endif
}

static int usage(FILE *to, int code) {
    fprintf(
        to,
        "usage: misuse [--calls N] [--seconds N] [--threads N] [--seed N] [--hang-after SECONDS] [--plant BUG]\n\n"
        "Random calls of every function of the C border. Ends after N calls or N seconds, whichever is first.\n"
        "  --calls N       default 300000 (RTM_CALL_SLOW=1: 15000)\n"
        "  --seconds N     default: no limit\n"
        "  --threads N     1 to 16, default 4; callbacks come on further threads\n"
        "  --seed N        default: from the clock; printed\n"
        "  --hang-after N  a call that takes longer than N seconds hangs, default 60\n"
        "  --plant BUG     use_after_free, race or deadlock: a bug that must be found (in test builds only)\n\n"
        "The last line is a summary in JSON. Exit codes: 0 fine, 1 a promise is broken, 2 wrong usage, 3 it hangs.\n");
    return code;
}

static bool read_options(int argc, char **argv) {
    int i;
    const char *slow = getenv("RTM_CALL_SLOW");
    options.calls = slow != NULL && slow[0] == '1' ? 15000 : 300000;
    options.seed = (uint64_t)now_ns();
    for (i = 1; i < argc; i += 2) {
        char *end = NULL;
        uint64_t number = i + 1 < argc ? strtoull(argv[i + 1], &end, 10) : 0;
        bool is_number = i + 1 < argc && end != argv[i + 1] && *end == 0;
        if (i + 1 < argc && strcmp(argv[i], "--plant") == 0)
            options.plant = argv[i + 1];
        else if (is_number && strcmp(argv[i], "--calls") == 0)
            options.calls = (int64_t)number;
        else if (is_number && strcmp(argv[i], "--seconds") == 0)
            options.seconds = (int64_t)number;
        else if (is_number && strcmp(argv[i], "--threads") == 0)
            options.threads = (int64_t)number;
        else if (is_number && strcmp(argv[i], "--hang-after") == 0)
            options.hang_after = (int64_t)number;
        else if (is_number && strcmp(argv[i], "--seed") == 0)
            options.seed = number;
        else
            return false;
    }
    if (options.plant != NULL) {
        size_t planted = 0;
        for (i = 0; i < (int)COUNT; i++)
            planted += strncmp(functions[i].name, "rtm_planted_", 12) == 0 &&
                       strcmp(functions[i].name + 12, options.plant) == 0;
        if (planted == 0)
            return false;
    }
    return options.calls > 0 && options.threads > 0 && options.threads <= MOST_THREADS && options.hang_after > 0;
}

int main(int argc, char **argv) {
    int64_t rounds = 0, took;
    int reached;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, FINE);
    if (!read_options(argc, argv))
        return usage(stderr, WRONG_USAGE);
    if (!table_is_complete())
        return BROKEN;
    run.seed = options.seed;
    printf("misuse: --seed %" PRIu64 " --threads %" PRId64 " --calls %" PRId64 "\n", options.seed, options.threads,
           options.calls);
    fflush(stdout);
    make_texts();
    make_wheel();
    began_ms = now_ms();
    if (rtm_set_shared_workers(3) != RTM_OK) /* possible only now, before the first service */
        broken("rtm_set_shared_workers: %s", rtm_last_error());
    do {
        play_round(rounds++);
        took = now_ms() - began_ms;
    } while (atomic_load(&run.calls) < options.calls && (options.seconds == 0 || took < options.seconds * 1000) &&
             atomic_load(&run.broken) == 0);
    if (shows_progress())
        fprintf(stderr, "\r\x1b[K");
    reached = check_reach();
    remove(record_file);
    printf("{\"harness\":\"misuse\",\"seed\":%" PRIu64 ",\"threads\":%" PRId64 ",\"calls\":%" PRId64
           ",\"callbacks\":%" PRId64 ",\"functions\":%d,\"rounds\":%" PRId64 ",\"handlers_accepted\":%" PRId64
           ",\"handlers_dropped\":%" PRId64 ",\"rang\":%" PRId64 ",\"received_by_peer\":%" PRId64
           ",\"local_ends\":%" PRId64 ",\"remote_ends\":%" PRId64 ",\"both_accepted\":%" PRId64
           ",\"milliseconds\":%" PRId64 ",\"calls_per_second\":%" PRId64 ",\"memory_kib\":%" PRId64
           ",\"broken\":%" PRId64 "}\n",
           options.seed, options.threads, (int64_t)atomic_load(&run.calls), (int64_t)atomic_load(&run.callbacks),
           (int)COUNT, rounds, (int64_t)atomic_load(&run.accepted), (int64_t)atomic_load(&run.dropped),
           (int64_t)atomic_load(&lives.rang), (int64_t)atomic_load(&lives.received_by_peer),
           (int64_t)atomic_load(&lives.local_ends), (int64_t)atomic_load(&lives.remote_ends),
           (int64_t)atomic_load(&lives.both_accepted), took, (int64_t)atomic_load(&run.calls) * 1000 / (took + 1),
           memory_kib(), (int64_t)atomic_load(&run.broken));
    fflush(stdout);
    return atomic_load(&run.broken) > 0 ? BROKEN : reached;
}
