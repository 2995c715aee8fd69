// The three products of a dense layer, on the shapes of the workloads.
#include <string>
#include <vector>

#include "ceilings.hpp"
#include "descend/kernels/narrow.hpp"
#include "descend/kernels/product.hpp"
#include "register.hpp"

namespace descend::bench {
namespace {

/// A layer of `n` units with `n_prev` inputs, and `m` examples.
struct Shape {
    Index n;
    Index n_prev;
    Index m;
};

constexpr Shape kShapes[] = {
    {20, 12288, 209},  {32, 64, 32},       {10, 32, 32},     {64, 8, 256},      {64, 64, 256},
    {128, 784, 32},    {128, 784, 128},    {64, 128, 128},   {10, 64, 128},     {128, 784, 512},
    {256, 54, 1024},   {256, 256, 1024},   {1024, 784, 256}, {1024, 1024, 256}, {10, 1024, 256},
    {2048, 784, 1024}, {2048, 2048, 1024},
};

double flops(Shape s) {
    return 2.0 * static_cast<double>(s.n * s.n_prev * s.m);
}

/// A matrix (rows, columns) of small numbers, and where its columns start.
template <class T>
struct Filled {
    Buffer<T> data;
    std::vector<const T*> column;

    Filled(Index rows, Index columns) : data(rows * columns) {
        for (Index i = 0; i < data.size(); ++i) data[i] = static_cast<T>(i % 17 - 8) / T(64);
        for (Index j = 0; j < columns; ++j) column.push_back(data.data() + j * rows);
    }
};

/// W (rows, inner) in the layout that a layer of this shape reads.
template <class T>
LeftFactor<T> laid_out(const T* W, Index rows, Index inner, Buffer<T>& room) {
    room.resize(packed_size<T>(rows, inner));
    if (is_narrow<T>(rows, inner)) {
        room.resize(narrow_size<T>(rows, inner));
        pack_narrow(W, rows, inner, rows, 0, inner, room.data());
        return {room.data(), rows, inner, Layout::narrow};
    }
    if (is_tall<T>(rows)) {
        pack(W, rows, inner, 0, inner, room.data());
        return {room.data(), rows, inner, Layout::panels};
    }
    return {W, rows, inner, Layout::columns};
}

/// Z = W A_prev + b
template <class T>
void forward(benchmark::State& state, Shape s) {
    const Filled<T> W(s.n, s.n_prev), A_prev(s.n_prev, s.m), b(s.n, 1);
    Buffer<T> room, Z(s.n * s.m);
    const LeftFactor<T> left = laid_out(W.data.data(), s.n, s.n_prev, room);
    measure_flops<T>(state, flops(s), [&] {
        multiply(left, A_prev.column.data(), s.m, b.data.data(), Epilogue::relu, Z.data(), s.n);
    });
}

/// dA_prev = W^T dZ
template <class T>
void backward(benchmark::State& state, Shape s) {
    const Filled<T> W(s.n, s.n_prev), dZ(s.n, s.m);
    Buffer<T> panels(packed_size<T>(s.n_prev, s.n)), dA_prev(s.n_prev * s.m);
    pack_transposed(W.data.data(), s.n, s.n_prev, 0, s.n_prev, panels.data());
    const LeftFactor<T> left{panels.data(), s.n_prev, s.n, Layout::panels};
    measure_flops<T>(state, flops(s), [&] {
        multiply(left, dZ.column.data(), s.m, static_cast<const T*>(nullptr), Epilogue::none, dA_prev.data(),
                 s.n_prev);
    });
}

/// dW = dZ A_prev^T
template <class T>
void gradient(benchmark::State& state, Shape s) {
    const Filled<T> dZ(s.n, s.m), A_prev(s.n_prev, s.m);
    Buffer<T> panels(packed_size<T>(s.n, s.m)), dW(s.n * s.n_prev);
    const bool tall = is_tall<T>(s.n);
    if (tall) pack(dZ.data.data(), s.n, s.m, 0, s.m, panels.data());
    const LeftFactor<T> left{tall ? panels.data() : dZ.data.data(), s.n, s.m,
                             tall ? Layout::panels : Layout::columns};
    measure_flops<T>(state, flops(s), [&] {
        multiply_transposed(left, s.m, A_prev.column.data(), s.n_prev, 0, s.n_prev, false, Layout::columns,
                            dW.data());
    });
}

template <class T>
void register_products_of(const std::string& dtype) {
    const auto add_product = [&](const char* product, void (*run)(benchmark::State&, Shape), Shape s) {
        const std::string layer = std::to_string(s.n_prev) + "-" + std::to_string(s.n);
        add({product, dtype, layer, std::to_string(s.m)},
            [run, s](benchmark::State& state) { run(state, s); });
    };
    for (const Shape s : kShapes) {
        add_product("forward", &forward<T>, s);
        add_product("backward", &backward<T>, s);
        add_product("gradient", &gradient<T>, s);
    }
}

}  // namespace

void register_products() {
    register_products_of<float>("float32");
    register_products_of<double>("float64");
}

}  // namespace descend::bench
