"""Write the data of a made-up month of bulk freight: `python generate.py FOLDER --hauls 200000`."""

import sys

from paycalc.cli.demo.hauls import main

sys.exit(main())
