// Stage 2, the forward pass:  Z[l] = W[l] A[l-1] + b[l],  A[l] = g[l](Z[l]).
#pragma once

#include "descend/core/cache.hpp"
#include "descend/kernels/panels.hpp"
#include "descend/pipeline/activation.hpp"
#include "descend/pipeline/batch.hpp"

namespace descend {

/// Which random numbers dropout draws: those of this seed and step.
struct DropoutStream {
    std::uint64_t seed;
    std::uint64_t step;
};

/// Z = W[l] A[l-1] + b[l] for m examples, then the epilogue; sparse_x is null where A[l-1] is not sparse, and
/// `after` as in multiply().
template <class T>
void affine(const Network<T>& network, const WeightPanels<T>& weights, Index l,
            const SparseColumn<T>* sparse_x, const T* const* A_prev, Index m, Epilogue epilogue, T* Z,
            const T* after = nullptr) {
    if (sparse_x != nullptr)
        return multiply_sparse(network.W_data(1), network.n(1), sparse_x, m, network.b_data(1), Z);
    for (Index p = 0; p < weights.parts(l); ++p) {
        const Index first = weights.part(l, p).rows.first;
        multiply(weights.W(l, p), A_prev, m, network.b_data(l) + first, epilogue, Z + first, network.n(l),
                 static_cast<const T*>(nullptr), after);
    }
}

/// A[l] = A[l] * D[l] for examples [first, first + m) of a cache that begins with the step's example
/// `offset`, where there is dropout.
template <class T>
void drop_out(const Layer& layer, Index l, const DropoutStream* dropout, Index offset, Index first, Index m,
              LayerCache<T>& of) {
    if (dropout == nullptr || layer.dropout == 0.0) return;
    const Index begin = first * layer.n, size = m * layer.n;
    dropout_mask(dropout->seed, dropout->step, l, 1.0 - layer.dropout, (offset + first) * layer.n, size,
                 of.D.data() + begin);
    scale(of.D.data() + begin, of.A.data() + begin, size);
}

/// Where Z[l] and A[l] of examples from `first` on are to be, which may be one place: then the product may
/// end with relu.
template <class T>
struct LayerOutput {
    T* A;
    T* Z;
    Epilogue epilogue;

    LayerOutput(const Layer& layer, bool hidden, bool sparse, Index first, LayerCache<T>& of) {
        A = (hidden ? of.A : of.dZ).data() + first * layer.n;
        Z = of.Z.size() > 0 ? of.Z.data() + first * layer.n : A;
        const bool fused = layer.activation == Activation::relu && hidden && Z == A && !sparse;
        epilogue = fused ? Epilogue::relu : Epilogue::none;
    }
    /// A = g(Z) of a hidden layer, once Z is there.
    void activate(const Layer& layer, Index m) const {
        if (epilogue == Epilogue::none && (layer.activation != Activation::linear || Z != A))
            descend::activate(layer, m, Z, A);
    }
    /// Z becomes the sum of itself and `other`, (layer.n, m), then the epilogue.
    void add(const T* other, Index size) const {
        using namespace simd;
        for (Index i = 0; i < size; i += kLanes<T>) {
            const Index lanes = std::min(kLanes<T>, size - i);
            const Vec<T> sum = load_first(Z + i, lanes) + load_first(other + i, lanes);
            store_first(Z + i, epilogue == Epilogue::relu ? max(Vec<T>(T(0)), sum) : sum, lanes);
        }
    }
};

/// Examples [first, last) of the batch through all layers, up to and including Z[L], which is left in the
/// output layer's dZ; of the `begun` first layers the last one's Z is there, and all before it. `dropout` is
/// null outside training, and the cache begins with the step's example `offset`.
template <class T>
void forward(const Network<T>& network, const WeightPanels<T>& weights, const Inputs<T>& x, Index first,
             Index last, Index begun, const DropoutStream* dropout, Index offset, Cache<T>& cache) {
    const Index L = network.L(), m = last - first;
    const T* const* A_prev = x.dense != nullptr ? x.dense + first : nullptr;
    for (Index l = std::max<Index>(1, begun); l <= L; ++l) {
        const Layer& layer = network.layer(l);
        LayerCache<T>& of = cache[l];
        const SparseColumn<T>* sparse_x = x.sparse != nullptr && l == 1 ? x.sparse + first : nullptr;
        const LayerOutput<T> out(layer, l < L, sparse_x != nullptr, first, of);
        if (l > begun)
            affine(network, weights, l, sparse_x, A_prev, m, out.epilogue, out.Z, l == 1 ? x.after : nullptr);
        if (l == L) break;
        out.activate(layer, m);
        drop_out(layer, l, dropout, offset, first, m, of);
        A_prev = of.A_column.data() + first;
    }
}

}  // namespace descend
