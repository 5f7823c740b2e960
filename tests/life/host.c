/* A program with a plugin that uses the library and leaves its services to static destructors: host unload, host exit.
 */
#include "library.h"
#include "plugin.h"

static report told;

static module start(void) {
    int (*plugin_start)(report *) = NULL;
    module m = module_open(LIFE_PLUGIN);
    REQUIRE(m != NULL);
    module_find(m, "plugin_start", &plugin_start);
    memset(&told, 0, sizeof told);
    CHECK_INT(plugin_start(&told), 0);
    return m;
}

static int code(void) {
    fflush(stdout);
    return check_failures > 0 ? 1 : 0;
}

/* The plugin is stopped before it is unloaded: its static destructors run with the lock of the loader held, which a
 * thread that starts, or uses thread-local storage for the first time, needs, so that waiting for a callback there may
 * be for ever, on Linux and on Windows. */
static int unload(void) {
    long i, count = scaled(10);
    for (i = 0; i < count; i++) {
        module m = start();
        void (*plugin_stop)(void) = NULL;
        module_find(m, "plugin_stop", &plugin_stop);
        plugin_stop();
        CHECK_INT(told.ended, 1);
        module_close(m);
        CHECK_INT(told.released, 1);
        CHECK_INT(told.status, RTM_OK);
        CHECK_INT(told.ended, 1);
    }
    return code();
}

/* plugin.cpp says what must be then. */
static int leave(void) {
    start();
    told.at_exit = 1;
    return code();
}

int main(int argc, char **argv) {
    check_test = argc == 2 ? argv[1] : "";
    if (strcmp(check_test, "unload") == 0)
        return unload();
    if (strcmp(check_test, "exit") == 0)
        return leave();
    fprintf(stderr, "usage: host unload | exit\n");
    return 2;
}
