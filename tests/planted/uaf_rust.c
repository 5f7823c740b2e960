/* A use after free on the Rust side, on purpose: what watches memory must report it. Never part of a product. */
#include <stdio.h>

/* Built in with the cargo feature "planted" only, hence in no header. */
extern void rtm_planted_use_after_free(void);

int main(void) {
    rtm_planted_use_after_free();
    puts("read after free");
    return 0;
}
