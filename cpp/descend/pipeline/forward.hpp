// Stage 2, the forward pass:  Z[l] = W[l] A[l-1] + b[l],  A[l] = g[l](Z[l]).
#pragma once

#include "descend/core/cache.hpp"
#include "descend/kernels/panels.hpp"
#include "descend/pipeline/activation.hpp"
#include "descend/pipeline/batch.hpp"

namespace descend {

/// Which random numbers dropout draws: those of this seed and step; example j of the cache is example `first`
/// + j of the step.
struct DropoutStream {
    std::uint64_t seed;
    std::uint64_t step;
    Index first;
};

/// Examples [first, last) of the batch through all layers, up to and including Z[L], which is left in the
/// output layer's dZ. `dropout` is null outside training.
template <class T>
void forward(const Network<T>& network, const WeightPanels<T>& weights, const Inputs<T>& x, Index first,
             Index last, const DropoutStream* dropout, Cache<T>& cache) {
    const Index L = network.L(), m = last - first;
    const T* const* A_prev = x.dense != nullptr ? x.dense + first : nullptr;
    for (Index l = 1; l <= L; ++l) {
        const Layer& layer = network.layer(l);
        LayerCache<T>& of = cache[l];
        const Index begin = first * layer.n, size = m * layer.n;
        T* A = (l == L ? of.dZ : of.A).data() + begin;
        T* Z = of.Z.size() > 0 ? of.Z.data() + begin : A;

        const bool sparse = l == 1 && x.sparse != nullptr;
        const bool fused = layer.activation == Activation::relu && l < L && Z == A && !sparse;
        if (sparse)
            multiply_sparse(network.W_data(1), layer.n, x.sparse + first, m, network.b_data(1), Z);
        else
            multiply(weights.W(l), A_prev, m, network.b_data(l), fused ? Epilogue::relu : Epilogue::none, Z);
        if (l == L) break;
        if (!fused && (layer.activation != Activation::linear || Z != A)) activate(layer, m, Z, A);
        if (dropout != nullptr && layer.dropout > 0.0) {
            T* D = of.D.data() + begin;
            dropout_mask(dropout->seed, dropout->step, l, 1.0 - layer.dropout,
                         (dropout->first + first) * layer.n, size, D);
            scale(D, A, size);
        }
        A_prev = of.A_column.data() + first;
    }
}

}  // namespace descend
