// Batch normalisation (Ioffe and Szegedy 2015), over matrices with a column per example:
//
//     mean = sum_i p_i Z_i        variance = sum_i p_i (Z_i - mean)^2        p_i = w_i / sum of w
//     X_i = (Z_i - mean) r        r = 1 / sqrt(variance + epsilon)           Y_i = gamma X_i + beta
//
//     dgamma = sum_i dY_i X_i     dbeta = sum_i dY_i
//     dZ_i = gamma r (dY_i - p_i (dbeta + dgamma X_i))
//
// So an example of weight 0 is absent, and one of weight k is k copies. A unit's sums depend on its own row
// and on m alone: any share of the units may be any worker's.
#pragma once

#include <algorithm>

#include "descend/core/fold.hpp"
#include "descend/kernels/packets.hpp"

namespace descend {

/// sum over i < m of term(i), a vector: by blocks, so that rounding does not grow with m.
template <class T, class Term>
DESCEND_INLINE simd::Vec<T> sum_by_blocks(Index m, Term&& term) {
    constexpr Index kBlock = 128;
    simd::Vec<T> sum(T(0));
    for (Index first = 0; first < m; first += kBlock) {
        simd::Vec<T> of_block(T(0));
        for (Index i = first; i < std::min(first + kBlock, m); ++i) of_block += term(i);
        sum += of_block;
    }
    return sum;
}

/// Rows [first, last) of moments (n, 3) = mean, variance and r, over the m columns of Z (n, m); p (m).
template <class T>
void batch_moments(const T* Z, Index n, Index m, const T* p, Index first, Index last, T* moments) {
    using namespace simd;
    for (Index k = first; k < last; k += kLanes<T>) {
        const Vec<T> mean = sum_by_blocks<T>(m, [=](Index i) { return Vec<T>(p[i]) * load(Z + i * n + k); });
        const Vec<T> variance = sum_by_blocks<T>(m, [=](Index i) {
            const Vec<T> d = load(Z + i * n + k) - mean;
            return Vec<T>(p[i]) * d * d;
        });
        const Vec<T> r = Vec<T>(T(1)) / sqrt(variance + Vec<T>(static_cast<T>(kNormalisationEpsilon)));
        store_up_to(moments + k, mean, last - k);
        store_up_to(moments + n + k, variance, last - k);
        store_up_to(moments + 2 * n + k, r, last - k);
    }
}

/// X = (X - mean) r in place and Y = gamma X + beta; X and Y (n, m), Y may not be X.
template <class T>
void normalise(const T* moments, const T* gamma, const T* beta, Index n, Index m, T* X, T* Y) {
    using namespace simd;
    for (Index i = 0; i < m; ++i, X += n, Y += n) {
        for (Index k = 0; k < n; k += kLanes<T>) {
            const Index count = n - k;
            const Vec<T> x = (load_up_to(X + k, count) - load_up_to(moments + k, count)) *
                             load_up_to(moments + 2 * n + k, count);
            store_up_to(X + k, x, count);
            store_up_to(Y + k, fma(load_up_to(gamma + k, count), x, load_up_to(beta + k, count)), count);
        }
    }
}

/// Rows [first, last) of dgamma_dbeta (n, 2), over the m columns of dY and X (n, m).
template <class T>
void normalisation_gradient(const T* dY, const T* X, Index n, Index m, Index first, Index last,
                            T* dgamma_dbeta) {
    using namespace simd;
    for (Index k = first; k < last; k += kLanes<T>) {
        const Vec<T> dgamma =
            sum_by_blocks<T>(m, [=](Index i) { return load(dY + i * n + k) * load(X + i * n + k); });
        const Vec<T> dbeta = sum_by_blocks<T>(m, [=](Index i) { return load(dY + i * n + k); });
        store_up_to(dgamma_dbeta + k, dgamma, last - k);
        store_up_to(dgamma_dbeta + n + k, dbeta, last - k);
    }
}

/// dZ from dY, in place, for the m columns of X (n, m).
template <class T>
void normalise_backward(const T* moments, const T* gamma, const T* dgamma_dbeta, const T* p, const T* X,
                        Index n, Index m, T* dZ) {
    using namespace simd;
    for (Index i = 0; i < m; ++i, X += n, dZ += n) {
        for (Index k = 0; k < n; k += kLanes<T>) {
            const Index count = n - k;
            const Vec<T> common = fma(load_up_to(dgamma_dbeta + k, count), load_up_to(X + k, count),
                                      load_up_to(dgamma_dbeta + n + k, count));
            const Vec<T> scale = load_up_to(gamma + k, count) * load_up_to(moments + 2 * n + k, count);
            store_up_to(dZ + k, scale * fma(Vec<T>(-p[i]), common, load_up_to(dZ + k, count)), count);
        }
    }
}

}  // namespace descend
