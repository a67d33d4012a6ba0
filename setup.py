"""The place where extension modules are listed; there are none yet. Everything else stands in pyproject.toml."""

from setuptools import setup

setup(ext_modules=[])
