// Batch normalisation at rest: by running means and variances it is one more affine map, which the layer's
// own takes in.
//
//     gamma (W A + b - mean) r + beta = (gamma r W) A + (gamma r (b - mean) + beta)
#pragma once

#include <cmath>

#include "descend/core/network.hpp"

namespace descend {

/// Added to a variance before its root is taken.
inline constexpr double kNormalisationEpsilon = 1e-5;

/// Layers of the same sizes and activations, without normalisation.
template <class T>
std::vector<Dense> without_normalisation(const Network<T>& network) {
    std::vector<Dense> layers;
    for (Index l = 1; l <= network.L(); ++l) {
        const Layer& layer = network.layer(l);
        layers.push_back({layer.n, layer.activation, layer.dropout, layer.function});
    }
    return layers;
}

/// W[l] and b[l] of `folded`, which has those layers, become those with which it predicts what the
/// network predicts.
template <class T>
void fold_normalisation(const Network<T>& network, Network<T>& folded) {
    for (Index l = 1; l <= network.L(); ++l) {
        const Layer& layer = network.layer(l);
        const Index n = layer.n;
        MatrixMap<T> W = folded.W(l), b = folded.b(l);
        W = ConstMatrixMap<T>(network.W_data(l), n, layer.n_prev);
        b = ConstMatrixMap<T>(network.b_data(l), n, 1);
        if (!layer.batch_norm) continue;
        const T* parameters = network.parameters().data();
        const T *gamma = parameters + layer.gamma, *beta = parameters + layer.beta;
        const T *mean = network.state().data() + layer.running, *variance = mean + n;
        for (Index i = 0; i < n; ++i) {
            const T scale = gamma[i] / std::sqrt(variance[i] + static_cast<T>(kNormalisationEpsilon));
            W.row(i) *= scale;
            b(i, 0) = scale * (b(i, 0) - mean[i]) + beta[i];
        }
    }
}

}  // namespace descend
