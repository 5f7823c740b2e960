/* rtm_doctor_run: what it refuses, and what it says of a broker that is not there. phone doctor tries real ones. */
#include "check.h"

#define INVALID RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT

struct heard {
    int count;
    bool holds;
    char check[64], sentence[256];
};

static void on_check(void *context, const char *check, bool holds, const char *sentence) {
    struct heard *heard = (struct heard *)context;
    heard->count++;
    heard->holds = holds;
    snprintf(heard->check, sizeof heard->check, "%s", check);
    snprintf(heard->sentence, sizeof heard->sentence, "%s", sentence);
}

static rtm_doctor_request request_for(const char *url) {
    rtm_doctor_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.url = url;
    request.app_id = "app";
    request.user_id = "alice";
    request.other_user_id = "bob";
    return request;
}

/* Port 1 of this machine is nobody's. */
#define NOBODY "mqtt://127.0.0.1:1"

static void what_is_wrong_is_refused(void) {
    rtm_doctor_request request = request_for(NOBODY);
    bool all_hold = true;
    CHECK_STATUS(rtm_doctor_run(NULL, &all_hold), INVALID);
    CHECK_STATUS(rtm_doctor_run(&request, NULL), INVALID);
    request.struct_size = 1;
    CHECK_STATUS(rtm_doctor_run(&request, &all_hold), INVALID);
    request = request_for(NULL);
    CHECK_STATUS(rtm_doctor_run(&request, &all_hold), INVALID);
    CHECK_TEXT(rtm_last_error(), "the url is NULL");
    request = request_for("mqtt://");
    CHECK_STATUS(rtm_doctor_run(&request, &all_hold), INVALID);
    request = request_for("hub://");
    CHECK_STATUS(rtm_doctor_run(&request, &all_hold), RTM_ERR_UNSUPPORTED);
    CHECK_TEXT(rtm_last_error(), "hub:// has no broker to check");
    request = request_for(NOBODY);
    request.app_id = "";
    CHECK_STATUS(rtm_doctor_run(&request, &all_hold), RTM_ERR_INVALID_APP_ID);
    request = request_for(NOBODY);
    request.user_id = "a*";
    CHECK_STATUS(rtm_doctor_run(&request, &all_hold), INVALID);
    request = request_for(NOBODY);
    request.other_user_id = NULL;
    CHECK_STATUS(rtm_doctor_run(&request, &all_hold), INVALID);
    request = request_for(NOBODY);
    request.other_user_id = "alice";
    CHECK_STATUS(rtm_doctor_run(&request, &all_hold), INVALID);
    CHECK(all_hold);
}

static void a_broker_that_is_not_there_is_a_finding(void) {
    rtm_doctor_request request = request_for(NOBODY);
    struct heard heard;
    bool all_hold = true;
    memset(&heard, 0, sizeof heard);
    request.context = &heard;
    request.on_check = on_check;
    CHECK_OK(rtm_doctor_run(&request, &all_hold));
    CHECK(!all_hold);
    CHECK_INT(heard.count, 2);
    CHECK(!heard.holds);
    CHECK_TEXT(heard.check, "tcp");
    CHECK(strstr(heard.sentence, "127.0.0.1:1") != NULL);
}

static void nobody_need_be_told(void) {
    rtm_doctor_request request = request_for(NOBODY);
    bool all_hold = true;
    CHECK_OK(rtm_doctor_run(&request, &all_hold));
    CHECK(!all_hold);
}

static const test tests[] = {
    TEST(what_is_wrong_is_refused),
    TEST(a_broker_that_is_not_there_is_a_finding),
    TEST(nobody_need_be_told),
};
RUN_TESTS("the doctor", tests)
