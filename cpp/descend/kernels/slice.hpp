// A block of examples' features, copied together so that a tile reads it from the first-level cache.
#pragma once

#include "descend/kernels/simd.hpp"

namespace descend {

/// to (steps, width), rows `ld` apart = elements [first, first + width) of each example.
template <class T>
void copy_slice(const T* const* example, Index steps, Index first, Index width, T* to, Index ld) {
    using namespace simd;
    for (Index k = 0; k < steps; ++k, to += ld) {
        const T* from = example[k] + first;
        Index i = 0;
        for (; i + kLanes<T> <= width; i += kLanes<T>) store(to + i, load(from + i));
        if (i < width) store_first(to + i, load_first(from + i, width - i), width - i);
    }
}

}  // namespace descend
