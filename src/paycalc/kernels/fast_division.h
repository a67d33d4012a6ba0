/* Division through doubles, which vector instructions do ten times as fast, and which is exact below 2^50.

   A mode rounds x / d to the whole number k = floor(N / d), N = |x| + s, with the sign of x put back; s is of 0 .. d-1:
     half_up floor(d / 2), half_down floor((d - 1) / 2), up d - 1, down 0, and floor and ceiling as up or as down, by
     the sign of x. (A tie of an odd d is no whole number; the half that floor(d / 2) drops moves no whole number over
     a multiple of d.) Half_even is no such mode.

   Let N < 2^50, 0 < d < 2^51 and u = 2^-53, the relative error of rounding to a double.
   - N + 1/2 has at most 51 bits: it is a double, as are |x| and s + 1/2, and their sum is exact.
   - (N + 1/2) / d lies between k + 1/(2d) and k + 1 - 1/(2d), since N - kd is one of 0 .. d-1. So k is the whole number
     nearest to v = (N + 1/2) / d - 1/2, which is no farther from it than 1/2 - 1/(2d).
   - Computed is (N + 1/2) * r - 1/2, where r is 1 / d rounded. The error of r and of the product is less than 2.01 u
     (N + 1/2) / d. That of the difference is less than u (N + 1/2) / d, or, where the result is below 1/2 in size,
     than u / 4. Both together are less than 1/(2d) if 3.01 u (N + 1/2) < 1/2, which says N + 1/2 < 2^53 / 6.02, and
     if 2.01 u (N + 1/2) + u d / 4 < 1/2, of which the first part is less than 0.26 and the second than 0.07. Both
     hold. So k is nearest to what is computed, too. A division by d itself spares one rounding.
   - Adding 3 * 2^51 to a number below 2^51 in size gives a double between 2^52 and 2^53, where the doubles are the
     whole numbers: so the sum is the nearest whole number, in the low bits of the double. The other way round, the
     bits of 3 * 2^51 plus a whole number are those of the double 3 * 2^51 + it. So neither way needs an instruction
     that converts 64-bit numbers, which only AVX-512 has.

   To contract product and difference into one rounding would err less; the build forbids it, so that every machine
   computes the same. */
#ifndef PAYCALC_FAST_DIVISION_H
#define PAYCALC_FAST_DIVISION_H

#include "division.h"

#define MAGIC 6755399441055744.0               /* 3 * 2^51 */
#define MAGIC_BITS INT64_C(0x4338000000000000) /* its bits */

PART double to_double(int64_t x) {
    const int64_t bits = x + MAGIC_BITS;
    double shifted;
    memcpy(&shifted, &bits, 8);
    return shifted - MAGIC;
}

PART int64_t nearest_whole(double x) {
    const double shifted = x + MAGIC;
    int64_t bits;
    memcpy(&bits, &shifted, 8);
    return bits - MAGIC_BITS;
}

PART int64_t size_of(int64_t x) { return x < 0 ? -x : x; }

PART int64_t with_sign_of(int64_t x, int64_t size) { return x < 0 ? -size : size; }

/* How all rows are divided by one d: s + 1/2 for positive and for negative x, and 1 / d. */
typedef struct {
    double above, below, reciprocal;
} FastDivisor;

PART FastDivisor fast_divisor(const Instruction *step) {
    const int64_t d = step->imm;
    int64_t above = 0, below = 0;
    switch (step->mode) {
        case HALF_UP: above = below = d / 2; break;
        case HALF_DOWN: above = below = (d - 1) / 2; break;
        case UP: above = below = d - 1; break;
        case FLOOR: below = d - 1; break;
        case CEILING: above = d - 1; break;
    }
    const FastDivisor by = {(double)above + 0.5, (double)below + 0.5, 1.0 / (double)d};
    return by;
}

PART int64_t fast_quotient(int64_t x, FastDivisor by) {
    const double shifted = to_double(size_of(x)) + (x < 0 ? by.below : by.above);
    return with_sign_of(x, nearest_whole(shifted * by.reciprocal - 0.5));
}

KERNEL(DIVC_FAST_I64) {
    int64_t *d = REGISTER(int64_t, d);
    const int64_t *a = REGISTER(const int64_t, a);
    const FastDivisor by = fast_divisor(step);
    EACH_ROW d[i] = fast_quotient(a[i], by);
}

KERNEL(MULDIVC_FAST_I64) {
    int64_t *d = REGISTER(int64_t, d);
    const int64_t *a = REGISTER(const int64_t, a), *b = REGISTER(const int64_t, b);
    const FastDivisor by = fast_divisor(step);
    EACH_ROW d[i] = fast_quotient(a[i] * b[i], by);
}

/* Every processor converts 32-bit numbers to doubles and cuts doubles to 32-bit numbers. The product of two is exact;
   and (N + 1/2) * r, with the sign of x, cut toward zero is k, by the same proof. */
PART int32_t short_quotient(double x, FastDivisor by) {
    return (int32_t)((x + (x < 0.0 ? -by.below : by.above)) * by.reciprocal);
}

KERNEL(DIVC_FAST_I32) {
    int32_t *d = REGISTER(int32_t, d);
    const int32_t *a = REGISTER(const int32_t, a);
    const FastDivisor by = fast_divisor(step);
    EACH_ROW d[i] = short_quotient((double)a[i], by);
}

KERNEL(MULDIVC_FAST_I32) {
    int32_t *d = REGISTER(int32_t, d);
    const int32_t *a = REGISTER(const int32_t, a), *b = REGISTER(const int32_t, b);
    const FastDivisor by = fast_divisor(step);
    EACH_ROW d[i] = short_quotient((double)a[i] * (double)b[i], by);
}

/* What is added to the size of a number before it is divided by `by` and cut, as above; of every mode but half_even. */
PART int64_t added_to(int64_t by, enum RoundingMode mode, int is_negative) {
    switch (mode) {
        case HALF_UP: return (int64_t)((uint64_t)by >> 1);
        case HALF_DOWN: return (int64_t)((uint64_t)(by - 1) >> 1);
        case UP: return by - 1;
        case FLOOR: return is_negative ? by - 1 : 0;
        case CEILING: return is_negative ? 0 : by - 1;
        default: return 0;
    }
}

PART int32_t short_quotient_of(double x, int32_t b, enum RoundingMode mode) {
    const int32_t by = b > 0 ? b : 1;
    const double above = (double)(int32_t)added_to(by, mode, 0) + 0.5;
    const double below = (double)(int32_t)added_to(by, mode, 1) + 0.5;
    return (int32_t)((x + (x < 0.0 ? -below : above)) / (double)by);
}

PART int64_t fast_quotient_of(int64_t x, int64_t b, enum RoundingMode mode) {
    const int64_t by = divisor(b);
    const double shifted = to_double(size_of(x) + added_to(by, mode, x < 0)) + 0.5;
    return with_sign_of(x, nearest_whole(shifted / to_double(by) - 0.5));
}

/* A loop for each mode, which so is a constant in it. */
#define RUN_MODE(MODE) case MODE: QUOTIENTS(MODE) break;
#define BY_EACH_ROW(name, type) \
    KERNEL(name) { \
        type *d = REGISTER(type, d); \
        const type *a = REGISTER(const type, a), *b = REGISTER(const type, b), *c = REGISTER(const type, c); \
        (void)c; \
        switch (step->mode) { \
            RUN_MODE(HALF_UP) \
            RUN_MODE(HALF_DOWN) \
            RUN_MODE(UP) \
            RUN_MODE(DOWN) \
            RUN_MODE(FLOOR) \
            RUN_MODE(CEILING) \
        } \
    }

#define QUOTIENTS(MODE) { EACH_ROW d[i] = short_quotient_of((double)a[i], b[i], MODE); }
BY_EACH_ROW(DIV_FAST_I32, int32_t)
#undef QUOTIENTS
#define QUOTIENTS(MODE) { EACH_ROW d[i] = fast_quotient_of(a[i], b[i], MODE); }
BY_EACH_ROW(DIV_FAST_I64, int64_t)
#undef QUOTIENTS
#define QUOTIENTS(MODE) { EACH_ROW d[i] = short_quotient_of((double)a[i] * (double)b[i], c[i], MODE); }
BY_EACH_ROW(MULDIV_FAST_I32, int32_t)
#undef QUOTIENTS
#undef RUN_MODE
#undef BY_EACH_ROW

#endif
