/* carrier.h: a carrier over TCP. After tcp_carrier_register() addresses tcp://host:port open it. */
#ifndef CARRIER_TCP_CARRIER_H
#define CARRIER_TCP_CARRIER_H

#include "rtm_call.h"

rtm_status tcp_carrier_register(void);

#endif
