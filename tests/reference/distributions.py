"""Writes distributions.txt: distribution functions by scipy 1.17.1, in the tails too.

    python3 tests/reference/distributions.py > tests/reference/distributions.txt

A line: function, number of arguments, arguments, value.

SPDX-License-Identifier: Apache-2.0
"""
from scipy import stats

CASES = {
    "normal_cdf": (stats.norm.cdf, [(z,) for z in (-37, -8, -1.96, -0.1, 0, 0.5, 3, 9)]),
    "normal_quantile": (stats.norm.ppf, [(p,) for p in (1e-300, 1e-9, 0.025, 0.5, 0.75, 0.999)]),
    "student_cdf": (stats.t.cdf, [(t, df) for t in (-40, -2, 0, 0.3, 5) for df in (1, 2.5, 149, 1e6)]),
    "student_quantile": (stats.t.ppf, [(p, df) for p in (1e-6, 0.025, 0.975) for df in (1, 9, 149, 178.8)]),
    "chi2_upper": (stats.chi2.sf, [(x, df) for x in (0, 0.1, 3, 75.1, 700) for df in (1, 2, 20, 999)]),
    "f_cdf": (stats.f.cdf, [(f, a, b) for f in (0, 0.5, 1, 4) for a, b in ((1, 1), (3, 596), (149, 149))]),
    "f_upper": (stats.f.sf, [(f, a, b) for f in (0, 0.5, 1, 119.2) for a, b in ((1, 1), (2, 147), (149, 149))]),
}
for name, (function, arguments) in CASES.items():
    for values in arguments:
        print(name, len(values), *(float(v).hex() for v in values), float(function(*values)).hex())
