/* Searching in one lane: included by in_each_lane.h. With `over` a threshold is reached only above it, not at it. */

PART int LANED(reaches)(T value, T threshold, int over) { return over ? threshold < value : threshold <= value; }

/* How many of the `count` thresholds the value has reached, by halving, without branches: the answer is found after
   the same number of steps for each value. Before each step it lies between from - thresholds and from - thresholds +
   count. */
PART int32_t LANED(reached)(const T *thresholds, int64_t count, T value, int over) {
    const T *from = thresholds;
    while (count > 1) {
        const int64_t half = count / 2;
        from += half & -(int64_t)LANED(reaches)(value, from[half - 1], over);
        count -= half;
    }
    return (int32_t)(from - thresholds) + (count == 1 && LANED(reaches)(value, *from, over));
}

/* Few thresholds: each in turn is compared with many rows. */
PART void LANED(count_by_comparing)(const T *thresholds, int64_t count, const T *a, T *counts, int64_t rows, int over) {
    for (int64_t i = 0; i < rows; i++) counts[i] = 0;
    int64_t k = 0;
    for (; k + 4 <= count; k += 4) {
        const T t0 = thresholds[k], t1 = thresholds[k + 1], t2 = thresholds[k + 2], t3 = thresholds[k + 3];
        INDEPENDENT for (int64_t i = 0; i < rows; i++) {
            const T value = a[i];
            counts[i] += (T)LANED(reaches)(value, t0, over) + (T)LANED(reaches)(value, t1, over) +
                         (T)LANED(reaches)(value, t2, over) + (T)LANED(reaches)(value, t3, over);
        }
    }
    for (; k < count; k++) {
        const T t0 = thresholds[k];
        INDEPENDENT for (int64_t i = 0; i < rows; i++) counts[i] += (T)LANED(reaches)(a[i], t0, over);
    }
}

/* Many thresholds: all rows are halved side by side, as `reached` does for one. */
PART void LANED(count_by_halving)(const T *thresholds, int64_t count, const T *a, T *counts, int64_t rows, int over) {
    for (int64_t i = 0; i < rows; i++) counts[i] = 0;
    for (int64_t left = count; left > 0; left -= GREATER(left / 2, 1)) {
        const int64_t half = GREATER(left / 2, 1);
        INDEPENDENT for (int64_t i = 0; i < rows; i++)
            counts[i] += (T)half & -(T)LANED(reaches)(a[i], thresholds[(int64_t)counts[i] + half - 1], over);
    }
}

/* The counts stand in a place of their own, since d may be a. */
PART void LANED(search)(const Instruction *restrict step, const Tile *restrict tile, int over) {
    const T *thresholds = COLUMN(const T);
    const int64_t count = step->second < 0 ? step->imm : SECOND(const int32_t)[0];
    for (int64_t start = 0; start < tile->rows; start += COUNTED_ROWS) {
        const int64_t rows = LESSER(tile->rows - start, COUNTED_ROWS);
        const T *a = REGISTER(const T, a) + start;
        int32_t *d = REGISTER(int32_t, d) + start;
        T counts[COUNTED_ROWS];
        if (count <= COMPARED_MAX)
            LANED(count_by_comparing)(thresholds, count, a, counts, rows, over);
        else
            LANED(count_by_halving)(thresholds, count, a, counts, rows, over);
        INDEPENDENT for (int64_t i = 0; i < rows; i++) d[i] = (int32_t)counts[i];
    }
}

/* Values at steps: `value` below the first threshold, and what is added at each. The sum of some steps from the first
   on is a value of the table, and the lane holds all differences of its values. */
PART void LANED(add_steps)(const Instruction *restrict step, const Tile *restrict tile, int over) {
    const T *thresholds = COLUMN(const T), *steps = SECOND(const T);
    const int64_t count = step->imm;
    for (int64_t start = 0; start < tile->rows; start += COUNTED_ROWS) {
        const int64_t rows = LESSER(tile->rows - start, COUNTED_ROWS);
        const T *a = REGISTER(const T, a) + start;
        T *d = REGISTER(T, d) + start;
        T values[COUNTED_ROWS];
        for (int64_t i = 0; i < rows; i++) values[i] = steps[0];
        int64_t k = 0;
        for (; k + 4 <= count; k += 4) {
            const T t0 = thresholds[k], t1 = thresholds[k + 1], t2 = thresholds[k + 2], t3 = thresholds[k + 3];
            const T s0 = steps[k + 1], s1 = steps[k + 2], s2 = steps[k + 3], s3 = steps[k + 4];
            INDEPENDENT for (int64_t i = 0; i < rows; i++) {
                const T it = a[i];
                values[i] = (((values[i] + (s0 & -(T)LANED(reaches)(it, t0, over))) +
                              (s1 & -(T)LANED(reaches)(it, t1, over))) +
                             (s2 & -(T)LANED(reaches)(it, t2, over))) +
                            (s3 & -(T)LANED(reaches)(it, t3, over));
            }
        }
        for (; k < count; k++) {
            const T t0 = thresholds[k], s0 = steps[k + 1];
            INDEPENDENT for (int64_t i = 0; i < rows; i++) values[i] += s0 & -(T)LANED(reaches)(a[i], t0, over);
        }
        memcpy(d, values, (size_t)rows * sizeof(T));
    }
}

LANE_KERNEL(LANED(BANDS)) {
    if (step->mode)
        LANED(add_steps)(step, tile, 1);
    else
        LANED(add_steps)(step, tile, 0);
}

LANE_KERNEL(LANED(SEARCH)) {
    if (step->mode)
        LANED(search)(step, tile, 1);
    else
        LANED(search)(step, tile, 0);
}

PLAIN_KERNEL(LANED(SEARCH_IN)) {
    const T *thresholds = COLUMN(const T);
    const int32_t *offsets = SECOND(const int32_t);
    const T *a = REGISTER(const T, a);
    const int32_t *b = REGISTER(const int32_t, b);
    int32_t *d = REGISTER(int32_t, d);
    const int64_t rows = tile->rows;
    const int over = step->mode;
    for (int64_t i = 0; i < rows; i++) {
        const int64_t first = offsets[b[i]], count = offsets[b[i] + 1] - first;
        d[i] = LANED(reached)(thresholds + first, count, a[i], over);
    }
}

/* The groups lie as engine/machine/finders.py lays them out. */
PART void LANED(find)(const Instruction *restrict step, const Tile *restrict tile, int over) {
    const T *thresholds = COLUMN(const T);
    const int32_t *cells = SECOND(const int32_t), *first = cells + 2;
    const T *a = REGISTER(const T, a);
    const int32_t *b = REGISTER(const int32_t, b);
    int32_t *d = REGISTER(int32_t, d);
    const int64_t rows = tile->rows, width = cells[0];
    if (width < 0) {
        const int32_t *offsets = first + cells[1];
        for (int64_t i = 0; i < rows; i++) {
            const int64_t group = GREATER(b[i], 0), from = offsets[group], count = offsets[group + 1] - from;
            d[i] = first[group] + LANED(reached)(thresholds + from, count, a[i], over);
        }
    } else if (width == 1) {
        for (int64_t i = 0; i < rows; i++) {
            const int64_t group = GREATER(b[i], 0);
            d[i] = first[group] + LANED(reaches)(a[i], thresholds[group], over);
        }
    } else if (width <= COMPARED_IN_GROUP_MAX) {
        for (int64_t i = 0; i < rows; i++) {
            const int64_t group = GREATER(b[i], 0);
            const T value = a[i], *own = thresholds + width * group;
            int32_t count = first[group];
            for (int64_t k = 0; k < width; k++) count += LANED(reaches)(value, own[k], over);
            d[i] = count;
        }
    } else {
        for (int64_t i = 0; i < rows; i++) {
            const int64_t group = GREATER(b[i], 0);
            d[i] = first[group] + LANED(reached)(thresholds + width * group, width, a[i], over);
        }
    }
}

PLAIN_KERNEL(LANED(FIND)) {
    if (step->mode)
        LANED(find)(step, tile, 1);
    else
        LANED(find)(step, tile, 0);
}
