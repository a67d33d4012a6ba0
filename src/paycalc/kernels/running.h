/* Running totals: what rows add, summed along an order in which the rows of a group follow each other. */
#ifndef PAYCALC_RUNNING_H
#define PAYCALC_RUNNING_H

#include "lanes.h"

#define RUN_ROWS_AHEAD 16

/* rows: the order; groups: of each row, -1: it is alone; added, totals: of each row. Goes through low .. high-1 of the
   order, which begin with the first row of a group. */
#define RUN_ALONG(NAME, type, stored) \
    static void run_along_##NAME(const int32_t *rows, const int32_t *groups, const type *added, stored *totals, \
                                 int64_t low, int64_t high) { \
        stored total = 0; \
        int32_t group = -1; \
        for (int64_t k = low; k < high; k++) { \
            const int32_t row = rows[k], ahead = rows[LESSER(k + RUN_ROWS_AHEAD, high - 1)]; \
            __builtin_prefetch(groups + ahead); \
            __builtin_prefetch(added + ahead); \
            __builtin_prefetch(totals + ahead, 1); \
            if (groups[row] != group || group < 0) total = 0; \
            group = groups[row]; \
            total += added[row]; \
            totals[row] = total; \
        } \
    }

RUN_ALONG(FLAGS, uint8_t, int64_t)
RUN_ALONG(I64, int64_t, int64_t)
RUN_ALONG(I128, loose_int128_t, loose_int128_t)

enum RunningKind { RUN_FLAGS, RUN_I64, RUN_I128 };

static void run_totals_along(int kind, uint64_t rows, uint64_t groups, uint64_t added, uint64_t totals, int64_t low,
                             int64_t high) {
#define RUN(NAME, type, stored) \
    case RUN_##NAME: \
        run_along_##NAME((const int32_t *)(uintptr_t)rows, (const int32_t *)(uintptr_t)groups, \
                         (const type *)(uintptr_t)added, (stored *)(uintptr_t)totals, low, high); \
        break;
    switch (kind) {
        RUN(FLAGS, uint8_t, int64_t)
        RUN(I64, int64_t, int64_t)
        RUN(I128, loose_int128_t, loose_int128_t)
    }
#undef RUN
}

/* The first place at or after `place`, which is not the first place of all, where the order comes to another group. */
static int64_t group_end(uint64_t rows_address, uint64_t groups_address, int64_t place, int64_t count) {
    const int32_t *rows = (const int32_t *)(uintptr_t)rows_address;
    const int32_t *groups = (const int32_t *)(uintptr_t)groups_address;
    while (0 < place && place < count && groups[rows[place]] >= 0 && groups[rows[place]] == groups[rows[place - 1]])
        place++;
    return place;
}

#endif
