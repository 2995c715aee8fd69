// The weights in the order in which the products read them.
#pragma once

#include <vector>

#include "descend/core/network.hpp"
#include "descend/kernels/narrow.hpp"
#include "descend/kernels/parts.hpp"
#include "descend/kernels/product.hpp"

namespace descend {

/// Copies of the weights: W[l] by panels or as narrow layers want it where that is faster than W[l] itself,
/// and, for the backward pass, panels of W[l]^T for l > 1. Whoever changes W[l] refreshes them.
///
/// W[1] may be cut into parts, by rows or by columns, and W[2] by columns. A part is a matrix of its own
/// then, and the parts lie one after the other in the place of W[l], perhaps as the products want them, so
/// that no copy is needed. Every other W[l] has one part.
template <class T>
class WeightPanels {
  public:
    enum class For { forward, forward_and_backward };

    /// Of W[1] none where X is sparse; W[1] and W[2] are cut so.
    WeightPanels(const Network<T>& network, For use, bool sparse_inputs = false, const Cuts& cuts = {})
        : network_(network), of_(static_cast<std::size_t>(network.L())) {
        for (Index l = 1; l <= network.L(); ++l) {
            const Layer& layer = network.layer(l);
            std::vector<Part> parts = l == 1 ? cuts.first : l == 2 ? cuts.second : std::vector<Part>();
            if (parts.empty()) parts = {{{0, layer.n}, {0, layer.n_prev}}};
            for (const Part& part : parts) {
                Copy& copy = at(l).copies.emplace_back(part);
                const Index rows = part.rows.count(), inputs = part.columns.count();
                if (use == For::forward_and_backward && l > 1)
                    copy.W_transposed.resize(packed_size<T>(inputs, rows));
                if ((l == 1 && sparse_inputs) || part.layout != Layout::columns) continue;
                if (is_narrow<T>(rows, inputs)) {
                    copy.layout = Layout::narrow;
                    copy.W.resize(narrow_size<T>(rows, inputs));
                } else if (is_tall<T>(rows)) {
                    copy.layout = Layout::panels;
                    copy.W.resize(packed_size<T>(rows, inputs));
                }
            }
        }
    }

    Index parts(Index l) const { return static_cast<Index>(at(l).copies.size()); }
    const Part& part(Index l, Index p) const { return at(l, p).part; }

    /// All weights have changed, and are about to meet `m` examples at a time: where these are few, copies
    /// would cost more than they save.
    void refresh_all(Index m) {
        constexpr Index kFew = 16;
        if (few_ != (m < kFew)) few_ = !few_;  // A line that others read is not written for nothing.
        for (Index l = 1; l <= network_.L(); ++l) {
            for (Index p = 0; p < parts(l); ++p) refresh(l, p, part(l, p).columns);
        }
    }

    /// These columns of part p of W[l] have changed.
    void refresh(Index l, Index p, Range columns) {
        Copy& copy = at(l, p);
        const T* W = data(l, copy.part);
        const Index rows = copy.part.rows.count(), inputs = copy.part.columns.count(),
                    first = columns.first - copy.part.columns.first, last = first + columns.count();
        if (copied(copy) && copy.layout == Layout::panels) pack(W, rows, inputs, first, last, copy.W.data());
        if (copied(copy) && copy.layout == Layout::narrow)
            pack_narrow(W, rows, inputs, rows, first, last, copy.W.data());
        if (copy.W_transposed.size() > 0)
            pack_transposed(W, rows, inputs, first, last, copy.W_transposed.data());
    }

    /// Part p of W[l].
    LeftFactor<T> W(Index l, Index p) const {
        const Copy& copy = at(l, p);
        const auto& [rows, columns, layout] = copy.part;
        if (copied(copy)) return {copy.W.data(), rows.count(), columns.count(), copy.layout};
        return {data(l, copy.part), rows.count(), columns.count(), layout};
    }
    LeftFactor<T> W_transposed(Index l, Index p = 0) const {
        const Copy& copy = at(l, p);
        return {copy.W_transposed.data(), copy.part.columns.count(), copy.part.rows.count(), Layout::panels};
    }

  private:
    struct Copy {
        Part part;
        Layout layout = Layout::columns;
        Buffer<T> W = {};             ///< empty where the part itself is as good
        Buffer<T> W_transposed = {};  ///< empty where nothing goes back through it
        explicit Copy(const Part& part_) : part(part_) {}
    };
    struct Of {
        std::vector<Copy> copies;  ///< one of each part
    };
    bool copied(const Copy& copy) const { return !few_ && copy.W.size() > 0; }
    const T* data(Index l, const Part& part) const {
        return network_.W_data(l) + part.rows.first * network_.n(l - 1) +
               part.columns.first * part.rows.count();
    }
    Of& at(Index l) { return of_[static_cast<std::size_t>(l - 1)]; }
    const Of& at(Index l) const { return of_[static_cast<std::size_t>(l - 1)]; }
    Copy& at(Index l, Index p) { return at(l).copies[static_cast<std::size_t>(p)]; }
    const Copy& at(Index l, Index p) const { return at(l).copies[static_cast<std::size_t>(p)]; }

    const Network<T>& network_;
    std::vector<Of> of_;
    bool few_ = false;
};

}  // namespace descend
