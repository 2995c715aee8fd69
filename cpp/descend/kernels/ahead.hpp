// Memory that will be wanted soon, asked for while something else is computed, a few cache lines at a time:
// more at once would keep the loads that are wanted now waiting.
#pragma once

#include <algorithm>

#include "descend/core/types.hpp"
#include "descend/kernels/simd.hpp"

namespace descend {

/// The examples that come next, of which tiles ask for what they have from element k on.
template <class T>
struct Next {
    const T* const* example;
    Index count;
    Index k;

    /// Where that of example j begins; of the last one, if there are not so many.
    const T* operator[](Index j) const { return example[std::min(j, count - 1)] + k; }
};

/// Elements [first, last) of some examples, which begin at example[0], example[1], ...
template <class T>
class Ahead {
  public:
    Ahead(const T* const* example, Index examples, Index first, Index last)
        : example_(example), examples_(first < last ? examples : 0), first_(first), last_(last), i_(first) {}

    /// About how many have not been asked for.
    Index lines() const { return (examples_ - j_) * ((last_ - first_ + kLine - 1) / kLine); }

    void fetch(Index lines) {
        for (; lines > 0 && j_ < examples_; --lines) {
            __builtin_prefetch(example_[j_] + i_, 0, 2);
            i_ += kLine;
            if (i_ >= last_) {
                i_ = first_;
                ++j_;
            }
        }
    }

  private:
    static constexpr Index kLine = kAlignment / sizeof(T);

    const T* const* example_;
    Index examples_, first_, last_, i_, j_ = 0;
};

/// Vectors of `count` elements each that a worker will read and write once a product is done. The product
/// asks for a piece of them in each of its tiles, a bit a step; they come from memory meanwhile, or from
/// other workers' caches, which are to give them up.
template <class T>
class Wanted {
  public:
    /// What a tile asks for: an element a step, each `stride` after the one before.
    struct Piece {
        const T* begin;
        Index stride;
    };

    Wanted() = default;
    explicit Wanted(Index count) : count_(count) {}
    /// The first one is what other workers have read. There are kMost at most.
    void add(const T* vector) { vectors_[n_++] = vector; }

    bool is_nothing() const { return n_ == 0; }

    /// Asks for the first vector at once, where there are no tiles. (Always inline: GCC drops calls of
    /// functions that do no more than this.)
    DESCEND_INLINE void ask() const {
        for (Index i = 0; n_ > 0 && i < count_; i += kLine) __builtin_prefetch(vectors_[0] + i, 1, 2);
    }

    /// There will be so many tiles.
    void cut(Index tiles) {
        if (is_nothing()) return;
        const Index pieces = std::max<Index>(1, tiles / n_);
        size_ = (count_ + pieces - 1) / pieces;
    }
    /// The piece of a tile of so many steps: of a vector's piece that has more lines than these, the first;
    /// once all has been asked for, what surely is there.
    Piece next(Index steps) {
        if (v_ == n_) return {vectors_[0], 0};
        const Index size = std::min(size_, count_ - i_), some = std::max<Index>(1, steps);
        const Piece piece{vectors_[v_] + i_, std::min((size + some - 1) / some, kLine)};
        i_ += size_;
        if (i_ >= count_) {
            i_ = 0;
            ++v_;
        }
        return piece;
    }

  private:
    static constexpr Index kMost = 3, kLine = kAlignment / sizeof(T);

    const T* vectors_[kMost] = {};
    Index n_ = 0, count_ = 0, size_ = 0;
    Index v_ = 0, i_ = 0;  ///< of the next piece
};

}  // namespace descend
