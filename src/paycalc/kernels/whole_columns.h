/* What the door and the results do to whole columns: extremes, order, sums, closing gaps, merging what threads summed.

   A column is told by its address and by how its values lie in memory (`storage`). */
#ifndef PAYCALC_WHOLE_COLUMNS_H
#define PAYCALC_WHOLE_COLUMNS_H

#include "lanes.h"

enum Storage {
    STORED_I8,
    STORED_U8,
    STORED_I16,
    STORED_U16,
    STORED_I32,
    STORED_U32,
    STORED_I64,
    STORED_U64,
    STORED_I128
};

/* A whole number of any storage and of any sum of a column: low + high * 2^64. */
typedef struct {
    int64_t high;
    uint64_t low;
} Words;

PART Words words_of(int128_t x) {
    const Words words = {(int64_t)(x >> 64), (uint64_t)x};
    return words;
}

/* Order is looked at in blocks, so that a block needs no branches. */
#define ORDER_ROWS 4096

#define COLUMN_LOOPS(NAME, type) \
    CLONED static void extent_##NAME(const type *column, int64_t count, Words *low, Words *high) { \
        type least = column[0], greatest = column[0]; \
        for (int64_t r = 1; r < count; r++) { \
            const type value = column[r]; \
            least = LESSER(least, value); \
            greatest = GREATER(greatest, value); \
        } \
        *low = words_of(least); \
        *high = words_of(greatest); \
    } \
    CLONED static int is_rising_##NAME(const type *column, int64_t count) { \
        for (int64_t start = 0; start + 1 < count; start += ORDER_ROWS) { \
            const int64_t end = LESSER(start + ORDER_ROWS, count - 1); \
            int falls = 0; \
            for (int64_t r = start; r < end; r++) falls |= column[r + 1] <= column[r]; \
            if (falls) return 0; \
        } \
        return 1; \
    }

COLUMN_LOOPS(I8, int8_t)
COLUMN_LOOPS(U8, uint8_t)
COLUMN_LOOPS(I16, int16_t)
COLUMN_LOOPS(U16, uint16_t)
COLUMN_LOOPS(I32, int32_t)
COLUMN_LOOPS(U32, uint32_t)
COLUMN_LOOPS(I64, int64_t)
COLUMN_LOOPS(U64, uint64_t)
COLUMN_LOOPS(I128, loose_int128_t)

#define EACH_SHORT_STORAGE(DO) \
    case STORED_I8: DO(I8, int8_t) break; \
    case STORED_U8: DO(U8, uint8_t) break; \
    case STORED_I16: DO(I16, int16_t) break; \
    case STORED_U16: DO(U16, uint16_t) break; \
    case STORED_I32: DO(I32, int32_t) break; \
    case STORED_U32: DO(U32, uint32_t) break; \
    case STORED_I64: DO(I64, int64_t) break; \
    case STORED_U64: DO(U64, uint64_t) break;

#define EACH_STORAGE(DO) \
    EACH_SHORT_STORAGE(DO) \
    case STORED_I128: DO(I128, loose_int128_t) break;

/* The least and the greatest value; count is at least 1. */
static void extent_of(uint64_t address, int storage, int64_t count, Words *low, Words *high) {
#define EXTENT(NAME, type) extent_##NAME((const type *)(uintptr_t)address, count, low, high);
    switch (storage) { EACH_STORAGE(EXTENT) }
#undef EXTENT
}

/* Whether each value is greater than the one before. */
static int rises(uint64_t address, int storage, int64_t count) {
    int answer = 0;
#define RISING(NAME, type) answer = is_rising_##NAME((const type *)(uintptr_t)address, count);
    switch (storage) { EACH_STORAGE(RISING) }
#undef RISING
    return answer;
}

/* Rows whose value does not lie in low .. high, which both are values of the column's type: how many there are, then which,
   rising. */
#define OUTSIDE_LOOPS(NAME, type) \
    CLONED static int64_t count_outside_##NAME(const type *column, int64_t count, type low, type high) { \
        int64_t found = 0; \
        for (int64_t r = 0; r < count; r++) found += (column[r] < low) | (column[r] > high); \
        return found; \
    } \
    static void list_outside_##NAME(const type *column, int64_t count, type low, type high, int64_t *rows) { \
        for (int64_t r = 0; r < count; r++) \
            if ((column[r] < low) | (column[r] > high)) *rows++ = r; \
    }

OUTSIDE_LOOPS(I8, int8_t)
OUTSIDE_LOOPS(U8, uint8_t)
OUTSIDE_LOOPS(I16, int16_t)
OUTSIDE_LOOPS(U16, uint16_t)
OUTSIDE_LOOPS(I32, int32_t)
OUTSIDE_LOOPS(U32, uint32_t)
OUTSIDE_LOOPS(I64, int64_t)
OUTSIDE_LOOPS(U64, uint64_t)

static int64_t count_outside(uint64_t address, int storage, int64_t count, int64_t low, int64_t high) {
    int64_t found = 0;
#define COUNT(NAME, type) \
    found = count_outside_##NAME((const type *)(uintptr_t)address, count, (type)low, (type)high);
    switch (storage) { EACH_SHORT_STORAGE(COUNT) }
#undef COUNT
    return found;
}

static void list_outside(uint64_t address, int storage, int64_t count, int64_t low, int64_t high, int64_t *rows) {
#define LIST(NAME, type) list_outside_##NAME((const type *)(uintptr_t)address, count, (type)low, (type)high, rows);
    switch (storage) { EACH_SHORT_STORAGE(LIST) }
#undef LIST
}

/* A sum of n values is below n * 2^32 when they have 32 bits, so it fits for any column that fits into memory. Longer
   values are summed in halves: the low half counts from 0, the high half has the sign. */
#define SUM_OF_SHORT(NAME, type) \
    CLONED static void sum_##NAME(const type *column, int64_t count, Words *low, Words *high) { \
        int64_t sum = 0; \
        for (int64_t r = 0; r < count; r++) sum += column[r]; \
        *low = words_of(sum); \
        *high = words_of(0); \
    }
#define SUM_OF_LONG(NAME, type) \
    CLONED static void sum_##NAME(const type *column, int64_t count, Words *low, Words *high) { \
        int128_t total = 0; \
        for (int64_t start = 0; start < count; start += INT64_C(1) << 30) { \
            const int64_t end = LESSER(start + (INT64_C(1) << 30), count); \
            uint64_t lows = 0; \
            int64_t highs = 0; \
            for (int64_t r = start; r < end; r++) { \
                lows += (uint32_t)column[r]; \
                highs += (int64_t)(column[r] >> 32); \
            } \
            total += (int128_t)highs * (INT64_C(1) << 32) + lows; \
        } \
        *low = words_of(total); \
        *high = words_of(0); \
    }

SUM_OF_SHORT(I8, int8_t)
SUM_OF_SHORT(U8, uint8_t)
SUM_OF_SHORT(I16, int16_t)
SUM_OF_SHORT(U16, uint16_t)
SUM_OF_SHORT(I32, int32_t)
SUM_OF_SHORT(U32, uint32_t)
SUM_OF_LONG(I64, int64_t)
SUM_OF_LONG(U64, uint64_t)

static void sum_I128(const loose_int128_t *column, int64_t count, Words *low, Words *high) {
    int128_t lows = 0, highs = 0;
    for (int64_t r = 0; r < count; r++) {
        const int128_t value = column[r];
        lows += (uint64_t)value;
        highs += (int64_t)(value >> 64);
    }
    *low = words_of(lows);
    *high = words_of(highs);
}

/* The sum of all values: low + high * 2^64. */
static void sum_of(uint64_t address, int storage, int64_t count, Words *low, Words *high) {
#define SUM(NAME, type) sum_##NAME((const type *)(uintptr_t)address, count, low, high);
    switch (storage) { EACH_STORAGE(SUM) }
#undef SUM
}

/* Closes the gaps of the rows in `removed`, which rise and lie in the column; rows have `width` bytes. */
static void close_gaps(uint64_t address, int64_t width, int64_t count, const int64_t *removed, int64_t removed_count) {
    uint8_t *column = (uint8_t *)(uintptr_t)address;
    for (int64_t k = 0; k < removed_count; k++) {
        const int64_t from = removed[k] + 1, to = k + 1 < removed_count ? removed[k + 1] : count;
        memmove(column + (from - k - 1) * width, column + from * width, (size_t)((to - from) * width));
    }
}

enum Merge {
    MERGE_SUM_I64,
    MERGE_SUM_I128,
    MERGE_MIN_I64,
    MERGE_MIN_I128,
    MERGE_MAX_I64,
    MERGE_MAX_I128,
    MERGE_ANY,
    MERGE_ALL
};

#define MERGE_LOOP(NAME, type, result) \
    CLONED static void merge_##NAME(type *column, const type *other, int64_t count) { \
        INDEPENDENT for (int64_t r = 0; r < count; r++) { \
            const type x = column[r], y = other[r]; \
            column[r] = result; \
        } \
    }

MERGE_LOOP(SUM_I64, int64_t, x + y)
MERGE_LOOP(SUM_I128, loose_int128_t, x + y)
MERGE_LOOP(MIN_I64, int64_t, LESSER(x, y))
MERGE_LOOP(MIN_I128, loose_int128_t, LESSER(x, y))
MERGE_LOOP(MAX_I64, int64_t, GREATER(x, y))
MERGE_LOOP(MAX_I128, loose_int128_t, GREATER(x, y))
MERGE_LOOP(ANY, uint8_t, x | y)
MERGE_LOOP(ALL, uint8_t, x & y)

/* Merges the accumulators of another thread into a column; the two do not touch. */
static void merge_into(int kind, uint64_t address, uint64_t other, int64_t count) {
#define MERGE(NAME, type) \
    case MERGE_##NAME: merge_##NAME((type *)(uintptr_t)address, (const type *)(uintptr_t)other, count); break;
    switch (kind) {
        MERGE(SUM_I64, int64_t)
        MERGE(SUM_I128, loose_int128_t)
        MERGE(MIN_I64, int64_t)
        MERGE(MIN_I128, loose_int128_t)
        MERGE(MAX_I64, int64_t)
        MERGE(MAX_I128, loose_int128_t)
        MERGE(ANY, uint8_t)
        MERGE(ALL, uint8_t)
    }
#undef MERGE
}

/* 128-bit values, each within 64 bits, as 64-bit ones. */
CLONED static void narrow_to_i64(uint64_t address, int64_t count, uint64_t out_address) {
    const int64_t *column = (const int64_t *)(uintptr_t)address;
    int64_t *out = (int64_t *)(uintptr_t)out_address;
    INDEPENDENT for (int64_t r = 0; r < count; r++) out[r] = column[2 * r];
}

#endif
