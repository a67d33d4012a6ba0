"""Write the data of a made-up chain of stores: `python generate.py FOLDER --stores 200 --workers 5000`."""

import sys

from paycalc.cli.demo.chain import main

sys.exit(main())
