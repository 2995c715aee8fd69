#include <algorithm>

#include "descend/kernels/constant.hpp"
#include "descend/kernels/narrow.hpp"
#include "descend/kernels/slice.hpp"

namespace descend {
namespace {

using simd::kLanes;
using simd::Vec;

/// Rows [i, i + width) of A dZ^T for a few units, one after the other; width <= kVectors * kLanes<T>.
template <class T, int kVectors>
DESCEND_INLINE void outer_few(const LeftFactor<T>& left, Index m, const T* const* example, Index i,
                              Index width, bool accumulate, T* C) {
    const auto with = [&](auto read) {
        for (Index u = 0; u < left.rows; ++u) {
            const T* dZ = left.data + u;
            Vec<T> even[kVectors], odd[kVectors];
            std::fill(even, even + kVectors, Vec<T>(T(0)));
            std::fill(odd, odd + kVectors, Vec<T>(T(0)));
            const auto add = [&](Index j, Vec<T>(&sums)[kVectors]) {
                const Vec<T> dz(dZ[j * left.ld]);
#pragma GCC unroll 4
                for (int v = 0; v < kVectors; ++v)
                    sums[v] = simd::fma(dz, read(example[j] + i + v * kLanes<T>, v), sums[v]);
            };
            Index j = 0;
            for (; j + 2 <= m; j += 2) {
                add(j, even);
                add(j + 1, odd);
            }
            if (j < m) add(j, even);
            T sums[kVectors * kLanes<T>];
            for (int v = 0; v < kVectors; ++v) simd::store(sums + v * kLanes<T>, even[v] + odd[v]);
            for (Index k = 0; k < width; ++k) {
                T& c = C[k * left.rows + u];
                c = accumulate ? c + sums[k] : sums[k];
            }
        }
    };
    if (width == kVectors * kLanes<T>) {
        with([](const T* p, int) { return simd::load(p); });
    } else {
        with([width](const T* p, int v) {
            return simd::load_first(p, std::clamp<Index>(width - v * kLanes<T>, 0, kLanes<T>));
        });
    }
}

/// Vectors of inputs by units whose chains run in registers together.
constexpr int kOuterVectors = simd::kRegisters == 32 ? 4 : 2;
constexpr int kOuterUnits = 6;

/// What a tile of some units by kOuterVectors vectors of inputs multiplies: `steps` examples' dZ, `ld`
/// apart, and their inputs, from `slice`, or, where `example` is not null, from input i of the examples on,
/// and, if they are read `again`, into the slice.
template <class T>
struct OuterTile {
    const T* dZ;
    Index ld;
    const T* const* example;
    Index i;
    bool again;
    T* slice;
    Index steps;
    bool accumulate;
    T* sums;
};

template <class T, int N>
void outer_tile(const OuterTile<T>& of) {
    constexpr int V = kOuterVectors;
    constexpr Index kWidth = V * kLanes<T>;
    Vec<T> c[N][V];
    for (int u = 0; u < N; ++u) {
        for (int v = 0; v < V; ++v)
            c[u][v] = of.accumulate ? simd::load(of.sums + u * kWidth + v * kLanes<T>) : Vec<T>(T(0));
    }
    const auto add = [&](Index k, auto x_at) {
        const T* dZ = of.dZ + k * of.ld;
        Vec<T> x[V];
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) x[v] = x_at(v);
#pragma GCC unroll 6
        for (int u = 0; u < N; ++u) {
            const Vec<T> dz(dZ[u]);
#pragma GCC unroll 4
            for (int v = 0; v < V; ++v) c[u][v] = simd::fma(dz, x[v], c[u][v]);
        }
    };
    if (of.example != nullptr && !of.again) {
        for (Index k = 0; k < of.steps; ++k) {
            const T* from = of.example[k] + of.i;
            add(k, [&](int v) { return simd::load(from + v * kLanes<T>); });
        }
    } else if (of.example != nullptr) {
        for (Index k = 0; k < of.steps; ++k) {
            const T* from = of.example[k] + of.i;
            T* to = of.slice + k * kWidth;
            add(k, [&](int v) {
                const Vec<T> x = simd::load(from + v * kLanes<T>);
                simd::store(to + v * kLanes<T>, x);
                return x;
            });
        }
    } else {
        for (Index k = 0; k < of.steps; ++k) {
            const T* from = of.slice + k * kWidth;
            add(k, [&](int v) { return simd::load(from + v * kLanes<T>); });
        }
    }
#pragma GCC unroll 6
    for (int u = 0; u < N; ++u) {
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) simd::store(of.sums + u * kWidth + v * kLanes<T>, c[u][v]);
    }
}

/// C (rows, width), a column after the other, = R, whose rows are `ld` apart, a multiple of kLanes<T>.
template <class T>
void transpose_rows(const T* R, Index ld, Index rows, Index width, T* C) {
    for (Index u = 0; u < rows; u += kLanes<T>) {
        const Index count = std::min(kLanes<T>, rows - u);
        for (Index k = 0; k < width; k += kLanes<T>) {
            Vec<T> block[kLanes<T>];
            for (Index i = 0; i < kLanes<T>; ++i)
                block[i] = i < count ? simd::load(R + (u + i) * ld + k) : Vec<T>(T(0));
            simd::transpose(block);
            for (Index i = 0; i < std::min(kLanes<T>, width - k); ++i)
                simd::store_first(C + (k + i) * rows + u, block[i], count);
        }
    }
}

}  // namespace

template <class T>
void multiply_transposed_narrow(const LeftFactor<T>& left, Index m, const T* const* example, Index inputs,
                                Index first, Index last, bool accumulate, T* C) {
    const Index rows = left.rows;
    if (takes_few_units<T>(rows, inputs)) {
        constexpr int kVectors = 4;
        for (Index i = first; i < last; i += kVectors * kLanes<T>) {
            outer_few<T, kVectors>(left, m, example, i, std::min(kVectors * kLanes<T>, last - i), accumulate,
                                   C + (i - first) * rows);
        }
        return;
    }
    constexpr int kVectors = kOuterVectors;
    constexpr Index kWidth = kVectors * kLanes<T>, kSteps = 48;
    alignas(kAlignment) T slice[kSteps * kWidth];
    alignas(kAlignment) T sums[kMostNarrowUnits * kWidth];
    const Index tiles = (rows + kOuterUnits - 1) / kOuterUnits;
    for (Index i = first; i < last; i += kWidth) {
        const Index width = std::min(kWidth, last - i);
        T* c = C + (i - first) * rows;
        for (Index k = 0; accumulate && k < width; ++k) {
            for (Index u = 0; u < rows; ++u) sums[u * kWidth + k] = c[k * rows + u];
        }
        for (Index j = 0; j == 0 || j < m; j += kSteps) {
            const Index steps = std::min(kSteps, m - j);
            const bool copied = width < kWidth;
            if (copied) copy_slice(example + j, steps, i, width, slice, kWidth);
            for (Index tile = 0; tile < tiles; ++tile) {
                const Index u = rows * tile / tiles, end = rows * (tile + 1) / tiles;
                const OuterTile<T> of{left.data + j * left.ld + u,
                                      left.ld,
                                      tile == 0 && !copied ? example + j : nullptr,
                                      i,
                                      tiles > 1,
                                      slice,
                                      steps,
                                      accumulate || j > 0,
                                      sums + u * kWidth};
                with_constant<kOuterUnits>(end - u, [&](auto n) { outer_tile<T, decltype(n)::value>(of); });
            }
        }
        transpose_rows(sums, kWidth, rows, width, c);
    }
}

#define DESCEND_INSTANTIATE(T)                                                                              \
    template void multiply_transposed_narrow<T>(const LeftFactor<T>&, Index, const T* const*, Index, Index, \
                                                Index, bool, T*);
DESCEND_INSTANTIATE(float)
DESCEND_INSTANTIATE(double)
#undef DESCEND_INSTANTIATE

}  // namespace descend
