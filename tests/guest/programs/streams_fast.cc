#define ZKVM_SYNC false
#include "streams.cc"
