// Z[1] by parts of W[1], of which each worker keeps to a half, which then stays in its cache.
#pragma once

#include <algorithm>

#include "descend/core/cache.hpp"
#include "descend/pipeline/batch.hpp"
#include "descend/pipeline/crew.hpp"
#include "descend/pipeline/forward.hpp"
#include "descend/pipeline/units.hpp"

namespace descend {

/// The first layer's product, ahead of all other layers. Halves by rows each make their rows of Z[1]; of
/// halves by columns Z[1] is the sum.
template <class T>
class FirstLayer {
  public:
    /// Of up to `capacity` examples.
    FirstLayer(const Network<T>& network, const WeightPanels<T>& weights, const Units& units, Index capacity)
        : network_(network), units_(units), by_columns_(weights.part(1, 0).columns.count() < network.n(0)) {
        if (!by_columns_) return;
        Z_of_second_.resize(network.n(1) * capacity);
        no_bias_.resize(network.n(1));
    }

    /// Whether so many workers begin a step with multiply(): once they have met, and each has called close()
    /// for its examples, Z[1] is there.
    bool goes_ahead(int workers) const { return by_columns_ || units_.halved_among(workers); }

    template <class Crew>
    void multiply(const WeightPanels<T>& weights, const Examples<T>& examples, const Chunk& chunk,
                  const Crew& crew, LayerCache<T>& of) {
        const Range own = share_of(chunk.m, crew.worker, crew.workers);
        const auto make = [&](Index part, Range range) {
            make_part(weights, examples, chunk, part, range, of);
        };
        if (!units_.halved_among(crew.workers)) {
            make(0, own);
            return make(1, own);
        }
        const Half half = units_.half_of(crew.worker, crew.workers);
        const Range of_half = share_of(chunk.m, half.worker, half.workers);
        if (by_columns_) return make(half.part, of_half);
        // Its own examples first; and, of these, the rows in no half, a few at a time, which the half has
        // just read.
        const bool others = weights.parts(1) > 2;
        const Index together = others ? 48 : std::max<Index>(1, own.count());
        for (Index first = own.first; first < own.last; first += together) {
            const Range block{first, std::min(first + together, own.last)};
            make(half.part, block);
            if (others) make(2, block);
        }
        make(half.part, {of_half.first, own.first});
        make(half.part, {own.last, of_half.last});
    }

    /// The halves' sum, for these examples, and the epilogue.
    void close(Range range, LayerCache<T>& of) const {
        if (!by_columns_) return;
        const Index n = network_.n(1);
        output(range.first, of).add(Z_of_second_.data() + range.first * n, range.count() * n);
    }

  private:
    LayerOutput<T> output(Index first, LayerCache<T>& of) const {
        return {network_.layer(1), network_.L() > 1, false, first, of};
    }

    /// What a part of W[1] makes, for these examples of the chunk.
    void make_part(const WeightPanels<T>& weights, const Examples<T>& examples, const Chunk& chunk,
                   Index part, Range range, LayerCache<T>& of) {
        const Index n = network_.n(1);
        const auto [rows, columns, layout] = weights.part(1, part);
        const bool is_second = by_columns_ && part == 1;
        const T* b = is_second ? no_bias_.data() : network_.b_data(1) + rows.first;
        const LeftFactor<T> W = weights.W(1, part);
        for_each_block(examples, network_.n(0), chunk, range, columns.first,
                       [&](const T* const* x, Range block) {
                           const LayerOutput<T> out = output(block.first, of);
                           T* Z = is_second ? Z_of_second_.data() + block.first * n : out.Z + rows.first;
                           const Epilogue end = by_columns_ ? Epilogue::none : out.epilogue;
                           descend::multiply(W, x, block.count(), b, end, Z, n);
                       });
    }

    const Network<T>& network_;
    const Units& units_;
    bool by_columns_;
    Buffer<T> Z_of_second_;  ///< (n[1], capacity), of the second half of the columns
    Buffer<T> no_bias_;
};

}  // namespace descend
