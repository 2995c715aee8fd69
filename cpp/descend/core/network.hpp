// A network: its layers, and one flat vector in which all their weights lie.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "descend/core/activations.hpp"
#include "descend/core/functions.hpp"
#include "descend/core/types.hpp"

namespace descend {

/// What a layer is, before it has weights: n[l] units, its activation g[l], the share of its outputs that
/// dropout silences in training, and whether Z[l] is normalised over the batch before g[l].
struct Dense {
    Index units;
    Activation activation;
    double dropout = 0.0;
    std::shared_ptr<const ActivationFunction> function = nullptr;  ///< g[l], where that is custom
    bool batch_norm = false;
};

/// Layer l of a network: W[l] (n, n_prev) and b[l] (n, 1) begin at these places of the parameters. Where it
/// has batch normalisation, gamma[l] (n) and beta[l] (n) begin there too, and the running mean (n) and
/// variance (n) at one of the state.
struct Layer {
    Index n;
    Index n_prev;
    Activation activation;
    double dropout;
    std::shared_ptr<const ActivationFunction> function;
    bool batch_norm;
    Index W;
    Index b;
    Index gamma;
    Index beta;
    Index running;
};

/// A deep L-layer network. `parameters` holds, for l = 1 .. L, W[l] column-major, b[l] and, with batch
/// normalisation, gamma[l] and beta[l], without padding; `state` the running means and variances.
template <class T>
class Network {
  public:
    Network(Index n_inputs, const std::vector<Dense>& layers);

    Index L() const { return static_cast<Index>(layers_.size()); }
    /// n[0] is the number of features, n[L] that of outputs.
    Index n(Index l) const { return l == 0 ? n_inputs_ : layer(l).n; }
    const Layer& layer(Index l) const { return layers_[static_cast<std::size_t>(l - 1)]; }

    Buffer<T>& parameters() { return parameters_; }
    const Buffer<T>& parameters() const { return parameters_; }
    Buffer<T>& state() { return state_; }
    const Buffer<T>& state() const { return state_; }
    /// Whether any layer has batch normalisation.
    bool normalises() const { return state_.size() > 0; }
    MatrixMap<T> W(Index l) { return {parameters_.data() + layer(l).W, layer(l).n, layer(l).n_prev}; }
    MatrixMap<T> b(Index l) { return {parameters_.data() + layer(l).b, layer(l).n, 1}; }
    const T* W_data(Index l) const { return parameters_.data() + layer(l).W; }
    const T* b_data(Index l) const { return parameters_.data() + layer(l).b; }

    /// Set while somebody trains; whoever else wants to train, edit or predict then is refused.
    std::atomic<bool>& in_training() { return in_training_; }

  private:
    Index n_inputs_;
    std::vector<Layer> layers_;
    Buffer<T> parameters_;
    Buffer<T> state_;
    std::atomic<bool> in_training_{false};
};

template <class T>
Network<T>::Network(Index n_inputs, const std::vector<Dense>& layers) : n_inputs_(n_inputs) {
    if (n_inputs < 1)
        throw std::invalid_argument("n_inputs is " + std::to_string(n_inputs) +
                                    "; a network needs at least 1");
    if (layers.empty()) throw std::invalid_argument("a network needs at least one layer: its output layer");
    Index next = 0, next_running = 0, n_prev = n_inputs;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Dense& dense = layers[i];
        const std::string place = "layer " + std::to_string(i + 1);
        const bool output = i + 1 == layers.size();
        if (dense.units < 1) {
            throw std::invalid_argument(place + " has " + std::to_string(dense.units) +
                                        " units; it needs at least 1");
        }
        if (dense.activation == Activation::softmax && !output) {
            throw std::invalid_argument(place + " has softmax, which is for the output layer only");
        }
        if ((dense.activation == Activation::custom) != (dense.function != nullptr) ||
            (dense.function && dense.function->units() != dense.units)) {
            throw std::invalid_argument(place + " needs a function of its " + std::to_string(dense.units) +
                                        " units if its activation is custom, and only then");
        }
        if (!(dense.dropout >= 0.0 && dense.dropout < 1.0)) {
            throw std::invalid_argument(place + " has dropout " + std::to_string(dense.dropout) +
                                        "; it must lie in [0, 1)");
        }
        if (output && dense.dropout > 0.0) {
            throw std::invalid_argument("the output layer has dropout; only hidden layers may");
        }
        if (output && dense.batch_norm) {
            throw std::invalid_argument("the output layer has batch_norm; only hidden layers may");
        }
        const Index n = dense.units, b = next + n * n_prev, gamma = b + n, beta = gamma + n;
        layers_.push_back({n, n_prev, dense.activation, dense.dropout, dense.function, dense.batch_norm, next,
                           b, gamma, beta, next_running});
        next = dense.batch_norm ? beta + n : gamma;
        next_running += dense.batch_norm ? 2 * n : 0;
        n_prev = n;
    }
    parameters_.resize(next);
    state_.resize(next_running);
    for (const Layer& layer : layers_) {
        if (!layer.batch_norm) continue;
        std::fill_n(parameters_.data() + layer.gamma, layer.n, T(1));
        std::fill_n(state_.data() + layer.running + layer.n, layer.n, T(1));
    }
}

}  // namespace descend
