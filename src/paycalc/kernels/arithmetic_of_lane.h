/* Arithmetic of one lane: included by in_each_lane.h. Both numbers of a choice are read at every row, so that the loop
   has no branches. */

#define OF_ONE(name, value) \
    LANE_KERNEL(LANED(name)) { \
        T *d = REGISTER(T, d); \
        const T *a = REGISTER(const T, a); \
        EACH_ROW d[i] = value; \
    }
#define OF_TWO(name, value) \
    LANE_KERNEL(LANED(name)) { \
        T *d = REGISTER(T, d); \
        const T *a = REGISTER(const T, a), *b = REGISTER(const T, b); \
        EACH_ROW d[i] = value; \
    }
#define OF_THREE(name, value) \
    LANE_KERNEL(LANED(name)) { \
        T *d = REGISTER(T, d); \
        const T *a = REGISTER(const T, a), *b = REGISTER(const T, b), *c = REGISTER(const T, c); \
        EACH_ROW d[i] = value; \
    }
#define WITH_CONSTANT(name, value) \
    LANE_KERNEL(LANED(name)) { \
        T *d = REGISTER(T, d); \
        const T *a = REGISTER(const T, a); \
        const T constant = CONSTANT; \
        EACH_ROW d[i] = value; \
    }

OF_TWO(ADD, a[i] + b[i])
OF_TWO(SUB, a[i] - b[i])
OF_TWO(MUL, a[i] * b[i])
OF_TWO(MIN, LESSER(a[i], b[i]))
OF_TWO(MAX, GREATER(a[i], b[i]))
OF_TWO(OVER, GREATER(a[i] - b[i], 0))
OF_THREE(MULADD, a[i] + b[i] * c[i])
OF_THREE(ADD3, a[i] + (b[i] + c[i]))
OF_THREE(CLAMP, LESSER(c[i], GREATER(a[i], b[i])))
OF_ONE(NEG, -a[i])
OF_ONE(ABS, a[i] < 0 ? -a[i] : a[i])
WITH_CONSTANT(ADDC, a[i] + constant)
WITH_CONSTANT(RSUBC, constant - a[i])
WITH_CONSTANT(OVERC, GREATER(a[i] - constant, 0))
WITH_CONSTANT(MULC, a[i] * constant)
WITH_CONSTANT(MINC, LESSER(a[i], constant))
WITH_CONSTANT(MAXC, GREATER(a[i], constant))

LANE_KERNEL(LANED(SELECT)) {
    T *d = REGISTER(T, d);
    const uint8_t *a = REGISTER(const uint8_t, a);
    const T *b = REGISTER(const T, b), *c = REGISTER(const T, c);
    EACH_ROW {
        const T yes = b[i], no = c[i];
        d[i] = a[i] ? yes : no;
    }
}

LANE_KERNEL(LANED(SELECTZ)) {
    T *d = REGISTER(T, d);
    const uint8_t *a = REGISTER(const uint8_t, a);
    const T *b = REGISTER(const T, b);
    EACH_ROW d[i] = b[i] & -(T)a[i];
}

LANE_KERNEL(LANED(ADDZ)) {
    T *d = REGISTER(T, d);
    const T *a = REGISTER(const T, a), *c = REGISTER(const T, c);
    const uint8_t *b = REGISTER(const uint8_t, b);
    EACH_ROW d[i] = a[i] + (c[i] & -(T)b[i]);
}

#undef OF_ONE
#undef OF_TWO
#undef OF_THREE
#undef WITH_CONSTANT
