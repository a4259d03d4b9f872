# Shared target rules: every library and program of the project goes through these functions.

function(zkvm_configure target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion)
  if(ZKVM_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(ZKVM_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    target_link_options(${target} PUBLIC -fsanitize=fuzzer-no-link)
  endif()
  if(ZKVM_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined
                                             -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()

# zkvm_library(name SOURCES... LIBS...): a static library. Sources named *_avx512.cc and *_avx2.cc
# are compiled for that instruction set; which of them runs is decided at run time (stark/simd.h).
# GCC 12 takes the undefined operands inside its AVX-512 intrinsics for uninitialised variables, and
# needs minutes to instrument vector code, which reads nothing hostile.
function(zkvm_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  zkvm_configure(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LIBS})
  set(vector_options -mavx2 -mfma -mbmi -mbmi2)
  if(ZKVM_SANITIZE)
    list(APPEND vector_options -fno-sanitize=all)
  endif()
  foreach(source ${ARG_SOURCES})
    if(source MATCHES "_avx512\\.cc$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS
        "-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;${vector_options};-mprefer-vector-width=512;$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>;$<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized>")
    elseif(source MATCHES "_avx2\\.cc$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${vector_options}")
    endif()
  endforeach()
endfunction()

# zkvm_test(name SOURCES... LIBS...): a GoogleTest program, run by ctest as one test.
function(zkvm_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  zkvm_configure(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gtest GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
