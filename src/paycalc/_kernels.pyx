"""The loops over rows: running tile programs, and what is done to whole columns.

Everything here takes addresses of memory that the caller keeps alive, and checks only what costs nothing. No function
holds the GIL while it works, none allocates, and none keeps anything: any number of threads may be inside.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t


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
    int64_t c_count_outside "count_outside"(uint64_t address, int storage, int64_t count, int64_t low, int64_t high)
    void c_list_outside "list_outside"(uint64_t address, int storage, int64_t count, int64_t low, int64_t high,
                                       int64_t *rows)
    void sum_of(uint64_t address, int storage, int64_t count, Words *low, Words *high)
    void close_gaps(uint64_t address, int64_t width, int64_t count, const int64_t *removed, int64_t removed_count)
    void merge_into(int kind, uint64_t address, uint64_t other, int64_t count)
    void narrow_to_i64(uint64_t address, int64_t count, uint64_t out_address)


cdef extern from "running.h" nogil:
    void run_totals_along(int kind, uint64_t rows, uint64_t groups, uint64_t added, uint64_t totals, int64_t low,
                          int64_t high)
    int64_t group_end(uint64_t rows, uint64_t groups, int64_t place, int64_t count)


cdef extern from "keys.h" nogil:
    ctypedef struct Texts:
        int kind
        const uint8_t *places
        const uint8_t *const *bytes
        const uint8_t *valid
        int64_t valid_from
    ctypedef struct NumberPlace:
        pass
    ctypedef struct TextPlace:
        pass
    int64_t c_enter_directly "enter_directly"(uint64_t keys, int storage, const uint8_t *states, int64_t count,
                                              uint64_t low, int32_t *rows)
    int64_t c_find_directly "find_directly"(uint64_t keys, int storage, int64_t count, uint64_t apart, uint64_t low,
                                            uint64_t length, const int32_t *rows, int32_t *out)
    int64_t c_enter_by_hash "enter_by_hash"(uint64_t keys, int storage, const uint8_t *states, int64_t count,
                                            NumberPlace *places, int bits, uint64_t secret)
    int64_t c_find_by_hash "find_by_hash"(uint64_t keys, int storage, int64_t count, uint64_t apart,
                                          const NumberPlace *places, int bits, uint64_t secret, int32_t *out)
    void c_count_rows "count_rows"(uint64_t rows, int storage, int64_t count, int64_t base, uint32_t *counts)
    int64_t c_find_texts "find_texts"(const Texts *texts, int64_t count, const Texts *own, const TextPlace *places,
                                      int bits, uint64_t secret, int32_t *out)
    void c_enter_texts "enter_texts"(const Texts *own, int64_t count, TextPlace *places, int bits, uint64_t secret,
                                     int64_t *again, int64_t *without)
    int texts_are_rising(const Texts *texts, int64_t count)


cdef extern from "order.h" nogil:
    int lie_in_order(const int32_t *groups, const int64_t *numbers, int64_t count)
    void c_rows_by_group "rows_by_group"(const int32_t *groups, int64_t count, int32_t *places, int64_t groups_count,
                                         int32_t *rows)
    int c_order_rows "order_rows"(const int32_t *places, int64_t first, int64_t last, const int64_t *numbers,
                                  int64_t *taken, int32_t *rows)
    void c_order_ties "order_ties"(const int32_t *places, int64_t first, int64_t last, const int64_t *numbers,
                                   const int64_t *ranks, int64_t *taken, int32_t *rows)


cdef extern from "statements.h" nogil:
    void c_last_stating "last_stating"(int64_t *found, const int64_t *firsts, const int64_t *asked, int64_t n,
                                       const int64_t *cells, const uint8_t *says, int64_t first_bit,
                                       const int64_t *until)


OPCODES = {opcode_names[k].decode("ascii"): k for k in range(OPCODES_COUNT)}
INSTRUCTION_FORMAT = C_INSTRUCTION_FORMAT.decode("ascii")
STORAGES = ("i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "i128")  # as enum Storage
MERGES = ("sum_i64", "sum_i128", "min_i64", "min_i128", "max_i64", "max_i128", "any", "all")  # as enum Merge
cdef dict _STORAGE_NUMBERS = {name: number for number, name in enumerate(STORAGES)}
cdef int _STORAGE_OF_ROWS = _STORAGE_NUMBERS["i64"]
cdef dict _RUNNING_NUMBERS = {"flags": 0, "i64": 1, "i128": 2}  # as enum RunningKind
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


def count_outside(uint64_t address, str storage not None, int64_t count, int64_t low, int64_t high):
    """How many values of a column of at most 64 bits do not lie in low .. high, which are values of its type."""
    cdef int number = _STORAGE_NUMBERS[storage]
    cdef int64_t found
    with nogil:
        found = c_count_outside(address, number, count, low, high)
    return found


def list_outside(uint64_t address, str storage not None, int64_t count, int64_t low, int64_t high, uint64_t rows):
    """Write their rows, int64, rising; there is room for as many as count_outside has found."""
    cdef int number = _STORAGE_NUMBERS[storage]
    with nogil:
        c_list_outside(address, number, count, low, high, <int64_t *>rows)


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


def enter_directly(uint64_t keys, str storage not None, uint64_t states, int64_t count, uint64_t low, uint64_t rows):
    """Enter the whole numbers of rows into a table by number; how many of the rows have one that an earlier row has.

    states  uint8 [count], rows whose state is not 0 have no key; 0: all have one
    rows    int32, one for each number from `low` on; now -1
    """
    cdef int number = _STORAGE_NUMBERS[storage]
    cdef int64_t again
    with nogil:
        again = c_enter_directly(keys, number, <const uint8_t *>states, count, low, <int32_t *>rows)
    return again


def find_directly(
    uint64_t keys, str storage not None, int64_t count, bint alike, uint64_t low, uint64_t length, uint64_t rows,
    uint64_t out
):
    """Write the row of each whole number (int32; -1: none has it); how many have none.

    alike  the numbers in the table and in the column are both int64 or shorter, or both uint64
    rows   as enter_directly has filled it, of `length`; 0: the numbers from `low` on are those of row 0, of row 1, ...
    """
    cdef int number = _STORAGE_NUMBERS[storage]
    cdef int64_t nowhere
    with nogil:
        nowhere = c_find_directly(keys, number, count, _apart(alike), low, length, <const int32_t *>rows,
                                  <int32_t *>out)
    return nowhere


def enter_by_hash(
    uint64_t keys, str storage not None, uint64_t states, int64_t count, uint64_t places, int bits, uint64_t secret
):
    """As enter_directly; places: 2^bits of 16 bytes, more than there are keys, now all 255."""
    cdef int number = _STORAGE_NUMBERS[storage]
    cdef int64_t again
    with nogil:
        again = c_enter_by_hash(keys, number, <const uint8_t *>states, count, <NumberPlace *>places, bits, secret)
    return again


def find_by_hash(
    uint64_t keys, str storage not None, int64_t count, bint alike, uint64_t places, int bits, uint64_t secret,
    uint64_t out
):
    """As find_directly, in places that enter_by_hash has filled."""
    cdef int number = _STORAGE_NUMBERS[storage]
    cdef int64_t nowhere
    with nogil:
        nowhere = c_find_by_hash(keys, number, count, _apart(alike), <const NumberPlace *>places, bits, secret,
                                 <int32_t *>out)
    return nowhere


def count_rows(uint64_t rows, str storage not None, int64_t count, int64_t base, uint64_t counts):
    """Count the rows that lead to each row: the number, less `base`, adds 1 to its uint32; one below it does not."""
    cdef int number = _STORAGE_NUMBERS[storage]
    with nogil:
        c_count_rows(rows, number, count, base, <uint32_t *>counts)


def enter_texts(const uint64_t[::1] own not None, int64_t count, uint64_t places, int bits, uint64_t secret):
    """Enter the texts of rows into a table; how many have a text that an earlier row has, and how many have none.

    own     kind (0: offsets of 32 bits, 1: of 64, 2: views), address of the first row's place, of the addresses of the
            bytes, of the validity (0: all are valid), and the first row's bit in that
    places  2^bits of 8 bytes, more than there are texts, now all 255
    """
    cdef Texts texts = _texts(own)
    cdef int64_t again, without
    with nogil:
        c_enter_texts(&texts, count, <TextPlace *>places, bits, secret, &again, &without)
    return again, without


def find_texts(
    const uint64_t[::1] asked not None, int64_t count, const uint64_t[::1] own not None, uint64_t places, int bits,
    uint64_t secret, uint64_t out
):
    """Write the row of each text (int32; -1: none has it, -2: there is no text); how many have none."""
    cdef Texts texts = _texts(asked), entered = _texts(own)
    cdef int64_t nowhere
    with nogil:
        nowhere = c_find_texts(&texts, count, &entered, <const TextPlace *>places, bits, secret, <int32_t *>out)
    return nowhere


def are_texts_rising(const uint64_t[::1] own not None, int64_t count):
    """Whether each text comes after the one before, by its bytes, and none is empty or null."""
    cdef Texts texts = _texts(own)
    cdef bint answer
    with nogil:
        answer = texts_are_rising(&texts, count)
    return answer


cdef uint64_t _apart(bint alike) noexcept nogil:
    return 0 if alike else <uint64_t>1 << 63


cdef Texts _texts(const uint64_t[::1] told):
    cdef Texts texts
    if told.shape[0] != 5:
        raise ValueError(f"texts are told by 5 numbers, not {told.shape[0]}")
    texts.kind = <int>told[0]
    texts.places = <const uint8_t *>told[1]
    texts.bytes = <const uint8_t *const *>told[2]
    texts.valid = <const uint8_t *>told[3]
    texts.valid_from = <int64_t>told[4]
    return texts


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


def run_along(
    str kind not None, uint64_t rows, uint64_t groups, uint64_t added, uint64_t totals, int64_t low, int64_t high
):
    """Write the running total of each row: the sum of what the rows of its group add, up to it in an order.

    kind     of what they add: `flags`, `i64` or `i128`; totals are i64, of i128 i128
    rows     int32, the order: rows of one group follow each other
    groups   int32 of each row, -1: it is alone
    low, high  places in the order; both where a group begins, or at the end
    """
    cdef int number = _RUNNING_NUMBERS[kind]
    with nogil:
        run_totals_along(number, rows, groups, added, totals, low, high)


def end_of_group(uint64_t rows, uint64_t groups, int64_t place, int64_t count):
    """The first place from `place` on of an order of rows where a group begins, or its end."""
    cdef int64_t end
    with nogil:
        end = group_end(rows, groups, place, count)
    return end


cdef object _whole(Words words):
    return (<object>words.high << 64) + words.low


def last_stating(
    uint64_t found, uint64_t firsts, uint64_t asked, int64_t n, uint64_t cells, uint64_t says, int64_t first_bit,
    uint64_t until
):
    """Go back from each statement (`found`, int64) to one that says something and has not ended, or to -1.

    firsts, asked  int64: the first statement about the same row, and when
    cells, until   int64 of each statement: its cell, and when it ends (0: none does)
    says           bits, from `first_bit` on: whether a cell says something; 0: every one does
    """
    with nogil:
        c_last_stating(<int64_t *>found, <const int64_t *>firsts, <const int64_t *>asked, n, <const int64_t *>cells,
                       <const uint8_t *>says, first_bit, <const int64_t *>until)
