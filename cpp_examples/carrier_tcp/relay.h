/* relay.h: the server of the example, which passes messages on between the users that are connected to it. */
#ifndef CARRIER_TCP_RELAY_H
#define CARRIER_TCP_RELAY_H

/* A user who may log in. */
struct account {
    const char *user, *token;
};

/* Serves 127.0.0.1 at this port ("0": any free one) until the process is ended; prints "listening on 127.0.0.1:PORT".
 * Without accounts everybody may be anybody. Returns the exit code if it cannot serve. */
int relay_run(const char *port, const struct account *accounts, int count);

#endif
