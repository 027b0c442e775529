"""The NIST reference sets of tests/data/nist, and exact arithmetic on their numbers as doubles hold them."""
import json
import math
from fractions import Fraction

from support.programs import SOURCE

FOLDER = SOURCE / "tests" / "data" / "nist"


def names(kind):
    return [one["name"] for one in json.loads((FOLDER / "index.json").read_text()) if one["kind"] == kind]


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def digits(got, want):
    """How many decimal digits of want are right in got, at most 17; of a want of 0 how far below 1 got is."""
    got, want = Fraction(got), Fraction(want)
    error = abs(got - want) if want == 0 else abs((got - want) / want)
    if error == 0:
        return 17.0
    return min(17.0, -(math.log10(error.numerator) - math.log10(error.denominator)))


def certified(value):
    """A certified number by its decimal digits: the JSON float's shortest text is NIST's."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def mean_and_variance(values):
    """Exact, of the population."""
    exact = [Fraction(v) for v in values]
    mean = sum(exact) / len(exact)
    return mean, sum((v - mean) ** 2 for v in exact) / len(exact)


def anova(groups):
    """Exact between and within sums of squares and F."""
    exact = [[Fraction(v) for v in group] for group in groups]
    count = sum(map(len, exact))
    grand = sum(map(sum, exact)) / count
    means = [sum(g) / len(g) for g in exact]
    between = sum(len(g) * (m - grand) ** 2 for g, m in zip(exact, means))
    within = sum((v - m) ** 2 for g, m in zip(exact, means) for v in g)
    return {"SSb": between, "SSw": within,
            "F": (between / (len(exact) - 1)) / (within / (count - len(exact)))}


def regression(name):
    """(columns, rows, target, set): powers of x are the doubles nearest to them, as a client would send them."""
    data = load(name)
    degree = data["poly_degree"]
    if not degree:
        return data["columns"], data["rows"], data["columns"][0], data
    columns = ["y"] + [f"x{k}" for k in range(1, degree + 1)]
    rows = [[y] + [float(Fraction(x) ** k) for k in range(1, degree + 1)] for y, x in data["rows"]]
    return columns, rows, "y", data
