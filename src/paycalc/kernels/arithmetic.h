/* Sums, products, extremes and choices of numbers. */
#ifndef PAYCALC_ARITHMETIC_H
#define PAYCALC_ARITHMETIC_H

#include "move.h"

#define LANE_KERNELS "arithmetic_of_lane.h"
#include "in_each_lane.h"
#undef LANE_KERNELS

#define WIDENING_PRODUCT(name, kernel, from, to) \
    kernel(name) { \
        to *d = REGISTER(to, d); \
        const from *a = REGISTER(const from, a), *b = REGISTER(const from, b); \
        EACH_ROW d[i] = (to)a[i] * b[i]; \
    }

WIDENING_PRODUCT(MULW_I64, KERNEL, int32_t, int64_t)
WIDENING_PRODUCT(MULW_I128, PLAIN_KERNEL, int64_t, int128_t)

/* Several sums side by side in one number; its sign bit may be one of theirs. */
#define PACK(name, type) \
    KERNEL(name) { \
        uint64_t *d = REGISTER(uint64_t, d); \
        const type *a = REGISTER(const type, a), *b = REGISTER(const type, b); \
        const int bits = (int)step->imm; \
        EACH_ROW d[i] = ((uint64_t)(int64_t)a[i] << bits) + (uint64_t)(int64_t)b[i]; \
    }

PACK(PACK_I32, int32_t)
PACK(PACK_I64, int64_t)

#endif
