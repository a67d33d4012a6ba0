/* Comparisons of one lane: included by in_each_lane.h. */

#define COMPARE(name, value) \
    LANE_KERNEL(LANED(name)) { \
        uint8_t *d = REGISTER(uint8_t, d); \
        const T *a = REGISTER(const T, a), *b = REGISTER(const T, b); \
        EACH_ROW d[i] = value; \
    }
#define COMPARE_CONSTANT(name, value) \
    LANE_KERNEL(LANED(name)) { \
        uint8_t *d = REGISTER(uint8_t, d); \
        const T *a = REGISTER(const T, a); \
        const T constant = CONSTANT; \
        EACH_ROW d[i] = value; \
    }

COMPARE(LT, a[i] < b[i])
COMPARE(LE, a[i] <= b[i])
COMPARE(EQ, a[i] == b[i])
COMPARE_CONSTANT(LTC, a[i] < constant)
COMPARE_CONSTANT(LEC, a[i] <= constant)
COMPARE_CONSTANT(GTC, a[i] > constant)
COMPARE_CONSTANT(GEC, a[i] >= constant)
COMPARE_CONSTANT(EQC, a[i] == constant)

#undef COMPARE
#undef COMPARE_CONSTANT
