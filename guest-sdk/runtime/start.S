// Program entry. Memory above the image is zero, so there is no bss to clear.

  .section .text.start, "ax", @progbits
  .globl _start
  .type _start, @function
_start:
  la sp, __stack_top
  la tp, __tls_base
  la s0, __init_array_start
  la s1, __init_array_end
  beq s0, s1, 2f
1:
  lw a2, 0(s0)
  addi s0, s0, 4
  jalr a2
  bne s0, s1, 1b
2:
  li a0, 0
  la a1, __empty_argv
  call main
  tail exit
  .size _start, . - _start

  .section .rodata.__empty_argv, "a", @progbits
  .p2align 2
__empty_argv:
  .word 0
