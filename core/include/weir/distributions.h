/* distributions.h: distribution functions, by Boost.Math behind one small C++ file.
 *
 * Arguments outside the domain give NaN; nothing throws or sets errno.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DISTRIBUTIONS_H
#define WEIR_DISTRIBUTIONS_H

#ifdef __cplusplus
extern "C" {
#endif

double weir_normal_cdf(double z);
double weir_normal_upper(double z); /* P(Z > z), to the last representable tail */
double weir_normal_quantile(double p);
double weir_student_cdf(double t, double df); /* df > 0, need not be whole */
double weir_student_upper(double t, double df);
double weir_student_quantile(double p, double df);
double weir_chi2_cdf(double x, double df);
double weir_chi2_upper(double x, double df); /* P(X > x) */
double weir_f_cdf(double f, double df1, double df2);
double weir_f_upper(double f, double df1, double df2);

#ifdef __cplusplus
}
#endif

#endif
