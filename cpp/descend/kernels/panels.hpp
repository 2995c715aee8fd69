// The weights in the order in which the products read them.
#pragma once

#include <vector>

#include "descend/core/network.hpp"
#include "descend/kernels/narrow.hpp"
#include "descend/kernels/product.hpp"

namespace descend {

/// Copies of the weights: W[l] by panels or as narrow layers want it where that is faster than W[l] itself,
/// and, for the backward pass, panels of W[l]^T for l > 1. Whoever changes W[l] refreshes them.
///
/// The rows of W[1] may be cut into parts. A part is a matrix of its own then, (rows, n_prev), and the parts
/// lie one after the other in the place of W[1]. Every other W[l] has one part.
template <class T>
class WeightPanels {
  public:
    enum class For { forward, forward_and_backward };

    /// Of W[1] none where X is sparse; without parts it is whole.
    WeightPanels(const Network<T>& network, For use, bool sparse_inputs = false,
                 const std::vector<Range>& parts_of_first = {})
        : network_(network), of_(static_cast<std::size_t>(network.L())) {
        for (Index l = 1; l <= network.L(); ++l) {
            const Layer& layer = network.layer(l);
            const bool cut = l == 1 && !parts_of_first.empty();
            for (const Range rows : cut ? parts_of_first : std::vector<Range>{{0, layer.n}}) {
                Part& part = at(l).parts.emplace_back(rows);
                if (l == 1 && sparse_inputs) continue;
                if (is_narrow<T>(rows.count(), layer.n_prev)) {
                    part.layout = Layout::narrow;
                    part.W.resize(narrow_size<T>(rows.count(), layer.n_prev));
                } else if (is_tall<T>(rows.count())) {
                    part.layout = Layout::panels;
                    part.W.resize(packed_size<T>(rows.count(), layer.n_prev));
                }
            }
            if (use == For::forward_and_backward && l > 1)
                at(l).W_transposed.resize(packed_size<T>(layer.n_prev, layer.n));
        }
    }

    Index parts(Index l) const { return static_cast<Index>(at(l).parts.size()); }
    Range rows(Index l, Index p) const { return at(l, p).rows; }

    /// All weights have changed, and are about to meet `m` examples at a time: where these are few, copies
    /// would cost more than they save.
    void refresh_all(Index m) {
        constexpr Index kFew = 16;
        few_ = m < kFew;
        for (Index l = 1; l <= network_.L(); ++l) {
            for (Index p = 0; p < parts(l); ++p) refresh(l, p, {0, network_.n(l - 1)});
        }
    }

    /// These columns of part p of W[l] have changed.
    void refresh(Index l, Index p, Range columns) {
        const Layer& layer = network_.layer(l);
        const auto [first, last] = columns;
        Part& part = at(l, p);
        const Index rows = part.rows.count();
        if (layout(part) == Layout::panels)
            pack(data(l, part), rows, layer.n_prev, first, last, part.W.data());
        if (layout(part) == Layout::narrow)
            pack_narrow(data(l, part), rows, layer.n_prev, first, last, part.W.data());
        if (at(l).W_transposed.size() > 0)
            pack_transposed(data(l, part), layer.n, layer.n_prev, first, last, at(l).W_transposed.data());
    }

    /// Part p of W[l].
    LeftFactor<T> W(Index l, Index p) const {
        const Part& part = at(l, p);
        const Layout as = layout(part);
        return {as == Layout::columns ? data(l, part) : part.W.data(), part.rows.count(), network_.n(l - 1),
                as};
    }
    LeftFactor<T> W_transposed(Index l) const {
        const Layer& layer = network_.layer(l);
        return {at(l).W_transposed.data(), layer.n_prev, layer.n, Layout::panels};
    }

  private:
    struct Part {
        Range rows;
        Layout layout = Layout::columns;
        Buffer<T> W = {};
        explicit Part(Range rows_) : rows(rows_) {}
    };
    struct Of {
        std::vector<Part> parts;
        Buffer<T> W_transposed;
    };
    Layout layout(const Part& part) const { return few_ ? Layout::columns : part.layout; }
    const T* data(Index l, const Part& part) const {
        return network_.W_data(l) + part.rows.first * network_.n(l - 1);
    }
    Of& at(Index l) { return of_[static_cast<std::size_t>(l - 1)]; }
    const Of& at(Index l) const { return of_[static_cast<std::size_t>(l - 1)]; }
    Part& at(Index l, Index p) { return at(l).parts[static_cast<std::size_t>(p)]; }
    const Part& at(Index l, Index p) const { return at(l).parts[static_cast<std::size_t>(p)]; }

    const Network<T>& network_;
    std::vector<Of> of_;
    bool few_ = false;
};

}  // namespace descend
