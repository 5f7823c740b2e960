/* Of windows.h, in the place of Microsoft's: what include/agora uses of it. */
#ifndef RTM_CALL_MSVC_WINDOWS_H
#define RTM_CALL_MSVC_WINDOWS_H

typedef struct _RTL_CRITICAL_SECTION {
    void *words[5];
} CRITICAL_SECTION;

extern "C" {
__declspec(dllimport) void __stdcall InitializeCriticalSection(CRITICAL_SECTION *section);
__declspec(dllimport) void __stdcall EnterCriticalSection(CRITICAL_SECTION *section);
__declspec(dllimport) void __stdcall LeaveCriticalSection(CRITICAL_SECTION *section);
__declspec(dllimport) void __stdcall DeleteCriticalSection(CRITICAL_SECTION *section);
}

/* Macros of Microsoft's that break innocent names; min and max are in macros.cpp, since this C++ library cannot bear
 * them. */
#define SendMessage SendMessageW
#define GetMessage GetMessageW
#define ERROR 0
#define small char
#define interface struct

#endif
