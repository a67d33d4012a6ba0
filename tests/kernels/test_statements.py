"""Going back from the last statement to one that holds, beside a twin in Python."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from paycalc._kernels import last_stating


def address(values):
    return values.__array_interface__["data"][0]


def twin(found, firsts, asked, cells, says, until):
    for each in range(len(found)):
        while found[each] >= firsts[each]:
            at = found[each]
            if (says is None or says[cells[at]]) and (until is None or until[at] > asked[each]):
                break
            found[each] -= 1
        else:
            found[each] = -1
    return found


@given(st.data())
def test_the_last_statement_that_says_something_and_has_not_ended(data):
    count = data.draw(st.integers(1, 20))
    cells = np.array(data.draw(st.permutations(range(count))), np.int64)
    says = data.draw(st.none() | st.lists(st.booleans(), min_size=count, max_size=count))
    until = data.draw(st.none() | st.lists(st.integers(0, 5), min_size=count, max_size=count))
    first_bit = data.draw(st.integers(0, 9))
    firsts = np.array(data.draw(st.lists(st.integers(0, count - 1), max_size=6)), np.int64)
    found = np.array([data.draw(st.integers(first - 1, count - 1)) for first in firsts.tolist()], np.int64)
    found[found < firsts] = -1
    asked = np.array([data.draw(st.integers(0, 5)) for _ in found], np.int64)
    wanted = twin(found.tolist(), firsts.tolist(), asked.tolist(), cells.tolist(), says, until)
    bits = np.packbits(np.array([False] * first_bit + (says or []), bool), bitorder="little")
    ends = np.array(until or [0], np.int64)
    last_stating(
        address(found), address(firsts), address(asked), len(found), address(cells),
        0 if says is None else address(bits), first_bit, 0 if until is None else address(ends),
    )  # fmt: skip
    assert found.tolist() == wanted
