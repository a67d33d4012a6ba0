"""What the command's exit code says. docs/command.md lists them."""

OK = 0
PLAN_FAULTS = 1
USAGE = 2
DATA_STOPPED = 3  # the run stopped at its data; nothing was written
EXAMPLES_FAILED = 4
NOT_FORMATTED = 5  # `fmt --check` would change a file
SOME_REJECTED = 6  # `run --strict`: results are written, but some payees are not paid, or there are none
INTERNAL_ERROR = 70
HUNG_UP = 129
INTERRUPTED = 130
OUTPUT_CLOSED = 141  # whoever read the output stopped reading
TERMINATED = 143
