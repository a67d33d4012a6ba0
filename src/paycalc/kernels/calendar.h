/* Dates: days since 1970-01-01 and their parts; civil moments: microseconds since 1970-01-01T00:00 on some clock.

   Every 400 years the calendar repeats, after 146,097 days. Counted from 1 March of a year divisible by 400, a year
   ends with its leap day, if it has one, and the months March to January have 31, 30, 31, 30, 31 days over and over:
   month m of such a year (March is 0) starts at day (153 * m + 2) / 5. So the parts of a date are found by divisions
   by constants, of unsigned 32-bit numbers, which become products of vectors. Days from year 1 to 9999 are handled;
   those outside give some number. */
#ifndef PAYCALC_CALENDAR_H
#define PAYCALC_CALENDAR_H

#include "fast_division.h"

#define ERA_DAYS 146097u    /* of 400 years */
#define EPOCH_DAYS 719468u  /* from 0000-03-01 to 1970-01-01 */

typedef struct {
    int32_t year, month, day; /* month and day from 1 */
} Date;

PART Date date_of(int32_t days) {
    const uint32_t since = (uint32_t)days + EPOCH_DAYS, era = since / ERA_DAYS, in_era = since % ERA_DAYS;
    /* The last day of 4, of 100 and of 400 years belongs to the year before. */
    const uint32_t year = (in_era - in_era / 1460u + in_era / 36524u - in_era / 146096u) / 365u;
    const uint32_t in_year = in_era - (365u * year + year / 4u - year / 100u);
    const uint32_t from_march = (5u * in_year + 2u) / 153u;
    const uint32_t after_december = from_march >= 10u;
    Date date;
    date.year = (int32_t)(400u * era + year + after_december);
    date.month = (int32_t)(from_march + 3u - 12u * after_december);
    date.day = (int32_t)(in_year - (153u * from_march + 2u) / 5u + 1u);
    return date;
}

PART int32_t month_days(Date date) {
    const uint32_t year = (uint32_t)date.year, month = (uint32_t)date.month;
    const uint32_t leap = (year % 4u == 0u) & ((year % 100u != 0u) | (year % 400u == 0u));
    /* 31 days have 1, 3, 5, 7 and 8, 10, 12: the odd months, from August on the even ones. */
    const uint32_t usual = 30u + ((month ^ (month >> 3)) & 1u);
    return (int32_t)(month == 2u ? 28u + leap : usual);
}

PART int32_t months_between(int32_t a, int32_t b) {
    const Date first = date_of(LESSER(a, b)), second = date_of(GREATER(a, b));
    const int32_t last = month_days(second), met = LESSER(first.day, last);
    const int32_t months = (second.year - first.year) * 12 + second.month - first.month - (second.day < met);
    return b < a ? -months : months;
}

#define OF_DAY(name, value) \
    KERNEL(name) { \
        int32_t *d = REGISTER(int32_t, d); \
        const int32_t *a = REGISTER(const int32_t, a); \
        EACH_ROW d[i] = value; \
    }
#define OF_TWO_DAYS(name, value) \
    KERNEL(name) { \
        int32_t *d = REGISTER(int32_t, d); \
        const int32_t *a = REGISTER(const int32_t, a), *b = REGISTER(const int32_t, b); \
        EACH_ROW d[i] = value; \
    }
#define OF_CIVIL(name, value) \
    KERNEL(name) { \
        int32_t *d = REGISTER(int32_t, d); \
        const int64_t *a = REGISTER(const int64_t, a); \
        EACH_ROW d[i] = value; \
    }

OF_DAY(YEAR, date_of(a[i]).year)
OF_DAY(MONTH, date_of(a[i]).month)
OF_DAY(DAY, date_of(a[i]).day)
OF_DAY(DAYS_IN_MONTH, month_days(date_of(a[i])))
/* 1 March of year 0 was a Wednesday. */
OF_DAY(WEEKDAY, (int32_t)(((uint32_t)a[i] + EPOCH_DAYS + 2u) % 7u) + 1)
OF_TWO_DAYS(MONTHS_BETWEEN, months_between(a[i], b[i]))
OF_TWO_DAYS(YEARS_BETWEEN, months_between(a[i], b[i]) / 12)

/* How many whole days, hours or minutes lie before a civil moment. Each has 2^k * m microseconds with an odd m; a
   shift by k rounds down to whole 2^k microseconds, of which there are less than 2^50 up to year 9999, so that the
   rest goes through doubles. */
PART int64_t floor_of(int64_t x, int64_t by) {
    const FastDivisor divisor = {0.5, (double)(by - 1) + 0.5, 1.0 / (double)by};
    return fast_quotient(x, divisor);
}

PART int64_t days_before(int64_t civil) { return floor_of(civil >> 13, 10546875); }
PART int64_t hours_before(int64_t civil) { return floor_of(civil >> 10, 3515625); }
PART int64_t minutes_before(int64_t civil) { return floor_of(civil >> 8, 234375); }

OF_CIVIL(DATE_OF, (int32_t)days_before(a[i]))
OF_CIVIL(HOUR, (int32_t)(hours_before(a[i]) - 24 * days_before(a[i])))
OF_CIVIL(MINUTE, (int32_t)(minutes_before(a[i]) - 60 * hours_before(a[i])))

#endif
