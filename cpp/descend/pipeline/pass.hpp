// Some examples' way through the network and back: gathered, forward, loss, backward; and their gradient.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "descend/pipeline/backward.hpp"
#include "descend/pipeline/by_layers.hpp"
#include "descend/pipeline/crew.hpp"
#include "descend/pipeline/forward.hpp"
#include "descend/pipeline/loss.hpp"
#include "descend/pipeline/plan.hpp"
#include "descend/pipeline/units.hpp"

namespace descend {

/// Room for a chunk of examples and all that layers make of them. Workers that go the way together each take
/// a range of its examples.
template <class T>
class Pass {
  public:
    /// `halved`: the units of layer 1 are in halves in its cache.
    Pass(const Network<T>& network, const Examples<T>& examples, const Loss& loss, Index capacity,
         bool halved)
        : network_(network),
          examples_(examples),
          loss_(loss),
          together_(examples_together(network)),
          halved_(halved),
          cache_(network, capacity, halved ? 2 : 1),
          batch_(examples, network.n(network.L()), capacity),
          example_loss_(capacity),
          scratch_(2 * network.n(network.L()) * capacity) {
        for (Index l = 1; l <= network.L(); ++l) {
            if (is_tall<T>(units(l)) && !(l == 1 && examples.is_sparse()))
                cache_[l].dZ_panels.resize(network.n(l) / units(l) * packed_size<T>(units(l), capacity));
        }
    }

    Pass(Pass&&) = default;  ///< not copied: its columns are places in its own memory

    Index capacity() const { return cache_.capacity(); }
    Cache<T>& cache() { return cache_; }
    const Cache<T>& cache() const { return cache_; }
    const Batch<T>& batch() const { return batch_; }
    Buffer<double>& example_loss() { return example_loss_; }
    /// Whether stay() has been called.
    bool stays() const { return stays_; }

    /// The chunk becomes the batch's for good: all others are the same examples.
    void stay(const Chunk& chunk) {
        gather(chunk, {0, chunk.m});
        stays_ = true;
    }

    /// Examples `of` the chunk become the batch's, unless they are already.
    void gather(const Chunk& chunk, Range of) {
        if (stays_) return;
        batch_.gather(examples_, chunk.order, chunk.first + of.first, chunk.first + of.last, of.first,
                      network_.n(0), network_.n(network_.L()), chunk.weight_sum);
    }

    /// Forward, loss and backward for examples `of` the chunk; where some layers have `begun`, from the last
    /// one's A on, and back to its dZ. False: `go_on` said no.
    template <class GoOn>
    bool run(const WeightPanels<T>& weights, const Chunk& chunk, Range of, Index begun,
             const DropoutStream* dropout, GoOn&& go_on) {
        const Index lowest = std::max<Index>(1, begun);
        const Index count = of.count(), blocks = blocks_of(count, together_);
        for (Index block = 0; block < blocks; ++block) {
            if (block > 0 && !go_on()) return false;
            const Range range{of.first + count * block / blocks, of.first + count * (block + 1) / blocks};
            gather(chunk, range);
            forward(network_, weights, batch_.inputs(), range.first, range.last, begun, dropout, chunk.offset,
                    cache_);
            close(range);
            backward(network_, weights, dropout != nullptr, lowest, range.first, range.last, cache_);
            pack_from(lowest, range);
        }
        return true;
    }

    /// The same where layers normalise over all examples of the chunk, which is the whole step, for a crew's
    /// worker. False: the crew does not go on.
    template <class Crew>
    bool run_by_layers(const WeightPanels<T>& weights, const Chunk& chunk, const DropoutStream* dropout,
                       const Crew& crew) {
        const Range own = share_of(chunk.m, crew.worker, crew.workers);
        const Share share{chunk.m, own.first, own.last, together_};
        gather(chunk, own);
        const T* p = batch_.weight.data();
        if (!forward_by_layers(network_, weights, batch_.inputs(), p, share, dropout, chunk.offset, crew,
                               cache_))
            return false;
        close(own);
        if (!backward_by_layers(network_, weights, dropout != nullptr, p, share, crew, cache_)) return false;
        pack_from(1, own);
        return true;
    }

    /// g = a unit's part of the gradient over the m examples, added to what it holds where `accumulate`; the
    /// unit is of this part of W[l]. Meanwhile asks for what is `wanted` next.
    void gradient(const Unit& unit, const Part& part, Index m, bool accumulate, T* g,
                  const Wanted<T>& wanted = {}) const {
        const Layer& layer = network_.layer(unit.l);
        const LayerCache<T>& of = cache_[unit.l];
        const bool sparse = unit.l == 1 && examples_.is_sparse();
        if (unit.bias || sparse) wanted.ask();
        if (unit.bias && layer.batch_norm) {  // which takes b[l] away again with the mean
            std::fill_n(g, layer.n, T(0));
            std::copy_n(of.dgamma_dbeta.data(), 2 * layer.n, g + layer.n);
            return;
        }
        const bool is_half = halved_ && unit.l == 1, meets_half = halved_ && unit.l == 2;
        const Index n = units(unit.l), half = is_half ? unit.part : 0;
        if (unit.bias) return bias_gradient(of.dZ.data() + half * n * capacity(), n, m, accumulate, g);
        if (sparse) {
            return multiply_transposed_sparse(of.dZ.data(), n, batch_.sparse_x.data(), m, unit.columns.first,
                                              unit.columns.last, accumulate, g);
        }
        const LeftFactor<T> dZ = derivatives(n, capacity(), half, is_half ? Range{0, n} : part.rows, of);
        // To the columns of W[2] that meet a half, its units are all there are.
        const Index before = meets_half ? part.columns.first : 0,
                    inputs = meets_half ? units(1) : layer.n_prev,
                    column = meets_half ? unit.part * capacity() : 0;
        const T* const* A_prev = unit.l == 1 ? batch_.x.data() : cache_[unit.l - 1].A_column.data() + column;
        multiply_transposed(dZ, m, A_prev, inputs, unit.columns.first - before, unit.columns.last - before,
                            accumulate, part.layout, g, wanted);
    }

    /// Sum of w_i L_i / sum of w over the m examples, as interleaved sums.
    double cost(Index m) const {
        constexpr Index kSums = 16;
        double sums[kSums] = {};
        const auto weighted = [&](Index j) {
            return static_cast<double>(batch_.weight[j]) * example_loss_[j];
        };
        Index j = 0;
        for (; j + kSums <= m; j += kSums) {
            for (Index k = 0; k < kSums; ++k) sums[k] += weighted(j + k);
        }
        for (Index k = 0; j + k < m; ++k) sums[k] += weighted(j + k);
        return std::accumulate(sums, sums + kSums, 0.0);
    }

  private:
    /// L_i and dZ[L] of these examples, whose Z[L] is there.
    void close(Range range) {
        const Index L = network_.L(), n_L = network_.n(L), first = range.first;
        T* Z_L = cache_[L].dZ.data() + first * n_L;
        close_forward(network_.layer(L), loss_, range.count(), Z_L, batch_.Y_column(first, n_L),
                      batch_.label_at(first), batch_.weight.data() + first, example_loss_.data() + first, Z_L,
                      scratch_.data() + 2 * first * n_L);
    }

    /// dZ[lowest] and those above it, of these examples, in panels.
    void pack_from(Index lowest, Range range) {
        for (Index l = lowest; l <= network_.L(); ++l)
            pack_derivatives(network_.n(l), capacity(), 0, range, cache_[l]);
    }

    /// How many units of layer l lie side by side.
    Index units(Index l) const { return halved_ && l == 1 ? network_.n(1) / 2 : network_.n(l); }

    const Network<T>& network_;
    Examples<T> examples_;
    Loss loss_;
    Index together_;
    bool halved_;
    Cache<T> cache_;
    Batch<T> batch_;
    bool stays_ = false;  ///< all examples are in the batch, as they stand: they are gathered once
    Buffer<double> example_loss_;
    Buffer<T> scratch_;
};

}  // namespace descend
