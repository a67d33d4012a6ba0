/* From rows to groups: sums, counts, extremes. The accumulators belong to the running thread alone.

   Rows of one group may stand anywhere, so each row touches memory that is not in the cache. A prefetch some rows ahead
   hides that; it reaches as far as the tile. Two rows of a tile may be of one group: these loops are never vectors. */
#ifndef PAYCALC_AGGREGATE_H
#define PAYCALC_AGGREGATE_H

#include "instruction.h"
#include "lanes.h"

#define ROWS_AHEAD 64

#define INTO_GROUP(name, type, stored, result) \
    PART void name##_row(stored *column, int32_t group, type value) { \
        if (group >= 0) { \
            const type it = column[group]; \
            column[group] = result; \
        } \
    } \
    PLAIN_KERNEL(name) { \
        const type *a = REGISTER(const type, a); \
        const int32_t *b = REGISTER(const int32_t, b); \
        stored *column = COLUMN(stored); \
        const int64_t rows = tile->rows; \
        int64_t i = 0; \
        for (; i < rows - ROWS_AHEAD; i++) { \
            __builtin_prefetch(column + GREATER(b[i + ROWS_AHEAD], 0), 1); \
            name##_row(column, b[i], a[i]); \
        } \
        for (; i < rows; i++) name##_row(column, b[i], a[i]); \
    }

INTO_GROUP(SUM_I64, int64_t, int64_t, it + value)
INTO_GROUP(SUM_I128, int128_t, loose_int128_t, it + value)
INTO_GROUP(SUM_PACKED, uint64_t, uint64_t, it + value)
INTO_GROUP(MIN_INTO_I64, int64_t, int64_t, LESSER(it, value))
INTO_GROUP(MIN_INTO_I128, int128_t, loose_int128_t, LESSER(it, value))
INTO_GROUP(MAX_INTO_I64, int64_t, int64_t, GREATER(it, value))
INTO_GROUP(MAX_INTO_I128, int128_t, loose_int128_t, GREATER(it, value))
INTO_GROUP(ANY_INTO, uint8_t, uint8_t, it | value)
INTO_GROUP(ALL_INTO, uint8_t, uint8_t, it & value)

PART void COUNT_row(int64_t *column, int32_t group, uint8_t value) {
    if (group >= 0) column[group] += value;
}

PLAIN_KERNEL(COUNT) {
    const uint8_t *a = REGISTER(const uint8_t, a);
    const int32_t *b = REGISTER(const int32_t, b);
    int64_t *column = COLUMN(int64_t);
    const int64_t rows = tile->rows;
    int64_t i = 0;
    for (; i < rows - ROWS_AHEAD; i++) {
        __builtin_prefetch(column + GREATER(b[i + ROWS_AHEAD], 0), 1);
        COUNT_row(column, b[i], a[i]);
    }
    for (; i < rows; i++) COUNT_row(column, b[i], a[i]);
}

#define INTO_ONE(name, kernel, type, stored) \
    kernel(name) { \
        const type *a = REGISTER(const type, a); \
        stored *column = COLUMN(stored); \
        stored sum = 0; \
        EACH_ROW sum += a[i]; \
        column[0] += sum; \
    }

INTO_ONE(SUM_ALL_I64, KERNEL, int64_t, int64_t)
INTO_ONE(SUM_ALL_I128, PLAIN_KERNEL, int128_t, loose_int128_t)
INTO_ONE(COUNT_ALL, KERNEL, uint8_t, int64_t)

#endif
