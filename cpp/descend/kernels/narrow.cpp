#include "descend/kernels/narrow.hpp"

#include <algorithm>

#include "descend/kernels/slice.hpp"
#include "descend/kernels/tile.hpp"

namespace descend {
namespace {

using simd::kLanes;
using simd::Vec;

/// Units by examples whose chains run in registers together.
constexpr int kUnits = simd::kRegisters == 32 ? 4 : 2;
constexpr int kExamples = 5;

/// Inputs of one pass: these of kExamples examples and kUnits units share the first-level cache.
template <class T>
constexpr Index kInputs = 4096 / sizeof(T);

/// The partial sums of some units with some examples, a vector each.
template <class T>
using Sums = Vec<T>[kMostNarrowUnits][kExamples];

/// sums[u][j] += W(unit + u, k .. end) * x[j](k .. end), lane by lane.
template <class T, int U, int N>
DESCEND_INLINE void dot_tile(const T* W, Index inner, const T* const* x, Index k, Index end,
                             Vec<T> (*sums)[kExamples]) {
    Vec<T> c[U][N];
#pragma GCC unroll 8
    for (int u = 0; u < U; ++u) {
#pragma GCC unroll 8
        for (int j = 0; j < N; ++j) c[u][j] = sums[u][j];
    }
    const T* column[N];
    for (int j = 0; j < N; ++j) column[j] = x[j];
    const auto add = [&](Index at, auto read) {
        Vec<T> a[N];
#pragma GCC unroll 8
        for (int j = 0; j < N; ++j) a[j] = read(column[j] + at);
#pragma GCC unroll 8
        for (int u = 0; u < U; ++u) {
            const Vec<T> w = read(W + u * inner + at);
#pragma GCC unroll 8
            for (int j = 0; j < N; ++j) c[u][j] = simd::fma(w, a[j], c[u][j]);
        }
    };
    for (; k + kLanes<T> <= end; k += kLanes<T>) add(k, [](const T* p) { return simd::load(p); });
    if (const Index left = end - k; left > 0)
        add(k, [left](const T* p) { return simd::load_first(p, left); });
#pragma GCC unroll 8
    for (int u = 0; u < U; ++u) {
#pragma GCC unroll 8
        for (int j = 0; j < N; ++j) sums[u][j] = c[u][j];
    }
}

/// All units with N examples.
template <class T, int N>
void dot_examples(const LeftFactor<T>& left, const T* const* x, const T* bias, Epilogue epilogue, T* C) {
    Sums<T> sums;
    for (Index i = 0; i < left.rows; ++i) {
        for (int j = 0; j < N; ++j) sums[i][j] = Vec<T>(T(0));
    }
    for (Index k = 0; k < left.inner; k += kInputs<T>) {
        const Index end = std::min(k + kInputs<T>, left.inner);
        Index i = 0;
        for (; i + kUnits <= left.rows; i += kUnits) {
            dot_tile<T, kUnits, N>(left.data + i * left.inner, left.inner, x, k, end, sums + i);
        }
        for (; i < left.rows; ++i)
            dot_tile<T, 1, N>(left.data + i * left.inner, left.inner, x, k, end, sums + i);
    }
    for (int j = 0; j < N; ++j) {
        for (Index i = 0; i < left.rows; ++i) {
            const T z = simd::sum(sums[i][j]) + bias[i];
            C[j * left.rows + i] = epilogue == Epilogue::relu && z < T(0) ? T(0) : z;
        }
    }
}

/// A few units, one after the other, with a vector's worth of examples.
template <class T>
void dot_few(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias, Epilogue epilogue,
             T* C) {
    const Index whole = left.inner / kLanes<T> * kLanes<T>;
    for (Index first = 0; first < m; first += kLanes<T>) {
        const Index count = std::min(kLanes<T>, m - first);
        for (Index u = 0; u < left.rows; ++u) {
            const T* W = left.data + u * left.inner;
            Vec<T> sums[kLanes<T>];
            for (Index j = 0; j < kLanes<T>; ++j) {
                const T* x = column[first + std::min(j, count - 1)];
                Vec<T> sum(T(0));
                for (Index k = 0; k < whole; k += kLanes<T>)
                    sum = simd::fma(simd::load(W + k), simd::load(x + k), sum);
                if (whole < left.inner) {
                    const Index rest = left.inner - whole;
                    sum =
                        simd::fma(simd::load_first(W + whole, rest), simd::load_first(x + whole, rest), sum);
                }
                sums[j] = sum;
            }
            Vec<T> z = simd::sum_each(sums) + Vec<T>(bias[u]);
            if (epilogue == Epilogue::relu) z = simd::max(z, Vec<T>(T(0)));
            if (left.rows == 1) {
                simd::store_first(C + first, z, count);
            } else {
                for (Index j = 0; j < count; ++j) C[(first + j) * left.rows + u] = z.v[j];
            }
        }
    }
}

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
                const Vec<T> dz(dZ[j * left.rows]);
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

}  // namespace

template <class T>
void multiply_narrow(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias,
                     Epilogue epilogue, T* C) {
    if (left.rows <= kFewUnits) return dot_few(left, column, m, bias, epilogue, C);
    Index j = 0;
    for (; j + kExamples <= m; j += kExamples) {
        dot_examples<T, kExamples>(left, column + j, bias, epilogue, C + j * left.rows);
    }
    for (; j < m; ++j) dot_examples<T, 1>(left, column + j, bias, epilogue, C + j * left.rows);
}

template <class T>
void multiply_transposed_narrow(const LeftFactor<T>& left, Index m, const T* const* example, Index first,
                                Index last, bool accumulate, T* C) {
    if (left.rows <= kFewUnits) {
        constexpr int kVectors = 4;
        for (Index i = first; i < last; i += kVectors * kLanes<T>) {
            outer_few<T, kVectors>(left, m, example, i, std::min(kVectors * kLanes<T>, last - i), accumulate,
                                   C + (i - first) * left.rows);
        }
        return;
    }
    constexpr Index kVectors = Panels<T>::kMostVectors == 4 ? 3 : 2, kWidth = kVectors * kLanes<T>,
                    kSteps = 128;
    alignas(kAlignment) T slice[kSteps * kWidth];
    alignas(kAlignment) T result[kMostNarrowUnits * kWidth];
    for (Index i = first; i < last; i += kWidth) {
        const Index width = std::min(kWidth, last - i);
        for (Index c = 0; accumulate && c < width; ++c) {
            for (Index u = 0; u < left.rows; ++u) result[u * kWidth + c] = C[(i - first + c) * left.rows + u];
        }
        for (Index j = 0; j == 0 || j < m; j += kSteps) {
            const Index steps = std::min(kSteps, m - j);
            copy_slice(example + j, steps, i, width, slice, kWidth);
            const tile::Pass<T> pass{slice,   kWidth,
                                     steps,   accumulate || j > 0 ? tile::Start::result : tile::Start::zero,
                                     nullptr, Epilogue::none,
                                     kWidth,  kLanes<T>};
            tile::panel_by_row<T, kVectors>(pass, left.data + j * left.rows, left.rows, left.rows, result);
        }
        for (Index c = 0; c < width; ++c) {
            for (Index u = 0; u < left.rows; ++u) C[(i - first + c) * left.rows + u] = result[u * kWidth + c];
        }
    }
}

#define DESCEND_INSTANTIATE(T)                                                                              \
    template void multiply_narrow<T>(const LeftFactor<T>&, const T* const*, Index, const T*, Epilogue, T*); \
    template void multiply_transposed_narrow<T>(const LeftFactor<T>&, Index, const T* const*, Index, Index, \
                                                bool, T*);
DESCEND_INSTANTIATE(float)
DESCEND_INSTANTIATE(double)
#undef DESCEND_INSTANTIATE

}  // namespace descend
