/* A broker that hangs up while the library writes to it, again and again: that ends no process. SIGPIPE is as the
 * system has it, and would. */
#ifdef _WIN32
#include <winsock2.h> /* before windows.h */
#endif

#include "party.h"

#ifdef _WIN32
typedef SOCKET endpoint;
#define NO_ENDPOINT INVALID_SOCKET
#define close_endpoint closesocket
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
typedef int endpoint;
#define NO_ENDPOINT (-1)
#define close_endpoint close
#endif

static endpoint listener;
static counter connections;

/* Lets every client in, and hangs up at once, in turns in good order and by a reset. */
static void hang_up(void *unused) {
    /* CONNACK of MQTT 5: accepted, no properties. */
    static const char connack[] = {0x20, 3, 0, 0, 0};
    (void)unused;
    for (;;) {
        char bytes[4];
        struct linger linger;
        endpoint client = accept(listener, NULL, NULL);
        if (client == NO_ENDPOINT)
            return;
        linger.l_onoff = counter_get(&connections) % 2 == 0;
        linger.l_linger = 0;
        setsockopt(client, SOL_SOCKET, SO_LINGER, (const char *)&linger, sizeof linger);
        if (recv(client, bytes, sizeof bytes, 0) > 0)
            send(client, connack, sizeof connack, 0);
        close_endpoint(client);
        counter_add(&connections, 1);
    }
}

static void a_peer_that_hangs_up_ends_no_process(void) {
    enum { PARTIES = 8, TIMES = 24 }; /* pauses between the attempts of one double */
    struct sockaddr_in address;
    rtm_service_config config = config_of();
    party parties[PARTIES];
    thread server;
    int i;
    char url[60];
#ifdef _WIN32
    WSADATA data;
    int length = sizeof address;
    REQUIRE(WSAStartup(MAKEWORD(2, 2), &data) == 0);
#else
    socklen_t length = sizeof address;
    REQUIRE(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
#endif
    counter_init(&connections);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(listener != NO_ENDPOINT && bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(getsockname(listener, (struct sockaddr *)&address, &length) == 0 && listen(listener, 100) == 0);
    thread_start(&server, hang_up, NULL);
    snprintf(url, sizeof url, "mqtt://127.0.0.1:%d", ntohs(address.sin_port));
    config.url = url;
    config.login_timeout_ms = 60000;
    for (i = 0; i < PARTIES; i++) {
        static const char *const users[PARTIES] = {"1", "2", "3", "4", "5", "6", "7", "8"};
        party_create(&parties[i], "", users[i], &config);
        CHECK_OK(rtm_service_login(parties[i].service, NULL, users[i]));
    }
    CHECK_REACHES(&connections, TIMES);
    for (i = 0; i < PARTIES; i++)
        party_close(&parties[i]);
#ifdef _WIN32
    close_endpoint(listener);
#else
    shutdown(listener, SHUT_RDWR); /* close() alone leaves accept() waiting */
    close_endpoint(listener);
#endif
    thread_join(&server);
    counter_destroy(&connections);
}

static const test tests[] = {
    TEST(a_peer_that_hangs_up_ends_no_process),
};
RUN_TESTS("peers that hang up", tests)
