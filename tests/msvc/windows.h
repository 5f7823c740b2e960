/* Of windows.h, in the place of Microsoft's: what include/agora and the examples use of it. */
#ifndef RTM_CALL_MSVC_WINDOWS_H
#define RTM_CALL_MSVC_WINDOWS_H

typedef struct _RTL_CRITICAL_SECTION {
    void *words[5];
} CRITICAL_SECTION;

typedef int BOOL;
typedef unsigned long DWORD;
typedef unsigned int UINT;
typedef void *HANDLE;
typedef BOOL(__stdcall *PHANDLER_ROUTINE)(DWORD event);
#define TRUE 1
#define CP_UTF8 65001
#define STD_OUTPUT_HANDLE ((DWORD)-11)

extern "C" {
__declspec(dllimport) BOOL __stdcall SetConsoleCtrlHandler(PHANDLER_ROUTINE routine, BOOL add);
__declspec(dllimport) BOOL __stdcall SetConsoleOutputCP(UINT code_page);
__declspec(dllimport) BOOL __stdcall SetConsoleCP(UINT code_page);
__declspec(dllimport) HANDLE __stdcall GetStdHandle(DWORD which);
__declspec(dllimport) BOOL __stdcall GetConsoleMode(HANDLE console, DWORD *mode);
__declspec(dllimport) BOOL __stdcall SetConsoleMode(HANDLE console, DWORD mode);
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
