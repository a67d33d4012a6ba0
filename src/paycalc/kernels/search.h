/* How many of a table's rising thresholds a number has reached: the step that it stands on. */
#ifndef PAYCALC_SEARCH_H
#define PAYCALC_SEARCH_H

#include "move.h"

/* Up to so many thresholds, comparing with each of them costs less than halving. */
#define COMPARED_MAX 32
/* Rows whose counts are kept while the thresholds pass by. */
#define COUNTED_ROWS 256

/* The same in a group of its own for each row, where the rows are not compared side by side. */
#define COMPARED_IN_GROUP_MAX 8

#define LANE_KERNELS "search_of_lane.h"
#include "in_each_lane.h"
#undef LANE_KERNELS

#endif
