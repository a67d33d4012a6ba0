"""The extension module of the kernels. Everything else stands in pyproject.toml.

PAYCALC_SANITIZE=1 builds it with the address and the undefined-behaviour sanitiser, in a folder of its own, so that the
two builds never meet; `make test-sanitized` uses that.
"""

import os
from glob import glob

from Cython.Build import cythonize
from setuptools import Extension, setup

# No reassociation or contraction: division through doubles is proven for each rounding. No threading of jumps: it takes
# sums of comparisons apart into branches, which then are no vector instructions. Sums wrap, see kernels/lanes.h.
COMPILE = ["-O3", "-ffp-contract=off", "-fno-thread-jumps", "-fwrapv"]
LINK: list[str] = []
BUILD = "build"

if os.environ.get("PAYCALC_SANITIZE") == "1":
    SANITIZERS = ["-fsanitize=address,undefined"]
    COMPILE = ["-O1", "-g", "-ffp-contract=off", "-fno-wrapv", "-fno-omit-frame-pointer", "-DPAYCALC_WITHOUT_CLONES"]
    COMPILE += [*SANITIZERS, "-fno-sanitize-recover=undefined"]
    LINK = SANITIZERS
    BUILD = "build/sanitized"

kernels = Extension(
    "paycalc._kernels",
    ["src/paycalc/_kernels.pyx"],
    include_dirs=["src/paycalc/kernels"],
    depends=sorted([*glob("src/paycalc/kernels/*.h"), "src/paycalc/kernels/opcodes.def"]),
    extra_compile_args=COMPILE,
    extra_link_args=LINK,
)

setup(
    options={"build": {"build_base": BUILD}},
    ext_modules=cythonize(
        [kernels],
        build_dir=f"{BUILD}/cython",
        quiet=True,
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "nonecheck": False,
            "cdivision": True,
            "embedsignature": True,
        },
    ),
)
