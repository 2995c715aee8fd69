// The forward and the backward pass where a layer looks at all examples of a step at once: batch
// normalisation. All workers go from layer to layer together:
//
//     a worker's share of the examples: Z[l]                      (a column for itself)
//     ----------- barrier
//     a worker's share of the units: mean and variance            (a row for itself)
//     ----------- barrier
//     a worker's share of the examples: gamma X[l] + beta, A[l]
#pragma once

#include <algorithm>

#include "descend/kernels/normalise.hpp"
#include "descend/pipeline/backward.hpp"
#include "descend/pipeline/crew.hpp"
#include "descend/pipeline/forward.hpp"

namespace descend {

/// The examples of a step, of which [first, last), `together` at a time, are this worker's.
struct Share {
    Index m;
    Index first;
    Index last;
    Index together;

    /// use(first, count) for each block.
    template <class Use>
    void each(Use&& use) const {
        for (Index at = first; at < last; at += together) use(at, std::min(together, last - at));
    }
};

/// The rows of worker `worker` of `workers`: whole vectors of them.
template <class T>
std::pair<Index, Index> share_of_rows(Index n, int worker, int workers) {
    constexpr Index kLanes = simd::kLanes<T>;
    const Index vectors = (n + kLanes - 1) / kLanes;
    return {std::min(n, vectors * worker / workers * kLanes),
            std::min(n, vectors * (worker + 1) / workers * kLanes)};
}

/// Up to and including Z[L], which is left in the output layer's dZ; p (m), w_i / sum of w. False: the crew
/// does not go on.
template <class T, class Crew>
bool forward_by_layers(const Network<T>& network, const WeightPanels<T>& weights, const Inputs<T>& x,
                       const T* p, const Share& share, const DropoutStream* dropout, Index offset,
                       const Crew& crew, Cache<T>& cache) {
    const Index L = network.L();
    for (Index l = 1; l <= L; ++l) {
        const Layer& layer = network.layer(l);
        LayerCache<T>& of = cache[l];
        Buffer<T>& Y = of.Z.size() > 0 ? of.Z : of.A;  // what g is applied to
        Buffer<T>& Z = l == L ? of.dZ : layer.batch_norm ? of.normalised : Y;
        const auto activate_block = [&](Index first, Index m) {
            const Index begin = first * layer.n;
            activate(layer, m, Y.data() + begin, of.A.data() + begin);
            drop_out(layer, l, dropout, offset, first, m, of);
        };
        share.each([&](Index first, Index m) {
            if (!crew.go_on()) return;
            const SparseColumn<T>* sparse_x = l == 1 && x.sparse != nullptr ? x.sparse + first : nullptr;
            const T* const* A_prev = l > 1                ? cache[l - 1].A_column.data() + first
                                     : x.dense != nullptr ? x.dense + first
                                                          : nullptr;
            affine(network, weights, l, sparse_x, A_prev, m, Epilogue::none, Z.data() + first * layer.n);
            if (l < L && !layer.batch_norm) activate_block(first, m);
        });
        if (!layer.batch_norm) continue;

        if (!crew.meet()) return false;
        const auto [first_row, last_row] = share_of_rows<T>(layer.n, crew.worker, crew.workers);
        batch_moments(Z.data(), layer.n, share.m, p, first_row, last_row, of.moments.data());
        crew.wait();
        const T* parameters = network.parameters().data();
        share.each([&](Index first, Index m) {
            normalise(of.moments.data(), parameters + layer.gamma, parameters + layer.beta, layer.n, m,
                      Z.data() + first * layer.n, Y.data() + first * layer.n);
            activate_block(first, m);
        });
    }
    return true;
}

/// dZ of the hidden layers, from dZ[L] down, and dgamma and dbeta where they have them. False: the crew does
/// not go on.
template <class T, class Crew>
bool backward_by_layers(const Network<T>& network, const WeightPanels<T>& weights, bool dropped, const T* p,
                        const Share& share, const Crew& crew, Cache<T>& cache) {
    for (Index l = network.L(); l > 1; --l) {
        const Layer& previous = network.layer(l - 1);
        LayerCache<T>& of = cache[l - 1];
        share.each([&](Index first, Index m) {
            if (!crew.go_on()) return;
            through_layer(weights.W_transposed(l), cache[l].dZ_column.data() + first, m, previous, dropped,
                          first, of);
        });
        if (!previous.batch_norm) continue;

        if (!crew.meet()) return false;
        const auto [first_row, last_row] = share_of_rows<T>(previous.n, crew.worker, crew.workers);
        normalisation_gradient(of.dZ.data(), of.normalised.data(), previous.n, share.m, first_row, last_row,
                               of.dgamma_dbeta.data());
        crew.wait();
        const T* gamma = network.parameters().data() + previous.gamma;
        share.each([&](Index first, Index m) {
            const Index begin = first * previous.n;
            normalise_backward(of.moments.data(), gamma, of.dgamma_dbeta.data(), p + first,
                               of.normalised.data() + begin, previous.n, m, of.dZ.data() + begin);
        });
    }
    return true;
}

}  // namespace descend
