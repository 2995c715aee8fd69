// The optimisers' pass over the flat vectors.
#include <string>

#include "ceilings.hpp"
#include "descend/kernels/denormals.hpp"
#include "descend/pipeline/update.hpp"
#include "register.hpp"

namespace descend::bench {
namespace {

template <class T>
void register_updates_of(const std::string& dtype) {
    constexpr Index kSmall = 2'000, kMnist = 109'386, kWide = 1'863'690;
    for (std::size_t k = 0; k < kOptimizerNames.size(); ++k) {
        for (const Index size : {kSmall, kMnist, kWide}) {
            const auto kind = static_cast<OptimizerKind>(k);
            const std::string name(kOptimizerNames[k]);
            add({name, dtype, std::to_string(size)}, [kind, size](benchmark::State& state) {
                const HyperParameters hyper{.momentum = 0.9,
                                            .beta1 = 0.9,
                                            .beta2 = 0.999,
                                            .rho = 0.9,
                                            .epsilon = 1e-8,
                                            .weight_decay = 0.01};
                Optimizer<T> optimizer(kind, hyper, size);
                Buffer<T> gradient(size), parameters(size);
                for (Index i = 0; i < size; ++i) gradient[i] = static_cast<T>(i % 17 - 8) / T(64);
                const FlushDenormals flush;
                // W and the moments are read and written, the gradient is read.
                const Index moments = Optimizer<T>::n_moments(kind), bytes = size * Index{sizeof(T)};
                measure_bytes(state, (3 + 2 * moments) * bytes, (2 + moments) * bytes, [&] {
                    const StepConstants<T> constants(hyper, 1e-3, ++optimizer.step);
                    update(optimizer, constants, gradient.data(), T(1), Penalty{}, true, 0, size,
                           parameters.data());
                });
            });
        }
    }
}

}  // namespace

void register_updates() {
    register_updates_of<float>("float32");
    register_updates_of<double>("float64");
}

}  // namespace descend::bench
