// Graphs as activations and losses of networks. A block of examples lies side by side, a lane each.
#pragma once

#include <string>

#include "descend/core/functions.hpp"
#include "descend/graph/program.hpp"

namespace descend::graph {

/// a = g(z): both (n, 1).
class GraphActivation final : public ActivationFunction {
  public:
    /// std::invalid_argument where a is no column like z, or is not computed from z alone.
    GraphActivation(std::string name, Expression z, Expression a);

    std::string_view name() const override { return name_; }
    Index units() const override { return z_->shape.rows; }
    void forward(Index m, const float* Z, float* A) const override;
    void forward(Index m, const double* Z, double* A) const override;
    void backward(Index m, const float* Z, const float* dA, float* dZ) const override;
    void backward(Index m, const double* Z, const double* dA, double* dZ) const override;

  private:
    template <class T>
    void run(const Program<T>& program, Index m, const T* Z, T* A) const;
    template <class T>
    void run_back(const Program<T>& program, Index m, const T* Z, const T* dA, T* dZ) const;

    std::string name_;
    Expression z_;
    Expression a_;
    bool each_alone_;  ///< every number of a is made from one of z, all alike
    Program<float> single_;
    Program<double> whole_;
};

/// L(a, y), a number, from columns a and y (n, 1).
class GraphLoss final : public LossFunction {
  public:
    /// std::invalid_argument where the loss is no number, or is not computed from a and y alone.
    GraphLoss(std::string name, Expression a, Expression y, Expression loss);

    std::string_view name() const override { return name_; }
    Index units() const override { return a_->shape.rows; }
    void evaluate(Index m, const float* A, const float* Y, const std::int32_t* label, const float* weight,
                  double* example_loss, float* dA) const override;
    void evaluate(Index m, const double* A, const double* Y, const std::int32_t* label, const double* weight,
                  double* example_loss, double* dA) const override;

  private:
    template <class T>
    void run(const Program<T>& program, Index m, const T* A, const T* Y, const std::int32_t* label,
             const T* weight, double* example_loss, T* dA) const;

    std::string name_;
    Expression a_;
    Expression y_;
    Expression loss_;
    Program<float> single_;
    Program<double> whole_;
};

}  // namespace descend::graph
