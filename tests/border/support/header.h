/* The functions that a header of the library declares, read from its text. */
#ifndef BORDER_HEADER_H
#define BORDER_HEADER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline int is_name_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The text without its comments; to be freed. NULL if there is no such file. */
static inline char *header_text(const char *path) {
    enum { MOST = 2000000 };
    FILE *file = fopen(path, "rb");
    char *text = file != NULL ? (char *)malloc(MOST) : NULL, *comment = text;
    if (file == NULL || text == NULL)
        return NULL;
    text[fread(text, 1, MOST - 1, file)] = 0;
    fclose(file);
    while ((comment = strstr(comment, "/*")) != NULL) {
        char *end = strstr(comment + 2, "*/");
        if (end == NULL)
            break;
        memset(comment, ' ', (size_t)(end + 2 - comment));
    }
    return text;
}

/* Calls `each` with the name of every function that the header declares, and answers how many there are. */
static inline size_t header_functions(const char *path, void (*each)(void *context, const char *name), void *context) {
    char *text = header_text(path), *at;
    size_t count = 0;
    for (at = text; at != NULL && (at = strstr(at, "rtm_")) != NULL;) {
        char name[100];
        size_t length = 0;
        if (at > text && is_name_letter(at[-1])) {
            at += 4;
            continue;
        }
        while (is_name_letter(at[length]))
            length++;
        if (at[length] == '(' && length < sizeof name) {
            memcpy(name, at, length);
            name[length] = 0;
            each(context, name);
            count++;
        }
        at += length;
    }
    free(text);
    return count;
}

#endif
