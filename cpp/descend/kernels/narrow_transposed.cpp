#include <algorithm>

#include "descend/kernels/ahead.hpp"
#include "descend/kernels/constant.hpp"
#include "descend/kernels/narrow.hpp"
#include "descend/kernels/slice.hpp"

namespace descend {
namespace {

using simd::kLanes;
using simd::Vec;

/// C (rows, columns), which is written, and before that perhaps read, as C^T, some columns at a time.
template <class T>
struct Output {
    Index rows;
    Index columns;
    Layout layout;
    T* C;

    /// R (rows, width), its rows `ld` apart, = columns [first, first + width).
    void read(Index first, Index width, T* R, Index ld) const {
        for (Index k = 0; k < width; ++k) {
            for (Index u = 0; u < rows; ++u) R[u * ld + k] = C[place(u, first + k)];
        }
    }

    /// Columns [first, first + width) = R, whose rows are `ld` apart, a multiple of kLanes<T>.
    void write(Index first, Index width, const T* R, Index ld) const {
        if (layout == Layout::narrow) {
            const NarrowPlaces<T> places{rows, columns};
            for (Index u = 0; u < rows; ++u) {
                T* const to = C + places.of(u, first);
                const Index units = places.units_of(places.group_of(u));
                for (Index k = 0; k < width; k += kLanes<T>)
                    simd::store(to + k * units, simd::load(R + u * ld + k));
            }
        } else if (rows <= kFewUnits) {
            for (Index u = 0; u < rows; ++u) {
                for (Index k = 0; k < width; ++k) C[place(u, first + k)] = R[u * ld + k];
            }
        } else {
            write_transposed(first, width, R, ld);
        }
    }

  private:
    Index place(Index u, Index k) const {
        if (layout == Layout::columns) return k * rows + u;
        return NarrowPlaces<T>{rows, columns}.of(u, k / kLanes<T> * kLanes<T>) + k % kLanes<T>;
    }

    void write_transposed(Index first, Index width, const T* R, Index ld) const {
        for (Index u = 0; u < rows; u += kLanes<T>) {
            const Index count = std::min(kLanes<T>, rows - u);
            for (Index k = 0; k < width; k += kLanes<T>) {
                Vec<T> block[kLanes<T>];
                for (Index i = 0; i < kLanes<T>; ++i)
                    block[i] = i < count ? simd::load(R + (u + i) * ld + k) : Vec<T>(T(0));
                simd::transpose(block);
                for (Index i = 0; i < std::min(kLanes<T>, width - k); ++i)
                    simd::store_first(C + (first + k + i) * rows + u, block[i], count);
            }
        }
    }
};

/// Vectors of inputs that a few units' chains take together.
constexpr int kFewVectors = 4;

/// sums (rows, width), its rows kFewVectors vectors apart, = or, where `accumulate`, += rows [i, i + width)
/// of A dZ^T for a few units, one after the other; width <= kFewVectors * kLanes<T>.
template <class T>
void outer_few(const LeftFactor<T>& left, Index m, const T* const* example, Index i, Index width,
               bool accumulate, T* sums) {
    constexpr int V = kFewVectors;
    const auto with = [&](auto read) {
        for (Index u = 0; u < left.rows; ++u) {
            const T* dZ = left.data + u;
            Vec<T> even[V], odd[V];
            std::fill(even, even + V, Vec<T>(T(0)));
            std::fill(odd, odd + V, Vec<T>(T(0)));
            const auto add = [&](Index j, Vec<T>(&to)[V]) {
                const Vec<T> dz(dZ[j * left.ld]);
#pragma GCC unroll 4
                for (int v = 0; v < V; ++v)
                    to[v] = simd::fma(dz, read(example[j] + i + v * kLanes<T>, v), to[v]);
            };
            Index j = 0;
            for (; j + 2 <= m; j += 2) {
                add(j, even);
                add(j + 1, odd);
            }
            if (j < m) add(j, even);
            T* const of_unit = sums + u * V * kLanes<T>;
            for (int v = 0; v < V; ++v) {
                const Vec<T> sum = even[v] + odd[v];
                T* const at = of_unit + v * kLanes<T>;
                simd::store(at, accumulate ? simd::load(at) + sum : sum);
            }
        }
    };
    if (width == V * kLanes<T>) {
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

/// Lines of the next examples that a tile asks for.
constexpr Index kOuterLines = 2;

/// What a tile of some units by kOuterVectors vectors of inputs multiplies: `steps` examples' dZ, `ld`
/// apart, and their inputs, from `slice`, or, where `example` is not null, from input i of the examples on,
/// and, if they are read `again`, into the slice. Where it reads the slice, it asks for kOuterLines lines of
/// each of the `next` examples.
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
    Next<T> next;
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
#pragma GCC unroll 2
            for (Index line = 0; line < kOuterLines; ++line)
                __builtin_prefetch(of.next[k] + line * kAlignment / static_cast<Index>(sizeof(T)));
            add(k, [&](int v) { return simd::load(from + v * kLanes<T>); });
        }
    }
#pragma GCC unroll 6
    for (int u = 0; u < N; ++u) {
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) simd::store(of.sums + u * kWidth + v * kLanes<T>, c[u][v]);
    }
}

/// The same for more units, kOuterVectors vectors apart; width <= kOuterVectors * kLanes<T>.
template <class T>
void outer(const LeftFactor<T>& left, Index m, const T* const* example, Index i, Index width, bool accumulate,
           T* sums) {
    constexpr Index kWidth = kOuterVectors * kLanes<T>, kMostSteps = 56;
    alignas(kAlignment) T slice[kMostSteps * kWidth];
    const Index slices = std::max<Index>(1, (m + kMostSteps - 1) / kMostSteps),
                tiles = (left.rows + kOuterUnits - 1) / kOuterUnits;
    for (Index s = 0; s < slices; ++s) {
        const Index j = m * s / slices, end_of_slice = m * (s + 1) / slices, steps = end_of_slice - j;
        const bool copied = width < kWidth;
        if (copied) copy_slice(example + j, steps, i, width, slice, kWidth);
        Next<T> next = end_of_slice < m ? Next<T>{example + end_of_slice, m - end_of_slice, i}
                                        : Next<T>{example, m, i + kWidth};
        for (Index tile = 0; tile < tiles; ++tile) {
            const Index u = left.rows * tile / tiles, end = left.rows * (tile + 1) / tiles;
            const OuterTile<T> of{left.data + j * left.ld + u,
                                  left.ld,
                                  tile == 0 && !copied ? example + j : nullptr,
                                  i,
                                  tiles > 1,
                                  slice,
                                  steps,
                                  accumulate || j > 0,
                                  sums + u * kWidth,
                                  next};
            with_constant<kOuterUnits>(end - u, [&](auto n) { outer_tile<T, decltype(n)::value>(of); });
            if (of.example == nullptr) next.k += kOuterLines * kAlignment / static_cast<Index>(sizeof(T));
        }
    }
}

}  // namespace

template <class T>
void multiply_transposed_narrow(const LeftFactor<T>& left, Index m, const T* const* example, Index inputs,
                                Index first, Index last, bool accumulate, Layout layout, T* C) {
    const Output<T> out{left.rows, last - first, layout, C};
    const bool few = takes_few_units<T>(left.rows, inputs);
    const Index most = (few ? kFewVectors : kOuterVectors) * kLanes<T>;
    alignas(kAlignment) T sums[kMostNarrowUnits * std::max(kFewVectors, kOuterVectors) * kLanes<T>];
    for (Index i = first; i < last; i += most) {
        const Index width = std::min(most, last - i);
        if (accumulate) out.read(i - first, width, sums, most);
        (few ? outer_few<T> : outer<T>)(left, m, example, i, width, accumulate, sums);
        out.write(i - first, width, sums, most);
    }
}

#define DESCEND_INSTANTIATE(T)                                                                              \
    template void multiply_transposed_narrow<T>(const LeftFactor<T>&, Index, const T* const*, Index, Index, \
                                                Index, bool, Layout, T*);
DESCEND_INSTANTIATE(float)
DESCEND_INSTANTIATE(double)
#undef DESCEND_INSTANTIATE

}  // namespace descend
