/* Comparisons, and what is done with their flags. A flag is a byte, 0 or 1. */
#ifndef PAYCALC_COMPARISON_H
#define PAYCALC_COMPARISON_H

#include "move.h"

#define LANE_KERNELS "comparison_of_lane.h"
#include "in_each_lane.h"
#undef LANE_KERNELS

/* One comparison without signs: what lies below the interval is, from its start on, very large. */
#define BETWEEN(name, type, whole) \
    KERNEL(name) { \
        uint8_t *d = REGISTER(uint8_t, d); \
        const type *a = REGISTER(const type, a); \
        const whole low = (whole)step->imm, length = (whole)step->imm_high - low; \
        EACH_ROW d[i] = (whole)a[i] - low <= length; \
    }

BETWEEN(BETWEEN_I32, int32_t, uint32_t)
BETWEEN(BETWEEN_I64, int64_t, uint64_t)

#define OF_TWO_FLAGS(name, value) \
    KERNEL(name) { \
        uint8_t *d = REGISTER(uint8_t, d); \
        const uint8_t *a = REGISTER(const uint8_t, a), *b = REGISTER(const uint8_t, b); \
        EACH_ROW d[i] = (uint8_t)(value); \
    }

OF_TWO_FLAGS(AND, a[i] & b[i])
OF_TWO_FLAGS(OR, a[i] | b[i])
OF_TWO_FLAGS(SAME, a[i] ^ b[i] ^ 1)

KERNEL(NOT) {
    uint8_t *d = REGISTER(uint8_t, d);
    const uint8_t *a = REGISTER(const uint8_t, a);
    EACH_ROW d[i] = a[i] ^ 1;
}

KERNEL(CHOOSE) {
    uint8_t *d = REGISTER(uint8_t, d);
    const uint8_t *a = REGISTER(const uint8_t, a), *b = REGISTER(const uint8_t, b), *c = REGISTER(const uint8_t, c);
    EACH_ROW d[i] = (uint8_t)((a[i] & b[i]) | ((a[i] ^ 1) & c[i]));
}

#endif
