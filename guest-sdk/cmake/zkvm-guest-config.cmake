# The targets zkvm::guest, <zkvm/guest.h>, and zkvm::ml, <zkvm/ml.h> too, for a guest (nothing to
# add: the toolchain file has them) or for a native build of the same source.

if(NOT TARGET zkvm::guest)
  add_library(zkvm::guest INTERFACE IMPORTED)
  if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "riscv32")
    get_filename_component(zkvm_sdk "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
    target_include_directories(zkvm::guest INTERFACE "${zkvm_sdk}/native/include")
    target_sources(zkvm::guest INTERFACE "${zkvm_sdk}/native/guest.c")
  endif()

  add_library(zkvm::ml INTERFACE IMPORTED)
  target_link_libraries(zkvm::ml INTERFACE zkvm::guest)
  if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "riscv32")
    foreach(source ml.cc include/precompiles/tensor/check_model.cc
                   include/precompiles/tensor/model.cc)
      target_sources(zkvm::ml INTERFACE "${zkvm_sdk}/native/${source}")
    endforeach()
    # As for guests: the tables of models are constant expressions.
    target_compile_options(zkvm::ml INTERFACE
      $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fconstexpr-steps=2000000000>
      $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fconstexpr-ops-limit=2000000000>)
  endif()
endif()
