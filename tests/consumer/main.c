/* The smallest program that uses the library: each of the three projects beside this file builds it. */
#include <rtm_call.h>
#include <stdio.h>

int main(void) {
    puts(rtm_version());
    return 0;
}
