// Stage 4, the backward pass:
//     dA[l-1] = W[l]^T dZ[l]                 dZ[l-1] = dA[l-1] * g'[l-1](Z[l-1])
//     dW[l]   = dZ[l] A[l-1]^T               db[l]   = sum of dZ[l]'s columns
// The course's 1/m (in general w_i / sum w) is in dZ[L] already.
#pragma once

#include <algorithm>

#include "descend/core/cache.hpp"
#include "descend/kernels/panels.hpp"
#include "descend/pipeline/activation.hpp"

namespace descend {

/// dZ = dA * g'(Z) in place, for examples [first, first + m) of a hidden layer whose dA is in its dZ, through
/// dropout first where units were `dropped`.
template <class T>
void through_activation(const Layer& layer, bool dropped, Index first, Index m, LayerCache<T>& of) {
    const Index begin = first * layer.n, size = m * layer.n;
    T* dZ = of.dZ.data() + begin;
    const T* Z = of.Z.size() > 0 ? of.Z.data() + begin : nullptr;
    T* A = of.A.data() + begin;
    const T* D = dropped && of.D.size() > 0 ? of.D.data() + begin : nullptr;
    if (D != nullptr) {
        scale(D, dZ, size);
        activate(layer, m, Z, A);
    }
    if (layer.activation != Activation::linear) activate_backward(layer, m, Z, A, dZ, dZ);
    if (D != nullptr) scale(D, A, size);
}

/// dZ of the hidden layers, from dZ[L] down, for examples [first, last); `dropped` says whether the forward
/// pass dropped units out. dA[0] is not computed.
template <class T>
void backward(const Network<T>& network, const WeightPanels<T>& weights, bool dropped, Index first,
              Index last, Cache<T>& cache) {
    const Index m = last - first;
    for (Index l = network.L(); l > 1; --l) {
        const Layer& previous = network.layer(l - 1);
        LayerCache<T>& of = cache[l - 1];
        multiply(weights.W_transposed(l), cache[l].dZ_column.data() + first, m,
                 static_cast<const T*>(nullptr), Epilogue::none, of.dZ.data() + first * previous.n);
        through_activation(previous, dropped, first, m, of);
    }
}

/// dW = columns [first, last) of dW[l], over the first m examples of the cache; added to what dW holds where
/// `accumulate`.
template <class T>
void weight_gradient(const Network<T>& network, Index l, const LeftFactor<T>& dZ,
                     const std::vector<const T*>& A_prev, Index m, Index first, Index last, bool accumulate,
                     T* dW) {
    const Layer& layer = network.layer(l);
    multiply_transposed(dZ, m, A_prev.data(), layer.n_prev, first, last, accumulate, dW);
}

/// db = sum of the columns of dZ (n, m), as interleaved sums; added to what db holds where `accumulate`.
template <class T>
void bias_gradient(const T* dZ, Index n, Index m, bool accumulate, T* db) {
    using namespace simd;
    constexpr Index kChains = 4;
    const bool several =
        kLanes<T> % n == 0;  // a vector holds whole columns: then they are summed as they lie
    const Index step = several ? kLanes<T> : n, steps = several ? n * m / kLanes<T> : m;
    for (Index i = 0; i < n; i += kLanes<T>) {
        Vec<T> sums[kChains];
        std::fill(sums, sums + kChains, Vec<T>(T(0)));
        Index s = 0;
        for (; s + kChains <= steps; s += kChains) {
            for (Index c = 0; c < kChains; ++c) sums[c] += load(dZ + (s + c) * step + i);
        }
        for (; s < steps; ++s) sums[0] += load(dZ + s * step + i);
        if (several) sums[0] += load_first(dZ + s * step, n * m - s * step);
        T lanes[kLanes<T>];
        store(lanes, (sums[0] + sums[1]) + (sums[2] + sums[3]));
        for (Index k = n; several && k < kLanes<T>; ++k) lanes[k % n] += lanes[k];
        for (Index k = 0; k < std::min(n - i, kLanes<T>); ++k)
            db[i + k] = accumulate ? db[i + k] + lanes[k] : lanes[k];
    }
}

}  // namespace descend
