#include "descend/kernels/product.hpp"

#include <algorithm>

#include "descend/kernels/narrow.hpp"
#include "descend/kernels/slice.hpp"
#include "descend/kernels/tile.hpp"

namespace descend {
namespace {

using simd::kLanes;
using simd::Vec;
using tile::Pass;
using tile::Start;

/// What of a panel a pass takes: so much that sums are seldom put down and taken up again, and so little that
/// it stays in the second-level cache while every column passes by; or in the first-level cache, where each
/// of few columns has a cache line there for every step.
constexpr Index kInSecondLevel = 200 * 1024, kInFirstLevel = 16 * 1024;

/// Inner steps of such a pass over a panel, about the same for each pass.
template <class T>
Index inner_block(Index inner, Index height, Index bytes) {
    const Index most = std::max<Index>(16, bytes / (height * static_cast<Index>(sizeof(T))));
    inner = std::max<Index>(1, inner);
    const Index blocks = (inner + most - 1) / most;
    return (inner + blocks - 1) / blocks;
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
          ld(left.layout == Layout::panels ? cut.height(p) : left.ld),
          last_lanes(std::min(cut.height(p), left.rows - row) - (vectors - 1) * kLanes<T>),
          data(left.layout == Layout::panels ? left.data + row * left.inner : left.data + row) {}
};

/// out (rows, count), a row after the other, rows `ld` apart = columns [k, k + count) of W; count <=
/// kLanes<T>.
template <class T>
void transpose_columns(const T* W, Index rows, Index k, Index count, T* out, Index ld) {
    if (rows == 1) return simd::store_first(out, simd::load_first(W + k, count), count);
    for (Index i = 0; i < rows; i += kLanes<T>) {
        const Index n = std::min(kLanes<T>, rows - i);
        Vec<T> block[kLanes<T>];
        for (Index c = 0; c < kLanes<T>; ++c) {
            block[c] = c < count ? simd::load_first(W + i + (k + c) * rows, n) : Vec<T>(T(0));
        }
        simd::transpose(block);
        for (Index r = 0; r < n; ++r) simd::store_first(out + (i + r) * ld, block[r], count);
    }
}

/// multiply() by one column x, of a factor that lies by columns: many rows at a time, because what is read of
/// the next column of W is then one long piece.
template <class T>
void multiply_one(const LeftFactor<T>& left, const T* x, const T* bias, Epilogue epilogue, T* C, const T* A) {
    const auto rows_from = [&](Index row, auto vectors) {
        constexpr int V = decltype(vectors)::value;
        const Pass<T> pass{left.data + row, left.ld,
                           left.inner,      bias != nullptr ? Start::bias : Start::zero,
                           bias + row,      epilogue,
                           left.rows,       std::min(kLanes<T>, left.rows - row - (V - 1) * kLanes<T>)};
        tile::run<T, V, 1>(pass, tile::ByColumn<T, 1>(&x, 0), C + row, A + row);
        return V * kLanes<T>;
    };
    for (Index row = 0; row < left.rows;) {
        const Index vectors = (left.rows - row + kLanes<T> - 1) / kLanes<T>;
        row += vectors >= 8   ? rows_from(row, std::integral_constant<int, 8>())
               : vectors >= 4 ? rows_from(row, std::integral_constant<int, 4>())
               : vectors >= 2 ? rows_from(row, std::integral_constant<int, 2>())
                              : rows_from(row, std::integral_constant<int, 1>());
    }
}

/// A column is asked for so many columns before it is multiplied.
constexpr Index kAhead = 24;

/// Features copied together, examples of one block, and such copies beside each other.
constexpr Index kWidth = 48, kSlices = 2;
template <class T>
constexpr Index kMostSteps = 96 * 1024 / (kWidth * static_cast<Index>(sizeof(T)));

/// Whether so many panels read the examples' features that these are copied into slices first.
template <class T>
bool copies_slices(const Panels<T>& cut) {
    return cut.count > 2;
}

/// Tiles of a product that has so many columns.
template <class T>
Index tiles_of(const Panels<T>& cut, Index columns) {
    const Index width = tile::columns_of(cut.vectors);
    return cut.count * ((columns + width - 1) / width);
}

/// multiply_transposed() over `steps` examples from the j-th on. Where slices are copied, each tile asks for
/// some of those to be copied `next`.
template <class T>
void multiply_transposed_block(const LeftFactor<T>& left, const Panels<T>& cut, Index j, Index steps,
                               const T* const* example, Index first, Index last, bool accumulate,
                               Ahead<T> next, Wanted<T>& wanted, T* C) {
    const Index tiles = tiles_of(cut, last - first), lines = (next.lines() + tiles - 1) / tiles;
    alignas(kAlignment) T slice[kSlices][kMostSteps<T> * kWidth];
    const bool copied = copies_slices(cut);
    for (Index i = first, s = 0; copied && i < last; i += kWidth, ++s) {
        copy_slice(example, steps, i, std::min(kWidth, last - i), slice[s], kWidth);
    }
    for (Index p = 0; p < cut.count; ++p) {
        const PanelOf<T> panel(left, cut, p);
        T* const of_panel = C + panel.row;
        const Pass<T> pass{panel.data + j * panel.ld,
                           panel.ld,
                           steps,
                           accumulate ? Start::result : Start::zero,
                           nullptr,
                           Epilogue::none,
                           left.rows,
                           panel.last_lanes};
        with_constant<Panels<T>::kMostVectors>(panel.vectors, [&](auto v) {
            constexpr int V = decltype(v)::value;
            if (!copied) return tile::panel_by_example<T, V>(pass, example, first, last, wanted, of_panel);
            for (Index i = first, s = 0; i < last; i += kWidth, ++s) {
                tile::panel_by_row<T, V>(pass, slice[s], kWidth, std::min(kWidth, last - i), next, lines,
                                         wanted, of_panel + (i - first) * pass.ldc);
            }
        });
    }
}

}  // namespace

template <class T>
void pack(const T* W, Index rows, Index inner, Index first, Index last, T* panels) {
    const Panels<T> cut(rows);
    for (Index p = 0; p < cut.count; ++p) {
        const Index row = cut.first_row(p), height = cut.height(p);
        const Index whole = std::min(height, rows - row) / kLanes<T> * kLanes<T>;
        T* out = panels + row * inner + first * height;
        for (Index k = first; k < last; ++k, out += height) {
            const T* column = W + row + k * rows;
            for (Index i = 0; i < whole; i += kLanes<T>) simd::store(out + i, simd::load(column + i));
            if (whole < height)
                simd::store(out + whole, simd::load_first(column + whole, rows - row - whole));
        }
    }
}

template <class T>
void pack_transposed(const T* W, Index rows, Index inner, Index first, Index last, T* panels) {
    const Panels<T> cut(inner);
    for (Index k = first; k < last;) {
        const Index p = k / (cut.vectors * kLanes<T>), row = cut.first_row(p), height = cut.height(p);
        const Index count = std::min({kLanes<T>, last - k, row + height - k});
        transpose_columns(W, rows, k, count, panels + row * rows + (k - row), height);
        k += count;
    }
}

template <class T>
void multiply(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias, Epilogue epilogue,
              T* C, Index ld, const T* A, const T* after) {
    if (left.layout == Layout::narrow) return multiply_narrow(left, column, m, bias, epilogue, C, ld);
    if (left.layout == Layout::columns && is_narrow<T>(left.rows, left.inner))
        return multiply_narrow_few(left, column, m, bias, epilogue, C, ld);
    if (left.layout == Layout::columns && m == 1)
        return multiply_one(left, column[0], bias, epilogue, C, A != nullptr ? A : C);
    if (left.rows == 0) return;
    const Panels<T> cut(left.rows);
    const Index block = inner_block<T>(left.inner, cut.vectors * kLanes<T>, kInSecondLevel);
    const bool apart = m > 1 && column[1] != column[0] + left.inner;
    // Of few columns, most would be asked for in vain, beyond the last one.
    if (after == nullptr && !apart && m >= 4 * kAhead) after = column[kAhead];
    for (Index p = 0; p < cut.count; ++p) {
        const PanelOf<T> panel(left, cut, p);
        for (Index k = 0; k == 0 || k < left.inner; k += block) {
            const Index steps = std::min(block, left.inner - k);
            const Start start = k > 0 ? Start::result : bias != nullptr ? Start::bias : Start::zero;
            const Epilogue end = k + steps == left.inner ? epilogue : Epilogue::none;
            const Pass<T> pass{panel.data + k * panel.ld, panel.ld, steps, start,
                               bias + panel.row,          end,      ld,    panel.last_lanes};
            with_constant<Panels<T>::kMostVectors>(panel.vectors, [&](auto v) {
                tile::panel_by_column<T, decltype(v)::value>(
                    pass, column, k, m, apart, k + steps < left.inner ? k + steps : 0,
                    p == 0 ? after : nullptr, C + panel.row, (A != nullptr ? A : C) + panel.row);
            });
        }
    }
}

template <class T>
void multiply_transposed(const LeftFactor<T>& left, Index m, const T* const* example, Index inputs,
                         Index first, Index last, bool accumulate, Layout layout, T* C, Wanted<T> wanted) {
    if (is_narrow<T>(left.rows, inputs)) {
        wanted.ask();
        return multiply_transposed_narrow(left, m, example, inputs, first, last, accumulate, layout, C);
    }
    if (first == last) return;
    const Panels<T> cut(left.rows);
    const Index block = std::min(
        kMostSteps<T>,
        inner_block<T>(m, cut.vectors * kLanes<T>, copies_slices(cut) ? kInSecondLevel : kInFirstLevel));
    const Index columns = last - first, width = std::min(kSlices * kWidth, columns);
    wanted.cut((m + block - 1) / block *
               (columns / width * tiles_of(cut, width) + tiles_of(cut, columns % width)));
    for (Index group = first; group < last; group += width) {
        const Index group_end = std::min(group + width, last);
        for (Index j = 0; j == 0 || j < m; j += block) {
            const Index steps = std::min(block, m - j), left_over = std::min(block, m - j - steps);
            const Ahead<T> next = left_over > 0 ? Ahead<T>(example + j + steps, left_over, group, group_end)
                                                : Ahead<T>(example, std::min(block, m), group_end,
                                                           std::min(group_end + width, inputs));
            multiply_transposed_block(left, cut, j, steps, example + j, group, group_end, accumulate || j > 0,
                                      next, wanted, C + (group - first) * left.rows);
        }
    }
}

#define DESCEND_INSTANTIATE(T)                                                                              \
    template void pack<T>(const T*, Index, Index, Index, Index, T*);                                        \
    template void pack_transposed<T>(const T*, Index, Index, Index, Index, T*);                             \
    template void multiply<T>(const LeftFactor<T>&, const T* const*, Index, const T*, Epilogue, T*, Index,  \
                              const T*, const T*);                                                          \
    template void multiply_transposed<T>(const LeftFactor<T>&, Index, const T* const*, Index, Index, Index, \
                                         bool, Layout, T*, Wanted<T>);
DESCEND_INSTANTIATE(float)
DESCEND_INSTANTIATE(double)
#undef DESCEND_INSTANTIATE

}  // namespace descend
