/* Running a program: its instructions one after another over each tile of rows. */
#ifndef PAYCALC_INTERPRETER_H
#define PAYCALC_INTERPRETER_H

#include "aggregate.h"
#include "arithmetic.h"
#include "calendar.h"
#include "comparison.h"
#include "division.h"
#include "fast_division.h"
#include "gather.h"
#include "move.h"
#include "search.h"

typedef void (*Kernel)(const Instruction *restrict step, const Tile *restrict tile);

static const Kernel kernels[OPCODES_COUNT] = {
#define OPCODE(NAME, operands, text) NAME,
#include "opcodes.def"
#undef OPCODE
};

/* Whether a place in the scratch memory may be the start of a register. */
static int is_register(int64_t offset, int64_t scratch_bytes) {
    return offset >= 0 && offset < scratch_bytes && offset % 16 == 0;
}

/* The first instruction that cannot be run in such a scratch memory, with so many columns; `count` if all can. */
static int64_t first_unfit(const Instruction *program, int64_t count, int64_t scratch_bytes, int64_t slots_count) {
    for (int64_t k = 0; k < count; k++) {
        const Instruction *step = program + k;
        const int32_t offsets[] = {step->d, step->a, step->b, step->c};
        int fits = step->op >= 0 && step->op < OPCODES_COUNT && step->slot >= -1 && step->slot < slots_count &&
                   step->second >= -1 && step->second < slots_count;
        for (int j = 0; j < 4; j++) fits &= offsets[j] == -1 || is_register(offsets[j], scratch_bytes);
        if (step->op == OP_GATHER_ROWS_I32)
            fits &= step->imm > 0 && step->imm % 4 == 0 && step->imm <= scratch_bytes && step->mode >= 0 &&
                    is_register(step->d + (step->imm - 1) * step->mode, scratch_bytes) && step->mode % 16 == 0;
        if (!fits) return k;
    }
    return count;
}

/* Runs the first `prologue` instructions once, and the others over the rows lo .. hi-1 in tiles of `tile` rows. The
   prologue fills registers that all tiles then share: it has FILL and SPREAD instructions alone. */
static void run_program(const Instruction *program, int64_t count, int64_t prologue, const uint64_t *slots,
                        uint8_t *scratch, int64_t lo, int64_t hi, int64_t tile_rows) {
    Tile tile = {scratch, slots, 0, tile_rows};
    for (int64_t k = 0; k < prologue; k++) kernels[program[k].op](program + k, &tile);
    for (int64_t first = lo; first < hi; first += tile_rows) {
        tile.first = first;
        tile.rows = LESSER(hi - first, tile_rows);
        for (int64_t k = prologue; k < count; k++) kernels[program[k].op](program + k, &tile);
    }
}

#endif
