// A network: its layers, and one flat vector in which all their weights lie.
#pragma once

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "descend/core/activations.hpp"
#include "descend/core/functions.hpp"
#include "descend/core/types.hpp"

namespace descend {

/// What a layer is, before it has weights: n[l] units, its activation g[l], and the share of its outputs that
/// dropout silences in training.
struct Dense {
    Index units;
    Activation activation;
    double dropout = 0.0;
    std::shared_ptr<const ActivationFunction> function = nullptr;  ///< g[l], where that is custom
};

/// Layer l of a network: W[l] (n, n_prev) and b[l] (n, 1) begin at these places of the flat vector.
struct Layer {
    Index n;
    Index n_prev;
    Activation activation;
    double dropout;
    std::shared_ptr<const ActivationFunction> function;
    Index W;
    Index b;
};

/// A deep L-layer network. `parameters` holds, for l = 1 .. L, W[l] column-major and then b[l], without
/// padding.
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
    std::atomic<bool> in_training_{false};
};

template <class T>
Network<T>::Network(Index n_inputs, const std::vector<Dense>& layers) : n_inputs_(n_inputs) {
    if (n_inputs < 1)
        throw std::invalid_argument("n_inputs is " + std::to_string(n_inputs) +
                                    "; a network needs at least 1");
    if (layers.empty()) throw std::invalid_argument("a network needs at least one layer: its output layer");
    Index next = 0, n_prev = n_inputs;
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
        layers_.push_back({dense.units, n_prev, dense.activation, dense.dropout, dense.function, next,
                           next + dense.units * n_prev});
        next += dense.units * n_prev + dense.units;
        n_prev = dense.units;
    }
    parameters_.resize(next);
}

}  // namespace descend
