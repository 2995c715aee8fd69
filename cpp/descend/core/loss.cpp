#include "descend/core/loss.hpp"

#include <stdexcept>
#include <string>

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

}  // namespace

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
