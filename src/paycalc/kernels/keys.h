/* Keys to rows: tables of the keys that an entity's rows have, and looking keys up in them.

   Whole numbers that lie close together are looked up directly: the number, less the least one, is the place of its row.
   Others, and texts, are looked up by a hash: at the place that the hash names, or the next ones, until a free place.
   The memory that a place lies in is asked for a block of keys at a time, before the first of them is looked at, so that
   the processor need not wait for each by itself.

   A table holds the first row with each key. Hashes are mixed with a secret number, so that no data can be made whose
   keys all share a place. */
#ifndef PAYCALC_KEYS_H
#define PAYCALC_KEYS_H

#include "whole_columns.h"

#define NOWHERE (-1)     /* no row has the key */
#define WITHOUT_KEY (-2) /* there is no key: an empty text, or null */
#define BLOCK_KEYS 32    /* keys whose memory is asked for at once */
#define SAME UINT64_MAX  /* in place of a place: the key is that of the row before */

/* The two halves of a product, one laid over the other: each bit of it depends on all bits of both factors. */
PART uint64_t folded(uint64_t x, uint64_t y) {
    const uint128_t product = (uint128_t)x * y;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#define ODD_1 UINT64_C(0x9E3779B97F4A7C15)
#define ODD_2 UINT64_C(0xD6E8FEB86659FD93)

/* ---- whole numbers ---- */

/* A table of whole numbers by their hash: 2^bits places, at least one free. row: NOWHERE where free. */
typedef struct {
    uint64_t key;
    int64_t row;
} NumberPlace;

PART uint64_t hash_of_number(uint64_t key, uint64_t secret) {
    return folded(key ^ secret, ODD_1);
}

/* Numbers are told by 64 bits; with a sign or without, is said of all in a column. `apart` is the highest bit where the
   table's are of the other kind than the column's: whoever has it set is in the one and cannot be in the other. */
#define KEY_LOOPS(NAME, type) \
    static int64_t enter_directly_##NAME(const type *keys, const uint8_t *states, int64_t count, uint64_t low, \
                                         int32_t *rows) { \
        int64_t again = 0; \
        for (int64_t r = 0; r < count; r++) { \
            if (states && states[r]) continue; \
            int32_t *row = rows + ((uint64_t)keys[r] - low); \
            if (*row == NOWHERE) *row = (int32_t)r; \
            else again++; \
        } \
        return again; \
    } \
    CLONED static int64_t shift_##NAME(const type *keys, int64_t count, uint64_t apart, uint64_t low, uint64_t length, \
                                       int32_t *out) { \
        int64_t found = 0; \
        INDEPENDENT for (int64_t r = 0; r < count; r++) { \
            const uint64_t key = (uint64_t)keys[r], place = key - low; \
            const int inside = (place < length) & !(key & apart); \
            out[r] = inside ? (int32_t)place : NOWHERE; \
            found += inside; \
        } \
        return count - found; \
    } \
    CLONED static int64_t find_directly_##NAME(const type *keys, int64_t count, uint64_t apart, uint64_t low, \
                                               uint64_t length, const int32_t *rows, int32_t *out) { \
        int64_t nowhere = 0; \
        INDEPENDENT for (int64_t r = 0; r < count; r++) { \
            const uint64_t key = (uint64_t)keys[r], place = key - low; \
            const int inside = (place < length) & !(key & apart); \
            const int32_t row = rows[inside ? place : 0]; \
            out[r] = inside ? row : NOWHERE; \
            nowhere += out[r] < 0; \
        } \
        return nowhere; \
    } \
    static int64_t enter_by_hash_##NAME(const type *keys, const uint8_t *states, int64_t count, NumberPlace *places, \
                                        int bits, uint64_t secret) { \
        const uint64_t last = (UINT64_C(1) << bits) - 1; \
        int64_t again = 0; \
        uint64_t starts[BLOCK_KEYS]; \
        for (int64_t first = 0; first < count; first += BLOCK_KEYS) { \
            const int64_t block = LESSER(BLOCK_KEYS, count - first); \
            for (int64_t k = 0; k < block; k++) { \
                starts[k] = hash_of_number((uint64_t)keys[first + k], secret) & last; \
                __builtin_prefetch(places + starts[k], 1); \
            } \
            for (int64_t k = 0; k < block; k++) { \
                const uint64_t key = (uint64_t)keys[first + k]; \
                uint64_t at = starts[k]; \
                if (states && states[first + k]) continue; \
                while (places[at].row != NOWHERE && places[at].key != key) at = (at + 1) & last; \
                if (places[at].row != NOWHERE) again++; \
                else places[at] = (NumberPlace){key, first + k}; \
            } \
        } \
        return again; \
    } \
    static int64_t find_by_hash_##NAME(const type *keys, int64_t count, uint64_t apart, const NumberPlace *places, \
                                       int bits, uint64_t secret, int32_t *out) { \
        const uint64_t last = (UINT64_C(1) << bits) - 1; \
        int64_t nowhere = 0, same = 0, looked_at = 0; \
        uint64_t starts[BLOCK_KEYS]; \
        for (int64_t r = 0; r + 1 < count; r += count / 64 + 1, looked_at++) same += keys[r] == keys[r + 1]; \
        const int runs = 2 * same > looked_at; /* neighbours are most often the same */ \
        for (int64_t first = 0; first < count; first += BLOCK_KEYS) { \
            const int64_t block = LESSER(BLOCK_KEYS, count - first); \
            for (int64_t k = 0; k < block; k++) { \
                const int again = runs && first + k > 0 && keys[first + k] == keys[first + k - 1]; \
                starts[k] = again ? SAME : hash_of_number((uint64_t)keys[first + k], secret) & last; \
                if (!again) __builtin_prefetch(places + starts[k]); \
            } \
            for (int64_t k = 0; k < block; k++) { \
                const uint64_t key = (uint64_t)keys[first + k]; \
                uint64_t at = starts[k]; \
                if (at == SAME) { \
                    out[first + k] = out[first + k - 1]; \
                } else { \
                    while (places[at].row != NOWHERE && places[at].key != key) at = (at + 1) & last; \
                    out[first + k] = key & apart ? NOWHERE : (int32_t)places[at].row; \
                } \
                nowhere += out[first + k] < 0; \
            } \
        } \
        return nowhere; \
    } \
    static void count_##NAME(const type *rows, int64_t count, int64_t base, uint32_t *counts) { \
        for (int64_t r = 0; r < count; r++) \
            if ((int64_t)rows[r] >= base) counts[(int64_t)rows[r] - base]++; \
    }

KEY_LOOPS(I8, int8_t)
KEY_LOOPS(U8, uint8_t)
KEY_LOOPS(I16, int16_t)
KEY_LOOPS(U16, uint16_t)
KEY_LOOPS(I32, int32_t)
KEY_LOOPS(U32, uint32_t)
KEY_LOOPS(I64, int64_t)
KEY_LOOPS(U64, uint64_t)

/* Enters the keys of rows whose state is 0 (states: NULL where all are); how many have a key that an earlier row has.
   rows: as many as the numbers from `low` on that the keys lie among, before: NOWHERE. */
static int64_t enter_directly(uint64_t keys, int storage, const uint8_t *states, int64_t count, uint64_t low,
                              int32_t *rows) {
    int64_t again = 0;
#define ENTER(NAME, type) again = enter_directly_##NAME((const type *)(uintptr_t)keys, states, count, low, rows);
    switch (storage) { EACH_SHORT_STORAGE(ENTER) }
#undef ENTER
    return again;
}

/* The rows of keys; how many have none. rows: NULL where each number from `low` on is the key of the next row. */
static int64_t find_directly(uint64_t keys, int storage, int64_t count, uint64_t apart, uint64_t low, uint64_t length,
                             const int32_t *rows, int32_t *out) {
    int64_t nowhere = 0;
#define FIND_(NAME, type) \
    nowhere = rows ? find_directly_##NAME((const type *)(uintptr_t)keys, count, apart, low, length, rows, out) \
                   : shift_##NAME((const type *)(uintptr_t)keys, count, apart, low, length, out);
    switch (storage) { EACH_SHORT_STORAGE(FIND_) }
#undef FIND_
    return nowhere;
}

/* As enter_directly and find_directly, by hash. places: 2^bits, before: with all bits set. */
static int64_t enter_by_hash(uint64_t keys, int storage, const uint8_t *states, int64_t count, NumberPlace *places,
                             int bits, uint64_t secret) {
    int64_t again = 0;
#define ENTER(NAME, type) \
    again = enter_by_hash_##NAME((const type *)(uintptr_t)keys, states, count, places, bits, secret);
    switch (storage) { EACH_SHORT_STORAGE(ENTER) }
#undef ENTER
    return again;
}

static int64_t find_by_hash(uint64_t keys, int storage, int64_t count, uint64_t apart, const NumberPlace *places,
                            int bits, uint64_t secret, int32_t *out) {
    int64_t nowhere = 0;
#define FIND_(NAME, type) \
    nowhere = find_by_hash_##NAME((const type *)(uintptr_t)keys, count, apart, places, bits, secret, out);
    switch (storage) { EACH_SHORT_STORAGE(FIND_) }
#undef FIND_
    return nowhere;
}

/* Counts the rows that lead to each row, less `base`; a number below it leads nowhere. */
static void count_rows(uint64_t rows, int storage, int64_t count, int64_t base, uint32_t *counts) {
#define COUNT(NAME, type) count_##NAME((const type *)(uintptr_t)rows, count, base, counts);
    switch (storage) { EACH_SHORT_STORAGE(COUNT) }
#undef COUNT
}

/* ---- texts ---- */

/* Texts as Arrow lays them out. places: of row 0, an offset (int32, int64) into the bytes, or a view of 16 bytes, which holds
   a short text itself. bytes: of offsets one piece of memory; of views the pieces that they number. valid: a bit for each
   row, from bit `valid_from` on; NULL where none is null. */
enum { OFFSETS_32, OFFSETS_64, VIEWS };

typedef struct {
    int kind;
    const uint8_t *places;
    const uint8_t *const *bytes;
    const uint8_t *valid;
    int64_t valid_from;
} Texts;

typedef struct {
    const uint8_t *bytes;
    int64_t length;
} Text;

#define VIEWED_BYTES 12 /* so long a text stands in its view */

/* kind: that of the texts, known where this becomes part of a loop. A null is an empty text: neither is a key. */
PART Text text_at(const Texts *texts, int kind, int64_t row) {
    const int64_t bit = texts->valid_from + row;
    if (texts->valid && !(texts->valid[bit >> 3] >> (bit & 7) & 1)) return (Text){NULL, 0};
    if (kind == OFFSETS_32) {
        const int32_t *offsets = (const int32_t *)texts->places + row;
        return (Text){texts->bytes[0] + offsets[0], offsets[1] - offsets[0]};
    }
    if (kind == OFFSETS_64) {
        const int64_t *offsets = (const int64_t *)texts->places + row;
        return (Text){texts->bytes[0] + offsets[0], offsets[1] - offsets[0]};
    }
    const uint8_t *view = texts->places + 16 * row;
    int32_t parts[4]; /* length, first bytes, number of the piece, offset in it */
    memcpy(parts, view, 16);
    return (Text){parts[0] <= VIEWED_BYTES ? view + 4 : texts->bytes[parts[2]] + parts[3], parts[0]};
}

PART uint64_t load_8(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return word;
}

PART uint64_t load_4(const uint8_t *bytes) {
    uint32_t word;
    memcpy(&word, bytes, 4);
    return word;
}

/* Sixteen bytes at a time; the last sixteen may overlap the ones before, and what is shorter overlaps itself. */
PART uint64_t hash_of_text(Text text, uint64_t secret) {
    const uint8_t *bytes = text.bytes;
    const int64_t length = text.length;
    uint64_t one = 0, other = 0, hash = secret;
    if (length > 16) {
        for (int64_t at = 0; at + 16 < length; at += 16)
            hash = folded(load_8(bytes + at) ^ hash, load_8(bytes + at + 8) ^ (hash * ODD_2));
        one = load_8(bytes + length - 16);
        other = load_8(bytes + length - 8);
    } else if (length >= 8) {
        one = load_8(bytes);
        other = load_8(bytes + length - 8);
    } else if (length >= 4) {
        one = load_4(bytes);
        other = load_4(bytes + length - 4);
    } else if (length > 0) {
        one = (uint64_t)bytes[0] << 16 | (uint64_t)bytes[length >> 1] << 8 | bytes[length - 1];
    }
    return folded(one ^ hash, other ^ (hash * ODD_2) ^ (uint64_t)length * ODD_1);
}

PART int are_equal(Text one, Text other) {
    if (one.length != other.length) return 0;
    const int64_t length = one.length;
    if (length > 16) return memcmp(one.bytes, other.bytes, (size_t)length) == 0;
    if (length >= 8)
        return ((load_8(one.bytes) ^ load_8(other.bytes)) |
                (load_8(one.bytes + length - 8) ^ load_8(other.bytes + length - 8))) == 0;
    if (length >= 4)
        return ((load_4(one.bytes) ^ load_4(other.bytes)) |
                (load_4(one.bytes + length - 4) ^ load_4(other.bytes + length - 4))) == 0;
    for (int64_t k = 0; k < length; k++)
        if (one.bytes[k] != other.bytes[k]) return 0;
    return 1;
}

/* A table of texts by their hash: its upper half, and the row whose text it is of, or NOWHERE. */
typedef struct {
    uint32_t hash;
    int32_t row;
} TextPlace;

/* Each loop is made for each kind of texts, looked up among texts of any kind. */
PART Text own_text(const Texts *own, int64_t row) {
    return text_at(own, own->kind, row);
}

/* Whether neighbours are most often the same: looked at in 64 places. */
PART int come_in_runs(const Texts *texts, int kind, int64_t count) {
    int64_t same = 0, looked_at = 0;
    for (int64_t r = 0; r + 1 < count; r += count / 64 + 1, looked_at++)
        same += are_equal(text_at(texts, kind, r), text_at(texts, kind, r + 1));
    return 2 * same > looked_at;
}

PART int64_t look_up_texts(const Texts *texts, int kind, int64_t count, const Texts *own, const TextPlace *places, int bits,
                           uint64_t secret, int32_t *out) {
    const uint64_t last = (UINT64_C(1) << bits) - 1;
    const int runs = come_in_runs(texts, kind, count);
    int64_t nowhere = 0;
    Text asked[BLOCK_KEYS], before = {NULL, -1};
    uint64_t hashes[BLOCK_KEYS];
    int64_t which[BLOCK_KEYS];
    int32_t row_before = WITHOUT_KEY;
    for (int64_t first = 0; first < count; first += BLOCK_KEYS) {
        const int64_t block = LESSER(BLOCK_KEYS, count - first);
        int64_t distinct = 0;
        for (int64_t k = 0; k < block; k++) {
            const Text text = text_at(texts, kind, first + k);
            if (runs && are_equal(text, before)) {
                which[k] = distinct - 1;
                continue;
            }
            before = asked[distinct] = text;
            hashes[distinct] = hash_of_text(text, secret);
            __builtin_prefetch(places + (hashes[distinct] & last));
            which[k] = distinct++;
        }
        int32_t rows[BLOCK_KEYS];
        /* Most often the first place is the one; the bytes of its text are asked for before any are compared. */
        for (int64_t k = 0; k < distinct; k++) {
            rows[k] = places[hashes[k] & last].row;
            if (rows[k] != NOWHERE && own->kind != VIEWS)
                __builtin_prefetch(own->places + (own->kind == OFFSETS_32 ? 4 : 8) * (int64_t)rows[k]);
            else if (rows[k] != NOWHERE)
                __builtin_prefetch(own->places + 16 * (int64_t)rows[k]);
        }
        for (int64_t k = 0; k < distinct; k++)
            if (rows[k] != NOWHERE) __builtin_prefetch(own_text(own, rows[k]).bytes);
        for (int64_t k = 0; k < distinct; k++) {
            const uint32_t hash = (uint32_t)(hashes[k] >> 32);
            uint64_t at = hashes[k] & last;
            while (places[at].row != NOWHERE &&
                   (places[at].hash != hash || !are_equal(own_text(own, places[at].row), asked[k])))
                at = (at + 1) & last;
            rows[k] = asked[k].length == 0 ? WITHOUT_KEY : places[at].row;
        }
        for (int64_t k = 0; k < block; k++) {
            const int32_t row = which[k] < 0 ? row_before : rows[which[k]];
            out[first + k] = row;
            nowhere += row < 0;
        }
        row_before = out[first + block - 1];
    }
    return nowhere;
}

/* Enters the texts of rows first .. first+count-1; *again: how many have a text that an earlier row has; *without: how many
   have none. */
PART void enter_texts_of(const Texts *own, int kind, int64_t count, TextPlace *places, int bits, uint64_t secret,
                         int64_t *again, int64_t *without) {
    const uint64_t last = (UINT64_C(1) << bits) - 1;
    uint64_t hashes[BLOCK_KEYS];
    for (int64_t first = 0; first < count; first += BLOCK_KEYS) {
        const int64_t block = LESSER(BLOCK_KEYS, count - first);
        for (int64_t k = 0; k < block; k++) {
            hashes[k] = hash_of_text(text_at(own, kind, first + k), secret);
            __builtin_prefetch(places + (hashes[k] & last), 1);
        }
        for (int64_t k = 0; k < block; k++) {
            const Text text = text_at(own, kind, first + k);
            const uint32_t hash = (uint32_t)(hashes[k] >> 32);
            uint64_t at = hashes[k] & last;
            if (text.length == 0) {
                ++*without;
                continue;
            }
            while (places[at].row != NOWHERE &&
                   (places[at].hash != hash || !are_equal(text_at(own, kind, places[at].row), text)))
                at = (at + 1) & last;
            if (places[at].row != NOWHERE) ++*again;
            else places[at] = (TextPlace){hash, (int32_t)(first + k)};
        }
    }
}

/* Whether each text comes after the one before, by its bytes, and none is empty. */
PART int texts_rise(const Texts *texts, int kind, int64_t count) {
    Text before = {NULL, 0};
    for (int64_t r = 0; r < count; r++) {
        const Text text = text_at(texts, kind, r);
        const int64_t shorter = LESSER(before.length, text.length);
        const int order = shorter ? memcmp(before.bytes, text.bytes, (size_t)shorter) : 0;
        if (order > 0 || (order == 0 && before.length >= text.length)) return 0;
        before = text;
    }
    return 1;
}

#define EACH_KIND(DO) \
    case OFFSETS_32: DO(OFFSETS_32) break; \
    case OFFSETS_64: DO(OFFSETS_64) break; \
    case VIEWS: DO(VIEWS) break;

/* The rows of texts in the table of `own`; how many have none. */
static int64_t find_texts(const Texts *texts, int64_t count, const Texts *own, const TextPlace *places, int bits,
                          uint64_t secret, int32_t *out) {
    int64_t nowhere = 0;
#define FIND_(KIND) nowhere = look_up_texts(texts, KIND, count, own, places, bits, secret, out);
    switch (texts->kind) { EACH_KIND(FIND_) }
#undef FIND_
    return nowhere;
}

static void enter_texts(const Texts *own, int64_t count, TextPlace *places, int bits, uint64_t secret, int64_t *again,
                        int64_t *without) {
    *again = *without = 0;
#define ENTER(KIND) enter_texts_of(own, KIND, count, places, bits, secret, again, without);
    switch (own->kind) { EACH_KIND(ENTER) }
#undef ENTER
}

static int texts_are_rising(const Texts *texts, int64_t count) {
    int answer = 0;
#define RISING(KIND) answer = texts_rise(texts, KIND, count);
    switch (texts->kind) { EACH_KIND(RISING) }
#undef RISING
    return answer;
}

#endif
