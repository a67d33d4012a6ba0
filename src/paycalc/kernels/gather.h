/* Values of other rows: of the row that a reference leads to, of the place in a table that was found.

   A reference that leads nowhere is -1; nobody reads what then stands in the register, and row 0 stands in. */
#ifndef PAYCALC_GATHER_H
#define PAYCALC_GATHER_H

#include "instruction.h"
#include "lanes.h"

#define GATHER(name, kernel, type, stored) \
    kernel(name) { \
        type *d = REGISTER(type, d); \
        const int32_t *a = REGISTER(const int32_t, a); \
        const stored *column = COLUMN(const stored); \
        EACH_ROW d[i] = column[GREATER(a[i], 0)]; \
    }

GATHER(GATHER_I32, KERNEL, int32_t, int32_t)
GATHER(GATHER_I64, KERNEL, int64_t, int64_t)
GATHER(GATHER_I128, PLAIN_KERNEL, int128_t, loose_int128_t)
GATHER(GATHER_U8, PLAIN_KERNEL, uint8_t, uint8_t)

#endif
