#include "descend/kernels/product.hpp"

#include <algorithm>

namespace descend {
namespace {

using simd::fma;
using simd::kLanes;
using simd::Vec;

constexpr int kColumns = 6;

/// Inner steps of one pass over a panel: the panel's part then stays in the first-level cache while every
/// column passes by.
template <class T>
Index inner_block(Index height) {
    return std::max<Index>(16, 24 * 1024 / (height * static_cast<Index>(sizeof(T))));
}

/// B(k, j) = column[j][k]
template <class T, int N>
struct ByColumn {
    const T* column[N];
    DESCEND_INLINE ByColumn(const T* const* first, Index k) {
        for (int j = 0; j < N; ++j) column[j] = first[j] + k;
    }
    DESCEND_INLINE void load(Index k, T (&b)[N]) const {
        for (int j = 0; j < N; ++j) b[j] = column[j][k];
    }
};

/// B(k, j) = example[k][i + j]
template <class T, int N>
struct ByExample {
    const T* const* example;
    Index i;
    DESCEND_INLINE void load(Index k, T (&b)[N]) const {
        const T* at = example[k] + i;
        for (int j = 0; j < N; ++j) b[j] = at[j];
    }
};

/// The register tile: c[j] += A(:, k) B(k, j) for k = 0 .. inner - 1, V vectors by N columns.
template <class T, int V, int N, class B>
DESCEND_INLINE void accumulate_tile(Vec<T> (&c)[N][V], const T* A, Index ld, Index inner, const B& B_) {
    for (Index k = 0; k < inner; ++k, A += ld) {
        Vec<T> a[V];
        T b[N];
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) a[v] = simd::load(A + v * kLanes<T>);
        B_.load(k, b);
#pragma GCC unroll 8
        for (int j = 0; j < N; ++j) {
            const Vec<T> bj(b[j]);
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) c[j][v] = fma(a[v], bj, c[j][v]);
        }
    }
}

template <class T, int V, int N>
DESCEND_INLINE void load_tile(Vec<T> (&c)[N][V], const T* C, Index ldc, Index last_lanes) {
#pragma GCC unroll 8
    for (int j = 0; j < N; ++j) {
#pragma GCC unroll 8
        for (int v = 0; v < V - 1; ++v) c[j][v] = simd::load(C + j * ldc + v * kLanes<T>);
        c[j][V - 1] = simd::load_first(C + j * ldc + (V - 1) * kLanes<T>, last_lanes);
    }
}

template <class T, int V, int N>
DESCEND_INLINE void store_tile(const Vec<T> (&c)[N][V], T* C, Index ldc, Index last_lanes) {
#pragma GCC unroll 8
    for (int j = 0; j < N; ++j) {
#pragma GCC unroll 8
        for (int v = 0; v < V - 1; ++v) simd::store(C + j * ldc + v * kLanes<T>, c[j][v]);
        simd::store_first(C + j * ldc + (V - 1) * kLanes<T>, c[j][V - 1], last_lanes);
    }
}

/// One panel of a left factor.
template <class T>
struct PanelOf {
    Index row;
    Index vectors;
    Index ld;
    Index last_lanes;
    const T* data;

    PanelOf(const LeftFactor<T>& left, const Panels<T>& cut, Index p)
        : row(cut.first_row(p)),
          vectors(cut.vectors_of(p)),
          ld(left.packed ? cut.height(p) : left.rows),
          last_lanes(std::min(cut.height(p), left.rows - row) - (vectors - 1) * kLanes<T>),
          data(left.packed ? left.data + row * left.inner : left.data + row) {}
};

/// What a tile starts from: zero, the bias, or what C holds.
enum class Start { zero, bias, result };

/// One pass of a panel over inner steps: where the tile starts, what it multiplies, how it ends.
template <class T>
struct Pass {
    const T* A;
    Index ld;
    Index inner;
    Start start;
    const T* bias;
    Epilogue epilogue;
    Index ldc;
    Index last_lanes;
};

template <class T, int V, int N, class B>
DESCEND_INLINE void tile(const Pass<T>& pass, const B& B_, T* C) {
    Vec<T> c[N][V];
    if (pass.start == Start::result) {
        load_tile<T, V, N>(c, C, pass.ldc, pass.last_lanes);
    } else {
        const bool biased = pass.start == Start::bias;
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) {
            Vec<T> first(T(0));
            if (biased) {
                first = v < V - 1 ? simd::load(pass.bias + v * kLanes<T>)
                                  : simd::load_first(pass.bias + v * kLanes<T>, pass.last_lanes);
            }
#pragma GCC unroll 8
            for (int j = 0; j < N; ++j) c[j][v] = first;
        }
    }
    accumulate_tile<T, V, N>(c, pass.A, pass.ld, pass.inner, B_);
    if (pass.epilogue == Epilogue::relu) {
        const Vec<T> zero(T(0));
#pragma GCC unroll 8
        for (int j = 0; j < N; ++j) {
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) c[j][v] = simd::max(c[j][v], zero);
        }
    }
    store_tile<T, V, N>(c, C, pass.ldc, pass.last_lanes);
}

/// Calls f with N = kColumns for whole tiles of `count` columns, then once with what is left.
template <class F>
DESCEND_INLINE void for_each_tile(Index count, F&& f) {
    Index j = 0;
    for (; j + kColumns <= count; j += kColumns) f(std::integral_constant<int, kColumns>(), j);
    switch (count - j) {
        case 5:
            f(std::integral_constant<int, 5>(), j);
            break;
        case 4:
            f(std::integral_constant<int, 4>(), j);
            break;
        case 3:
            f(std::integral_constant<int, 3>(), j);
            break;
        case 2:
            f(std::integral_constant<int, 2>(), j);
            break;
        case 1:
            f(std::integral_constant<int, 1>(), j);
            break;
        default:
            break;
    }
}

template <class T, int V>
void panel_by_column(const Pass<T>& pass, const T* const* column, Index k, Index m, T* C) {
    for_each_tile(m, [&](auto n, Index j) {
        constexpr int N = decltype(n)::value;
        tile<T, V, N>(pass, ByColumn<T, N>(column + j, k), C + j * pass.ldc);
    });
}

template <class T, int V>
void panel_by_example(const Pass<T>& pass, const T* const* example, Index first, Index last, T* C) {
    for_each_tile(last - first, [&](auto n, Index i) {
        constexpr int N = decltype(n)::value;
        tile<T, V, N>(pass, ByExample<T, N>{example, first + i}, C + i * pass.ldc);
    });
}

/// Calls f with the number of vectors as a constant.
template <class F>
DESCEND_INLINE void with_vectors(Index vectors, F&& f) {
    switch (vectors) {
        case 1:
            f(std::integral_constant<int, 1>());
            break;
        case 2:
            f(std::integral_constant<int, 2>());
            break;
#if defined(__AVX512F__)
        case 3:
            f(std::integral_constant<int, 3>());
            break;
        case 4:
            f(std::integral_constant<int, 4>());
            break;
#endif
        default:
            break;
    }
}

}  // namespace

template <class T>
void pack(const T* W, Index rows, Index inner, Index first, Index last, T* panels) {
    const Panels<T> cut(rows);
    for (Index p = 0; p < cut.count; ++p) {
        const Index row = cut.first_row(p), height = cut.height(p), real = std::min(height, rows - row);
        T* out = panels + row * inner + first * height;
        for (Index k = first; k < last; ++k, out += height) {
            std::memcpy(out, W + row + k * rows, static_cast<std::size_t>(real) * sizeof(T));
            std::fill(out + real, out + height, T(0));
        }
    }
}

template <class T>
void pack_transposed(const T* W, Index rows, Index inner, Index first, Index last, T* panels) {
    const Panels<T> cut(inner);
    for (Index k = first; k < last;) {
        const Index p = k / (cut.vectors * kLanes<T>), row = cut.first_row(p), height = cut.height(p);
        const Index stop = std::min(last, row + height);
        T* out = panels + row * rows;
        for (Index i = 0; i < rows; ++i) {
            for (Index c = k; c < stop; ++c) out[i * height + (c - row)] = W[i + c * rows];
        }
        k = stop;
    }
}

template <class T>
void multiply(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias, Epilogue epilogue,
              T* C) {
    const Panels<T> cut(left.rows);
    const Index block = inner_block<T>(cut.vectors * kLanes<T>);
    for (Index p = 0; p < cut.count; ++p) {
        const PanelOf<T> panel(left, cut, p);
        for (Index k = 0; k == 0 || k < left.inner; k += block) {
            const Index steps = std::min(block, left.inner - k);
            const Start start = k > 0 ? Start::result : bias != nullptr ? Start::bias : Start::zero;
            const Epilogue end = k + steps == left.inner ? epilogue : Epilogue::none;
            const Pass<T> pass{panel.data + k * panel.ld, panel.ld, steps,     start,
                               bias + panel.row,          end,      left.rows, panel.last_lanes};
            with_vectors(panel.vectors, [&](auto v) {
                panel_by_column<T, decltype(v)::value>(pass, column, k, m, C + panel.row);
            });
        }
    }
}

template <class T>
void multiply_transposed(const LeftFactor<T>& left, Index m, const T* const* example, Index first, Index last,
                         bool accumulate, T* C) {
    const Panels<T> cut(left.rows);
    const Index block = inner_block<T>(cut.vectors * kLanes<T>);
    for (Index j = 0; j == 0 || j < m; j += block) {
        const Index steps = std::min(block, m - j);
        const Start start = accumulate || j > 0 ? Start::result : Start::zero;
        for (Index p = 0; p < cut.count; ++p) {
            const PanelOf<T> panel(left, cut, p);
            const Pass<T> pass{
                panel.data + j * panel.ld, panel.ld, steps, start, nullptr, Epilogue::none, left.rows,
                panel.last_lanes};
            with_vectors(panel.vectors, [&](auto v) {
                panel_by_example<T, decltype(v)::value>(pass, example + j, first, last, C + panel.row);
            });
        }
    }
}

#define DESCEND_INSTANTIATE(T)                                                                             \
    template void pack<T>(const T*, Index, Index, Index, Index, T*);                                       \
    template void pack_transposed<T>(const T*, Index, Index, Index, Index, T*);                            \
    template void multiply<T>(const LeftFactor<T>&, const T* const*, Index, const T*, Epilogue, T*);       \
    template void multiply_transposed<T>(const LeftFactor<T>&, Index, const T* const*, Index, Index, bool, \
                                         T*);
DESCEND_INSTANTIATE(float)
DESCEND_INSTANTIATE(double)
#undef DESCEND_INSTANTIATE

}  // namespace descend
