"""Write the data of a made-up courier company: `python generate.py FOLDER --parcels 2000000`."""

import sys

from paycalc.cli.demo.couriers import main

sys.exit(main())
