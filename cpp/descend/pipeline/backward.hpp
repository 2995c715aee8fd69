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
        T* dZ = of.dZ.data() + first * previous.n;
        const bool fused = previous.activation == Activation::relu && !(dropped && of.D.size() > 0);
        multiply(weights.W_transposed(l), cache[l].dZ_column.data() + first, m,
                 static_cast<const T*>(nullptr), fused ? Epilogue::relu_backward : Epilogue::none, dZ,
                 previous.n, of.A.data() + first * previous.n);
        if (!fused) through_activation(previous, dropped, first, m, of);
    }
}

/// dW = these columns of dW[l], of the rows that dZ has, over m examples, whose A[l-1] begin where A_prev
/// says; added to what dW holds where `accumulate`. dW lies in this layout.
template <class T>
void weight_gradient(const Network<T>& network, Index l, const LeftFactor<T>& dZ, const T* const* A_prev,
                     Index m, Range columns, bool accumulate, Layout layout, T* dW) {
    const Layer& layer = network.layer(l);
    multiply_transposed(dZ, m, A_prev, layer.n_prev, columns.first, columns.last, accumulate, layout, dW);
}

/// db = sum of the columns of dZ (n, m), as two interleaved sums; added to what db holds where `accumulate`.
template <class T>
void bias_gradient(const T* dZ, Index n, Index m, bool accumulate, T* db) {
    using namespace simd;
    constexpr Index kVectors = 4;
    // Several columns that fill a vector together are summed as they lie.
    const Index height = n < kLanes<T> && kLanes<T> % n == 0 ? kLanes<T> : n, steps = n * m / height;
    for (Index i = 0; i < height; i += kVectors * kLanes<T>) {
        Vec<T> even[kVectors], odd[kVectors];
        std::fill(even, even + kVectors, Vec<T>(T(0)));
        std::fill(odd, odd + kVectors, Vec<T>(T(0)));
        const Index vectors = std::min(kVectors, (height - i + kLanes<T> - 1) / kLanes<T>);
        const auto add = [&](Index s, Vec<T>(&sums)[kVectors]) {
#pragma GCC unroll 4
            for (Index v = 0; v < kVectors; ++v) {
                if (v < vectors) sums[v] += load(dZ + s * height + i + v * kLanes<T>);
            }
        };
        // Behind the last column may be what another worker writes.
        const auto add_last = [&](Vec<T>(&sums)[kVectors]) {
            for (Index v = 0, row = i; v < vectors; ++v, row += kLanes<T>)
                sums[v] += load_first(dZ + (steps - 1) * height + row, std::min(kLanes<T>, height - row));
        };
        Index s = 0;
        for (; s + 2 < steps; s += 2) {
            add(s, even);
            add(s + 1, odd);
        }
        if (s + 2 == steps) {
            add(s, even);
            add_last(odd);
        } else if (s < steps) {
            add_last(even);
        }
        T lanes[kVectors * kLanes<T>];
        for (Index v = 0; v < kVectors; ++v) store(lanes + v * kLanes<T>, even[v] + odd[v]);
        for (Index k = steps * height; k < n * m; ++k) lanes[k % n] += dZ[k];
        for (Index k = n; height > n && k < height; ++k) lanes[k % n] += lanes[k];
        for (Index k = 0; k < std::min(n - i, kVectors * kLanes<T>); ++k)
            db[i + k] = accumulate ? db[i + k] + lanes[k] : lanes[k];
    }
}

}  // namespace descend
