/* What the plugin of the test tells its host. */
#ifndef LIFE_PLUGIN_H
#define LIFE_PLUGIN_H

#ifdef _WIN32
#define PLUGIN_API __declspec(dllexport)
#else
#define PLUGIN_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct report {
    int rang;     /* 1: bob's on_remote_received came */
    int ended;    /* how many terminal callbacks came */
    int released; /* 1: the destructors have run */
    int status;   /* what rtm_service_release(NULL) answered in them */
    int at_exit;  /* set by the host: the process ends with the plugin in it */
} report;

/* Logs two users in and lets one ring the other; `to` outlives the plugin. 0: all is well. */
PLUGIN_API int plugin_start(report *to);

/* Ends the services. Without it the static destructors do. */
PLUGIN_API void plugin_stop(void);

#ifdef __cplusplus
}
#endif

#endif
