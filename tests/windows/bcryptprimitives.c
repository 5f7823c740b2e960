/* A stand-in for the system's bcryptprimitives.dll, which Wine has only since version 9: without it every program that
 * has Rust's standard library in it ends at once, with code 53 and without a word. For tests only, never to be
 * packaged. */
#include <windows.h>

/* RtlGenRandom, by the name under which advapi32 has it. */
BOOLEAN NTAPI SystemFunction036(void *bytes, ULONG count);

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *bytes, SIZE_T count) {
    while (count > 0) {
        ULONG part = count < 65536 ? (ULONG)count : 65536;
        if (!SystemFunction036(bytes, part))
            return FALSE;
        bytes += part;
        count -= part;
    }
    return TRUE;
}
