"""The loops over rows: running tile programs, and what is done to whole columns.

Everything here takes addresses of memory that the caller keeps alive, and checks only what costs nothing. No function
holds the GIL while it works, none allocates, and none keeps anything: any number of threads may be inside.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t


cdef extern from "interpreter.h" nogil:
    ctypedef struct Instruction:
        pass
    int OPCODES_COUNT
    const char *const *opcode_names
    const char *C_INSTRUCTION_FORMAT "INSTRUCTION_FORMAT"
    int64_t first_unfit(const Instruction *program, int64_t count, int64_t scratch_bytes, int64_t slots_count)
    void run_program(const Instruction *program, int64_t count, int64_t prologue, const uint64_t *slots,
                     uint8_t *scratch, int64_t lo, int64_t hi, int64_t tile_rows)


cdef extern from "whole_columns.h" nogil:
    ctypedef struct Words:
        int64_t high
        uint64_t low
    void extent_of(uint64_t address, int storage, int64_t count, Words *low, Words *high)
    int rises(uint64_t address, int storage, int64_t count)
    void sum_of(uint64_t address, int storage, int64_t count, Words *low, Words *high)
    void close_gaps(uint64_t address, int64_t width, int64_t count, const int64_t *removed, int64_t removed_count)
    void merge_into(int kind, uint64_t address, uint64_t other, int64_t count)
    void narrow_to_i64(uint64_t address, int64_t count, uint64_t out_address)
    void hashes_of(const int64_t *offsets, const uint8_t *bytes, int64_t count, uint64_t *out)


cdef extern from "order.h" nogil:
    int lie_in_order(const int32_t *groups, const int64_t *numbers, int64_t count)
    void c_rows_by_group "rows_by_group"(const int32_t *groups, int64_t count, int32_t *places, int64_t groups_count,
                                         int32_t *rows)
    int c_order_rows "order_rows"(const int32_t *places, int64_t first, int64_t last, const int64_t *numbers,
                                  int64_t *taken, int32_t *rows)
    void c_order_ties "order_ties"(const int32_t *places, int64_t first, int64_t last, const int64_t *numbers,
                                   const int64_t *ranks, int64_t *taken, int32_t *rows)


OPCODES = {opcode_names[k].decode("ascii"): k for k in range(OPCODES_COUNT)}
INSTRUCTION_FORMAT = C_INSTRUCTION_FORMAT.decode("ascii")
STORAGES = ("i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "i128")  # as enum Storage
MERGES = ("sum_i64", "sum_i128", "min_i64", "min_i128", "max_i64", "max_i128", "any", "all")  # as enum Merge
cdef dict _STORAGE_NUMBERS = {name: number for number, name in enumerate(STORAGES)}
cdef int _STORAGE_OF_ROWS = _STORAGE_NUMBERS["i64"]
cdef dict _MERGE_NUMBERS = {name: number for number, name in enumerate(MERGES)}


def run(
    const uint8_t[::1] program not None,
    const uint64_t[::1] slots not None,
    int64_t lo,
    int64_t hi,
    int64_t tile,
    uint8_t[::1] scratch not None,
    int64_t prologue=0,
):
    """Run a program over the rows lo .. hi-1.

    program   instructions packed as INSTRUCTION_FORMAT says
    slots     uint64 [n] the address of row 0 of each column
    tile      rows at a time, at least 1; each register of `scratch` has room for so many
    scratch   bytes of the running thread's registers, at an address that is a multiple of 64
    prologue  how many instructions at the start are run once (FILL and SPREAD), not for each tile

    Raises ValueError where an instruction names no operation, no such column, or a place outside `scratch`.
    """
    cdef int64_t count = program.shape[0] // sizeof(Instruction)
    cdef const Instruction *first
    cdef const uint64_t *addresses = NULL
    cdef uint8_t *registers = NULL
    cdef int64_t unfit
    if program.shape[0] % sizeof(Instruction):
        raise ValueError(f"a program of {program.shape[0]} bytes is no whole number of instructions")
    if tile < 1 or not 0 <= prologue <= count or not 0 <= lo <= hi:
        raise ValueError(f"nothing to run: tile {tile}, prologue {prologue} of {count}, rows {lo} to {hi}")
    if count == 0:
        return
    first = <const Instruction *>&program[0]
    if slots.shape[0]:
        addresses = &slots[0]
    if scratch.shape[0]:
        registers = &scratch[0]
    if <uint64_t>first % 8:
        raise ValueError("the program does not start at a multiple of 8")
    if <uint64_t>registers % 64:
        raise ValueError("the scratch memory does not start at a multiple of 64")
    unfit = first_unfit(first, count, scratch.shape[0], slots.shape[0])
    if unfit < count:
        raise ValueError(f"instruction {unfit} does not fit into {scratch.shape[0]} bytes and {slots.shape[0]} columns")
    with nogil:
        run_program(first, count, prologue, addresses, registers, lo, hi, tile)


def extent(uint64_t address, str storage not None, int64_t count):
    """The least and the greatest value of a column of at least one row."""
    cdef int number = _STORAGE_NUMBERS[storage]
    cdef Words low, high
    if count < 1:
        raise ValueError("a column without rows has no extent")
    with nogil:
        extent_of(address, number, count, &low, &high)
    return _whole(low), _whole(high)


def is_rising(uint64_t address, str storage not None, int64_t count):
    """Whether each value of a column is greater than the one before."""
    cdef int number = _STORAGE_NUMBERS[storage]
    cdef bint answer
    with nogil:
        answer = rises(address, number, count)
    return answer


def sum_column(uint64_t address, str storage not None, int64_t count):
    """The sum of a column, whatever its size."""
    cdef int number = _STORAGE_NUMBERS[storage]
    cdef Words low, high
    with nogil:
        sum_of(address, number, count, &low, &high)
    return _whole(low) + (_whole(high) << 64)


def remove_rows(uint64_t address, int64_t width, int64_t count, const int64_t[::1] removed not None):
    """Take rows out of a column of `count` rows of `width` bytes; those that stay move up, in place.

    removed  the rows, rising. Raises ValueError where they do not rise or do not lie in the column.
    """
    cdef int64_t removed_count = removed.shape[0]
    cdef bint is_order
    if removed_count == 0:
        return
    is_order = rises(<uint64_t>&removed[0], _STORAGE_OF_ROWS, removed_count)
    if not is_order or removed[0] < 0 or removed[removed_count - 1] >= count:
        raise ValueError(f"the rows to remove do not rise from 0 to {count - 1}")
    with nogil:
        close_gaps(address, width, count, &removed[0], removed_count)


def merge(str kind not None, uint64_t address, uint64_t other, int64_t count):
    """Merge another thread's accumulators into those at `address`; kind: one of MERGES."""
    cdef int number = _MERGE_NUMBERS[kind]
    with nogil:
        merge_into(number, address, other, count)


def narrow_i128(uint64_t address, int64_t count, uint64_t out_address):
    """Copy a column of int128, each within int64, to one of int64."""
    with nogil:
        narrow_to_i64(address, count, out_address)


def hash_texts(uint64_t offsets, uint64_t data, int64_t count, uint64_t out_address):
    """A number for each text of a column, uint64 at `out_address`: equal for equal texts.

    offsets  int64 [count + 1] where each text begins, and the last ends, in the bytes at `data`
    """
    with nogil:
        hashes_of(<const int64_t *>offsets, <const uint8_t *>data, count, <uint64_t *>out_address)


def is_ordered(uint64_t groups, uint64_t numbers, int64_t count):
    """Whether rows lie by group (int32; -1: alone) and their numbers (int64) rise in each."""
    cdef bint answer
    with nogil:
        answer = lie_in_order(<const int32_t *>groups, <const int64_t *>numbers, count)
    return answer


def rows_by_group(uint64_t groups, int64_t count, uint64_t places, int64_t groups_count, uint64_t rows):
    """Write the numbers of the rows (int32) by group, and where each group begins (int32 [groups + 1], now 0)."""
    with nogil:
        c_rows_by_group(<const int32_t *>groups, count, <int32_t *>places, groups_count, <int32_t *>rows)


def order_rows(uint64_t places, int64_t first, int64_t last, uint64_t numbers, uint64_t taken, uint64_t rows):
    """Order the rows of groups first .. last-1 by their numbers (int64), equal ones by row; whether some are equal.

    taken  int64, room for the largest group
    """
    cdef bint ties
    with nogil:
        ties = c_order_rows(<const int32_t *>places, first, last, <const int64_t *>numbers, <int64_t *>taken,
                            <int32_t *>rows)
    return ties


def order_ties(
    uint64_t places, int64_t first, int64_t last, uint64_t numbers, uint64_t ranks, uint64_t taken, uint64_t rows
):
    """Order the rows that order_rows found to be equal by their ranks (int64)."""
    with nogil:
        c_order_ties(<const int32_t *>places, first, last, <const int64_t *>numbers, <const int64_t *>ranks,
                     <int64_t *>taken, <int32_t *>rows)


cdef object _whole(Words words):
    return (<object>words.high << 64) + words.low
