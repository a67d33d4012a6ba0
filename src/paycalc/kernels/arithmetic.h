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

#endif
