// The native side of <zkvm/guest.h>, in native builds only.
#ifndef __riscv
#include "native/guest.c"
#endif
