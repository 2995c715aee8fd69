// Products with a sparse X: only its non-zeros are read, and a weight that meets none is not touched.
#pragma once

#include <algorithm>
#include <cstdint>

#include "descend/kernels/packets.hpp"

namespace descend {

/// An example whose features are `value` at the places `row`, in ascending order, and 0 elsewhere.
template <class T>
struct SparseColumn {
    const T* value;
    const std::int32_t* row;
    Index count;
};

/// X (n[0], m) in compressed columns: a row of SciPy's CSR each.
template <class T>
struct SparseMatrix {
    const T* value = nullptr;
    const std::int32_t* row = nullptr;
    const std::int64_t* begin = nullptr;  ///< (m + 1)

    SparseColumn<T> column(Index j) const {
        return {value + begin[j], row + begin[j], static_cast<Index>(begin[j + 1] - begin[j])};
    }
};

/// y += factor x, n elements.
template <class T>
DESCEND_INLINE void add_scaled(T factor, const T* x, Index n, T* y) {
    using namespace simd;
    for (Index i = 0; i < n; i += kLanes<T>) {
        const Vec<T> sum = fma(Vec<T>(factor), load_up_to(x + i, n - i), load_up_to(y + i, n - i));
        store_up_to(y + i, sum, n - i);
    }
}

/// `vectors` vectors of the units of z = W x + b, of which `count` units are there. Whole vectors of W are
/// read: its buffer has slack for the last.
template <int vectors, class T>
DESCEND_INLINE void sum_of_columns(const T* W, Index n, const SparseColumn<T>& x, const T* b, Index count,
                                   T* z) {
    using namespace simd;
    Vec<T> sum[vectors];
    for (int v = 0; v < vectors; ++v) sum[v] = load_up_to(b + v * kLanes<T>, count - v * kLanes<T>);
    for (Index k = 0; k < x.count; ++k) {
        const T* column = W + x.row[k] * n;
        const Vec<T> value(x.value[k]);
        for (int v = 0; v < vectors; ++v) sum[v] = fma(value, load(column + v * kLanes<T>), sum[v]);
    }
    for (int v = 0; v < vectors; ++v) store_up_to(z + v * kLanes<T>, sum[v], count - v * kLanes<T>);
}

/// Z (n, m) = W X + b: a sum of columns of W each, in the order of the non-zeros.
template <class T>
void multiply_sparse(const T* W, Index n, const SparseColumn<T>* X, Index m, const T* b, T* Z) {
    constexpr Index kLanes = simd::kLanes<T>;
    for (Index j = 0; j < m; ++j, Z += n) {
        Index i = 0;
        for (; i + 4 * kLanes <= n; i += 4 * kLanes) sum_of_columns<4>(W + i, n, X[j], b + i, n - i, Z + i);
        for (; i < n; i += kLanes) sum_of_columns<1>(W + i, n, X[j], b + i, n - i, Z + i);
    }
}

/// Columns [first, last) of dW = dZ X^T, in the order of the examples; added to what dW holds where
/// `accumulate`.
template <class T>
void multiply_transposed_sparse(const T* dZ, Index n, const SparseColumn<T>* X, Index m, Index first,
                                Index last, bool accumulate, T* dW) {
    if (!accumulate) std::fill_n(dW, (last - first) * n, T(0));
    for (Index j = 0; j < m; ++j, dZ += n) {
        const std::int32_t* end = X[j].row + X[j].count;
        for (const std::int32_t* row = std::lower_bound(X[j].row, end, first); row != end && *row < last;
             ++row)
            add_scaled(X[j].value[row - X[j].row], dZ, n, dW + (*row - first) * n);
    }
}

}  // namespace descend
