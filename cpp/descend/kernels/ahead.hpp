// Memory that will be wanted soon, asked for while something else is computed, a few cache lines at a time:
// more at once would keep the loads that are wanted now waiting.
#pragma once

#include <algorithm>

#include "descend/core/types.hpp"

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

}  // namespace descend
