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

/// dZ of a hidden layer, for m of its examples from `first` on, from the columns of the next layer's dZ.
template <class T>
void through_layer(const LeftFactor<T>& W_transposed, const T* const* dZ_column, Index m, const Layer& layer,
                   bool dropped, Index first, LayerCache<T>& of) {
    const Index begin = first * layer.n;
    const bool fused = layer.activation == Activation::relu && !(dropped && of.D.size() > 0);
    multiply(W_transposed, dZ_column, m, static_cast<const T*>(nullptr),
             fused ? Epilogue::relu_backward : Epilogue::none, of.dZ.data() + begin, layer.n,
             of.A.data() + begin);
    if (!fused) through_activation(layer, dropped, first, m, of);
}

/// dZ of the hidden layers from dZ[L] down to dZ[lowest], for examples [first, last); `dropped` says whether
/// the forward pass dropped units out. dA[0] is not computed.
template <class T>
void backward(const Network<T>& network, const WeightPanels<T>& weights, bool dropped, Index lowest,
              Index first, Index last, Cache<T>& cache) {
    for (Index l = network.L(); l > lowest; --l) {
        through_layer(weights.W_transposed(l), cache[l].dZ_column.data() + first, last - first,
                      network.layer(l - 1), dropped, first, cache[l - 1]);
    }
}

/// dZ of these examples into panels, where the layer has them, of the part of it that has n units in a cache
/// for `capacity` examples.
template <class T>
void pack_derivatives(Index n, Index capacity, Index part, Range range, LayerCache<T>& of) {
    if (of.dZ_panels.size() > 0)
        pack(of.dZ.data() + part * n * capacity, n, capacity, range.first, range.last,
             of.dZ_panels.data() + part * packed_size<T>(n, capacity));
}

/// These rows of the same as the left factor of dZ A^T.
template <class T>
LeftFactor<T> derivatives(Index n, Index capacity, Index part, Range rows, const LayerCache<T>& of) {
    if (of.dZ_panels.size() == 0)
        return {of.dZ.data() + part * n * capacity + rows.first, rows.count(), capacity, Layout::columns, n};
    return {of.dZ_panels.data() + part * packed_size<T>(n, capacity) + rows.first * capacity, rows.count(),
            capacity, Layout::panels};
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
