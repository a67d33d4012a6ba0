/* What a program is made of, as Python packs it, and what a kernel is told about its tile. */
#ifndef PAYCALC_INSTRUCTION_H
#define PAYCALC_INSTRUCTION_H

#include <stdint.h>

#define OPCODE3(NAME, operands, text) \
    OPCODE(NAME##_I32, operands, text) \
    OPCODE(NAME##_I64, operands, text) \
    OPCODE(NAME##_I128, operands, text)

enum {
#define OPCODE(NAME, operands, text) OP_##NAME,
#include "opcodes.def"
#undef OPCODE
    OPCODES_COUNT
};

/* Their names, in the same order. */
static const char *const opcode_names[OPCODES_COUNT] = {
#define OPCODE(NAME, operands, text) #NAME,
#include "opcodes.def"
#undef OPCODE
};

#define INSTRUCTION_FORMAT "<8i2q" /* of Python's struct */

typedef struct {
    int32_t op;
    int32_t d, a, b, c;   /* bytes from the start of the scratch memory; -1: no such operand */
    int32_t slot, second; /* places in the array of addresses; -1: none */
    int32_t mode;
    int64_t imm, imm_high;
} Instruction;

_Static_assert(sizeof(Instruction) == 48, "as INSTRUCTION_FORMAT packs it");

typedef struct {
    uint8_t *scratch;      /* the registers, of the running thread alone */
    const uint64_t *slots; /* the address of row 0 of each column */
    int64_t first;         /* the row of the columns that is row 0 of the tile */
    int64_t rows;
} Tile;

enum RoundingMode { HALF_UP, HALF_DOWN, HALF_EVEN, UP, DOWN, FLOOR, CEILING };

#endif
