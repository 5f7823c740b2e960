/* A use after free on the C side, on purpose: what watches memory must report it. Never part of a product. */
#include <stdio.h>
#include <stdlib.h>

#include "rtm_call.h"

int main(void) {
    char *volatile text = (char *)malloc(16);
    if (text == NULL)
        return 2;
    text[0] = rtm_version()[0];
    free(text);
    printf("read after free: %d\n", text[0]);
    return 0;
}
