/* Division through doubles, which vector instructions do ten times as fast, and which is exact below 2^50.

   Rounding half up, away from zero, takes |x| / d to floor(N / d) with N = |x| + floor(d / 2); the sign comes back at the
   end. (For odd d the tie |x| + d/2 is no whole number, and the half that floor(d / 2) drops moves no whole number over
   a multiple of d.)

   Let 0 <= N < 2^50, d > 0, k = floor(N / d) and u = 2^-53, the relative error of one rounding of a double.
   - N + 1/2 has at most 51 bits: it is a double, as are |x| and floor(d / 2) + 1/2, and their sum is exact.
   - (N + 1/2) / d lies between k + 1/(2d) and k + 1 - 1/(2d), since N - kd is one of 0 .. d-1. So its distance to the
     middle k + 1/2 is at most 1/2 - 1/(2d), and k is the whole number nearest to (N + 1/2) / d - 1/2.
   - Computed is ((N + 1/2) * r - 1/2) to the nearest whole number, r = 1/d rounded. The product has two roundings, that of
     r and its own, the difference with 1/2 one more: together less than (N + 1/2) / d * 3.01 u (a value below 1 errs by
     less than u / 2 in the difference, also below 1/(2d), as d < 2^51). The nearest whole number is still k if this is
     less than 1/(2d), thus if N + 1/2 < 2^53 / 6.02; and 2^50 is less than that. Dividing by d itself spares one rounding.
   - Adding 3 * 2^51 to a number below 2^50 in size gives a double between 2^52 and 2^53, where doubles are the whole
     numbers: the sum is the nearest whole number, and the low bits of the double hold it. The other way round the bits of
     3 * 2^51 plus a whole number are those of the double 3 * 2^51 + it. So neither direction needs an instruction that
     converts 64-bit numbers, which only AVX-512 has.

   A contraction of product and difference into one rounding would err less, but the build forbids it: all machines do the
   same. */
#ifndef PAYCALC_FAST_DIVISION_H
#define PAYCALC_FAST_DIVISION_H

#include "division.h"

#define MAGIC 6755399441055744.0                /* 3 * 2^51 */
#define MAGIC_BITS INT64_C(0x4338000000000000)  /* the same as the bits of a double */

PART double to_double(int64_t x) {
    const int64_t bits = x + MAGIC_BITS;
    double shifted;
    memcpy(&shifted, &bits, 8);
    return shifted - MAGIC;
}

PART int64_t to_whole(double x) {
    const double shifted = x + MAGIC;
    int64_t bits;
    memcpy(&bits, &shifted, 8);
    return bits - MAGIC_BITS;
}

PART int64_t size_of(int64_t x) { return x < 0 ? -x : x; }

PART int64_t with_sign_of(int64_t x, int64_t size) { return x < 0 ? -size : size; }

/* Of x / d: reciprocal is 1.0 / d, shift is floor(d / 2) + 0.5. */
PART int64_t by_reciprocal(int64_t x, double shift, double reciprocal) {
    return with_sign_of(x, to_whole((to_double(size_of(x)) + shift) * reciprocal - 0.5));
}

#define CONSTANT_DIVISOR \
    const double shift = (double)(step->imm / 2) + 0.5, reciprocal = 1.0 / (double)step->imm

KERNEL(DIVC_FAST_I32) {
    int32_t *d = REGISTER(int32_t, d);
    const int32_t *a = REGISTER(const int32_t, a);
    CONSTANT_DIVISOR;
    EACH_ROW d[i] = (int32_t)by_reciprocal(a[i], shift, reciprocal);
}

KERNEL(DIVC_FAST_I64) {
    int64_t *d = REGISTER(int64_t, d);
    const int64_t *a = REGISTER(const int64_t, a);
    CONSTANT_DIVISOR;
    EACH_ROW d[i] = by_reciprocal(a[i], shift, reciprocal);
}

KERNEL(MULDIVC_FAST_I32) {
    int32_t *d = REGISTER(int32_t, d);
    const int32_t *a = REGISTER(const int32_t, a), *b = REGISTER(const int32_t, b);
    CONSTANT_DIVISOR;
    EACH_ROW d[i] = (int32_t)by_reciprocal((int64_t)a[i] * b[i], shift, reciprocal);
}

KERNEL(MULDIVC_FAST_I64) {
    int64_t *d = REGISTER(int64_t, d);
    const int64_t *a = REGISTER(const int64_t, a), *b = REGISTER(const int64_t, b);
    CONSTANT_DIVISOR;
    EACH_ROW d[i] = by_reciprocal(a[i] * b[i], shift, reciprocal);
}

KERNEL(DIV_FAST_I64) {
    int64_t *d = REGISTER(int64_t, d);
    const int64_t *a = REGISTER(const int64_t, a), *b = REGISTER(const int64_t, b);
    EACH_ROW {
        const int64_t by = divisor(b[i]);
        const double shifted = to_double(size_of(a[i]) + by / 2) + 0.5;
        d[i] = with_sign_of(a[i], to_whole(shifted / to_double(by) - 0.5));
    }
}

#undef CONSTANT_DIVISOR

#endif
