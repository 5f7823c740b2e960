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

/* Its destructors run inside the unloading. On Linux the release in them is a whole one. Windows holds the lock of its
 * loader then, which a thread that starts needs, so that waiting for a callback may be for ever: there the plugin is
 * stopped before. */
static int unload(void) {
    long i, count = scaled(10);
    for (i = 0; i < count; i++) {
        module m = start();
#ifdef _WIN32
        void (*plugin_stop)(void) = NULL;
        module_find(m, "plugin_stop", &plugin_stop);
        plugin_stop();
        CHECK_INT(told.ended, 1);
#endif
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
