/* Values of other rows: of the row that a reference leads to, of the place in a table that was found.

   A reference that leads nowhere is -1; nobody reads what then stands in the register, and row 0 stands in.
   Instructions that gather are no faster than a plain loop on the processors of today, so these have no clones. */
#ifndef PAYCALC_GATHER_H
#define PAYCALC_GATHER_H

#include "instruction.h"
#include "lanes.h"

/* Four rows in a step: the loop itself then costs little beside the loads. */
#define GATHER(name, type, stored) \
    PLAIN_KERNEL(name) { \
        type *d = REGISTER(type, d); \
        const int32_t *a = REGISTER(const int32_t, a); \
        const stored *column = COLUMN(const stored); \
        const int64_t rows = tile->rows; \
        int64_t i = 0; \
        for (; i + 4 <= rows; i += 4) { \
            const type w = column[GREATER(a[i], 0)], x = column[GREATER(a[i + 1], 0)]; \
            const type y = column[GREATER(a[i + 2], 0)], z = column[GREATER(a[i + 3], 0)]; \
            d[i] = w; \
            d[i + 1] = x; \
            d[i + 2] = y; \
            d[i + 3] = z; \
        } \
        for (; i < rows; i++) d[i] = column[GREATER(a[i], 0)]; \
    }

GATHER(GATHER_I32, int32_t, int32_t)
GATHER(GATHER_I64, int64_t, int64_t)
GATHER(GATHER_I128, int128_t, loose_int128_t)
GATHER(GATHER_U8, uint8_t, uint8_t)

/* Many numbers of one other row: they stand side by side, so that each row is fetched once. Four rows and four
   numbers at a time are a square, which turned over gives four values of each of four registers. Vectors of 16 bytes,
   which every processor has, do that. */
typedef int32_t Quad __attribute__((vector_size(16)));
typedef int32_t LooseQuad __attribute__((vector_size(16), aligned(4)));

#if defined(__clang__)
#define SHUFFLED(x, y, i, j, k, l) __builtin_shufflevector(x, y, i, j, k, l)
#else
#define SHUFFLED(x, y, i, j, k, l) __builtin_shuffle(x, y, (Quad){i, j, k, l})
#endif

#ifdef WITH_CLONES
#include <immintrin.h>

/* Sixteen rows at a time, where the processor has vectors of 64 bytes: each holds four numbers of four rows. How many
   rows are done. */
__attribute__((target("avx512f"))) static int64_t gather_rows_by_16(const Instruction *step, const Tile *tile) {
    const int32_t *a = REGISTER(const int32_t, a);
    const int32_t *column = COLUMN(const int32_t);
    uint8_t *d = REGISTER(uint8_t, d);
    const int64_t rows = tile->rows, width = step->imm, apart = step->mode;
    int64_t i = 0;
    for (; i + 16 <= rows; i += 16) {
        const int32_t *from[16];
        for (int j = 0; j < 16; j++) from[j] = column + width * GREATER(a[i + j], 0);
        for (int64_t k = 0; k < width; k += 4) {
#define QUAD(j) _mm_loadu_si128((const __m128i *)(from[j] + k))
#define ROWS_FROM(j) \
    _mm512_inserti32x4( \
        _mm512_inserti32x4(_mm512_inserti32x4(_mm512_castsi128_si512(QUAD(j)), QUAD(j + 4), 1), QUAD(j + 8), 2), \
        QUAD(j + 12), 3)
            const __m512i w = ROWS_FROM(0), x = ROWS_FROM(1), y = ROWS_FROM(2), z = ROWS_FROM(3);
#undef ROWS_FROM
#undef QUAD
            const __m512i wx_low = _mm512_unpacklo_epi32(w, x), wx_high = _mm512_unpackhi_epi32(w, x);
            const __m512i yz_low = _mm512_unpacklo_epi32(y, z), yz_high = _mm512_unpackhi_epi32(y, z);
            uint8_t *target = d + k * apart + 4 * i;
            _mm512_storeu_si512(target, _mm512_unpacklo_epi64(wx_low, yz_low));
            _mm512_storeu_si512(target + apart, _mm512_unpackhi_epi64(wx_low, yz_low));
            _mm512_storeu_si512(target + 2 * apart, _mm512_unpacklo_epi64(wx_high, yz_high));
            _mm512_storeu_si512(target + 3 * apart, _mm512_unpackhi_epi64(wx_high, yz_high));
        }
    }
    return i;
}
#endif

PLAIN_KERNEL(GATHER_ROWS_I32) {
    const int32_t *a = REGISTER(const int32_t, a);
    const int32_t *column = COLUMN(const int32_t);
    uint8_t *d = REGISTER(uint8_t, d);
    const int64_t rows = tile->rows, width = step->imm, apart = step->mode;
    int64_t i = 0;
#ifdef WITH_CLONES
    if (__builtin_cpu_supports("avx512f")) i = gather_rows_by_16(step, tile);
#endif
    for (; i + 4 <= rows; i += 4) {
        const int32_t *first = column + width * GREATER(a[i], 0), *second = column + width * GREATER(a[i + 1], 0);
        const int32_t *third = column + width * GREATER(a[i + 2], 0), *fourth = column + width * GREATER(a[i + 3], 0);
        for (int64_t k = 0; k < width; k += 4) {
            const Quad w = *(const LooseQuad *)(first + k), x = *(const LooseQuad *)(second + k);
            const Quad y = *(const LooseQuad *)(third + k), z = *(const LooseQuad *)(fourth + k);
            const Quad wx_low = SHUFFLED(w, x, 0, 4, 1, 5), wx_high = SHUFFLED(w, x, 2, 6, 3, 7);
            const Quad yz_low = SHUFFLED(y, z, 0, 4, 1, 5), yz_high = SHUFFLED(y, z, 2, 6, 3, 7);
            uint8_t *target = d + k * apart + 4 * i;
            *(Quad *)target = SHUFFLED(wx_low, yz_low, 0, 1, 4, 5);
            *(Quad *)(target + apart) = SHUFFLED(wx_low, yz_low, 2, 3, 6, 7);
            *(Quad *)(target + 2 * apart) = SHUFFLED(wx_high, yz_high, 0, 1, 4, 5);
            *(Quad *)(target + 3 * apart) = SHUFFLED(wx_high, yz_high, 2, 3, 6, 7);
        }
    }
    for (; i < rows; i++)
        for (int64_t k = 0; k < width; k++) *(int32_t *)(d + k * apart + 4 * i) = column[width * GREATER(a[i], 0) + k];
}

#endif
