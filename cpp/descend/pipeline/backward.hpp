// Stage 4, the backward pass:
//     dA[l-1] = W[l]^T dZ[l]                 dZ[l-1] = dA[l-1] * g'[l-1](Z[l-1])
//     dW[l]   = dZ[l] A[l-1]^T               db[l]   = sum of dZ[l]'s columns
// The course's 1/m (in general w_i / sum w) is in dZ[L] already.
#pragma once

#include <algorithm>

#include "descend/core/cache.hpp"
#include "descend/kernels/elementwise.hpp"
#include "descend/kernels/panels.hpp"

namespace descend {

/// dZ of the hidden layers, from dZ[L] down, for examples [first, last). dA[0] is not computed.
template <class T>
void backward(const Network<T>& network, const WeightPanels<T>& weights, Index first, Index last,
              Cache<T>& cache) {
    const Index m = last - first;
    for (Index l = network.L(); l > 1; --l) {
        const Layer& previous = network.layer(l - 1);
        LayerCache<T>& of = cache[l - 1];
        const Index begin = first * previous.n, size = m * previous.n;
        T* dZ = of.dZ.data() + begin;

        multiply(weights.W_transposed(l), cache[l].dZ_column.data() + first, m,
                 static_cast<const T*>(nullptr), Epilogue::none, dZ);
        const T* Z = of.Z.size() > 0 ? of.Z.data() + begin : nullptr;
        T* A = of.A.data() + begin;
        const T* D = of.D.size() > 0 ? of.D.data() + begin : nullptr;
        if (D != nullptr) {
            scale(D, dZ, size);
            activate(previous.activation, Z, A, size);
        }
        if (previous.activation != Activation::linear)
            activate_backward(previous.activation, Z, A, dZ, dZ, size);
        if (D != nullptr) scale(D, A, size);
    }
}

/// Columns [first, last) of dW[l], over the first m examples of the cache; added to what dW holds where
/// `accumulate`.
template <class T>
void weight_gradient(const Network<T>& network, Index l, const LeftFactor<T>& dZ,
                     const std::vector<const T*>& A_prev, Index m, Index first, Index last, bool accumulate,
                     T* dW) {
    const Layer& layer = network.layer(l);
    multiply_transposed(dZ, m, A_prev.data(), layer.n_prev, first, last, accumulate, dW + first * layer.n);
}

/// db = sum of the columns of dZ (n, m), as four interleaved sums; added to what db holds where `accumulate`.
template <class T>
void bias_gradient(const T* dZ, Index n, Index m, bool accumulate, T* db) {
    using namespace simd;
    for (Index i = 0; i < n; i += kLanes<T>) {
        const Index count = std::min(kLanes<T>, n - i);
        Vec<T> sums[4] = {Vec<T>(T(0)), Vec<T>(T(0)), Vec<T>(T(0)), Vec<T>(T(0))};
        Index j = 0;
        for (; j + 4 <= m; j += 4) {
            for (Index c = 0; c < 4; ++c) sums[c] += load(dZ + (j + c) * n + i);
        }
        for (; j < m; ++j) sums[0] += load(dZ + j * n + i);
        const Vec<T> sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        store_first(db + i, accumulate ? load_first(db + i, count) + sum : sum, count);
    }
}

}  // namespace descend
