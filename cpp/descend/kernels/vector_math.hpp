// exp, log, tanh, erf and their kin over vectors. Every lane is computed alone and alike, so a number's
// result does not depend on its place. The error bounds are units in the last place of the result, and hold
// for float and double on every level. Where not said otherwise, every argument is valid, and NaN gives NaN;
// numbers below the smallest normal one may count as zero, as they do in training.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "descend/kernels/simd.hpp"
#include "descend/kernels/vector_math_tables.hpp"

namespace descend::simd {

/// A number's bits, as an unsigned integer: exponents are shifted and added there, and may wrap round.
template <class T>
using Word = std::make_unsigned_t<Bits<T>>;
template <>
struct NativeOf<std::uint32_t> {
    typedef std::uint32_t type __attribute__((vector_size(kBytes)));
};
template <>
struct NativeOf<std::uint64_t> {
    typedef std::uint64_t type __attribute__((vector_size(kBytes)));
};

/// c[0] + c[1] x + ... + c[N - 1] x^(N - 1), by Horner's rule.
template <class T, std::size_t N>
DESCEND_INLINE Vec<T> polynomial(Vec<T> x, const std::array<T, N>& c) {
    Vec<T> sum(c[N - 1]);
#pragma GCC unroll 20
    for (std::size_t i = 2; i <= N; ++i) sum = fma(sum, x, Vec<T>(c[N - i]));
    return sum;
}

/// x = n ln(2) + r with |r| <= ln(2) / 2: n shifted into the exponent's place, and e^r - 1.
template <class T>
struct ReducedExp {
    Vec<Word<T>> exponent;
    Vec<T> expm1;

    DESCEND_INLINE explicit ReducedExp(Vec<T> x) {
        using C = Tables<T>;
        const Vec<T> shifted = fma(x, Vec<T>(C::log2e), Vec<T>(C::round));
        const Vec<T> n = shifted - Vec<T>(C::round);
        const Vec<T> r = fma(n, Vec<T>(-C::ln2_low), fma(n, Vec<T>(-C::ln2_high), x));
        exponent = bit_cast<Word<T>>(shifted).v << C::mantissa_bits;
        expm1 = fma(r * r, polynomial(r, C::expm1), r);
    }
};

/// e^x within 1.1 ulp; 0 below the smallest normal number, infinity above the largest.
template <class T>
DESCEND_INLINE Vec<T> exp(Vec<T> x) {
    using C = Tables<T>;
    const ReducedExp<T> reduced(x);
    const Vec<T> y = bit_cast<T>(bit_cast<Word<T>>(Vec<T>(1) + reduced.expm1) + reduced.exponent);
    const Vec<T> zero_or_nan = select(Vec<T>(0) > x, Vec<T>(0), x);
    return select(x > Vec<T>(C::exp_high), Vec<T>(C::infinity),
                  select(x >= Vec<T>(C::exp_low), y, zero_or_nan));
}

/// (e^x - 1) / 2, which unlike e^x does not overflow before its double does.
template <class T>
DESCEND_INLINE Vec<T> half_expm1(Vec<T> x) {
    const Vec<T> half(T(0.5));
    const ReducedExp<T> reduced(x);
    const Vec<T> half_power = bit_cast<T>(bit_cast<Word<T>>(half) + reduced.exponent);
    return fma(half_power, reduced.expm1, half_power - half);
}

/// e^x - 1 within 2 ulp.
template <class T>
DESCEND_INLINE Vec<T> expm1(Vec<T> x) {
    using C = Tables<T>;
    const Vec<T> low(C::expm1_low);
    const Vec<T> half = half_expm1(select(low > x, low, x));
    return select(x > Vec<T>(C::exp_high), Vec<T>(C::infinity), half + half);
}

/// 1 / (1 + e^-x) within 2.5 ulp.
template <class T>
DESCEND_INLINE Vec<T> sigmoid(Vec<T> x) {
    return Vec<T>(1) / (Vec<T>(1) + exp(-x));
}

/// w = 2^k m with sqrt(1/2) <= m < sqrt(2), and 2^(1 - k).
template <class T>
struct Split {
    Vec<T> k, m, twice_inverse;

    DESCEND_INLINE explicit Split(Vec<T> w) {
        using C = Tables<T>;
        const Vec<Word<T>> one(C::one), sqrt_half(C::sqrt_half), infinity(C::infinity_bits);
        // The exponent's place holds k + bias.
        const Vec<Word<T>> raised = bit_cast<Word<T>>(w) + (one - sqrt_half);
        const Vec<Word<T>> mantissa = raised.v & ~infinity.v;
        const Vec<Word<T>> biased = raised.v >> C::mantissa_bits;
        k = bit_cast<T>(biased + bit_cast<Word<T>>(Vec<T>(C::round))) - Vec<T>(C::round + C::bias);
        m = bit_cast<T>(mantissa + sqrt_half);
        twice_inverse = bit_cast<T>(infinity - (raised - mantissa));
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

/// y where `inside`; elsewhere -infinity at the pole, and NaN. Infinity stays.
template <class T>
DESCEND_INLINE Vec<T> outside_log(Vec<T> y, Vec<T> x, Mask<T> inside, Mask<T> pole) {
    using C = Tables<T>;
    const Vec<T> outside = select(pole, Vec<T>(-C::infinity), Vec<T>(C::nan));
    return select(x == Vec<T>(C::infinity), x, select(inside, y, outside));
}

/// log(x) within 1 ulp; NaN for x < 0, -infinity for 0.
template <class T>
DESCEND_INLINE Vec<T> log(Vec<T> x) {
    const Vec<T> smallest(Tables<T>::smallest);
    const Split<T> w(x);
    return outside_log(combine_log(w.k, w.m - Vec<T>(1)), x, x >= smallest, abs(x) < smallest);
}

/// log(1 + x) within 1.5 ulp; NaN for x < -1, -infinity for -1.
template <class T>
DESCEND_INLINE Vec<T> log1p(Vec<T> x) {
    const Vec<T> one(1), minus_one(-1);
    const Vec<T> sum = one + x;
    const Split<T> w(sum);
    // What rounding took from the sum, halved because 2^-k itself can be below the smallest normal number.
    const Vec<T> half_lost = Vec<T>(T(0.5)) * (x - (sum - one));
    return outside_log(combine_log(w.k, fma(half_lost, w.twice_inverse, w.m - one)), x, x > minus_one,
                       x == minus_one);
}

/// |x|, at most `bound`.
template <class T>
DESCEND_INLINE Vec<T> bounded_abs(Vec<T> x, T bound) {
    const Vec<T> magnitude = abs(x), high(bound);
    return select(high < magnitude, high, magnitude);
}

/// The sign of `sign` on a magnitude that has none.
template <class T>
DESCEND_INLINE Vec<T> with_sign(Vec<T> magnitude, Vec<T> sign) {
    const Vec<Word<T>> bit = bit_cast<Word<T>>(sign).v & bit_cast<Word<T>>(Vec<T>(T(-0.0))).v;
    return bit_cast<T>(Vec<Word<T>>(bit_cast<Word<T>>(magnitude).v | bit.v));
}

/// tanh(x) within 2.6 ulp, never beyond 1.
template <class T>
DESCEND_INLINE Vec<T> tanh(Vec<T> x) {
    const Vec<T> magnitude = bounded_abs(x, Tables<T>::tanh_bound);
    const Vec<T> half = half_expm1(magnitude + magnitude);
    return with_sign(half / (half + Vec<T>(1)), x);
}

/// erf(x) within 2.8 ulp, never beyond 1.
template <class T>
DESCEND_INLINE Vec<T> erf(Vec<T> x) {
    using C = Tables<T>;
    const Vec<T> magnitude = bounded_abs(x, C::erf_bound);
    const Vec<T> near = fma(magnitude, polynomial(magnitude * magnitude, C::erf), magnitude);
    const Vec<T> root = polynomial(magnitude, C::erfc);
    const Vec<T> square = root * root;
    const Vec<T> fourth = square * square;
    const Vec<T> far = Vec<T>(1) - Vec<T>(1) / (fourth * fourth);
    return with_sign(select(magnitude < Vec<T>(1), near, far), x);
}

}  // namespace descend::simd
