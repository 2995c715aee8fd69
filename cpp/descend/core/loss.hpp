// The losses by name, and which output activation goes with which.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "descend/core/activations.hpp"
#include "descend/core/functions.hpp"
#include "descend/core/names.hpp"

namespace descend {

enum class LossKind {
    binary_cross_entropy,
    cross_entropy,
    squared_error,
    absolute_error,
    huber,
    quantile,
    poisson,
    custom
};

inline constexpr std::array<std::string_view, 7> kLossNames = {"binary_cross_entropy",
                                                               "cross_entropy",
                                                               "squared_error",
                                                               "absolute_error",
                                                               "huber",
                                                               "quantile",
                                                               "poisson"};

/// L_i of one example with n outputs a, logits z and targets y (each (n)); m of them make the cost
/// J = sum_i w_i L_i / sum_i w_i.
///
///     binary_cross_entropy   -sum (y log a + (1 - y) log(1 - a)),  a = sigmoid(z)
///     cross_entropy          -sum y log a,                         a = softmax(z); or -log a[label]
///     squared_error          mean (a - y)^2 / 2
///     absolute_error         mean |a - y|
///     huber                  mean r^2 / 2 where |r| <= delta, else delta (|r| - delta / 2);  r = a - y
///     quantile               mean q r where r >= 0, else (q - 1) r;  r = y - a
///     poisson                mean a - y z,  a = exp(z)
///     custom                 function(a, y)
///
/// The cross-entropies may smooth their targets by a share s: y becomes (1 - s) y + s / n, and (1 - s) y +
/// s / 2 where each output is a label of its own. Where a loss has a kink, at a = y, its derivative is 0.
struct Loss {
    LossKind kind;
    double parameter = 0.0;  ///< huber's delta > 0, quantile's q in (0, 1), the cross-entropies' s in [0, 1)
    std::shared_ptr<const LossFunction> function = nullptr;
};

constexpr std::string_view loss_name(LossKind kind) {
    if (kind == LossKind::custom) return "custom";
    return kLossNames[static_cast<std::size_t>(kind)];
}

inline LossKind loss_from_name(std::string_view name) {
    return from_name<LossKind>("loss", kLossNames, name);
}

/// std::invalid_argument where the loss cannot have its parameter.
void check_parameter(const Loss& loss);

/// std::invalid_argument where no network of n outputs may end so: it names both, and the pairs that exist.
void check_pair(Activation output, Index n, const Loss& loss);

}  // namespace descend
