"""The loops over rows, in C: headers by subject, compiled into the module `paycalc._kernels`."""
