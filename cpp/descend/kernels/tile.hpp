// The register tile, which every product is made of.
#pragma once

#include <algorithm>

#include "descend/kernels/ahead.hpp"
#include "descend/kernels/constant.hpp"
#include "descend/kernels/product.hpp"

namespace descend::tile {

using simd::kLanes;
using simd::Vec;

/// Columns of a whole tile of so many vectors: as many sums as leave registers for their factors.
constexpr Index columns_of(Index vectors) {
    return std::min<Index>(8, simd::kRegisters * 3 / 4 / vectors);
}

/// B(k, j) = column[j][k]
template <class T, int N>
struct ByColumn {
    static constexpr bool kMayInterleave = false;  ///< N follows from the number of examples
    const T* column[N];
    DESCEND_INLINE ByColumn(const T* const* first, Index k) {
        for (int j = 0; j < N; ++j) column[j] = first[j] + k;
    }
    DESCEND_INLINE void load(Index k, T (&b)[N]) const {
        for (int j = 0; j < N; ++j) b[j] = column[j][k];
    }
};

/// The same, of columns that do not follow each other in memory. Meanwhile those that come next are asked
/// for, a line of one of them a step: more at once would keep the loads that are wanted now waiting.
template <class T, int N>
struct ByColumnApart : ByColumn<T, N> {
    static constexpr Index kMost = 8;
    const T* next[kMost];
    DESCEND_INLINE ByColumnApart(const T* const* first, Index k, const Next<T>& next_)
        : ByColumn<T, N>(first, k) {
        for (Index j = 0; j < kMost; ++j) next[j] = next_[j];
    }
    DESCEND_INLINE void load(Index k, T (&b)[N]) const {
        __builtin_prefetch(next[k % kMost] + k / kMost * kMost);
        ByColumn<T, N>::load(k, b);
    }
};

/// The same, of columns that follow each other. Meanwhile as many others, which do so from `after` on, are
/// asked for, N elements a step, also where fewer are left: to ask for what is not there does nothing.
template <class T, int N>
struct ByColumnAhead : ByColumn<T, N> {
    const T* after;
    DESCEND_INLINE ByColumnAhead(const T* const* first, Index k, const T* after_)
        : ByColumn<T, N>(first, k), after(after_ + k * N) {}
    DESCEND_INLINE void load(Index k, T (&b)[N]) const {
        __builtin_prefetch(after + k * N, 0, 2);
        ByColumn<T, N>::load(k, b);
    }
};

/// B(k, j) = example[k][i + j]; meanwhile each example's next cache line is asked for.
template <class T, int N>
struct ByExample {
    static constexpr bool kMayInterleave = true;
    const T* const* example;
    Index i;
    DESCEND_INLINE void load(Index k, T (&b)[N]) const {
        const T* at = example[k] + i;
        __builtin_prefetch(at + kAlignment / sizeof(T));
        for (int j = 0; j < N; ++j) b[j] = at[j];
    }
};

/// B(k, j) = row[k * ld + j]
template <class T, int N>
struct ByRow {
    static constexpr bool kMayInterleave = true;
    const T* row;
    Index ld;
    DESCEND_INLINE void load(Index k, T (&b)[N]) const {
        for (int j = 0; j < N; ++j) b[j] = row[k * ld + j];
    }
};

/// As B; meanwhile a piece of what is wanted after the product is asked for.
template <class T, class B>
struct Meanwhile : B {
    typename Wanted<T>::Piece piece;
    template <int N>
    DESCEND_INLINE void load(Index k, T (&b)[N]) const {
        __builtin_prefetch(piece.begin + k * piece.stride, 1, 2);
        B::load(k, b);
    }
};

/// c[j] += A(:, k) B(k, j), for one k.
template <class T, int V, int N, class B>
DESCEND_INLINE void add_outer(Vec<T> (&c)[N][V], const T* A, Index k, const B& B_) {
    Vec<T> a[V];
    T b[N];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) a[v] = simd::load(A + v * kLanes<T>);
    B_.load(k, b);
#pragma GCC unroll 8
    for (int j = 0; j < N; ++j) {
        const Vec<T> bj(b[j]);
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) c[j][v] = simd::fma(a[v], bj, c[j][v]);
    }
}

/// The register tile: c[j] += A(:, k) B(k, j) for k = 0 .. inner - 1, V vectors by N columns. A tile too
/// small to keep the multipliers busy with one chain an element sums several interleaved ones, if B allows.
template <class T, int V, int N, class B>
DESCEND_INLINE void accumulate_tile(Vec<T> (&c)[N][V], const T* A, Index ld, Index inner, const B& B_) {
    constexpr int kChains = !B::kMayInterleave || V * N >= 6 ? 1 : V * N >= 3 ? 2 : 4;
    Index k = 0;
    if constexpr (kChains > 1) {
        Vec<T> more[kChains - 1][N][V];
        for (auto& chain : more) {
            for (auto& column : chain) std::fill(column, column + V, Vec<T>(T(0)));
        }
        for (; k + kChains <= inner; k += kChains) {
            add_outer<T, V, N>(c, A + k * ld, k, B_);
#pragma GCC unroll 4
            for (int i = 1; i < kChains; ++i) add_outer<T, V, N>(more[i - 1], A + (k + i) * ld, k + i, B_);
        }
        for (auto& chain : more) {
            for (int j = 0; j < N; ++j) {
                for (int v = 0; v < V; ++v) c[j][v] += chain[j][v];
            }
        }
    }
    for (; k < inner; ++k) add_outer<T, V, N>(c, A + k * ld, k, B_);
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

/// A tile of C from its start to its end; `A` is the same tile of A, at which only relu_backward looks.
template <class T, int V, int N, class B>
DESCEND_INLINE void run(const Pass<T>& pass, const B& B_, T* C, const T* A) {
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
            for (int v = 0; v < V; ++v) c[j][v] = simd::max(zero, c[j][v]);
        }
    }
    if (pass.epilogue == Epilogue::relu_backward) {
        const Vec<T> zero(T(0));
        Vec<T> a[N][V];
        load_tile<T, V, N>(a, A, pass.ldc, pass.last_lanes);
#pragma GCC unroll 8
        for (int j = 0; j < N; ++j) {
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) c[j][v] = simd::select(a[j][v] > zero, c[j][v], zero);
        }
    }
    store_tile<T, V, N>(c, C, pass.ldc, pass.last_lanes);
}

/// Calls f with N and the first column for tiles of kColumns of `count` columns, then with what is left. A
/// tile of few columns waits for its left factor: where half a tile or less is left, and f `allows_halves` of
/// what this and the last whole tile have together, these are the last two.
template <int kColumns, bool allows_halves, class F>
DESCEND_INLINE void for_each_tile(Index count, F&& f) {
    static_assert(!allows_halves || kColumns > 2, "half of three columns is a whole tile of two");
    const Index left = count % kColumns;
    const bool halves = allows_halves && left > 0 && 2 * left <= kColumns && count > kColumns;
    const Index whole = count - left - (halves ? kColumns : 0);
    Index j = 0;
    for (; j < whole; j += kColumns) f(std::integral_constant<int, kColumns>(), j);
    while (j < count) {
        const Index some = halves && j == whole ? (count - j + 1) / 2 : count - j;
        with_constant<kColumns - 1>(some, [&](auto n) { f(n, j); });
        j += some;
    }
}

/// By columns from their element k on. Where they are `apart`, they do not follow each other in memory, and
/// are met next from element k_next on; where not, and `after` is not null, those from there on are wanted
/// after them.
template <class T, int V>
void panel_by_column(const Pass<T>& pass, const T* const* column, Index k, Index m, bool apart, Index k_next,
                     const T* after, T* C, const T* A) {
    for_each_tile<columns_of(V), /*allows_halves=*/true>(m, [&](auto n, Index j) {
        constexpr int N = decltype(n)::value;
        const auto by = [&](const auto& B) { run<T, V, N>(pass, B, C + j * pass.ldc, A + j * pass.ldc); };
        if (apart) {
            const bool last = j + N == m;
            const Next<T> next = last ? Next<T>{column, m, k_next} : Next<T>{column + j + N, m - j - N, k};
            return by(ByColumnApart<T, N>(column + j, k, next));
        }
        if (after == nullptr) return by(ByColumn<T, N>(column + j, k));
        by(ByColumnAhead<T, N>(column + j, k, after + (column[j] - column[0])));
    });
}

/// A tile of C, in which the next piece is asked for, if there is one.
template <int V, int N, class T, class B>
DESCEND_INLINE void meanwhile(const Pass<T>& pass, const B& B_, Wanted<T>& wanted, T* C) {
    if (wanted.is_nothing()) return run<T, V, N>(pass, B_, C, C);
    run<T, V, N>(pass, Meanwhile<T, B>{B_, wanted.next(pass.inner)}, C, C);
}

template <class T, int V>
void panel_by_example(const Pass<T>& pass, const T* const* example, Index first, Index last,
                      Wanted<T>& wanted, T* C) {
    for_each_tile<columns_of(V), /*allows_halves=*/false>(last - first, [&](auto n, Index i) {
        constexpr int N = decltype(n)::value;
        meanwhile<V, N>(pass, ByExample<T, N>{example, first + i}, wanted, C + i * pass.ldc);
    });
}

/// Each tile asks for `lines` of the next examples.
template <class T, int V>
void panel_by_row(const Pass<T>& pass, const T* B, Index ldb, Index columns, Ahead<T>& ahead, Index lines,
                  Wanted<T>& wanted, T* C) {
    for_each_tile<columns_of(V), /*allows_halves=*/false>(columns, [&](auto n, Index i) {
        constexpr int N = decltype(n)::value;
        ahead.fetch(lines);
        meanwhile<V, N>(pass, ByRow<T, N>{B + i, ldb}, wanted, C + i * pass.ldc);
    });
}

}  // namespace descend::tile
