// What a network at rest says of examples: predictions, a cost, a cost with its gradient.
#pragma once

#include <functional>
#include <memory>

#include "descend/core/fold.hpp"
#include "descend/kernels/company.hpp"
#include "descend/kernels/team.hpp"
#include "descend/pipeline/step.hpp"

namespace descend {

/// The forward pass alone, with room kept between calls. Not for two callers at once.
template <class T>
class Predictor {
  public:
    /// For X of one kind, sparse or not.
    explicit Predictor(const Network<T>& network, bool sparse = false)
        : given_(network),
          folded_(network.normalises()
                      ? std::make_unique<Network<T>>(network.n(0), without_normalisation(network))
                      : nullptr),
          network_(folded_ ? *folded_ : network),
          weights_(network_, WeightPanels<T>::For::forward, sparse) {}

    /// out (n[L], m) = A[L], the output layer's activations, for X (n[0], m). False: a number in X is not
    /// finite, and out is not to be used.
    bool predict(const T* X, Index m, T* out, int n_threads) {
        return predict(Examples<T>{X, nullptr, nullptr, nullptr, m}, out, n_threads);
    }
    void predict(const SparseMatrix<T>& X, Index m, T* out, int n_threads) {
        predict(Examples<T>{nullptr, nullptr, nullptr, nullptr, m, X}, out, n_threads);
    }

    /// The weighted mean of the loss over the examples; without penalties.
    double cost(const Examples<T>& examples, const Loss& loss, int n_threads);

  private:
    static constexpr Index kBlock = 60;

    bool predict(const Examples<T>& examples, T* out, int n_threads);

    /// Calls use(first, last, Z_L) for blocks of examples, each by one worker, with Z[L] (n[L], last -
    /// first), unless admit(first, last) says that the worker is to stop there.
    template <class Admit, class Use>
    void for_each_block(const Examples<T>& examples, int n_threads, Admit&& admit, Use&& use);

    const Network<T>& given_;
    std::unique_ptr<Network<T>> folded_;  ///< what the given one is with its running means in its weights
    const Network<T>& network_;
    WeightPanels<T> weights_;
    std::vector<Cache<T>> caches_;  ///< a worker each
    std::vector<const T*> x_;
    std::vector<SparseColumn<T>> sparse_x_;
};

/// J over all examples, penalties included, and its gradient with respect to the flat parameters. `poll` is
/// called by this thread now and then: where it says no, J is NaN and the gradient is not written.
template <class T>
double cost_and_gradient(const Network<T>& network, const Examples<T>& examples, const Loss& loss,
                         const Penalty& penalty, int n_threads, T* gradient,
                         const std::function<bool()>& poll = nullptr);

}  // namespace descend
