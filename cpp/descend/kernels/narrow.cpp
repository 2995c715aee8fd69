#include "descend/kernels/narrow.hpp"

#include <algorithm>

#include "descend/kernels/ahead.hpp"
#include "descend/kernels/slice.hpp"
#include "descend/kernels/tile.hpp"

namespace descend {
namespace {

using simd::kLanes;
using simd::Vec;

/// Units by examples whose chains run in registers together: the more examples, the less often all the
/// weights are read.
constexpr int kUnits = 2;
constexpr int kExamples = simd::kRegisters == 32 ? 12 : 5;

/// Inputs of one pass: these of kExamples examples and kUnits units share the first-level cache.
template <class T>
constexpr Index kInputs = 2048 / sizeof(T);

/// The partial sums of some units with some examples, a vector each.
template <class T>
using Sums = Vec<T>[kMostNarrowUnits][kExamples];

/// sums[u][j] += W(u, 0 .. count) * x(j, 0 .. count), lane by lane; rows of W are `ld` apart, those of x
/// kInputs<T>, zero beyond `count`. Meanwhile as many numbers are asked for from each of `ahead` on, where it
/// is not null.
template <class T, int U>
DESCEND_INLINE void dot_tile(const T* W, Index ld, const T* x, Index count, const T* const (&ahead)[2],
                             Vec<T> (*sums)[kExamples]) {
    Vec<T> c[U][kExamples];
#pragma GCC unroll 2
    for (int u = 0; u < U; ++u) {
#pragma GCC unroll 12
        for (int j = 0; j < kExamples; ++j) c[u][j] = sums[u][j];
    }
    const auto add = [&](Index k, auto read) {
        Vec<T> w[U];
#pragma GCC unroll 2
        for (int u = 0; u < U; ++u) w[u] = read(W + u * ld + k);
#pragma GCC unroll 12
        for (int j = 0; j < kExamples; ++j) {
            const Vec<T> a = simd::in_register(simd::load(x + j * kInputs<T> + k));
#pragma GCC unroll 2
            for (int u = 0; u < U; ++u) c[u][j] = simd::fma(w[u], a, c[u][j]);
        }
    };
    Index k = 0;
    for (; k + kLanes<T> <= count; k += kLanes<T>) {
        if (ahead[0] != nullptr) __builtin_prefetch(ahead[0] + k, 0, 2);
        if (ahead[1] != nullptr) __builtin_prefetch(ahead[1] + k, 0, 2);
        add(k, [](const T* p) { return simd::load(p); });
    }
    if (k < count) add(k, [&](const T* p) { return simd::load_first(p, count - k); });
#pragma GCC unroll 2
    for (int u = 0; u < U; ++u) {
#pragma GCC unroll 12
        for (int j = 0; j < kExamples; ++j) sums[u][j] = c[u][j];
    }
}

/// All units with kExamples examples, of which the first `count` are wanted; `next` come after these.
template <class T>
void dot_examples(const LeftFactor<T>& left, const T* const* column, Index count, Index next, const T* bias,
                  Epilogue epilogue, T* C) {
    alignas(kAlignment) T x[kExamples * kInputs<T>] = {};
    Sums<T> sums;
    for (Index i = 0; i < left.rows; ++i) std::fill(sums[i], sums[i] + kExamples, Vec<T>(T(0)));
    for (Index k = 0; k < left.inner; k += kInputs<T>) {
        const Index inputs = std::min(kInputs<T>, left.inner - k), end = k + inputs;
        copy_slice(column, count, k, inputs, x, kInputs<T>);
        // A tile asks for the next inputs of an example or two.
        const auto ahead = [&](Index j) -> const T* {
            if (end < left.inner) return j < count ? column[j] + end : nullptr;
            return j < next ? column[count + j] : nullptr;
        };
        const T* W = left.data + k;
        Index i = 0;
        for (; i + kUnits <= left.rows; i += kUnits)
            dot_tile<T, kUnits>(W + i * left.inner, left.inner, x, inputs, {ahead(i), ahead(i + 1)},
                                sums + i);
        if (i < left.rows)
            dot_tile<T, 1>(W + i * left.inner, left.inner, x, inputs, {ahead(i), nullptr}, sums + i);
    }
    for (Index j = 0; j < count; ++j) {
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
void multiply_narrow(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias,
                     Epilogue epilogue, T* C) {
    if (left.rows <= kFewUnits) return dot_few(left, column, m, bias, epilogue, C);
    for (Index j = 0; j < m; j += kExamples) {
        const Index count = std::min<Index>(kExamples, m - j),
                    next = std::min<Index>(kExamples, m - j - count);
        dot_examples(left, column + j, count, next, bias, epilogue, C + j * left.rows);
    }
}

template <class T>
void multiply_transposed_narrow(const LeftFactor<T>& left, Index m, const T* const* example, Index inputs,
                                Index first, Index last, bool accumulate, T* C) {
    if (left.rows <= kFewUnits) {
        constexpr int kVectors = 4;
        for (Index i = first; i < last; i += kVectors * kLanes<T>) {
            outer_few<T, kVectors>(left, m, example, i, std::min(kVectors * kLanes<T>, last - i), accumulate,
                                   C + (i - first) * left.rows);
        }
        return;
    }
    constexpr int kVectors = Panels<T>::kMostVectors == 4 ? 3 : 2;
    constexpr Index kWidth = kVectors * kLanes<T>, kSlices = 4, kSteps = 32;
    alignas(kAlignment) T slice[kSlices][kSteps * kWidth];
    alignas(kAlignment) T result[kSlices][kMostNarrowUnits * kWidth];
    for (Index group = first; group < last; group += kSlices * kWidth) {
        const Index group_end = std::min(group + kSlices * kWidth, last);
        const auto for_each_slice = [&](auto&& f) {
            for (Index i = group, s = 0; i < group_end; i += kWidth, ++s)
                f(i, std::min(kWidth, group_end - i), slice[s], result[s], C + (i - first) * left.rows);
        };
        for_each_slice([&](Index, Index width, T*, T* sums, const T* c) {
            for (Index k = 0; accumulate && k < width; ++k) {
                for (Index u = 0; u < left.rows; ++u) sums[u * kWidth + k] = c[k * left.rows + u];
            }
        });
        for (Index j = 0; j == 0 || j < m; j += kSteps) {
            const Index steps = std::min(kSteps, m - j), next = j + steps;
            for_each_slice([&](Index i, Index width, T* to, T*, T*) {
                copy_slice(example + j, steps, i, width, to, kWidth);
            });
            Ahead<T> ahead = next < m ? Ahead<T>(example + next, std::min(kSteps, m - next), group, group_end)
                                      : Ahead<T>(example, std::min(kSteps, m), group_end,
                                                 std::min(group_end + kSlices * kWidth, inputs));
            for_each_slice([&](Index, Index, T* from, T* sums, T*) {
                const tile::Pass<T> pass{
                    from,    kWidth,
                    steps,   accumulate || j > 0 ? tile::Start::result : tile::Start::zero,
                    nullptr, Epilogue::none,
                    kWidth,  kLanes<T>};
                tile::for_each_tile(left.rows, [&](auto n, Index u) {
                    constexpr int N = decltype(n)::value;
                    const tile::ByRow<T, N> dZ{left.data + j * left.rows + u, left.rows};
                    tile::run<T, kVectors, N>(pass, dZ, sums + u * kWidth, sums + u * kWidth);
                    ahead.fetch(kSteps);
                });
            });
        }
        for_each_slice([&](Index, Index width, T*, const T* sums, T* c) {
            transpose_rows(sums, kWidth, left.rows, width, c);
        });
    }
}

#define DESCEND_INSTANTIATE(T)                                                                              \
    template void multiply_narrow<T>(const LeftFactor<T>&, const T* const*, Index, const T*, Epilogue, T*); \
    template void multiply_transposed_narrow<T>(const LeftFactor<T>&, Index, const T* const*, Index, Index, \
                                                Index, bool, T*);
DESCEND_INSTANTIATE(float)
DESCEND_INSTANTIATE(double)
#undef DESCEND_INSTANTIATE

}  // namespace descend
