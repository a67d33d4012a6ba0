/* Division of one lane: included by division.h. T is the type of the lane, DIVISOR_T that of a divisor's register,
   WORK_T that in which the division is done. */

/* x / by rounded; by is positive. Twice the rest is compared with `by` as the rest with what is missing to `by`, which
   cannot overflow. */
PART T LANED(quotient)(WORK_T x, int64_t by, enum RoundingMode mode) {
    /* A wide number is mostly not wide; dividing it as one word is several times faster. */
    const WORK_T toward_zero = x == (int64_t)x ? (int64_t)x / by : x / by;
    const WORK_T rest = x - toward_zero * by;
    const int64_t size = rest < 0 ? -(int64_t)rest : (int64_t)rest, missing = by - size, away = x < 0 ? -1 : 1;
    switch (mode) {
        case HALF_UP: return (T)(toward_zero + (size >= missing ? away : 0));
        case HALF_DOWN: return (T)(toward_zero + (size > missing ? away : 0));
        case HALF_EVEN: return (T)(toward_zero + (size > missing || (size == missing && (toward_zero & 1)) ? away : 0));
        case UP: return (T)(toward_zero + (size > 0 ? away : 0));
        case FLOOR: return (T)(toward_zero - (rest < 0));
        case CEILING: return (T)(toward_zero + (rest > 0));
        default: return (T)toward_zero;
    }
}

/* x - by * floor(x / by): the rest with the sign of `by`. */
PART T LANED(modulo)(WORK_T x, WORK_T by) {
    const WORK_T rest = x % by;
    return (T)(rest != 0 && (rest < 0) != (by < 0) ? rest + by : rest);
}

PLAIN_KERNEL(LANED(DIVC)) {
    T *d = REGISTER(T, d);
    const T *a = REGISTER(const T, a);
    const int64_t by = step->imm;
#define QUOTIENTS(MODE) { EACH_ROW d[i] = LANED(quotient)(a[i], by, MODE); }
    RUN_MODES
#undef QUOTIENTS
}

PLAIN_KERNEL(LANED(DIV)) {
    T *d = REGISTER(T, d);
    const T *a = REGISTER(const T, a);
    const DIVISOR_T *b = REGISTER(const DIVISOR_T, b);
#define QUOTIENTS(MODE) { EACH_ROW d[i] = LANED(quotient)(a[i], divisor(b[i]), MODE); }
    RUN_MODES
#undef QUOTIENTS
}

PLAIN_KERNEL(LANED(MODC)) {
    T *d = REGISTER(T, d);
    const T *a = REGISTER(const T, a);
    const WORK_T by = LANED(modulus)(MODULUS);
    EACH_ROW d[i] = LANED(modulo)(a[i], by);
}

PLAIN_KERNEL(LANED(MOD)) {
    T *d = REGISTER(T, d);
    const T *a = REGISTER(const T, a);
    const DIVISOR_T *b = REGISTER(const DIVISOR_T, b);
    EACH_ROW d[i] = LANED(modulo)(a[i], LANED(modulus)(b[i]));
}
