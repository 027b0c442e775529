"""Every number that the API's documentation fixes, over REST, to the digits that are printed there."""
import csv
from decimal import Decimal

import pytest
from scipy import stats

from support.programs import SOURCE

SPECIES = ["Iris_setosa", "Iris_versicolor", "Iris_virginica"]
MEASURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
# How often each of five dice showed 1 to 6.
DICE = {"d1": [182, 161, 156, 174, 178, 149], "d2": [145, 162, 180, 194, 141, 178],
        "d3": [175, 179, 149, 168, 174, 155], "d4": [158, 155, 179, 196, 166, 146],
        "d5": [169, 172, 164, 177, 156, 162]}


def is_printed(value, text):
    """Whether value, rounded as text is, is text. What is printed with 16 digits was computed in doubles: the standard
    deviation of sepal_length is .82530129178514087, printed as .8253012917851398."""
    printed = Decimal(text)
    half = Decimal(1).scaleb(printed.as_tuple().exponent) / 2
    return abs(Decimal(value) - printed) <= half + abs(printed) * Decimal("2e-15")


def test_printing_is_judged_by_the_last_digit():
    assert is_printed(0.68112, ".6811") and is_printed(-0.1093692, "-.1094") and is_printed(1.66969e-31, "1.6697e-31")
    assert not is_printed(0.6812, ".6811") and not is_printed(0.68117, ".6811")


def check(got, **want):
    for key, text in want.items():
        assert is_printed(got[key], text), f"{key} is {got[key]!r}, printed as {text}"


@pytest.fixture
def iris(client, project):
    with open(SOURCE / "tests/data/iris_uci.csv", encoding="utf-8", newline="") as file:
        names, *data = csv.reader(file)
    types = ["C"] * 4 + ["B"] * (len(names) - 4)
    for part in (data[:1], data[1:97], data[97:]):
        client.post(f"/projects/{project}/learn", {"attributeNames": names, "attributeTypes": types, "data": part})
    return project


@pytest.fixture
def ask(client, iris):
    def one(metric, inputs, targets=(), **extra):
        body = {"values": [{"inputAttributeNames": list(inputs), "targetAttributeNames": list(targets),
                            "extraParameters": extra}]}
        answer = client.post(f"/projects/{iris}/explore", body, metric=metric, returnProjectInfo="false")
        (only,) = answer["values"]["KSVDMap"]["values"]
        return only
    return one


@pytest.fixture
def job(client, iris):
    def values(what, inputs, **query):
        answer = client.call("POST", f"/projects/{iris}/{what}", {"values": [{"inputAttributes": inputs}]}, **query)
        assert answer.status == 202, answer.body
        done = client.wait_job(answer.headers["sym-job-id"])
        assert done.status == 200, done.body
        return done.json()["values"]
    return values


def test_uni(ask):
    check(ask("uni", ["sepal_length"]), mean="5.843333333333334", variance=".6811222222222223",
          stddev=".8253012917851398", stderr=".06738556829778", meanMarginErrorC95=".13315477094",
          skewness=".3180865144341", kurtosis="-.5520640413")
    check(ask("uni", ["sepal_length"], sml_explore_unbiased="true"), skewness=".3149109566")
    for name, variance, skewness in (("sepal_width", ".1868", ".3374"), ("petal_length", "3.0924", "-.2772"),
                                     ("petal_width", ".5785", "-.1061"), *((s, ".2222", ".7215") for s in SPECIES)):
        check(ask("uni", [name]), variance=variance, skewness=skewness)


def test_bi(ask):
    check(ask("bi", ["sepal_length", "petal_width"], need_bi_conditional="true"), covar=".5134577778",
          linCorr=".8179536334", condCount="179.8", condMean="6.2716907675", condVariance="30.9294038154")
    for other, r in zip(["sepal_width", "petal_length", *SPECIES], ("-.1094", ".8718", "-.7174", ".0794", ".6380")):
        check(ask("bi", ["sepal_length", other]), linCorr=r)


def test_two_samples(ask):
    pair = ["sepal_length", "petal_width"]
    check(ask("ztest", pair), z="50.68443204", zCi95Down="4.4651", zCi95Up="4.8243")
    check(ask("ztest", pair, sml_explore_unbiased="true"), z="50.51520141")
    check(ask("ttest", pair), t="50.51520141387", tdf="298", tdfu="296.03637571")


def test_anova(ask):
    check(ask("anova", MEASURES), SSb="1657.1835", SSw="680.8244", Dfb="3", Dfw="596", Dfgamma="599", MSb="552.3945",
          MSw="1.1423", F="483.5713")
    check(ask("anova", MEASURES[:1], SPECIES), SSb="63.2121333333", SSw="38.9562", F="119.2645021845", P="1.6697e-31")


def test_chi2(ask):
    got = ask("chi2", ["sepal_lengt_b1", "sepal_lengt_b2"], SPECIES)
    assert [got[key] for key in got if key.startswith("obs$")] == [50, 26, 7, 0, 24, 43]
    check(got, chiStat="75.1483546125", df="2", pval="4.8055e-17", coef=".5951913482")


def test_chi2_of_dice(client, project):
    throws = zip(*([str(face) for face, count in enumerate(counts, 1) for _ in range(count)]
                   for counts in DICE.values()))
    client.post(f"/projects/{project}/learn", {"attributeNames": list(DICE), "attributeTypes": ["T"] * 5,
                                               "data": [list(row) for row in throws]})
    for member in ("inputAttributes", "inputAttributeNames"):  # the documents name categories in either
        answer = client.post(f"/projects/{project}/explore", {"values": [{member: list(DICE)}]}, metric="chi2")
        (got,) = answer["values"]["KSVDMap"]["values"]
        assert {key: n for key, n in got.items() if key.startswith("obs$")} == \
            {f"obs${die}:{face}": n for die, counts in DICE.items() for face, n in enumerate(counts, 1)}
        check(got, chiStat="24.9147719499", df="20", coef=".0333799712")
        # Printed is .2047111865, which the printed statistic does not give.
        assert got["pval"] == pytest.approx(stats.chi2.sf(got["chiStat"], 20), rel=1e-12)


def test_gain(ask):
    for names, bits in ((("petal_width_b1", "petal_width_b2"), ".9182958341"),
                        (("petal_length_b1", "petal_length_b2"), ".6414396987"),
                        (("sepal_lengt_b1", "sepal_lengt_b2"), ".3818261182"),
                        (SPECIES[1:], ".2516291674"), (("sepal_width_b1", "sepal_width_b2"), ".2154283232")):
        for name in names:
            check(ask("gain", [name], SPECIES[:1]), gain=bits)


def test_jobs(job):
    first = [str(i) for i in range(12)]
    values = [float(text) for entry in job("exploresvd", first)["KSVSMap"]["values"] for text in entry]
    for got, text in zip(values, ("5.33513544", ".6184305", ".192320846", ".112068965", ".0723730681", ".048442343",
                                  ".0308366603", ".0217548418"), strict=False):
        assert is_printed(got, text)
    assert len(values) == 12 and max(values[8:]) < 1e-15
    (factors,) = job("vif", first)["KSVSMap"]["values"]
    pairs = [text for text in ("5000.95853", "5000.62007", "5001.48312", "5002.97532") for _ in range(2)]
    for i, text in zip(first, ["9.5480484", "3.7017021", "42.2231132", "16.9082631", *pairs], strict=True):
        assert is_printed(float(factors[i]), text)
    parts = job("explorepca", [str(i) for i in range(15)])
    values = [float(text) for text in parts["pcaValues"]["data"][0]]
    for got, text in zip(values, ("9.43012996", "2.97582619", "1.12947663", ".65566062", ".34345813", ".29114822",
                                  ".12071655", ".0376414", ".0159423"), strict=False):
        assert is_printed(got, text)
    assert len(values) == 15 and max(values[9:]) < 1e-14 and parts["pcaSumValues"] == 15


def test_density(client, iris):
    body = {"values": [{"inputAttributeNames": ["petal_length"], "extraParameters": {"hist_bins": "20"}}]}
    (got,) = client.post(f"/projects/{iris}/densityEstimate", body)["values"]["densityList"]["values"]
    assert got["histogram"] == [4, 33, 11, 2, 0, 0, 1, 2, 3, 5, 12, 14, 12, 17, 6, 12, 7, 4, 2, 3]
    assert (got["min"], got["max"]) == (1, 6.9) and is_printed(got["width"], ".295")
