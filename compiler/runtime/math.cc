#include "compiler/runtime/math.h"
