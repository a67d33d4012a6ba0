"""Which file is which table, and every way in which a file can be unreadable."""

import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paycalc.core.errors import DataError
from paycalc.engine.inputs.files import read_file
from paycalc.engine.inputs.folder import read_folder
from paycalc.engine.inputs.input_table import TextColumn

WORKERS = pa.table({"worker": ["A", "B"], "sales": pa.array([1, None], pa.int64())})


def read(folder, entities=("worker", "store"), parameter_entities=("store", "plan")):
    return read_folder(folder, entities, parameter_entities, entities)


def stopped(folder) -> str:
    with pytest.raises(DataError) as caught:
        read(folder)
    return str(caught.value)


def csv_stopped(tmp_path, data: bytes) -> str:
    (tmp_path / "worker.csv").write_bytes(data)
    return stopped(tmp_path)


# ---------------------------------------------------------------- names


def test_tables_are_found_by_their_names(tmp_path):
    pq.write_table(WORKERS, tmp_path / "worker.parquet")
    with pa.OSFile(str(tmp_path / "store.arrow"), "wb") as file, pa.ipc.new_file(file, WORKERS.schema) as writer:
        writer.write(WORKERS)
    (tmp_path / "parameters.store.csv").write_text("store,rate\nS1,2%\nS2,\n", encoding="utf-8")
    (tmp_path / "parameters.plan.csv").write_text("minimum_wage\n10.00\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "bank_accounts.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / ".hidden").write_text("", encoding="utf-8")
    folder = read(tmp_path)
    assert list(folder.tables) == ["worker", "store", "parameters.store", "parameters.plan"]
    assert folder.ignored == ("bank_accounts.csv", "notes.txt")
    assert folder.tables["worker"].columns["sales"].to_pylist() == [1, None]
    assert folder.tables["parameters.store"].columns["rate"] == TextColumn(["2%", None])
    assert folder.tables["parameters.store"].row_count == 2
    assert [file.path for file in folder.files] == [
        str(tmp_path / name)
        for name in ("worker.parquet", "store.arrow", "parameters.store.csv", "parameters.plan.csv")
    ]


def test_a_table_that_nobody_needs_is_left_alone(tmp_path):
    (tmp_path / "worker.csv").write_text("worker\nA\n", encoding="utf-8")
    (tmp_path / "store.parquet").write_text("broken", encoding="utf-8")
    folder = read_folder(tmp_path, ("worker", "store"), (), ("worker",))
    assert (list(folder.tables), folder.ignored) == (["worker"], ("store.parquet",))


def test_a_file_is_known_by_its_size_and_hash(tmp_path):
    data = b"worker\nA\n"
    (tmp_path / "worker.csv").write_bytes(data)
    (file,) = read(tmp_path).files
    assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_an_arrow_stream_is_read_too(tmp_path):
    with pa.OSFile(str(tmp_path / "worker.arrow"), "wb") as file, pa.ipc.new_stream(file, WORKERS.schema) as writer:
        writer.write(WORKERS)
    assert read(tmp_path).tables["worker"].columns["worker"].to_pylist() == ["A", "B"]


@pytest.mark.parametrize("name", ["worker", "worker.parquet"])
def test_a_folder_of_parts_is_one_table_in_the_order_of_names(tmp_path, name):
    (tmp_path / name).mkdir()
    pq.write_table(WORKERS, tmp_path / name / "part-0.parquet")
    pq.write_table(WORKERS.slice(1), tmp_path / name / "part-1.parquet")
    (tmp_path / name / "_SUCCESS").write_text("", encoding="utf-8")
    table = read(tmp_path).tables["worker"]
    assert table.columns["worker"].to_pylist() == ["A", "B", "B"]
    assert (table.row_count, len(table.files)) == (3, 2)


def test_parts_may_be_csv(tmp_path):
    (tmp_path / "worker").mkdir()
    (tmp_path / "worker" / "1.csv").write_text("worker,sales\nA,1\n", encoding="utf-8")
    (tmp_path / "worker" / "2.csv").write_text("worker,sales\nB,2\n", encoding="utf-8")
    assert read(tmp_path).tables["worker"].columns["sales"] == TextColumn(["1", "2"])


def test_two_files_for_one_name(tmp_path):
    (tmp_path / "worker.csv").write_text("worker\nA\n", encoding="utf-8")
    pq.write_table(WORKERS, tmp_path / "worker.parquet")
    assert stopped(tmp_path) == (
        "error[duplicate-file]: `worker.csv` and `worker.parquet` are both `worker`\n"
        "table:    worker\n"
        "expected: one file or folder"
    )


NO_INPUT = "If it is no input, let its name begin with `_`"
OWN_FILES = (
    "parameters stand in files of their own: those of each store in `parameters.store.csv`, those of the plan in "
    "`parameters.plan.csv`."
)


def refused(folder, name: str, data: str = "worker\nA\n") -> DataError:
    (folder / "worker.csv").write_text("worker\nA\n", encoding="utf-8")
    (folder / name).write_text(data, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read(folder)
    return caught.value


def test_a_name_that_is_nearly_one_of_the_plan(tmp_path):
    assert str(refused(tmp_path, "workers.csv")) == (
        "error[unknown-file]: `workers.csv` is no table of this plan\n"
        "table:    workers\n"
        "expected: one of worker, store, parameters.store, parameters.plan\n"
        "help:     did you mean `worker.csv`? If it is no input, let its name begin with `_`"
    )


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("parameters.csv", OWN_FILES),
        ("Parameters.CSV", OWN_FILES),
        ("parameters", OWN_FILES),
        ("parameters.xlsx", OWN_FILES),
        ("parameters.zzz.csv", OWN_FILES),
        ("params.csv", OWN_FILES),
        ("Parameters.plan.csv", "did you mean `parameters.plan.csv`?"),
        ("parameters.plan.CSV", "did you mean `parameters.plan.csv`?"),
        ("parameters.Plan.parquet", "did you mean `parameters.plan.parquet`?"),
        ("parameters.plan.xlsx", "save it as `parameters.plan.csv`."),
        ("parameters.plan.txt", "save it as `parameters.plan.csv`."),
        ("parameters.plan", "save it as `parameters.plan.csv`."),
        ("parameters.plan.csv.gz", "save it as `parameters.plan.csv`."),
        ("parameters.plan.csv~", "save it as `parameters.plan.csv`."),
        ("parameters.plan (1).csv", "did you mean `parameters.plan.csv`?"),
        ("parameter.plan.csv", "did you mean `parameters.plan.csv`?"),
        ("parameters_plan.csv", "did you mean `parameters.plan.csv`?"),
        ("parameters-plan.csv", "did you mean `parameters.plan.csv`?"),
        ("paramters.plan.csv", "did you mean `parameters.plan.csv`?"),
        ("plan.parameters.csv", "did you mean `parameters.plan.csv`?"),
        ("plan.csv", "did you mean `parameters.plan.csv`?"),
        ("parameters.stores.csv", "did you mean `parameters.store.csv`?"),
        ("store_parameters.json", "save it as `parameters.store.csv`."),
    ],
)
def test_a_file_that_may_hold_parameters_is_never_passed_over(tmp_path, name, way_out):
    error = refused(tmp_path, name)
    assert (error.code, error.message) == ("unknown-file", f"`{name}` is no table of this plan")
    assert error.help == f"{way_out} {NO_INPUT}"


def test_a_folder_that_may_hold_parameters(tmp_path):
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "plan.csv").write_text("rate\n2%\n", encoding="utf-8")
    assert stopped(tmp_path).endswith(f"help:     {OWN_FILES} {NO_INPUT}")


def test_parameters_of_a_plan_that_has_none(tmp_path):
    (tmp_path / "parameters.plan.csv").write_text("rate\n2%\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_folder(tmp_path, ("worker",), (), ("worker",))
    assert (caught.value.code, caught.value.help) == ("unknown-file", f"the plan has none. {NO_INPUT}")


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("worker.CSV", "did you mean `worker.csv`?"),
        ("Worker.csv", "did you mean `worker.csv`?"),
        ("worker.xlsx", "save it as `worker.csv`."),
        ("worker.txt", "save it as `worker.csv`."),
        ("worker", "save it as `worker.csv`."),
        ("worker.csv.gz", "save it as `worker.csv`."),
    ],
)
def test_a_table_whose_ending_is_not_read(tmp_path, name, way_out):
    (tmp_path / name).write_text("worker\nA\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    assert (caught.value.code, caught.value.message) == (
        "missing-table",
        f"there is no table for `worker`, which the plan uses; `{name}` is there, but only .parquet, .csv and .arrow "
        "are read",
    )
    assert caught.value.help == f"{way_out} {NO_INPUT}"


def test_a_second_file_of_a_table_whose_ending_is_not_read(tmp_path):
    error = refused(tmp_path, "worker.xlsx")
    assert (error.code, error.help) == ("unknown-file", f"save it as `worker.csv`. {NO_INPUT}")


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "README.md", "visits.pay", "parameters.pay", "perimeter.csv", "bank_accounts.csv", "totals.xlsx",
     "_parameters.csv", ".parameters.csv", "~$worker.xlsx", "worker_notes_of_may.txt"],
)  # fmt: skip
def test_files_of_unrelated_names_are_left_alone(tmp_path, name):
    (tmp_path / "worker.csv").write_text("worker\nA\n", encoding="utf-8")
    (tmp_path / name).write_text("", encoding="utf-8")
    assert list(read(tmp_path).tables) == ["worker"]


def test_what_looks_like_a_table_that_nobody_needs_is_left_alone(tmp_path):
    (tmp_path / "worker.csv").write_text("worker\nA\n", encoding="utf-8")
    (tmp_path / "store.xlsx").write_text("", encoding="utf-8")
    (tmp_path / "stores.csv").write_text("", encoding="utf-8")
    folder = read_folder(tmp_path, ("worker", "store"), (), ("worker",))
    assert folder.ignored == ("store.xlsx", "stores.csv")


def test_names_of_files_compare_after_nfc(tmp_path):
    (tmp_path / "pra\u0308mie.csv").write_text("a\n1\n", encoding="utf-8")
    assert list(read_folder(tmp_path, ("pr\u00e4mie",), (), ("pr\u00e4mie",)).tables) == ["pr\u00e4mie"]


def test_a_folder_that_is_not_there(tmp_path):
    assert stopped(tmp_path / "none") == (
        f"error[unreadable-file]: `{tmp_path / 'none'}` cannot be read: No such file or directory"
    )


def test_parts_of_two_kinds(tmp_path):
    (tmp_path / "worker").mkdir()
    (tmp_path / "worker" / "1.csv").write_text("worker\nA\n", encoding="utf-8")
    pq.write_table(WORKERS, tmp_path / "worker" / "2.parquet")
    assert stopped(tmp_path) == (
        "error[unreadable-file]: `worker/` cannot be read: its parts are not all files of one kind\n"
        "table:    worker\n"
        "help:     one of .parquet, .csv, .arrow"
    )


def test_a_folder_without_parts(tmp_path):
    (tmp_path / "worker").mkdir()
    assert stopped(tmp_path) == (
        "error[unreadable-file]: `worker/` cannot be read: the folder holds no parts\ntable:    worker"
    )


def test_parts_of_two_shapes(tmp_path):
    (tmp_path / "worker").mkdir()
    pq.write_table(WORKERS, tmp_path / "worker" / "1.parquet")
    pq.write_table(WORKERS.select(["worker"]), tmp_path / "worker" / "2.parquet")
    assert stopped(tmp_path) == (
        "error[unreadable-file]: `worker/2.parquet` cannot be read: its columns are not those of `1.parquet`, in names "
        "or types\n"
        "table:    worker"
    )


# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize(
    "data",
    [
        b"worker,sales\nA,1\nB,\n",
        b"\xef\xbb\xbfworker,sales\nA,1\nB,\n",  # a byte order mark
        b"worker,sales\r\nA,1\r\nB,",
        b"worker,sales\n\nA,1\n\nB,\n\n",  # empty lines
        b'"worker","sales"\n"A","1"\n"B",""\n',
    ],
)
def test_a_csv_file_is_text_and_nulls(tmp_path, data):
    (tmp_path / "worker.csv").write_bytes(data)
    table = read_file(tmp_path / "worker.csv", "worker")
    assert dict(table.columns) == {"worker": TextColumn(["A", "B"]), "sales": TextColumn(["1", None])}
    assert table.row_count == 2


def test_a_csv_file_may_have_no_rows(tmp_path):
    (tmp_path / "worker.csv").write_bytes(b"worker,sales")
    assert read_file(tmp_path / "worker.csv", "worker").row_count == 0


def test_a_csv_cell_may_hold_commas_quotes_and_line_ends(tmp_path):
    (tmp_path / "worker.csv").write_bytes(b'worker\n"a,""b""\nc"\n')
    assert read_file(tmp_path / "worker.csv", "worker").columns["worker"] == TextColumn(['a,"b"\nc'])


def test_names_of_columns_compare_after_nfc(tmp_path):
    (tmp_path / "worker.csv").write_text("prime\u0301\n1\n", encoding="utf-8")
    assert list(read_file(tmp_path / "worker.csv", "worker").columns) == ["prim\u00e9"]


@pytest.mark.parametrize(
    ("data", "why", "where"),
    [
        (b"", "it is empty", "help:     write at least its header line"),
        (b"\n\n", "it has no header line", ""),
        (b"worker,sales\nA,1,2\n", "a row of 3 cells under a header of 2", "row:      line 2\n"
         "help:     a cell that holds a comma stands in quotes"),
        (b"worker,sales\nA,1\nB\n", "a row of 1 cell under a header of 2", "row:      line 3"),
        (b'worker,sales\nA,"1\nB,2\n', "a quote in this row is not closed", "row:      line 2"),
        (b'worker,sales\nA,"1\nB,2\nC,"3"\n', "a quote in this row is not closed", "row:      line 2"),
        (b'worker,sales\nZ,9\nA,"1\n' + b"B,2\n" * 50_000, "a quote in this row is not closed", "row:      line 3"),
        (b'worker,sales\nA,"1"x\nB,2\n', "',' expected after '\"'", "row:      line 2"),
        (b"worker,sales\nA,1\nB,\xff\n", "it is not UTF-8", "row:      line 3\nhelp:     save it as CSV in UTF-8"),
        ("worker,sales\nA,1\n".encode("utf-16"), "it is UTF-16", "help:     save it as CSV in UTF-8"),
        (b"worker,sales\nA,\0\n", "it holds a zero byte, so it is no text", "row:      line 2"),
        (b"worker;sales\nA;1\n", "its columns are parted by semicolons", "help:     part the columns by commas"),
        (b"worker\tsales\nA\t1\n", "its columns are parted by tabs", "help:     part the columns by commas"),
        (b"worker,\nA,1\n", "column 2 of its header has no name", ""),
        (b"worker, sales\nA,1\n", "its header has blanks around `sales`", ""),
    ],
)  # fmt: skip
def test_a_csv_file_that_cannot_be_read(tmp_path, data, why, where):
    lines = [f"error[unreadable-file]: `worker.csv` cannot be read: {why}", "table:    worker", *filter(None, [where])]
    assert csv_stopped(tmp_path, data) == "\n".join(lines)


@pytest.mark.parametrize("data", [b"a,b,a\n1,2,3\n", "é,b,e\u0301\n1,2,3\n".encode()])
def test_a_csv_file_with_a_column_twice(tmp_path, data):
    name = data.decode().split(",")[0]
    assert csv_stopped(tmp_path, data) == (
        f"error[duplicate-column]: `worker.csv` has two columns named `{name}`\n"
        "table:    worker\n"
        f"column:   {name}\n"
        "expected: each column once"
    )


# ---------------------------------------------------------------- Parquet and Arrow


def test_a_file_that_is_not_what_its_name_says(tmp_path):
    (tmp_path / "worker.parquet").write_bytes(b"worker,sales\nA,1\n")
    assert stopped(tmp_path) == (
        "error[unreadable-file]: `worker.parquet` cannot be read: it is not a Parquet file\n"
        "table:    worker\n"
        "help:     its name ends with .parquet"
    )


def test_an_arrow_file_that_is_none(tmp_path):
    (tmp_path / "worker.arrow").write_bytes(b"worker,sales\nA,1\n")
    assert stopped(tmp_path).startswith(
        "error[unreadable-file]: `worker.arrow` cannot be read: it is no Arrow file, or cut off or damaged: "
    )


def test_a_parquet_file_with_any_byte_range_cut_off(tmp_path):
    path = tmp_path / "worker.parquet"
    pq.write_table(WORKERS, path)
    data = path.read_bytes()
    for length in range(4, len(data)):
        path.write_bytes(data[:length])
        assert "error[unreadable-file]: `worker.parquet` cannot be read: it is cut off or damaged: " in stopped(
            tmp_path
        )


def test_a_parquet_page_whose_bytes_changed(tmp_path):
    path = tmp_path / "worker.parquet"
    table = pa.table({"worker": pa.array(range(1000), pa.int64())})
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
    data = bytearray(path.read_bytes())
    place = data.index((500).to_bytes(8, "little"))
    data[place] ^= 1
    path.write_bytes(data)
    assert "it is cut off or damaged" in stopped(tmp_path)


def test_a_parquet_file_with_a_column_twice(tmp_path):
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "worker.parquet")
    assert "error[duplicate-column]: `worker.parquet` has two columns named `a`" in stopped(tmp_path)


def test_an_arrow_file_with_a_column_name_that_is_no_text(tmp_path):
    sink = pa.BufferOutputStream()
    table = pa.table({"worker": ["A"], "zzzz": ["1"]})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    (tmp_path / "worker.arrow").write_bytes(sink.getvalue().to_pybytes().replace(b"zzzz", b"\xff\xfezz"))
    why = "its Arrow data is broken: the name of a column is not UTF-8"
    assert stopped(tmp_path).startswith(f"error[unreadable-file]: `worker.arrow` cannot be read: {why}")


def test_an_arrow_file_with_a_wild_dictionary_index(tmp_path):
    # 7 points beyond the dictionary: reading it would read foreign memory.
    indices = pa.array([0, 7], pa.int8())
    column = pa.DictionaryArray.from_arrays(indices, pa.array(["A"]), safe=False)
    table = pa.table({"worker": column})
    with pa.OSFile(str(tmp_path / "worker.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write(table)
    assert "error[unreadable-file]: `worker.arrow` cannot be read: its Arrow data is broken: " in stopped(tmp_path)


def test_a_column_may_say_its_scale(tmp_path):
    field = pa.field("sales", pa.int64(), metadata={"paycalc.scale": "2"})
    pq.write_table(pa.table([[1]], schema=pa.schema([field])), tmp_path / "worker.parquet")
    assert read(tmp_path).tables["worker"].scales == {"sales": "2"}
