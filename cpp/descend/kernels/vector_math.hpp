// exp, log, tanh, erf and their kin over vectors. Every lane is computed alone and alike, so a number's result does not
// depend on its place. Error bounds are in units in the last place, the largest of those measured on the three levels;
// numbers below the smallest normal one count as zero, as they do in training. NaN gives NaN.
#pragma once

#include <array>
#include <cstddef>

#include "descend/kernels/simd.hpp"
#include "descend/kernels/vector_math_tables.hpp"

namespace descend::simd {

/// c[0] + c[1] x + ... + c[N - 1] x^(N - 1), by Horner's rule.
template <class T, std::size_t N>
DESCEND_INLINE Vec<T> polynomial(Vec<T> x, const std::array<T, N>& c) {
    Vec<T> sum(c[N - 1]);
#pragma GCC unroll 16
    for (std::size_t i = 2; i <= N; ++i) sum = fma(sum, x, Vec<T>(c[N - i]));
    return sum;
}

/// x = n ln(2) + r with |r| <= ln(2) / 2: n shifted into the exponent's place, and e^r - 1.
template <class T>
struct ReducedExp {
    Vec<Bits<T>> exponent;
    Vec<T> expm1;

    DESCEND_INLINE explicit ReducedExp(Vec<T> x) {
        using C = Tables<T>;
        const Vec<T> shifted = fma(x, Vec<T>(C::log2e), Vec<T>(C::round));
        const Vec<T> n = shifted - Vec<T>(C::round);
        const Vec<T> r = fma(n, Vec<T>(-C::ln2_low), fma(n, Vec<T>(-C::ln2_high), x));
        exponent = bit_cast<Bits<T>>(shifted).v << C::mantissa_bits;
        expm1 = fma(r * r, polynomial(r, C::expm1), r);
    }
};

/// e^x within 1.1 ulp (float and double): 0 below the smallest normal number, infinity above the largest.
template <class T>
DESCEND_INLINE Vec<T> exp(Vec<T> x) {
    using C = Tables<T>;
    const ReducedExp<T> reduced(x);
    const Vec<T> y = bit_cast<T>(bit_cast<Bits<T>>(Vec<T>(1) + reduced.expm1) + reduced.exponent);
    const Vec<T> zero_or_nan = select(Vec<T>(0) > x, Vec<T>(0), x);
    return select(x > Vec<T>(C::exp_high), Vec<T>(C::infinity), select(x >= Vec<T>(C::exp_low), y, zero_or_nan));
}

/// e^x - 1 within 2 ulp, for every x.
template <class T>
DESCEND_INLINE Vec<T> expm1(Vec<T> x) {
    using C = Tables<T>;
    const Vec<T> low(C::expm1_low);
    const ReducedExp<T> reduced(select(low > x, low, x));
    const Vec<T> half_power = bit_cast<T>(reduced.exponent + bit_cast<Bits<T>>(Vec<T>(T(0.5))));
    const Vec<T> half = fma(half_power, reduced.expm1, half_power - Vec<T>(T(0.5)));
    return select(x > Vec<T>(C::exp_high), Vec<T>(C::infinity), half + half);
}

/// 1 / (1 + e^-x) within 2 ulp, for every x.
template <class T>
DESCEND_INLINE Vec<T> sigmoid(Vec<T> x) {
    return Vec<T>(1) / (Vec<T>(1) + exp(-x));
}

/// w = 2^k m with sqrt(1/2) <= m < sqrt(2).
template <class T>
struct Split {
    Vec<Bits<T>> exponent;  // k in the exponent's place
    Vec<T> k, m;

    DESCEND_INLINE explicit Split(Vec<T> w) {
        using C = Tables<T>;
        const Vec<Bits<T>> above = bit_cast<Bits<T>>(w) - Vec<Bits<T>>(C::sqrt_half);
        exponent = above.v >> C::mantissa_bits << C::mantissa_bits;
        k = bit_cast<T>((above.v >> C::mantissa_bits) + bit_cast<Bits<T>>(Vec<T>(C::round))) - Vec<T>(C::round);
        m = bit_cast<T>(bit_cast<Bits<T>>(w) - exponent);
    }
};

/// k ln(2) + log(1 + f).
template <class T>
DESCEND_INLINE Vec<T> combine_log(Vec<T> k, Vec<T> f) {
    using C = Tables<T>;
    const Vec<T> s = f / (Vec<T>(2) + f);
    const Vec<T> z = s * s;
    const Vec<T> half_square = Vec<T>(T(0.5)) * f * f;
    const Vec<T> tail = fma(s, fma(z, polynomial(z, C::log), half_square), k * Vec<T>(C::ln2_low));
    return fma(k, Vec<T>(C::ln2_high), f - (half_square - tail));
}

/// y where x > pole; -infinity at the pole, NaN below it and for NaN, infinity for infinity.
template <class T>
DESCEND_INLINE Vec<T> outside_log(Vec<T> y, Vec<T> x, Mask<T> inside, Mask<T> pole) {
    using C = Tables<T>;
    const Vec<T> outside = select(pole, Vec<T>(-C::infinity), Vec<T>(C::nan));
    return select(x == Vec<T>(C::infinity), x, select(inside, y, outside));
}

/// log(x) within 1 ulp: NaN for x < 0, -infinity for 0.
template <class T>
DESCEND_INLINE Vec<T> log(Vec<T> x) {
    const Vec<T> smallest(Tables<T>::smallest);
    const Split<T> w(x);
    return outside_log(combine_log(w.k, w.m - Vec<T>(1)), x, x >= smallest, abs(x) < smallest);
}

/// log(1 + x) within 1 ulp: NaN for x < -1, -infinity for -1.
template <class T>
DESCEND_INLINE Vec<T> log1p(Vec<T> x) {
    const Vec<T> one(1), minus_one(-1);
    const Vec<T> sum = one + x;
    const Split<T> w(sum);
    // What rounding took from the sum, halved because 2^-k itself may be below the smallest normal number.
    const Vec<T> half_lost = Vec<T>(T(0.5)) * (x - (sum - one));
    const Vec<T> twice_inverse = bit_cast<T>(bit_cast<Bits<T>>(Vec<T>(2)) - w.exponent);
    return outside_log(combine_log(w.k, fma(half_lost, twice_inverse, w.m - one)), x, x > minus_one, x == minus_one);
}

/// x p(x^2) / q(x^2) for |x| <= bound, and constant beyond.
template <class T, std::size_t P, std::size_t Q>
DESCEND_INLINE Vec<T> odd_quotient(Vec<T> x, T bound, const std::array<T, P>& p, const std::array<T, Q>& q) {
    const Vec<T> high(bound), low(-bound);
    const Vec<T> above = select(low > x, low, x);
    const Vec<T> inside = select(high < above, high, above);
    const Vec<T> square = inside * inside;
    return inside * polynomial(square, p) / polynomial(square, q);
}

/// tanh(x) within 3 ulp, for every x; never beyond 1.
template <class T>
DESCEND_INLINE Vec<T> tanh(Vec<T> x) {
    using C = Tables<T>;
    return odd_quotient(x, C::tanh_bound, C::tanh_p, C::tanh_q);
}

/// erf(x) within 3 ulp, for every x; never beyond 1.
template <class T>
DESCEND_INLINE Vec<T> erf(Vec<T> x) {
    using C = Tables<T>;
    return odd_quotient(x, C::erf_bound, C::erf_p, C::erf_q);
}

}  // namespace descend::simd
