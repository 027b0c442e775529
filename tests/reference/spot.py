"""Writes spot.txt: fits of the generalised Pareto distribution by scipy, and thresholds of SPOT made of such fits.

The numbers come from a generator that spot_test.c repeats, so no data is stored. The second part is the algorithm of
Siffer et al. written down once more over scipy's fits (of right-censored data), with the choices that core/model/spot.c names.

    python3 tests/reference/spot.py > tests/reference/spot.txt

fit: true shape, numbers, seed, the value beyond which numbers are cut and only known to be greater, then shape, scale and mean log-likelihood.
spot: alpha, quantile, warm-up, window, scores, seed, growth of the scores; then a line for each tenth: the threshold,
and how many were above so far.

SPDX-License-Identifier: Apache-2.0
"""
import math

import numpy as np
from scipy.optimize import fmin
from scipy.stats import CensoredData, genpareto


def uniforms(n, seed):
    state, out = seed, []
    for _ in range(n):
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        out.append(((state >> 11) + 0.5) / 2**53)
    return out


def tail(shape, u):
    return -math.log1p(-u) if shape == 0 else math.expm1(-shape * math.log1p(-u)) / shape


def tight(function, start, args=(), disp=0):
    return fmin(function, start, args=args, disp=disp, xtol=1e-9, ftol=1e-13, maxiter=600, maxfun=1200)


def fit(values, beyond=None, starts=(-0.2, 0.2)):
    """The best of scipy's searches from two starts, which may stop at different places."""
    beyond = np.zeros(len(values), bool) if beyond is None else np.array(beyond)
    known, best = values[~beyond], None
    data = CensoredData(uncensored=known, right=values[beyond]) if beyond.any() else values
    for start in starts:
        shape, _, scale = genpareto.fit(data, start, floc=0, scale=np.mean(values), optimizer=tight)
        likelihood = (genpareto.logpdf(known, shape, 0, scale).sum()
                      + genpareto.logsf(values[beyond], shape, 0, scale).sum()) / len(known)
        if np.isfinite(likelihood) and shape >= -1 and (best is None or likelihood > best[2]):
            best = shape, scale, likelihood
    return best


def put(*numbers):
    print(*[n if isinstance(n, (str, int)) else float(n).hex() for n in numbers], flush=True)


def spot(scores, alpha, quantile, warmup, window):
    level = np.quantile(scores[:warmup], quantile)
    kept = [(s - level, False, warmup) for s in sorted(scores[:warmup]) if s > level][-window:]
    fresh, above = 0, 0

    def refit(start):
        """The same likelihood, without the checks that make scipy's fit slow."""
        values = np.array([e for e, _, _ in kept])
        known = ~np.array([b for _, b, _ in kept])

        def minus(at):
            shape, scale = at
            inside = 1 + shape * values / scale
            if scale <= 0 or shape < -1 or shape == 0 or inside.min() <= 0:
                return np.inf
            terms = np.log(inside) / shape
            return (terms.sum() + known.sum() * math.log(scale) + shape * terms[known].sum()) / known.sum()
        shape, scale = tight(minus, start)
        return shape, scale

    def threshold(seen):
        first = 0 if len(kept) < window else kept[0][2] - 1
        share = alpha * (seen - first) / len(kept)
        shape, scale = model
        return level + max(0.0, scale / shape * math.expm1(-shape * math.log(share)))
    model = refit((0.05, np.mean([e for e, _, _ in kept])))
    z = threshold(warmup)
    for i in range(warmup, len(scores)):
        judged = z
        above += scores[i] > z
        if scores[i] > level:
            kept = (kept + [(min(scores[i], z) - level, scores[i] > z, i + 1)])[-window:]
            fresh += 1
            if fresh * 50 >= len(kept):
                model, fresh = refit(model), 0
            z = threshold(i + 1)
        if (i + 1) % (len(scores) // 10) == 0:
            yield judged, int(above)


CASES = [(0.0, 300, 1), (0.3, 300, 2), (-0.2, 300, 3), (0.8, 200, 4), (-0.45, 400, 5), (0.1, 12, 6), (0.25, 3000, 7)]
for shape, n, seed in CASES:
    values = np.array([tail(shape, u) for u in uniforms(n, seed)])
    put("fit", shape, n, seed, math.inf, *fit(values))
for shape, n, seed, cut in ((0.2, 300, 8, 1.0), (-0.3, 300, 9, 0.8)):
    values = np.array([tail(shape, u) for u in uniforms(n, seed)])
    put("fit", shape, n, seed, cut, *fit(np.minimum(values, cut), values > cut))
for alpha, quantile, warmup, window, n, seed, growth in ((1e-3, 0.98, 2000, 10**5, 6000, 11, 0.0),
                                                         (2e-2, 0.9, 500, 45, 2000, 12, 0.0),
                                                         (1e-2, 0.95, 1000, 60, 3000, 13, 0.5)):
    values = [tail(0.1, u) * (1 + growth * i / n) for i, u in enumerate(uniforms(n, seed))]
    put("spot", alpha, quantile, warmup, window, n, seed, growth)
    lines = list(spot(values, alpha, quantile, warmup, window))
    for z, above in lines:
        put(z, above)
    put("end", 0)
