# CMake toolchain file for guests:
#
#   cmake -S my-guest -B build -DCMAKE_TOOLCHAIN_FILE=<sdk>/cmake/zkvm-guest.cmake
#
# where <sdk> is build/guest-sdk of a zkvm build. Every executable of the project is then a guest.
# find_package(zkvm-guest) gives the target zkvm::guest, which a project that is also built
# natively links for <zkvm/guest.h>.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)

get_filename_component(ZKVM_SDK "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

find_program(ZKVM_GUEST_CLANG clang-19 REQUIRED)
find_program(ZKVM_GUEST_CLANGXX clang++-19 REQUIRED)
set(CMAKE_C_COMPILER "${ZKVM_GUEST_CLANG}")
set(CMAKE_CXX_COMPILER "${ZKVM_GUEST_CLANGXX}")
set(CMAKE_ASM_COMPILER "${ZKVM_GUEST_CLANG}")
foreach(language C CXX ASM)
  set(CMAKE_${language}_FLAGS_INIT "--config=${ZKVM_SDK}/guest.cfg")
endforeach()
set(CMAKE_EXECUTABLE_SUFFIX .elf)
foreach(language C CXX ASM)
  set(CMAKE_EXECUTABLE_SUFFIX_${language} .elf)
endforeach()

set(zkvm-guest_DIR "${ZKVM_SDK}/cmake")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
