// Replaces picolibc's <malloc.h>, which C++ programs cannot include before <stdlib.h>.
#ifndef ZKVM_GUEST_SDK_INCLUDE_MALLOC_H_
#define ZKVM_GUEST_SDK_INCLUDE_MALLOC_H_

#include <stddef.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

void* memalign(size_t alignment, size_t size);
size_t malloc_usable_size(void* payload);

#ifdef __cplusplus
}
#endif

#endif  // ZKVM_GUEST_SDK_INCLUDE_MALLOC_H_
