// A layer's weights cut by rows or by columns.
#pragma once

#include <algorithm>
#include <vector>

#include "descend/kernels/narrow.hpp"
#include "descend/kernels/team.hpp"

namespace descend {

/// These rows and columns of W: all rows or all columns. A matrix of its own, the part lies by columns, or as
/// narrow layers want it.
struct Part {
    Range rows;
    Range columns;
    Layout layout = Layout::columns;
};

/// The parts of W[1] and W[2]; none of one that is whole.
struct Cuts {
    std::vector<Part> first;
    std::vector<Part> second;
};

/// W (rows, inner) as its parts, one after the other, and back. A team does it, a part each: what a worker
/// makes of W is then in its cache.
template <class T>
class Cut {
  public:
    /// Of as many rows and columns as all parts have; of no parts, nothing.
    Cut(std::vector<Part> parts, Index rows, Index inner)
        : parts_(std::move(parts)), rows_(rows), inner_(inner) {
        if (moves()) room_.resize(rows * inner);
    }

    const std::vector<Part>& parts() const { return parts_; }
    /// Whether the parts lie elsewhere than in W itself.
    bool moves() const {
        return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
            return part.rows.count() < rows_ || part.layout != Layout::columns;
        });
    }

    /// W becomes its parts.
    void separate(Team& team, T* W) {
        each(team, W, [&](const auto& part, const T* before) {
            const auto [height, width, layout] = shape(part);
            const T* from = before + in_whole(part);
            T* to = W + in_parts(part);
            if (layout == Layout::narrow) pack_narrow(from, height, width, rows_, 0, width, to);
            for (Index k = 0; layout == Layout::columns && k < width; ++k)
                std::copy_n(from + k * rows_, height, to + k * height);
        });
    }

    /// The parts become W again.
    void join(Team& team, T* W) {
        each(team, W, [&](const auto& part, const T* before) {
            const auto [height, width, layout] = shape(part);
            const T* from = before + in_parts(part);
            T* to = W + in_whole(part);
            if (layout == Layout::narrow) unpack_narrow(from, height, width, to, rows_);
            for (Index k = 0; layout == Layout::columns && k < width; ++k)
                std::copy_n(from + k * height, height, to + k * rows_);
        });
    }

  private:
    struct Shape {
        Index height;
        Index width;
        Layout layout;
    };
    static Shape shape(const Part& part) { return {part.rows.count(), part.columns.count(), part.layout}; }
    Index in_whole(const Part& part) const { return part.columns.first * rows_ + part.rows.first; }
    Index in_parts(const Part& part) const {
        return part.rows.first * inner_ + part.columns.first * part.rows.count();
    }

    /// move(part, what W was before) for each part, where any moves.
    template <class Move>
    void each(Team& team, const T* W, Move move) {
        if (!moves()) return;
        team.run([&](int worker) {
            const Range own = share_of(rows_ * inner_, worker, team.size());
            std::copy_n(W + own.first, own.count(), room_.data() + own.first);
            team.barrier();
            const auto count = static_cast<Index>(parts_.size());
            for (Index p = worker; p < count; p += team.size())
                move(parts_[static_cast<std::size_t>(p)], room_.data());
        });
    }

    std::vector<Part> parts_;
    Index rows_;
    Index inner_;
    Buffer<T> room_;
};

}  // namespace descend
