// A program that embeds the library: a network learns the exclusive or of two numbers, and is asked.
#include <cstdio>
#include <cstdlib>

#include "descend/core/initialise.hpp"
#include "descend/pipeline/evaluate.hpp"
#include "descend/pipeline/train.hpp"

int main() {
    using namespace descend;

    const float X[] = {0, 0, 0, 1, 1, 0, 1, 1};  // (2, 4): a column per example
    const float Y[] = {0, 1, 1, 0};              // (1, 4)
    const Examples<float> examples{X, Y, nullptr, nullptr, 4};
    const Loss loss{LossKind::binary_cross_entropy};

    Network<float> network(2, {{8, Activation::tanh}, {1, Activation::sigmoid}});
    for (Index l = 1; l <= network.L(); ++l) {
        initialise(Initialisation::xavier_normal, 1.0, /*seed=*/0, l, network.n(l), network.n(l - 1),
                   network.W(l).data());
    }

    const HyperParameters adam{.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    Optimizer<float> optimizer(OptimizerKind::adam, adam, network.parameters().size());
    Trainer<float> trainer(network, optimizer, examples, loss, {.batch_size = 4});
    const double learning_rate = 0.05;
    const auto outcome =
        trainer.run(500, &learning_rate, /*rate_each_step=*/false, /*seconds=*/60.0, nullptr);
    if (outcome != Trainer<float>::Outcome::done) return EXIT_FAILURE;

    float A[4];
    Predictor<float>(network).predict(X, 4, A, /*n_threads=*/1);
    for (int i = 0; i < 4; ++i) std::printf("%g xor %g: %.3f\n", X[2 * i], X[2 * i + 1], A[i]);
    std::printf("cost %.4f after %td epochs\n", trainer.costs().back(), trainer.epoch());
}
