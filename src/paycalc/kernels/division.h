/* Division and rounding in whole numbers, of any size and by every mode.

   The processor divides toward zero and leaves a rest with the sign of the dividend; the mode says whether the quotient
   then moves by one. A divisor that nobody's value depends on may be anything: see `divisor`. */
#ifndef PAYCALC_DIVISION_H
#define PAYCALC_DIVISION_H

#include "move.h"

/* Of a row that nobody reads a divisor may be 0 or negative; it counts as 1. */
PART int64_t divisor(int64_t b) { return b > 0 ? b : 1; }

/* A modulus may be negative; 0, in a row that nobody reads, counts as 1. So does -1, which leaves the same rest,
   none: the processor faults when it divides the least number by -1. */
PART int128_t modulus_I128(int128_t b) { return b == 0 || b == -1 ? 1 : b; }
PART int64_t modulus_I64(int64_t b) { return b == 0 || b == -1 ? 1 : b; }
PART int64_t modulus_I32(int64_t b) { return modulus_I64(b); }

#define RUN_MODE(MODE) case MODE: QUOTIENTS(MODE) break;
#define RUN_MODES \
    switch (step->mode) { \
        RUN_MODE(HALF_UP) \
        RUN_MODE(HALF_DOWN) \
        RUN_MODE(HALF_EVEN) \
        RUN_MODE(UP) \
        RUN_MODE(DOWN) \
        RUN_MODE(FLOOR) \
        RUN_MODE(CEILING) \
    }

#define LANE I32
#define T int32_t
#define DIVISOR_T int32_t
#define MODULUS step->imm
#define WORK_T int64_t
#include "division_of_lane.h"
#undef LANE
#undef T
#undef DIVISOR_T
#undef MODULUS
#undef WORK_T

#define LANE I64
#define T int64_t
#define DIVISOR_T int64_t
#define MODULUS step->imm
#define WORK_T int64_t
#include "division_of_lane.h"
#undef LANE
#undef T
#undef DIVISOR_T
#undef MODULUS
#undef WORK_T

#define LANE I128
#define T int128_t
#define DIVISOR_T int64_t
#define MODULUS wide_constant(step)
#define WORK_T int128_t
#include "division_of_lane.h"
#undef LANE
#undef T
#undef DIVISOR_T
#undef MODULUS
#undef WORK_T

#undef RUN_MODE
#undef RUN_MODES

#endif
