/* distributions.cpp: the only place that sees Boost.Math.
 *
 * Boost reports a bad argument or an overflow by its policy; ours returns NaN, or infinity where that is the limit,
 * and never throws: callers are C. Evaluation is in long double: in double, incomplete beta and gamma functions of
 * many degrees of freedom lose up to five digits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/distributions.h"

#include <cmath>
#include <limits>

#include <boost/math/constants/constants.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

namespace
{

namespace bm = boost::math;

using quiet =
    bm::policies::policy<bm::policies::domain_error<bm::policies::ignore_error>,
                         bm::policies::pole_error<bm::policies::ignore_error>,
                         bm::policies::overflow_error<bm::policies::ignore_error>,
                         bm::policies::evaluation_error<bm::policies::ignore_error>,
                         bm::policies::rounding_error<bm::policies::ignore_error>,
                         bm::policies::indeterminate_result_error<bm::policies::ignore_error>,
                         bm::policies::promote_double<true>>;

const double nan_value = std::numeric_limits<double>::quiet_NaN();
const long double pi = bm::constants::pi<long double>();

/* NaN for arguments outside the domain, and for anything thrown in spite of the policy (a series that does not
 * converge). */
template <typename Function>
double guarded(bool inside, Function function)
{
    if (!inside)
        return nan_value;
    try {
        return function();
    } catch (...) {
        return nan_value;
    }
}

bool positive(double x)
{
    return x > 0 && std::isfinite(x);
}

/* Degrees of freedom from which F is taken for its limit, chi-squared over its own: Boost's continued fraction would
 * take a number of steps that grows with their root, and has no bound. More rows have never been counted. */
const double endless = 1e13;

/* Student's t with one degree of freedom is Cauchy's distribution, and F(1, 1) that of its square. Boost takes both for
 * an arcsine distribution near 1, where half of the digits of the distance from 1/2 are gone. */
double cauchy_cdf(double t)
{
    return static_cast<double>(std::atan2(1.0L, -static_cast<long double>(t)) / pi);
}

double squared_cauchy_cdf(double f)
{
    return static_cast<double>(2 * std::atan(std::sqrt(static_cast<long double>(f))) / pi);
}

double f_upper(double f, double df1, double df2)
{
    if (df1 == 1 && df2 == 1)
        return f > 0 ? squared_cauchy_cdf(1 / f) : 1;
    if (df2 > endless)
        return weir_chi2_upper(df1 * f, df1);
    if (df1 > endless)
        return weir_chi2_cdf(df2 / f, df2);
    return bm::cdf(bm::complement(bm::fisher_f_distribution<double, quiet>(df1, df2), f));
}

} // namespace

double weir_normal_cdf(double z)
{
    return guarded(!std::isnan(z),
                   [=] { return bm::cdf(bm::normal_distribution<double, quiet>(), z); });
}

double weir_normal_upper(double z)
{
    return weir_normal_cdf(-z);
}

double weir_normal_quantile(double p)
{
    return guarded(p >= 0 && p <= 1,
                   [=] { return bm::quantile(bm::normal_distribution<double, quiet>(), p); });
}

double weir_student_cdf(double t, double df)
{
    return guarded(!std::isnan(t) && positive(df), [=] {
        return df == 1 ? cauchy_cdf(t) : bm::cdf(bm::students_t_distribution<double, quiet>(df), t);
    });
}

double weir_student_upper(double t, double df)
{
    return weir_student_cdf(-t, df);
}

double weir_student_quantile(double p, double df)
{
    return guarded(p >= 0 && p <= 1 && positive(df),
                   [=] { return bm::quantile(bm::students_t_distribution<double, quiet>(df), p); });
}

double weir_chi2_cdf(double x, double df)
{
    return guarded(x >= 0 && positive(df),
                   [=] { return bm::cdf(bm::chi_squared_distribution<double, quiet>(df), x); });
}

double weir_chi2_upper(double x, double df)
{
    return guarded(x >= 0 && positive(df), [=] {
        return bm::cdf(bm::complement(bm::chi_squared_distribution<double, quiet>(df), x));
    });
}

double weir_f_cdf(double f, double df1, double df2)
{
    /* 1 / F has the same distribution with the degrees of freedom exchanged. */
    return guarded(f >= 0 && positive(df1) && positive(df2), [=] {
        if (df1 > endless || df2 > endless)
            return f > 0 ? f_upper(1 / f, df2, df1) : 0;
        if (df1 == 1 && df2 == 1)
            return squared_cauchy_cdf(f);
        return bm::cdf(bm::fisher_f_distribution<double, quiet>(df1, df2), f);
    });
}

double weir_f_upper(double f, double df1, double df2)
{
    return guarded(f >= 0 && positive(df1) && positive(df2), [=] { return f_upper(f, df1, df2); });
}
