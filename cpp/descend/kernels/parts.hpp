// A layer's weights cut by rows.
#pragma once

#include <algorithm>
#include <vector>

#include "descend/core/types.hpp"

namespace descend {

/// W (rows, inner) becomes its parts, the rows of each a matrix of its own, one after the other. `room` is as
/// large as W.
template <class T>
void separate(const std::vector<Range>& parts, Index rows, Index inner, T* W, T* room) {
    std::copy_n(W, rows * inner, room);
    for (const Range part : parts) {
        for (Index k = 0; k < inner; ++k, W += part.count())
            std::copy_n(room + k * rows + part.first, part.count(), W);
    }
}

/// The parts become W again.
template <class T>
void join(const std::vector<Range>& parts, Index rows, Index inner, T* W, T* room) {
    std::copy_n(W, rows * inner, room);
    for (const Range part : parts) {
        for (Index k = 0; k < inner; ++k, room += part.count())
            std::copy_n(room, part.count(), W + k * rows + part.first);
    }
}

}  // namespace descend
