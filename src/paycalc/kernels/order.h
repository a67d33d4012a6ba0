/* The order of running totals: the rows of each group together, rising by a number, ties by the rank of their keys.

   The rows are counted into their groups, which keeps them in the order they had; then each group is looked at for
   itself. Most often it is small, or in order already: data comes by day. */
#ifndef PAYCALC_ORDER_H
#define PAYCALC_ORDER_H

#include "lanes.h"

#define AHEAD 16         /* so many rows before they are needed memory is asked for */
#define INSERTED_ROWS 24 /* so few rows are sorted by insertion */

/* Whether rows lie by group and rise by number in each. A group -1 is no group: its rows are each alone. */
CLONED static int lie_in_order(const int32_t *groups, const int64_t *numbers, int64_t count) {
    for (int64_t start = 0; start + 1 < count; start += 4096) {
        const int64_t end = LESSER(start + 4096, count - 1);
        int falls = 0;
        for (int64_t r = start; r < end; r++) {
            const int in_group = (groups[r] == groups[r + 1]) & (groups[r] >= 0);
            falls |= (groups[r] > groups[r + 1]) | (in_group & (numbers[r] >= numbers[r + 1]));
        }
        if (falls) return 0;
    }
    return 1;
}

/* The rows by group, each group's in the order they had. places: one more than groups; before, 0; after, the
   rows of group g are rows[places[g] .. places[g + 1] - 1], and those of group -1 come before places[0]. */
static void rows_by_group(const int32_t *groups, int64_t count, int32_t *places, int64_t groups_count, int32_t *rows) {
    for (int64_t r = 0; r < count; r++) {
        if (r + AHEAD < count) __builtin_prefetch(places + groups[r + AHEAD] + 1, 1);
        places[groups[r] + 1]++;
    }
    int32_t before = 0;
    for (int64_t g = 0; g <= groups_count; g++) {
        const int32_t own = places[g];
        places[g] = before;
        before += own;
    }
    for (int64_t r = 0; r < count; r++) {
        if (r + 2 * AHEAD < count) __builtin_prefetch(places + groups[r + 2 * AHEAD] + 1, 1);
        if (r + AHEAD < count) __builtin_prefetch(rows + places[groups[r + AHEAD] + 1], 1);
        rows[places[groups[r] + 1]++] = (int32_t)r;
    }
    /* Each place has moved to the end of its group, which is where the next one begins. */
}

PART int comes_before(int64_t number, int32_t row, int64_t other, int32_t other_row) {
    return (number < other) | ((number == other) & (row < other_row));
}

static void sort_by_insertion(int64_t *numbers, int32_t *rows, int64_t count) {
    for (int64_t k = 1; k < count; k++) {
        const int64_t number = numbers[k];
        const int32_t row = rows[k];
        int64_t place = k;
        for (; place > 0 && comes_before(number, row, numbers[place - 1], rows[place - 1]); place--) {
            numbers[place] = numbers[place - 1];
            rows[place] = rows[place - 1];
        }
        numbers[place] = number;
        rows[place] = row;
    }
}

PART void swap_places(int64_t *numbers, int32_t *rows, int64_t one, int64_t other) {
    const int64_t number = numbers[one];
    const int32_t row = rows[one];
    numbers[one] = numbers[other];
    rows[one] = rows[other];
    numbers[other] = number;
    rows[other] = row;
}

static void sink(int64_t *numbers, int32_t *rows, int64_t place, int64_t count) {
    for (int64_t below; (below = 2 * place + 1) < count; place = below) {
        if (below + 1 < count && comes_before(numbers[below], rows[below], numbers[below + 1], rows[below + 1])) below++;
        if (!comes_before(numbers[place], rows[place], numbers[below], rows[below])) return;
        swap_places(numbers, rows, place, below);
    }
}

static void sort_by_heap(int64_t *numbers, int32_t *rows, int64_t count) {
    for (int64_t k = count / 2; k-- > 0;) sink(numbers, rows, k, count);
    for (int64_t k = count; k-- > 1;) {
        swap_places(numbers, rows, 0, k);
        sink(numbers, rows, 0, k);
    }
}

/* Sorts numbers, and the rows that have them along with them; equal numbers by row. Parts that keep dividing badly go by
   heap, so that no data makes it slow: `depth` is how often they may. */
static void sort_rows(int64_t *numbers, int32_t *rows, int64_t count, int depth) {
    while (count > INSERTED_ROWS) {
        if (depth-- == 0) {
            sort_by_heap(numbers, rows, count);
            return;
        }
        const int64_t middle = count / 2, last = count - 1;
        if (comes_before(numbers[middle], rows[middle], numbers[0], rows[0])) swap_places(numbers, rows, 0, middle);
        if (comes_before(numbers[last], rows[last], numbers[0], rows[0])) swap_places(numbers, rows, 0, last);
        if (comes_before(numbers[last], rows[last], numbers[middle], rows[middle])) swap_places(numbers, rows, middle, last);
        const int64_t number = numbers[middle];
        const int32_t row = rows[middle];
        int64_t low = 0, high = last;
        for (;;) {
            while (comes_before(numbers[low], rows[low], number, row)) low++;
            while (comes_before(number, row, numbers[high], rows[high])) high--;
            if (low >= high) break;
            swap_places(numbers, rows, low++, high--);
        }
        /* The smaller part first, in a call; the larger one in this loop: so calls do not nest deeply. */
        const int64_t split = high + 1;
        if (split < count - split) {
            sort_rows(numbers, rows, split, depth);
            numbers += split;
            rows += split;
            count -= split;
        } else {
            sort_rows(numbers + split, rows + split, count - split, depth);
            count = split;
        }
    }
    sort_by_insertion(numbers, rows, count);
}

static void sort_unless_sorted(int64_t *numbers, int32_t *rows, int64_t count) {
    int falls = 0, depth = 2;
    for (int64_t k = 1; k < count; k++) falls |= !comes_before(numbers[k - 1], rows[k - 1], numbers[k], rows[k]);
    for (int64_t rest = count; rest > 1; rest >>= 1) depth += 2;
    if (falls) sort_rows(numbers, rows, count, depth);
}

/* Puts the rows of the groups first .. last-1 in order of their numbers, equal ones by row, and tells whether any in a group
   are equal. places, rows: as rows_by_group has them. taken: room for the numbers of the largest group. */
static int order_rows(const int32_t *places, int64_t first, int64_t last, const int64_t *numbers, int64_t *taken,
                      int32_t *rows) {
    const int64_t end = places[last];
    int64_t asked = places[first];
    int ties = 0;
    for (int64_t g = first; g < last; g++) {
        int32_t *own = rows + places[g];
        const int64_t count = places[g + 1] - places[g];
        for (const int64_t until = LESSER(end, places[g + 1] + 2 * AHEAD); asked < until; asked++)
            __builtin_prefetch(numbers + rows[asked]);
        for (int64_t k = 0; k < count; k++) taken[k] = numbers[own[k]];
        sort_unless_sorted(taken, own, count);
        for (int64_t k = 1; k < count; k++) ties |= taken[k - 1] == taken[k];
    }
    return ties;
}

/* Puts rows of a group with equal numbers in order of their ranks; the rest as of order_rows, which has run. */
static void order_ties(const int32_t *places, int64_t first, int64_t last, const int64_t *numbers, const int64_t *ranks,
                       int64_t *taken, int32_t *rows) {
    for (int64_t g = first; g < last; g++) {
        int32_t *own = rows + places[g];
        const int64_t count = places[g + 1] - places[g];
        for (int64_t start = 0, stop; start < count; start = stop) {
            for (stop = start + 1; stop < count && numbers[own[stop]] == numbers[own[start]]; stop++) {}
            if (stop - start == 1) continue;
            for (int64_t k = start; k < stop; k++) taken[k] = ranks[own[k]];
            sort_unless_sorted(taken + start, own + start, stop - start);
        }
    }
}

#endif
