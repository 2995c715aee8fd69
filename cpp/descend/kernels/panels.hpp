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
/// The rows of W[1] may be cut into parts, whole panels each. A part is a matrix of its own then, (rows,
/// n_prev), and the parts lie one after the other in the place of W[1].
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
            Of& of = at(l);
            of.parts = {{0, layer.n}};
            if (l == 1 && !parts_of_first.empty()) of.parts = parts_of_first;
            if (l == 1 && sparse_inputs) continue;
            if (is_narrow<T>(layer.n, layer.n_prev)) {
                of.layout = Layout::narrow;
                of.W.resize(narrow_size<T>(layer.n, layer.n_prev));
            } else if (is_tall<T>(of.parts.front().count())) {
                of.layout = Layout::panels;
                of.W.resize(packed_size<T>(layer.n, layer.n_prev));
            }
            if (use == For::forward_and_backward && l > 1)
                of.W_transposed.resize(packed_size<T>(layer.n_prev, layer.n));
        }
    }

    /// All weights have changed, and are about to meet `m` examples at a time: where these are few, copies
    /// would cost more than they save.
    void refresh_all(Index m) {
        constexpr Index kFew = 16;
        few_ = m < kFew;
        for (Index l = 1; l <= network_.L(); ++l) {
            for (const Range rows : parts(l)) refresh(l, rows, {0, network_.n(l - 1)});
        }
    }

    /// What the rows of W[l] are cut into: all of them, or the parts of W[1].
    const std::vector<Range>& parts(Index l) const { return of_[static_cast<std::size_t>(l - 1)].parts; }

    /// These rows, a part of W[l], have changed in these columns.
    void refresh(Index l, Range rows, Range columns) {
        const Layer& layer = network_.layer(l);
        const auto [first, last] = columns;
        const Index begin = rows.first * layer.n_prev;
        const T* W = network_.W_data(l) + begin;
        Of& of = at(l);
        if (layout(of) == Layout::panels)
            pack(W, rows.count(), layer.n_prev, first, last, of.W.data() + begin);
        if (layout(of) == Layout::narrow) pack_narrow(W, layer.n, layer.n_prev, first, last, of.W.data());
        if (of.W_transposed.size() > 0)
            pack_transposed(W, layer.n, layer.n_prev, first, last, of.W_transposed.data());
    }

    /// These rows, a part of W[l].
    LeftFactor<T> W(Index l, Range rows) const {
        const Layer& layer = network_.layer(l);
        const Of& of = of_[static_cast<std::size_t>(l - 1)];
        const Layout as = layout(of);
        const T* W = as == Layout::columns ? network_.W_data(l) : of.W.data();
        return {W + rows.first * layer.n_prev, rows.count(), layer.n_prev, as};
    }
    LeftFactor<T> W_transposed(Index l) const {
        const Layer& layer = network_.layer(l);
        return {of_[static_cast<std::size_t>(l - 1)].W_transposed.data(), layer.n_prev, layer.n,
                Layout::panels};
    }

  private:
    struct Of {
        std::vector<Range> parts;
        Layout layout = Layout::columns;
        Buffer<T> W;
        Buffer<T> W_transposed;
    };
    Layout layout(const Of& of) const { return few_ ? Layout::columns : of.layout; }
    Of& at(Index l) { return of_[static_cast<std::size_t>(l - 1)]; }

    const Network<T>& network_;
    std::vector<Of> of_;
    bool few_ = false;
};

}  // namespace descend
