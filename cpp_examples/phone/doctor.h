// `phone doctor`: asks the library to check a broker, and prints a line for each check.
#ifndef PHONE_DOCTOR_H
#define PHONE_DOCTOR_H

#include "options.h"
#include "screen.h"

#include <cstdio>
#include <string>

#include "rtm_call.h"

namespace phone {

extern "C" inline void phone_on_check(void *context, const char *check, bool holds, const char *sentence) {
    static_cast<Screen *>(context)->line((holds ? "ok      " : "FAILED  ") + std::string(check) + ": " +
                                             printable(sentence),
                                         holds ? Colour::good : Colour::bad);
}

// The exit code: 0 if all checks hold, 1 if not, 2 if there was nothing to check.
inline int run_doctor(const Options &options) {
    Screen screen(false);
    rtm_doctor_request request = {};
    request.struct_size = sizeof request;
    request.url = options.url.c_str();
    request.app_id = options.app.c_str();
    request.user_id = options.users.front().c_str();
    request.token = options.token.empty() ? NULL : options.token.c_str();
    request.other_user_id = options.as.c_str();
    request.context = &screen;
    request.on_check = phone_on_check;
    bool all_hold = false;
    const rtm_status status = rtm_doctor_run(&request, &all_hold);
    if (status != RTM_OK) {
        std::fprintf(stderr, "phone: %s\n", rtm_last_error());
        return 2;
    }
    return all_hold ? 0 : 1;
}

} // namespace phone

#endif
