#include "descend/core/loss.hpp"

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace descend {
namespace {

bool is_pair(Activation output, LossKind loss) {
    switch (loss) {
        case LossKind::binary_cross_entropy:
            return output == Activation::sigmoid || output == Activation::linear;
        case LossKind::cross_entropy:
            return output == Activation::softmax || output == Activation::linear;
        case LossKind::poisson:
            return output == Activation::exp || output == Activation::linear;
        case LossKind::quantile:
            return output == Activation::linear;
        case LossKind::squared_error:
        case LossKind::custom:
            return true;
        case LossKind::absolute_error:
        case LossKind::huber:
            return output != Activation::softmax;
    }
    return false;
}

/// Whether a number may be a loss's parameter, what that is called, and which numbers may be.
struct Allowed {
    bool good;
    std::string_view parameter, range;
};

Allowed allowed(LossKind loss, double x) {
    switch (loss) {
        case LossKind::huber:
            return {x > 0.0 && std::isfinite(x), "delta", "it must be finite and above 0"};
        case LossKind::quantile:
            return {x > 0.0 && x < 1.0, "q", "it must lie in (0, 1)"};
        case LossKind::binary_cross_entropy:
        case LossKind::cross_entropy:
            return {x >= 0.0 && x < 1.0, "label smoothing", "it must lie in [0, 1)"};
        default:
            return {x == 0.0, "parameter", "it takes none"};
    }
}

}  // namespace

void check_parameter(const Loss& loss) {
    const auto [good, parameter, range] = allowed(loss.kind, loss.parameter);
    if (good) return;
    std::ostringstream text;
    text << "the loss '" << loss_name(loss.kind) << "' has the " << parameter << ' ' << loss.parameter << "; "
         << range;
    throw std::invalid_argument(text.str());
}

void check_pair(Activation output, Index n, const Loss& loss) {
    if (loss.function && loss.function->units() != n) {
        throw std::invalid_argument("the loss '" + std::string(loss.function->name()) + "' is one of " +
                                    std::to_string(loss.function->units()) + " outputs; the network has " +
                                    std::to_string(n));
    }
    if (is_pair(output, loss.kind)) return;
    throw std::invalid_argument("the output activation '" + std::string(name(output)) +
                                "' does not go with the loss '" + std::string(loss_name(loss.kind)) +
                                "'; the pairs that exist are sigmoid with binary_cross_entropy, softmax with "
                                "cross_entropy or squared_error, "
                                "exp with poisson, linear with every loss (on logits where it has a link), "
                                "any activation but softmax with squared_error, absolute_error or huber, "
                                "and any activation with a loss of your own");
}

}  // namespace descend
