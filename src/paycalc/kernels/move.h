/* From columns to registers and back, constants, and from lane to lane.

   A column is narrow where its values are: it is widened once, when it is loaded, so that later loops mix no widths. */
#ifndef PAYCALC_MOVE_H
#define PAYCALC_MOVE_H

#include "instruction.h"
#include "lanes.h"

PART int128_t wide_constant(const Instruction *step) {
    return (int128_t)((uint128_t)(uint64_t)step->imm_high << 64 | (uint64_t)step->imm);
}

#define LOAD(name, stored, type) \
    KERNEL(name) { \
        type *d = REGISTER(type, d); \
        const stored *column = COLUMN(const stored) + tile->first; \
        EACH_ROW d[i] = (type)column[i]; \
    }

LOAD(LOAD_I8_I32, int8_t, int32_t)
LOAD(LOAD_U8_I32, uint8_t, int32_t)
LOAD(LOAD_I16_I32, int16_t, int32_t)
LOAD(LOAD_U16_I32, uint16_t, int32_t)
LOAD(LOAD_I32_I32, int32_t, int32_t)
LOAD(LOAD_U32_I32, uint32_t, int32_t)
LOAD(LOAD_I64_I32, int64_t, int32_t)
LOAD(LOAD_I8_I64, int8_t, int64_t)
LOAD(LOAD_I16_I64, int16_t, int64_t)
LOAD(LOAD_I32_I64, int32_t, int64_t)
LOAD(LOAD_U32_I64, uint32_t, int64_t)
LOAD(LOAD_I64_I64, int64_t, int64_t)
LOAD(LOAD_I128_I128, loose_int128_t, int128_t)
LOAD(LOAD_U8, uint8_t, uint8_t)

/* A value of 128 bits is two words, the low one first; one that fits into a lane is all in the low one. */
#define LOAD_LOW_WORD(name, type) \
    KERNEL(name) { \
        type *d = REGISTER(type, d); \
        const int64_t *column = COLUMN(const int64_t) + 2 * tile->first; \
        EACH_ROW d[i] = (type)column[2 * i]; \
    }

LOAD_LOW_WORD(LOAD_I128_I32, int32_t)
LOAD_LOW_WORD(LOAD_I128_I64, int64_t)

/* Eight rows at a time: their bits as one byte, which a product spreads over the eight bytes of a word, each with its
   own bit left, which the sum moves to the top and the shift to the bottom. The bits of eight rows lie in two bytes
   of the column, or in one; the second is read only if it holds some, as it may not be there. */
KERNEL(LOAD_BITS) {
    uint8_t *d = REGISTER(uint8_t, d);
    const int64_t bit = step->imm + tile->first;
    const uint8_t *column = COLUMN(const uint8_t) + (bit >> 3);
    const int shift = (int)(bit & 7);
    const int64_t rows = tile->rows, whole = rows & ~INT64_C(7);
    for (int64_t i = 0; i < whole; i += 8) {
        uint64_t bits = column[i >> 3];
        if (shift) bits = (bits | (uint64_t)column[(i >> 3) + 1] << 8) >> shift & 0xff;
        bits = bits * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
        bits = (bits + UINT64_C(0x7f7f7f7f7f7f7f7f)) >> 7 & UINT64_C(0x0101010101010101);
        memcpy(d + i, &bits, 8);
    }
    for (int64_t i = whole; i < rows; i++) d[i] = column[(i + shift) >> 3] >> ((i + shift) & 7) & 1;
}

#define FILL(name, type, constant) \
    KERNEL(name) { \
        type *d = REGISTER(type, d); \
        const type value = constant; \
        EACH_ROW d[i] = value; \
    }

FILL(FILL_I32, int32_t, (int32_t)step->imm)
FILL(FILL_I64, int64_t, step->imm)
FILL(FILL_I128, int128_t, wide_constant(step))
FILL(FILL_U8, uint8_t, (uint8_t)step->imm)
FILL(SPREAD_I32, int32_t, COLUMN(const int32_t)[0])
FILL(SPREAD_I64, int64_t, COLUMN(const int64_t)[0])
FILL(SPREAD_I128, int128_t, COLUMN(const loose_int128_t)[0])
FILL(SPREAD_U8, uint8_t, COLUMN(const uint8_t)[0])

#define STORE(name, type, stored) \
    KERNEL(name) { \
        const type *a = REGISTER(const type, a); \
        stored *column = COLUMN(stored) + tile->first; \
        EACH_ROW column[i] = (stored)a[i]; \
    }

STORE(STORE_I32, int32_t, int32_t)
STORE(STORE_I32_I64, int32_t, int64_t)
STORE(STORE_I64, int64_t, int64_t)
STORE(STORE_I128, int128_t, loose_int128_t)
STORE(STORE_U8, uint8_t, uint8_t)

KERNEL(STORE_I64_I128) {
    const int64_t *a = REGISTER(const int64_t, a);
    int64_t *column = COLUMN(int64_t) + 2 * tile->first;
    EACH_ROW {
        column[2 * i] = a[i];
        column[2 * i + 1] = a[i] >> 63;
    }
}

#define CONVERT(name, from, to) \
    KERNEL(name) { \
        to *d = REGISTER(to, d); \
        const from *a = REGISTER(const from, a); \
        EACH_ROW d[i] = (to)a[i]; \
    }

CONVERT(I32_I64, int32_t, int64_t)
CONVERT(I32_I128, int32_t, int128_t)
CONVERT(I64_I128, int64_t, int128_t)
CONVERT(I64_I32, int64_t, int32_t)
CONVERT(I128_I32, int128_t, int32_t)
CONVERT(I128_I64, int128_t, int64_t)
CONVERT(U8_I32, uint8_t, int32_t)

#endif
