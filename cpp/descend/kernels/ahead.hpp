// Memory that will be wanted soon, asked for while something else is computed, a few cache lines at a time:
// more at once would keep the loads that are wanted now waiting.
#pragma once

#include <algorithm>

#include "descend/core/types.hpp"

namespace descend {

/// Elements [first, last) of some examples, which begin at example[0], example[1], ...
template <class T>
class Ahead {
  public:
    Ahead(const T* const* example, Index examples, Index first, Index last)
        : example_(example), examples_(first < last ? examples : 0), first_(first), last_(last), i_(first) {}

    /// About how many have not been asked for.
    Index lines() const { return (examples_ - j_) * ((last_ - first_ + kLine - 1) / kLine); }

    /// All that are left, into the first-level cache.
    void fetch_all() {
        for (; j_ < examples_; ++j_) {
            for (Index i = first_; i < last_; i += kLine) __builtin_prefetch(example_[j_] + i);
        }
    }

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

/// Examples that come next, from their element `from` on: asked for in step with what is computed now.
template <class T>
struct Wanted {
    const T* const* example;
    Index examples;
    Index from;

    /// The line with element from + i of examples [first, last), as far as there are that many.
    void fetch(Index first, Index last, Index i) const {
        for (Index j = first; j < std::min(last, examples); ++j)
            __builtin_prefetch(example[j] + from + i, 0, 2);
    }

    /// Lines [first, last) of example k, if there are that many.
    void fetch_lines(Index k, Index first, Index last) const {
        constexpr Index kLine = kAlignment / sizeof(T);
        if (k >= examples) return;
        for (Index line = first; line < last; ++line)
            __builtin_prefetch(example[k] + from + line * kLine, 0, 2);
    }
};

}  // namespace descend
