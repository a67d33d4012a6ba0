/* The vocabulary of the kernels: types of lanes, kernels and their clones, loops over the rows of a tile.

   A kernel does one operation on one tile: it reads registers, columns or both, and writes a register or a column. What
   it may rely on stands in opcodes.def. It allocates nothing, checks nothing and reports nothing.

   Whole numbers are added, subtracted and multiplied as signed ones. The checker has proven that no result leaves its
   lane, so no sum wraps. The sanitised build watches over that proof: there a sum that wraps ends the program. All
   other builds are made with -fwrapv, under which it would wrap, and nothing worse. */
#ifndef PAYCALC_LANES_H
#define PAYCALC_LANES_H

#include <stdint.h>
#include <string.h>

__extension__ typedef __int128 int128_t;
__extension__ typedef unsigned __int128 uint128_t;
/* In columns 16-byte values start where Arrow and numpy put them: not always at a multiple of 16. */
typedef int128_t loose_int128_t __attribute__((aligned(8)));

/* gcc compiles each kernel three times, for processors with AVX-512, with AVX2 and for any, and the loader chooses.
   That takes a C library with indirect functions. A sanitiser's own start comes after the choice, so there is one
   build there. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) && \
    !defined(PAYCALC_WITHOUT_CLONES)
#define WITH_CLONES
#define CLONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONED
#endif

/* Becomes part of each clone that uses it. */
#define PART static inline __attribute__((always_inline))

/* Registers of one instruction are the same or do not touch, and columns never touch registers: no row of a loop
   depends on another, which the compiler cannot know. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

/* KERNEL: for loops that become vector instructions. PLAIN_KERNEL: for those that do not, and need no clones. */
#define KERNEL(name) CLONED static void name(const Instruction *restrict step, const Tile *restrict tile)
#define PLAIN_KERNEL(name) static void name(const Instruction *restrict step, const Tile *restrict tile)

/* The operands of the kernel's instruction, from their first row in the tile on. */
#define REGISTER(type, operand) ((type *)(tile->scratch + step->operand))
#define COLUMN(type) ((type *)(uintptr_t)tile->slots[step->slot])
#define SECOND(type) ((type *)(uintptr_t)tile->slots[step->second])

/* A loop over the rows i of the tile. */
#define EACH_ROW \
    const int64_t rows = tile->rows; \
    INDEPENDENT for (int64_t i = 0; i < rows; i++)

#define LESSER(x, y) ((x) < (y) ? (x) : (y))
#define GREATER(x, y) ((x) > (y) ? (x) : (y))

/* A kernel of each lane is written once, as LANED(NAME) on values of type T, and included by in_each_lane.h. */
#define PASTED_(name, lane) name##_##lane
#define PASTED(name, lane) PASTED_(name, lane)
#define LANED(name) PASTED(name, LANE)

#endif
