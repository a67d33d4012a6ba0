/* The rules as one loop, for this plan alone: what a day of hand work gives, as a yardstick. Amounts are cents.
 *
 * Rounding x / d half up goes through doubles: for 0 <= x < 2^50 the error of (x + d/2 + 0.5) * (1/d) stays below 0.5/d,
 * so truncation gives the exact quotient. Parameters of a store lie in one row of int32, so that a worker touches one
 * cache line of them. */
#include <stdint.h>

enum { RATE, TARGET, ACCELERATOR, FLOOR_PAY, CAP, PRESENCE, FACTOR0, FACTOR1, FACTOR2, MINIMUM_WAGE, WIDTH = 16 };
enum { BLOCK = 256 };

static inline int64_t divide(int64_t number, double half, double inverse) {
  return (int64_t)(((double)number + half) * inverse);
}
#define DIVIDE(number, divisor) divide(number, (divisor) / 2 + 0.5, 1.0 / (divisor))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static void pay_block(const int32_t *restrict store, const int64_t *restrict sales, const int32_t *restrict hours,
                      const int8_t *restrict days, const int8_t *restrict grade, const int16_t *restrict kpi,
                      const int32_t *restrict parameters, int rows, int64_t *restrict commission,
                      int64_t *restrict incentive, int64_t *restrict attendance, int64_t *restrict top_up,
                      int64_t *restrict gross) {
  int32_t p[MINIMUM_WAGE + 1][BLOCK], factor[BLOCK], score[BLOCK], present[BLOCK];
  for (int i = 0; i < rows; i++) {
    const int32_t *row = parameters + (int64_t)store[i] * WIDTH;
    for (int k = RATE; k <= PRESENCE; k++) p[k][i] = row[k];
    p[MINIMUM_WAGE][i] = row[MINIMUM_WAGE];
    factor[i] = row[FACTOR0 + grade[i]];
  }
  for (int i = 0; i < rows; i++) {
    int32_t x = kpi[i];
    score[i] = 5000 + 3000 * (x >= 6000) + 2000 * (x >= 8000) + 1000 * (x >= 10000) + 1500 * (x >= 12000);
  }
  for (int i = 0; i < rows; i++) present[i] = -(int32_t)(days[i] >= 22);
  for (int i = 0; i < rows; i++) {
    int64_t target = p[TARGET][i], over = MAX(sales[i] - target, 0);
    int64_t base = DIVIDE(MIN(sales[i], target) * p[RATE][i] + over * p[ACCELERATOR][i], 10000);
    int64_t earned = DIVIDE(base * factor[i], 10000);
    int64_t scored = MAX(DIVIDE(earned * score[i], 10000), p[FLOOR_PAY][i]);
    int64_t paid = MIN(scored, p[CAP][i]), bonus = p[PRESENCE][i] & present[i];
    int64_t wage = DIVIDE((int64_t)hours[i] * p[MINIMUM_WAGE][i], 100), missing = MAX(wage - paid - bonus, 0);
    commission[i] = earned;
    incentive[i] = paid;
    attendance[i] = bonus;
    top_up[i] = missing;
    gross[i] = paid + bonus + missing;
  }
}

/* Rows from `first` up to, but not with, `last`. parameters: WIDTH numbers a store, in the order of the enumeration. */
void pay(const int32_t *store, const int64_t *sales, const int32_t *hours, const int8_t *days, const int8_t *grade,
         const int16_t *kpi, const int32_t *parameters, int64_t first, int64_t last, int64_t *commission,
         int64_t *incentive, int64_t *attendance, int64_t *top_up, int64_t *gross) {
  for (int64_t i = first; i < last; i += BLOCK)
    pay_block(store + i, sales + i, hours + i, days + i, grade + i, kpi + i, parameters, (int)MIN(BLOCK, last - i),
              commission + i, incentive + i, attendance + i, top_up + i, gross + i);
}
