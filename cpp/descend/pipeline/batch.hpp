// Stage 1: which examples come next, and where they are. Nothing is copied but the targets: a batch is a list
// of places in X.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "descend/core/random.hpp"
#include "descend/core/types.hpp"
#include "descend/kernels/sparse.hpp"

namespace descend {

/// m examples in somebody else's memory, an example after the other.
template <class T>
struct Examples {
    const T* X;                 ///< (n[0], m), or null where X is sparse
    const T* Y;                 ///< (n[L], m), or null where there are class numbers
    const std::int32_t* label;  ///< (m), or null
    const double* weight;       ///< (m), or null: every weight is 1
    Index m;
    SparseMatrix<T> sparse = {};  ///< X (n[0], m), or null

    bool is_sparse() const { return X == nullptr; }
    /// The place in these of the j-th example of `order`, or, where that is null, of them as they stand.
    static Index place(const Index* order, Index j) { return order != nullptr ? order[j] : j; }
};

/// A[0] of some examples, where their features are: one of the two is null.
template <class T>
struct Inputs {
    const T* const* dense;
    const SparseColumn<T>* sparse;
    const T* after = nullptr;  ///< as in multiply(), where all of these go through it together
};

/// Up to `capacity` examples of one step.
template <class T>
struct Batch {
    std::vector<const T*> x;                ///< where each example's features begin: the columns of A[0]
    std::vector<SparseColumn<T>> sparse_x;  ///< the same where X is sparse
    Buffer<T> Y;                            ///< (n[L], m)
    std::vector<std::int32_t> label;        ///< (m)
    Buffer<T> weight;                       ///< (m), w_i / sum of w over the whole step

    Batch(const Examples<T>& examples, Index n_outputs, Index capacity) : weight(capacity) {
        if (examples.is_sparse())
            sparse_x.resize(static_cast<std::size_t>(capacity));
        else
            x.resize(static_cast<std::size_t>(capacity));
        if (examples.Y != nullptr) Y.resize(n_outputs * capacity);
        if (examples.label != nullptr) label.resize(static_cast<std::size_t>(capacity));
    }

    Inputs<T> inputs() const {
        return {x.empty() ? nullptr : x.data(), sparse_x.empty() ? nullptr : sparse_x.data()};
    }
    const T* Y_column(Index j, Index n_outputs) const {
        return Y.size() > 0 ? Y.data() + j * n_outputs : nullptr;
    }
    const std::int32_t* label_at(Index j) const { return label.empty() ? nullptr : label.data() + j; }

    /// Example order[j] (j itself where order is null) becomes the batch's, for j in [first, last) of a step
    /// whose weights sum to `weight_sum`; the first of them takes place `at`.
    void gather(const Examples<T>& examples, const Index* order, Index first, Index last, Index at,
                Index n_inputs, Index n_outputs, double weight_sum) {
        const Index m = last - first;
        const auto example = [&](Index j) { return Examples<T>::place(order, first + j); };
        const auto each = [&](auto& of_batch, auto&& of_example) {
            for (Index j = 0; j < m; ++j) of_batch.data()[at + j] = of_example(example(j));
        };
        if (examples.is_sparse())
            each(sparse_x, [&](Index i) { return examples.sparse.column(i); });
        else
            each(x, [&](Index i) { return examples.X + i * n_inputs; });
        const double share = 1.0 / weight_sum;
        if (examples.weight != nullptr)
            each(weight, [&](Index i) { return static_cast<T>(examples.weight[i] * share); });
        else
            std::fill_n(weight.data() + at, m, static_cast<T>(share));
        if (!label.empty()) each(label, [&](Index i) { return examples.label[i]; });
        if (Y.size() == 0) return;
        if (n_outputs == 1) return each(Y, [&](Index i) { return examples.Y[i]; });
        for (Index j = 0; j < m; ++j)
            std::copy_n(examples.Y + example(j) * n_outputs, n_outputs, Y.data() + (at + j) * n_outputs);
    }
};

/// The examples of a step, `m` in all, that are in the cache at one time.
struct Chunk {
    const Index* order;  ///< or null: as they stand
    Index first;         ///< of them all
    Index m;
    Index offset;       ///< of the first one within the step
    double weight_sum;  ///< of the whole step
};

/// These examples of a chunk.
inline Chunk part_of(const Chunk& chunk, Range range) {
    return {chunk.order, chunk.first + range.first, range.count(), chunk.offset + range.first,
            chunk.weight_sum};
}

/// How many even blocks of about `together` examples so many are.
inline Index blocks_of(Index count, Index together) {
    return count > 0 ? std::max<Index>(1, (count + together / 2) / together) : 0;
}

/// use(x, block) for blocks of these examples of a chunk, few enough that their features stay in a
/// second-level cache: where each one's features begin, from element `feature` on.
template <class T, class Use>
void for_each_block(const Examples<T>& examples, Index n_inputs, const Chunk& chunk, Range range,
                    Index feature, Use&& use) {
    constexpr Index kMost = 240;
    const T* x[kMost];
    const Index count = range.count(), blocks = (count + kMost - 1) / kMost;
    for (Index block = 0; block < blocks; ++block) {
        const Range of{range.first + count * block / blocks, range.first + count * (block + 1) / blocks};
        for (Index j = of.first; j < of.last; ++j) {
            const Index i = Examples<T>::place(chunk.order, chunk.first + j);
            x[j - of.first] = examples.X + i * n_inputs + feature;
        }
        use(static_cast<const T* const*>(x), of);
    }
}

/// The sum of the weights of examples [first, last) in this order.
template <class T>
double sum_of_weights(const Examples<T>& examples, const Index* order, Index first, Index last) {
    if (examples.weight == nullptr) return static_cast<double>(last - first);
    double sum = 0.0;
    for (Index j = first; j < last; ++j) sum += examples.weight[Examples<T>::place(order, j)];
    return sum;
}

}  // namespace descend
