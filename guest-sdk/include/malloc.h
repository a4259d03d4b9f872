// picolibc's <malloc.h> declares what <stdlib.h> declares, without exception specifications, which
// C++ allows in this order only.
#ifndef ZKVM_GUEST_SDK_INCLUDE_MALLOC_H_
#define ZKVM_GUEST_SDK_INCLUDE_MALLOC_H_

#include_next <malloc.h>
#include <stdlib.h>

#endif  // ZKVM_GUEST_SDK_INCLUDE_MALLOC_H_
