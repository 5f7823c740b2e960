/* The threads of this process, as the system tells. */
#ifndef LIFE_THREADS_H
#define LIFE_THREADS_H

#include "check.h"

typedef struct thread_info {
    char name[64];
    uint64_t blocked; /* bit n - 1: signal n; 0 on Windows */
} thread_info;

#ifdef _WIN32

#include <tlhelp32.h>

static inline size_t list_threads(thread_info *infos, size_t room) {
    typedef HRESULT(WINAPI * get_description)(HANDLE, PWSTR *);
    HMODULE kernel = GetModuleHandleA("kernelbase.dll");
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    get_description describe = NULL;
    FARPROC found = kernel != NULL ? GetProcAddress(kernel, "GetThreadDescription") : NULL;
    THREADENTRY32 entry;
    size_t count = 0;
    BOOL more;
    memcpy(&describe, &found, sizeof found);
    REQUIRE(snapshot != INVALID_HANDLE_VALUE && describe != NULL);
    entry.dwSize = sizeof entry;
    for (more = Thread32First(snapshot, &entry); more && count < room; more = Thread32Next(snapshot, &entry)) {
        HANDLE opened;
        PWSTR name = NULL;
        if (entry.th32OwnerProcessID != GetCurrentProcessId())
            continue;
        memset(&infos[count], 0, sizeof infos[count]);
        opened = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, entry.th32ThreadID);
        if (opened != NULL && SUCCEEDED(describe(opened, &name))) {
            snprintf(infos[count].name, sizeof infos[count].name, "%ls", name);
            LocalFree(name);
        }
        if (opened != NULL)
            CloseHandle(opened);
        count++;
    }
    CloseHandle(snapshot);
    return count;
}

#else

#include <dirent.h>

static inline size_t list_threads(thread_info *infos, size_t room) {
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    size_t count = 0;
    REQUIRE(tasks != NULL);
    while ((task = readdir(tasks)) != NULL && count < room) {
        char path[300], line[200];
        FILE *file;
        if (task->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%.20s/status", task->d_name);
        file = fopen(path, "r");
        if (file == NULL)
            continue; /* it has ended meanwhile */
        memset(&infos[count], 0, sizeof infos[count]);
        while (fgets(line, sizeof line, file) != NULL) {
            unsigned long long mask;
            if (sscanf(line, "SigBlk: %llx", &mask) == 1)
                infos[count].blocked = mask;
            sscanf(line, "Name: %63s", infos[count].name);
        }
        fclose(file);
        count++;
    }
    closedir(tasks);
    return count;
}

#endif

static inline size_t count_threads(void) {
    static thread_info infos[1000];
    return list_threads(infos, 1000);
}

#endif
