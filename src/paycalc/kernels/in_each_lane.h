/* Includes the file that LANE_KERNELS names once for each lane. There T is the type of the lane's values, LANED(NAME)
   the name with the lane's ending, and CONSTANT the instruction's constant. No include guard: it is there to be
   repeated. */

#define LANE I32
#define T int32_t
#define CONSTANT ((int32_t)step->imm)
#define LANE_KERNEL KERNEL
#include LANE_KERNELS
#undef LANE
#undef T
#undef CONSTANT

#define LANE I64
#define T int64_t
#define CONSTANT (step->imm)
#include LANE_KERNELS
#undef LANE
#undef T
#undef CONSTANT
#undef LANE_KERNEL

/* Two words a value: no loop over them becomes vector instructions. */
#define LANE I128
#define T int128_t
#define CONSTANT wide_constant(step)
#define LANE_KERNEL PLAIN_KERNEL
#include LANE_KERNELS
#undef LANE
#undef T
#undef CONSTANT
#undef LANE_KERNEL
