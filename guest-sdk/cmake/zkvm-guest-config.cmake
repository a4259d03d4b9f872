# The target zkvm::guest: <zkvm/guest.h> for a guest (nothing to add: the toolchain file has it) or
# for a native build of the same source.

if(NOT TARGET zkvm::guest)
  add_library(zkvm::guest INTERFACE IMPORTED)
  if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "riscv32")
    get_filename_component(zkvm_sdk "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
    target_include_directories(zkvm::guest INTERFACE "${zkvm_sdk}/native/include")
    target_sources(zkvm::guest INTERFACE "${zkvm_sdk}/native/guest.c")
  endif()
endif()
