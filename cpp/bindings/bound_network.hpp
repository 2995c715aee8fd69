// A network as Python holds it.
#pragma once

#include <mutex>

#include "descend/pipeline/evaluate.hpp"

namespace descend::python {

/// A network and the room that its predictions keep between calls.
template <class T>
struct BoundNetwork : Network<T> {
    BoundNetwork(Index n_inputs, const std::vector<Dense>& layers)
        : Network<T>(n_inputs, layers), predictor(*this) {}

    Predictor<T> predictor;
    std::mutex predicting;
};

/// While it lives, the network is its owner's alone.
template <class T>
class Claim {
  public:
    explicit Claim(Network<T>& network) : network_(network) {
        if (network.in_training().exchange(true)) {
            throw std::runtime_error(
                "this network is being trained; wait until that ends, or work on a copy");
        }
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim() { network_.in_training() = false; }

  private:
    Network<T>& network_;
};

}  // namespace descend::python
