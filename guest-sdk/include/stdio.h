// picolibc's <stdio.h> and the POSIX functions it lacks.
#ifndef ZKVM_GUEST_SDK_INCLUDE_STDIO_H_
#define ZKVM_GUEST_SDK_INCLUDE_STDIO_H_

#include_next <stdio.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

ssize_t getdelim(char** line, size_t* capacity, int delimiter, FILE* stream);
ssize_t getline(char** line, size_t* capacity, FILE* stream);

#ifdef __cplusplus
}
#endif

#endif  // ZKVM_GUEST_SDK_INCLUDE_STDIO_H_
