// Activations, their derivatives and softmax.
#include <string>

#include "ceilings.hpp"
#include "descend/kernels/elementwise.hpp"
#include "register.hpp"

namespace descend::bench {
namespace {

template <class T>
Buffer<T> between_minus_8_and_8(Index size) {
    Buffer<T> x(size);
    for (Index i = 0; i < size; ++i) x[i] = static_cast<T>(i * 7919 % 1601) / T(100) - T(8);
    return x;
}

template <class T>
void register_elementwise_of(const std::string& dtype) {
    constexpr Index kInFirstLevel = 2048, kInSecondLevel = 64 * 1024;
    constexpr Index bytes = sizeof(T);
    for (std::size_t k = 0; k < kActivationNames.size(); ++k) {
        const auto g = static_cast<Activation>(k);
        if (g == Activation::linear || g == Activation::softmax) continue;
        const std::string name(kActivationNames[k]);
        for (const Index size : {kInFirstLevel, kInSecondLevel}) {
            add({name, dtype, std::to_string(size)}, [g, size](benchmark::State& state) {
                const Buffer<T> Z = between_minus_8_and_8<T>(size);
                Buffer<T> A(size);
                measure_bytes(state, 2 * size * bytes, 2 * size * bytes,
                              [&] { activate(g, Z.data(), A.data(), size); });
            });
            add({name + "'", dtype, std::to_string(size)}, [g, size](benchmark::State& state) {
                const Buffer<T> Z = between_minus_8_and_8<T>(size), dA = Z;
                Buffer<T> A(size), dZ(size);
                activate(g, Z.data(), A.data(), size);
                const Index arrays = needs_z(g) ? 4 : 3;
                measure_bytes(state, arrays * size * bytes, arrays * size * bytes,
                              [&] { activate_backward(g, Z.data(), A.data(), dA.data(), dZ.data(), size); });
            });
        }
    }
    for (const Index n : {Index{3}, Index{10}, Index{1000}}) {
        constexpr Index m = 128;
        add({"softmax", dtype, std::to_string(n), std::to_string(m)}, [n](benchmark::State& state) {
            const Buffer<T> Z = between_minus_8_and_8<T>(n * m);
            Buffer<T> A(n * m);
            measure_bytes(state, 2 * n * m * bytes, 2 * n * m * bytes,
                          [&] { softmax(Z.data(), A.data(), n, m); });
        });
    }
}

}  // namespace

void register_elementwise() {
    register_elementwise_of<float>("float32");
    register_elementwise_of<double>("float64");
}

}  // namespace descend::bench
