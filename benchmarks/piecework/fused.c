/* The rules as one loop, for this plan alone: what a day of hand work gives, as a yardstick. Amounts are cents.
 *
 * Parameters of a store lie in one row of int32, so that a parcel touches two cache lines of them; the rows of a block of
 * parcels are turned over into columns, and all that follows is one vector loop in int32. The sum and count of a courier
 * lie side by side and are fetched ahead. */
#include <stdint.h>

enum {
  BASE, VOLUME_DIVISOR, WEIGHT_FACTOR, DISTANCE_FACTOR, BUILDING_FACTOR, PER_KILOGRAM, PER_FLOOR, CARRYING, FREE_FLOORS,
  NIGHT, PEAK_FACTOR, FRAGILE_SHARE, COD_FEE, GRACE, LATE_PENALTY, LATE_CAP, FAST_FACTOR, USUAL_FACTOR, SLOW_FACTOR,
  LEAST, MOST, OVERSIZE, PARAMETERS, WIDTH = 24
};
enum { BLOCK = 256, AHEAD = 24 };

typedef int32_t Quad __attribute__((vector_size(16), aligned(4)));

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define WHERE(condition, value) ((value) & -(int32_t)(condition))
#define ROUND(number) ((int32_t)(((uint32_t)(number) + 5000u) / 10000u))
#define STARTED(number, unit) ((int32_t)(((uint32_t)(number) + (unit) - 1u) / (unit)))

/* Four rows and four numbers at a time are a square, which is turned over. */
static void transpose(const int32_t *restrict store, const int32_t *restrict parameters, int rows,
                      int32_t p[WIDTH][BLOCK]) {
  for (int i = 0; i < rows; i += 4) {
    const int32_t *row[4];
    for (int k = 0; k < 4; k++) row[k] = parameters + (int64_t)store[MIN(i + k, rows - 1)] * WIDTH;
    for (int k = 0; k < WIDTH; k += 4) {
      Quad a = *(const Quad *)(row[0] + k), b = *(const Quad *)(row[1] + k);
      Quad c = *(const Quad *)(row[2] + k), d = *(const Quad *)(row[3] + k);
      Quad ab = __builtin_shuffle(a, b, (Quad){0, 4, 1, 5}), ab_high = __builtin_shuffle(a, b, (Quad){2, 6, 3, 7});
      Quad cd = __builtin_shuffle(c, d, (Quad){0, 4, 1, 5}), cd_high = __builtin_shuffle(c, d, (Quad){2, 6, 3, 7});
      *(Quad *)(p[k] + i) = __builtin_shuffle(ab, cd, (Quad){0, 1, 4, 5});
      *(Quad *)(p[k + 1] + i) = __builtin_shuffle(ab, cd, (Quad){2, 3, 6, 7});
      *(Quad *)(p[k + 2] + i) = __builtin_shuffle(ab_high, cd_high, (Quad){0, 1, 4, 5});
      *(Quad *)(p[k + 3] + i) = __builtin_shuffle(ab_high, cd_high, (Quad){2, 3, 6, 7});
    }
  }
}

#define WIDENED(name, type) \
  int32_t name[BLOCK]; \
  for (int i = 0; i < rows; i++) name[i] = ((const type *)name##_)[i];

typedef struct {
  const int32_t *store, *courier, *weight;
  const int16_t *length, *width, *height;
  const int32_t *distance;
  const int8_t *building, *floor;
  const uint8_t *elevator, *fits;
  const int8_t *lead, *hour;
  const uint8_t *fragile, *cod;
  const int16_t *late;
} Parcels;

static void price_block(const Parcels *parcel, const int32_t *parameters, int64_t at, int rows, int32_t *restrict price) {
  int32_t p[WIDTH][BLOCK] __attribute__((aligned(64)));
  transpose(parcel->store + at, parameters, rows, p);
  const int32_t *restrict weight = parcel->weight + at, *restrict distance = parcel->distance + at;
#define COLUMN(name) const void *name##_ = parcel->name + at;
  COLUMN(length) COLUMN(width) COLUMN(height) COLUMN(building) COLUMN(floor) COLUMN(elevator) COLUMN(fits) COLUMN(lead)
  COLUMN(hour) COLUMN(fragile) COLUMN(cod) COLUMN(late)
  WIDENED(length, int16_t) WIDENED(width, int16_t) WIDENED(height, int16_t) WIDENED(building, int8_t)
  WIDENED(floor, int8_t) WIDENED(elevator, uint8_t) WIDENED(fits, uint8_t) WIDENED(lead, int8_t) WIDENED(hour, int8_t)
  WIDENED(fragile, uint8_t) WIDENED(cod, uint8_t) WIDENED(late, int16_t)
  int32_t volumetric[BLOCK];
  for (int i = 0; i < rows; i++) {
    int32_t volume = length[i] * width[i] * height[i] * 1000, divisor = p[VOLUME_DIVISOR][i];
    volumetric[i] = (int32_t)(((double)volume + (divisor >> 1)) / (double)divisor);  /* exact: far below 2^53 */
  }
  for (int i = 0; i < rows; i++) {
    int32_t billed = MAX(weight[i], volumetric[i]), far = distance[i], kind = building[i], lift = elevator[i];
    int32_t fee = 50 * (billed > 1000) + 70 * (billed > 3000) + 80 * (billed > 5000) + 180 * (billed > 10000) +
                  320 * (billed > 20000) + STARTED(MAX(billed - 20000, 0), 1000u) * p[PER_KILOGRAM][i];
    int32_t way = 40 * (far > 1000) + 70 * (far > 3000) + 70 * (far > 5000) + 140 * (far > 10000) + 240 * (far > 20000) +
                  STARTED(MAX(far - 20000, 0), 1000u) * 15;
    int32_t house = 30 * (kind == 1) + 50 * (kind == 2) + 80 * (kind == 3) + 20 * (kind == 4) +
                    WHERE(lift, 30 * (kind == 1) + 60 * (kind == 2) + 70 * (kind == 3) + 20 * (kind == 4));
    int32_t each = WHERE(lift & (fits[i] ^ 1), p[CARRYING][i]) + WHERE(lift ^ 1, p[PER_FLOOR][i]);
    int32_t large = (length[i] > 120) | (length[i] + width[i] + height[i] > 250);
    int32_t plain = p[BASE][i] + ROUND(fee * p[WEIGHT_FACTOR][i]) + ROUND(way * p[DISTANCE_FACTOR][i]) +
                    ROUND(house * p[BUILDING_FACTOR][i]) + MAX(floor[i] - p[FREE_FLOORS][i], 0) * each +
                    WHERE(large, p[OVERSIZE][i]);
    int32_t handled = plain + WHERE(fragile[i], ROUND(plain * p[FRAGILE_SHARE][i]));
    int32_t factor = WHERE(lead[i] <= 1, p[FAST_FACTOR][i]) + WHERE((lead[i] > 1) & (lead[i] <= 3), p[USUAL_FACTOR][i]) +
                     WHERE(lead[i] > 3, p[SLOW_FACTOR][i]);
    int32_t timely = ROUND(handled * factor);
    int32_t peak = 10000 + WHERE((hour[i] >= 17) & (hour[i] <= 20), p[PEAK_FACTOR][i] - 10000);
    int32_t extras = WHERE((hour[i] >= 22) | (hour[i] < 6), p[NIGHT][i]) + WHERE(cod[i], p[COD_FEE][i]);
    int32_t penalty = MIN(STARTED(MAX(late[i] - p[GRACE][i], 0), 10u) * p[LATE_PENALTY][i], p[LATE_CAP][i]);
    price[i] = MIN(MAX(ROUND(timely * peak) + extras - penalty, p[LEAST][i]), p[MOST][i]);
  }
}

/* Parcels from `first` up to, but not with, `last`. sums: of each courier the sum of prices and the count. */
void price_parcels(const int32_t *store, const int32_t *courier, const int32_t *weight, const int16_t *length,
                   const int16_t *width, const int16_t *height, const int32_t *distance, const int8_t *building,
                   const int8_t *floor, const uint8_t *elevator, const uint8_t *fits, const int8_t *lead,
                   const int8_t *hour, const uint8_t *fragile, const uint8_t *cod, const int16_t *late,
                   const int32_t *parameters, int64_t first, int64_t last, int64_t *sums) {
  const Parcels parcel = {store, courier, weight, length, width, height, distance, building,
                          floor, elevator, fits, lead, hour, fragile, cod, late};
  int32_t price[BLOCK];
  for (int64_t at = first; at < last; at += BLOCK) {
    int rows = (int)MIN(BLOCK, last - at);
    price_block(&parcel, parameters, at, rows, price);
    for (int i = 0; i < rows; i++) {
      if (at + i + AHEAD < last) __builtin_prefetch(sums + 2 * (int64_t)courier[at + i + AHEAD], 1);
      int64_t *own = sums + 2 * (int64_t)courier[at + i];
      own[0] += price[i];
      own[1]++;
    }
  }
}

/* Couriers from `first` up to, but not with, `last`; sums of each thread, one after the other. */
void pay(const int64_t *sums, int64_t threads, int64_t couriers, int64_t first, int64_t last, int64_t *restrict parcels,
         int64_t *restrict piecework, int64_t *restrict volume, int64_t *restrict gross) {
  for (int64_t i = first; i < last; i++) {
    int64_t sum = 0, count = 0;
    for (int64_t thread = 0; thread < threads; thread++) {
      sum += sums[2 * (thread * couriers + i)];
      count += sums[2 * (thread * couriers + i) + 1];
    }
    int64_t many = MIN(MAX(count - 20, 0), 20) * 5 + MIN(MAX(count - 40, 0), 20) * 12 + MAX(count - 60, 0) * 20;
    parcels[i] = count;
    piecework[i] = sum;
    volume[i] = many;
    gross[i] = sum + many;
  }
}
