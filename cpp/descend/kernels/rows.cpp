#include "descend/kernels/rows.hpp"

#include <algorithm>

#include "descend/kernels/constant.hpp"
#include "descend/kernels/simd.hpp"

namespace descend {
namespace {

using simd::kLanes;
using simd::Vec;

/// Rows and columns whose sums run in registers together.
constexpr Index kTile = simd::kRegisters == 32 ? 4 : 2;

/// R rows by E vectors of C from place i on.
template <int R, int E, class T>
DESCEND_INLINE void multiply_tile(const T* W, Index row_stride, Index column_stride, Index inner, const T* B,
                                  Index ld, Index i, T* C) {
    Vec<T> c[R][E];
    for (auto& row : c) std::fill(row, row + E, Vec<T>(T(0)));
    for (Index k = 0; k < inner; ++k) {
        Vec<T> b[E];
#pragma GCC unroll 4
        for (int e = 0; e < E; ++e) b[e] = simd::load(B + k * ld + i + e * kLanes<T>);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const Vec<T> w(W[r * row_stride + k * column_stride]);
#pragma GCC unroll 4
            for (int e = 0; e < E; ++e) c[r][e] = simd::fma(w, b[e], c[r][e]);
        }
    }
    for (int r = 0; r < R; ++r) {
        for (int e = 0; e < E; ++e) simd::store(C + r * ld + i + e * kLanes<T>, c[r][e]);
    }
}

/// R rows by K columns of C.
template <int R, int K, class T>
DESCEND_INLINE void transposed_tile(const T* dZ, Index rows, const T* B, Index ld, bool accumulate, T* C) {
    Vec<T> c[R][K];
    for (auto& row : c) std::fill(row, row + K, Vec<T>(T(0)));
    for (Index i = 0; i < ld; i += kLanes<T>) {
        Vec<T> b[K];
#pragma GCC unroll 4
        for (int k = 0; k < K; ++k) b[k] = simd::load(B + k * ld + i);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const Vec<T> dz = simd::load(dZ + r * ld + i);
#pragma GCC unroll 4
            for (int k = 0; k < K; ++k) c[r][k] = simd::fma(dz, b[k], c[r][k]);
        }
    }
    for (int k = 0; k < K; ++k) {
        for (int r = 0; r < R; ++r) {
            const T sum = simd::sum(c[r][k]);
            C[k * rows + r] = accumulate ? C[k * rows + r] + sum : sum;
        }
    }
}

}  // namespace

template <class T>
void multiply_by_rows(const T* W, Index row_stride, Index column_stride, Index rows, Index inner, const T* B,
                      Index ld, T* C) {
    constexpr Index kStep = kTile * kLanes<T>;
    for (Index r = 0; r < rows; r += kTile) {
        with_constant<kTile>(std::min(kTile, rows - r), [&](auto count) {
            constexpr int R = decltype(count)::value;
            Index i = 0;
            for (; i + kStep <= ld; i += kStep) {
                multiply_tile<R, kTile>(W + r * row_stride, row_stride, column_stride, inner, B, ld, i,
                                        C + r * ld);
            }
            for (; i < ld; i += kLanes<T>)
                multiply_tile<R, 1>(W + r * row_stride, row_stride, column_stride, inner, B, ld, i,
                                    C + r * ld);
        });
    }
}

template <class T>
void multiply_transposed_by_rows(const T* dZ, Index rows, const T* B, Index inner, Index ld, bool accumulate,
                                 T* C) {
    for (Index r = 0; r < rows; r += kTile) {
        with_constant<kTile>(std::min(kTile, rows - r), [&](auto row_count) {
            constexpr int R = decltype(row_count)::value;
            for (Index k = 0; k < inner; k += kTile) {
                with_constant<kTile>(std::min(kTile, inner - k), [&](auto count) {
                    transposed_tile<R, decltype(count)::value>(dZ + r * ld, rows, B + k * ld, ld, accumulate,
                                                               C + k * rows + r);
                });
            }
        });
    }
}

#define DESCEND_INSTANTIATE(T)                                                                    \
    template void multiply_by_rows<T>(const T*, Index, Index, Index, Index, const T*, Index, T*); \
    template void multiply_transposed_by_rows<T>(const T*, Index, const T*, Index, Index, bool, T*);
DESCEND_INSTANTIATE(float)
DESCEND_INSTANTIATE(double)
#undef DESCEND_INSTANTIATE

}  // namespace descend
