"""`python -m paycalc`: the command."""

import sys

from paycalc.cli.main import main

sys.exit(main())
