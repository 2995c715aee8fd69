// A layer's weights cut by rows or by columns.
#pragma once

#include <algorithm>
#include <vector>

#include "descend/core/types.hpp"

namespace descend {

/// These rows and columns of W: all rows or all columns.
struct Part {
    Range rows;
    Range columns;
};

/// W (rows, inner) becomes its parts, the rows of each a matrix of its own, one after the other. `room` is as
/// large as W.
template <class T>
void separate(const std::vector<Part>& parts, Index rows, Index inner, T* W, T* room) {
    std::copy_n(W, rows * inner, room);
    for (const Part& part : parts) {
        for (Index k = 0; k < inner; ++k, W += part.rows.count())
            std::copy_n(room + k * rows + part.rows.first, part.rows.count(), W);
    }
}

/// The parts become W again.
template <class T>
void join(const std::vector<Part>& parts, Index rows, Index inner, T* W, T* room) {
    std::copy_n(W, rows * inner, room);
    for (const Part& part : parts) {
        for (Index k = 0; k < inner; ++k, room += part.rows.count())
            std::copy_n(room, part.rows.count(), W + k * rows + part.rows.first);
    }
}

}  // namespace descend
