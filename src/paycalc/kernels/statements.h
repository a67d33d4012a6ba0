/* Which statement of a parameter holds, of those about one row that stand in the order in which they began. */
#ifndef PAYCALC_STATEMENTS_H
#define PAYCALC_STATEMENTS_H

#include <stdint.h>

/* From the last statement that has begun back to one that says something and has not ended.

   found   IN [n] the last one that has begun, or -1; OUT the one that holds, or -1
   firsts  IN [n] the first one about the same row
   asked   IN [n] when
   cells   IN [statements] where the cell of each stands in `says`
   says    IN bits, from bit `first_bit` on: whether a cell says something; null: every one does
   until   IN [statements] when each ends; null: none does */
static void last_stating(int64_t *found, const int64_t *firsts, const int64_t *asked, int64_t n, const int64_t *cells,
                         const uint8_t *says, int64_t first_bit, const int64_t *until) {
    for (int64_t k = 0; k < n; k++) {
        int64_t at = found[k];
        const int64_t first = firsts[k];
        for (; at >= first && at >= 0; at--) {
            const int64_t bit = cells[at] + first_bit;
            if ((!says || (says[bit >> 3] >> (bit & 7) & 1)) && (!until || until[at] > asked[k])) break;
        }
        found[k] = at >= first ? at : -1;
    }
}

#endif
