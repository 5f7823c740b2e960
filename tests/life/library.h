/* The library as a program that loads it at run time has it: no import, functions by name. */
#ifndef LIFE_LIBRARY_H
#define LIFE_LIBRARY_H

#include "check.h"

#ifdef _WIN32
typedef HMODULE module;
#else
#include <dlfcn.h>
typedef void *module;
#endif

static inline module module_open(const char *path) {
#ifdef _WIN32
    return LoadLibraryA(path);
#else
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
#endif
}

static inline void module_close(module m) {
#ifdef _WIN32
    CHECK(FreeLibrary(m));
#else
    CHECK_INT(dlclose(m), 0);
#endif
}

/* Whether the module is in the process, without holding it any further. */
static inline int module_is_there(const char *path) {
#ifdef _WIN32
    return GetModuleHandleA(path) != NULL;
#else
    void *m = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    return m != NULL && dlclose(m) == 0;
#endif
}

/* The function of that name goes to where `to` points: a pointer to a function is copied, for C has no cast for it. */
static inline void module_find(module m, const char *name, void *to) {
#ifdef _WIN32
    FARPROC found = GetProcAddress(m, name);
#else
    void *found = dlsym(m, name);
#endif
    if (found == NULL)
        check_failed(__FILE__, __LINE__, "the module has no %s", name);
    REQUIRE(found != NULL);
    memcpy(to, &found, sizeof found);
}

#endif
