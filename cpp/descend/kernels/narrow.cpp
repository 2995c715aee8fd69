#include "descend/kernels/narrow.hpp"

#include <algorithm>

#include "descend/kernels/ahead.hpp"
#include "descend/kernels/constant.hpp"
#include "descend/kernels/simd.hpp"

namespace descend {
namespace {

using simd::kLanes;
using simd::Vec;

/// Units and examples whose chains run in registers together.
constexpr int kUnits = kNarrowGroup;
constexpr int kExamples = 5;

/// Weights that stay in the second-level cache while kTiles tiles of examples pass by, one after the other:
/// those of a whole layer may come from beyond it, and then come once for all of these.
constexpr Index kInSecondLevel = 512 * 1024;
constexpr int kTiles = 12;

/// The partial sums of kExamples examples with all units of a layer, a vector each: that of example j with
/// unit u at j * rows + u.
template <class T>
using Sums = Vec<T>[kExamples * kMostNarrowUnits];

/// sums[j * rows + u] += W(u, 0 .. count) * x[j][0 .. count], lane by lane, for U units and kExamples
/// examples; or =, if these are the first inputs. W lies a vector of inputs after the other, and count is
/// whole vectors. As many inputs of a `next` example are asked for meanwhile.
template <class T, int U>
DESCEND_INLINE void dot_tile(const T* W, const T* const* x, Index count, bool first_inputs, Index rows,
                             const T* next, Vec<T>* sums) {
    Vec<T> c[U][kExamples];
#pragma GCC unroll 5
    for (int u = 0; u < U; ++u) {
#pragma GCC unroll 5
        for (int j = 0; j < kExamples; ++j) c[u][j] = first_inputs ? Vec<T>(T(0)) : sums[j * rows + u];
    }
    for (Index k = 0; k < count; k += kLanes<T>) {
        __builtin_prefetch(next + k);
        Vec<T> w[U];
#pragma GCC unroll 5
        for (int u = 0; u < U; ++u) w[u] = simd::load(W + k * U + u * kLanes<T>);
#pragma GCC unroll 5
        for (int j = 0; j < kExamples; ++j) {
            const Vec<T> a = simd::in_register(simd::load(x[j] + k));
#pragma GCC unroll 5
            for (int u = 0; u < U; ++u) c[u][j] = simd::fma(w[u], a, c[u][j]);
        }
    }
#pragma GCC unroll 5
    for (int u = 0; u < U; ++u) {
#pragma GCC unroll 5
        for (int j = 0; j < kExamples; ++j) sums[j * rows + u] = c[u][j];
    }
}

/// Adds all units with inputs [k, k + count) of `examples` examples to their sums, which begin with input 0.
/// Each group of units asks for one of the `next` examples.
template <class T>
void dot_inputs(const LeftFactor<T>& left, const T* const* column, Index examples, Index k, Index count,
                const Next<T>& next, Sums<T>& sums) {
    const NarrowPlaces<T> places{left.rows, left.inner};
    const Index padded = places.inputs(k);
    const T* x[kExamples];
    alignas(kAlignment) T filled_up[kExamples][places.kBlock];
    for (Index j = 0; j < kExamples; ++j) {
        x[j] = column[std::min(j, examples - 1)] + k;
        if (count == padded) continue;
        for (Index i = 0; i < count; i += kLanes<T>)
            simd::store(filled_up[j] + i, simd::load_first(x[j] + i, std::min(kLanes<T>, count - i)));
        x[j] = filled_up[j];
    }
    for (Index u = 0, group = 0; u < left.rows; u += kUnits, ++group) {
        with_constant<kUnits>(std::min<Index>(kUnits, left.rows - u), [&](auto units) {
            dot_tile<T, decltype(units)::value>(left.data + places.of(u, k), x, padded, k == 0, left.rows,
                                                next[group], sums + u);
        });
    }
}

/// C (rows, examples) = the sums of all their lanes, + bias, then the epilogue.
template <class T>
void close_sums(Index rows, const Sums<T>& sums, Index examples, const T* bias, Epilogue epilogue, T* C,
                Index ld) {
    alignas(kAlignment) T Z[kExamples * kMostNarrowUnits + kLanes<T>];
    const Index count = rows * examples;
    for (Index i = 0; i < count; i += kLanes<T>) {
        Vec<T> each[kLanes<T>];
        std::fill(std::copy_n(sums + i, std::min(kLanes<T>, count - i), each), each + kLanes<T>,
                  Vec<T>(T(0)));
        simd::store(Z + i, simd::sum_each(each));
    }
    for (Index j = 0; j < examples; ++j) {
        for (Index u = 0; u < rows; u += kLanes<T>) {
            const Index units = std::min(kLanes<T>, rows - u);
            Vec<T> z = simd::load_first(Z + j * rows + u, units) + simd::load_first(bias + u, units);
            if (epilogue == Epilogue::relu) z = simd::max(Vec<T>(T(0)), z);
            simd::store_first(C + j * ld + u, z, units);
        }
    }
}

/// All units with m examples, up to kTiles * kExamples, which `following` more follow.
template <class T>
void dot_examples(const LeftFactor<T>& left, const T* const* column, Index m, Index following, const T* bias,
                  Epilogue epilogue, T* C, Index ld) {
    constexpr Index kBlock = NarrowPlaces<T>::kBlock;
    const Index near = kInSecondLevel / (left.rows * kBlock * static_cast<Index>(sizeof(T))) * kBlock;
    Sums<T> sums[kTiles];
    for (Index first = 0; first < left.inner; first += near) {
        const Index last = std::min(first + near, left.inner);
        const Next<T> after = last < left.inner || following == 0 ? Next<T>{column, m, last % left.inner}
                                                                  : Next<T>{column + m, following, 0};
        for (Index tile = 0, j = 0; j < m; ++tile, j += kExamples) {
            const Index examples = std::min<Index>(kExamples, m - j), left_over = m - j - examples;
            const Next<T> next_tile =
                left_over > 0 ? Next<T>{column + j + examples, left_over, first} : after;
            for (Index k = first; k < last; k += kBlock) {
                const Index end = std::min(k + kBlock, last);
                dot_inputs(left, column + j, examples, k, end - k,
                           end < last ? Next<T>{column + j, examples, end} : next_tile, sums[tile]);
            }
            if (last == left.inner)
                close_sums(left.rows, sums[tile], examples, bias, epilogue, C + j * ld, ld);
        }
    }
}

/// A few units, one after the other, with a vector's worth of examples.
template <class T>
void dot_few(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias, Epilogue epilogue,
             T* C, Index ld) {
    const Index whole = left.inner / kLanes<T> * kLanes<T>;
    for (Index first = 0; first < m; first += kLanes<T>) {
        const Index count = std::min(kLanes<T>, m - first);
        for (Index u = 0; u < left.rows; ++u) {
            const T* W = left.data + u * kLanes<T>;  // one group
            Vec<T> sums[kLanes<T>];
            for (Index j = 0; j < kLanes<T>; ++j) {
                const T* x = column[first + std::min(j, count - 1)];
                Vec<T> sum(T(0));
                for (Index k = 0; k < whole; k += kLanes<T>)
                    sum = simd::fma(simd::load(W + k * left.rows), simd::load(x + k), sum);
                if (whole < left.inner) {
                    sum = simd::fma(simd::load(W + whole * left.rows),
                                    simd::load_first(x + whole, left.inner - whole), sum);
                }
                sums[j] = sum;
            }
            Vec<T> z = simd::sum_each(sums) + Vec<T>(bias[u]);
            if (epilogue == Epilogue::relu) z = simd::max(Vec<T>(T(0)), z);
            if (ld == 1) {
                simd::store_first(C + first, z, count);
            } else {
                for (Index j = 0; j < count; ++j) C[(first + j) * ld + u] = z.v[j];
            }
        }
    }
}

}  // namespace

template <class T>
Index narrow_size(Index rows, Index inner) {
    return rows * ((inner + kLanes<T> - 1) / kLanes<T> * kLanes<T>);
}

template <class T>
void pack_narrow(const T* W, Index rows, Index inner, Index ld, Index first, Index last, T* packed) {
    const NarrowPlaces<T> places{rows, inner};
    for (Index k = first; k < last; k += kLanes<T>) {
        const Index count = std::min(kLanes<T>, last - k);
        for (Index u = 0; u < rows; u += kLanes<T>) {
            const Index units = std::min(kLanes<T>, rows - u);
            Vec<T> block[kLanes<T>];
            for (Index i = 0; i < kLanes<T>; ++i)
                block[i] = i < count ? simd::load_first(W + (k + i) * ld + u, units) : Vec<T>(T(0));
            simd::transpose(block);
            for (Index i = 0; i < units; ++i) simd::store(packed + places.of(u + i, k), block[i]);
        }
    }
}

template <class T>
void unpack_narrow(const T* packed, Index rows, Index inner, T* W, Index ld) {
    const NarrowPlaces<T> places{rows, inner};
    for (Index k = 0; k < inner; k += kLanes<T>) {
        const Index count = std::min(kLanes<T>, inner - k);
        for (Index u = 0; u < rows; u += kLanes<T>) {
            const Index units = std::min(kLanes<T>, rows - u);
            Vec<T> block[kLanes<T>];
            for (Index i = 0; i < kLanes<T>; ++i)
                block[i] = i < units ? simd::load(packed + places.of(u + i, k)) : Vec<T>(T(0));
            simd::transpose(block);
            for (Index i = 0; i < count; ++i) simd::store_first(W + (k + i) * ld + u, block[i], units);
        }
    }
}

template <class T>
void multiply_narrow(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias,
                     Epilogue epilogue, T* C, Index ld) {
    if (takes_few_units<T>(left.rows, left.inner)) return dot_few(left, column, m, bias, epilogue, C, ld);
    const Index tiles = (m + kExamples - 1) / kExamples, groups = (tiles + kTiles - 1) / kTiles;
    for (Index group = 0; group < groups; ++group) {
        const Index first = tiles * group / groups * kExamples,
                    last = std::min<Index>(m, tiles * (group + 1) / groups * kExamples);
        dot_examples(left, column + first, last - first, m - last, bias, epilogue, C + first * ld, ld);
    }
}

template <class T>
void multiply_narrow_few(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias,
                         Epilogue epilogue, T* C, Index ld) {
    for (Index j = 0; j < m; ++j, C += ld) {
        for (Index u = 0; u < left.rows; u += kLanes<T>) {
            const Index units = std::min(kLanes<T>, left.rows - u);
            // Input k belongs to chain k modulo kLanes<T>, as where the vectors run along the inputs.
            Vec<T> chain[kLanes<T>];
            std::fill(chain, chain + kLanes<T>, Vec<T>(T(0)));
            const auto add = [&](Index k, Index i) {
                const Vec<T> w = simd::load_first(left.data + (k + i) * left.ld + u, units);
                chain[i] = simd::fma(w, Vec<T>(column[j][k + i]), chain[i]);
            };
            Index k = 0;
            for (; k + kLanes<T> <= left.inner; k += kLanes<T>) {
#pragma GCC unroll 16
                for (Index i = 0; i < kLanes<T>; ++i) add(k, i);
            }
            for (Index i = 0; k + i < left.inner; ++i) add(k, i);
            for (Index half = kLanes<T> / 2; half > 0; half /= 2) {
                for (Index i = 0; i < half; ++i) chain[i] += chain[i + half];
            }
            Vec<T> z = chain[0] + simd::load_first(bias + u, units);
            if (epilogue == Epilogue::relu) z = simd::max(Vec<T>(T(0)), z);
            simd::store_first(C + u, z, units);
        }
    }
}

#define DESCEND_INSTANTIATE(T)                                                                             \
    template Index narrow_size<T>(Index, Index);                                                           \
    template void pack_narrow<T>(const T*, Index, Index, Index, Index, Index, T*);                         \
    template void unpack_narrow<T>(const T*, Index, Index, T*, Index);                                     \
    template void multiply_narrow_few<T>(const LeftFactor<T>&, const T* const*, Index, const T*, Epilogue, \
                                         T*, Index);                                                       \
    template void multiply_narrow<T>(const LeftFactor<T>&, const T* const*, Index, const T*, Epilogue, T*, \
                                     Index);
DESCEND_INSTANTIATE(float)
DESCEND_INSTANTIATE(double)
#undef DESCEND_INSTANTIATE

}  // namespace descend
