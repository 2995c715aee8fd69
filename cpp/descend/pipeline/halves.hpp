// The first two layers by halves of the units between them: their rows of W[1], and the columns of W[2] that
// meet them. Each worker keeps to a half, which then stays in its cache, as does all that it makes of it.
//
//     A[1] = g(W[1] X + b[1])    dZ[1] = W[2]^T dZ[2] * g'(Z[1])      a half's rows
//     Z[2] = W[2] A[1] + b[2]                                         the sum of what the halves make
#pragma once

#include <algorithm>

#include "descend/pipeline/backward.hpp"
#include "descend/pipeline/batch.hpp"
#include "descend/pipeline/crew.hpp"
#include "descend/pipeline/forward.hpp"
#include "descend/pipeline/plan.hpp"
#include "descend/pipeline/units.hpp"

namespace descend {

template <class T>
class Halves {
  public:
    /// Of up to `capacity` examples.
    Halves(const Network<T>& network, const Units& units, Index capacity)
        : network_(network),
          units_(units),
          capacity_(capacity),
          together_(examples_together(network)),
          half_(network.layer(1)),
          Z_of_second_(network.n(2) * capacity) {
        half_.n /= 2;
    }

    /// A[1], and what W[2] makes of it, of the crew's worker's half of the units and its examples; or, where
    /// the crew is not in halves, of both.
    template <class Crew>
    void forward(const WeightPanels<T>& weights, const Examples<T>& examples, const Chunk& chunk,
                 const Crew& crew, Cache<T>& cache) {
        each(chunk.m, crew, [&](Index h, Range range) {
            const Index column = h * capacity_ + range.first, m = range.count();
            const LayerOutput<T> out(half_, /*hidden=*/true, /*sparse=*/false, column, cache[1]);
            const LeftFactor<T> W = weights.W(1, h);
            const T* b_1 = network_.b_data(1) + h * half_.n;
            for_each_block(examples, network_.n(0), chunk, range, 0, [&](const T* const* x, Range block) {
                T* Z_1 = out.Z + (block.first - range.first) * half_.n;
                multiply(W, x, block.count(), b_1, out.epilogue, Z_1, half_.n);
            });
            out.activate(half_, m);
            T* Z = h == 0 ? output(range.first, cache).Z : Z_of_second_.data() + range.first * network_.n(2);
            const T* b = h == 0 ? network_.b_data(2) : nullptr;
            multiply(weights.W(2, h), cache[1].A_column.data() + column, m, b, Epilogue::none, Z,
                     network_.n(2));
        });
    }

    /// Z[2], the halves' sum, of these examples, for which all workers have been through forward(); then the
    /// epilogue.
    void close(Range range, Cache<T>& cache) const {
        const Index n = network_.n(2);
        output(range.first, cache).add(Z_of_second_.data() + range.first * n, range.count() * n);
    }

    /// dZ[1] of the same half and examples, once dZ[2] is there.
    template <class Crew>
    void backward(const WeightPanels<T>& weights, Index m, const Crew& crew, Cache<T>& cache) const {
        each(m, crew, [&](Index h, Range range) {
            const T* const* dZ_column = cache[2].dZ_column.data() + range.first;
            through_layer(weights.W_transposed(2, h), dZ_column, range.count(), half_, /*dropped=*/false,
                          h * capacity_ + range.first, cache[1]);
            pack_derivatives(half_.n, capacity_, h, range, cache[1]);
        });
    }

  private:
    LayerOutput<T> output(Index first, Cache<T>& cache) const {
        return {network_.layer(2), network_.L() > 2, /*sparse=*/false, first, cache[2]};
    }

    /// use(h, range) for each half of the worker's and each block of its examples.
    template <class Crew, class Use>
    void each(Index m, const Crew& crew, Use&& use) const {
        const bool halved = units_.halved_among(crew.workers);
        const Half half = Units::half_of(crew.worker, crew.workers);
        const Range own =
            halved ? share_of(m, half.worker, half.workers) : share_of(m, crew.worker, crew.workers);
        const Index count = own.count(), blocks = blocks_of(count, together_);
        for (Index block = 0; block < blocks; ++block) {
            const Range range{own.first + count * block / blocks, own.first + count * (block + 1) / blocks};
            for (Index h = 0; h < 2; ++h) {
                if (!halved || h == half.part) use(h, range);
            }
        }
    }

    const Network<T>& network_;
    const Units& units_;
    Index capacity_;
    Index together_;
    Layer half_;             ///< layer 1, with a half's units
    Buffer<T> Z_of_second_;  ///< (n[2], capacity), what the second half makes of Z[2]
};

}  // namespace descend
