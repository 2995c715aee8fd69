// One step up to its gradient, by all workers of a team:
//
//     propagate   a worker's share of the examples: gather, forward, loss, backward    (a column for itself)
//     ----------- barrier
//     gradient    a worker's share of the weights: dW and db, over all examples        (a weight for itself)
//
// Where the examples are few beside the inputs, W[1] is cut by rows: into halves, of which each worker keeps
// to one, which then stays in its cache, and perhaps a few rows more. A narrow W[1] is cut by columns, and
// Z[1] is the sum of what the halves make of it. What crosses between workers is Z[1] and dZ[1], which are
// small:
//
//     multiply    Z[1]: a worker's half of W[1], over all examples
//     ----------- barrier
//     propagate   as above, from A[1] on
//     ----------- barrier
//     gradient    as above, but of dW[1] a worker's half
//
// Where the gradient is smaller than what the examples leave in the cache, the examples are cut into shards,
// as many as the network's shape and the batch's size say, and propagate goes on to each shard's own
// gradient; what crosses the barrier is these, which gradient adds up, instead of A and dZ.
//
// No sum depends on a worker's share, so the bits do not know how many workers there were.
#pragma once

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include "descend/pipeline/backward.hpp"
#include "descend/pipeline/by_layers.hpp"
#include "descend/pipeline/by_rows.hpp"
#include "descend/pipeline/crew.hpp"
#include "descend/pipeline/first.hpp"
#include "descend/pipeline/forward.hpp"
#include "descend/pipeline/loss.hpp"
#include "descend/pipeline/plan.hpp"
#include "descend/pipeline/units.hpp"
#include "descend/pipeline/update.hpp"

namespace descend {

/// How often long work asks whether to go on.
inline constexpr auto kBetweenPolls = std::chrono::milliseconds(100);

template <class T>
class Step {
  public:
    /// Where nobody needs the whole gradient at once, each of `workers` workers has room for a unit's, which
    /// then never leaves its cache.
    enum class Gradient { whole, by_unit };

    /// W[1] lies in these parts, or is whole where there are none.
    Step(const Network<T>& network, const Examples<T>& examples, const Loss& loss, Index batch_size,
         Gradient kept, const std::vector<Part>& parts_of_first, int workers)
        : network_(network),
          examples_(examples),
          loss_(loss),
          together_(examples_together(network)),
          shards_(count_shards(network, examples, batch_size)),
          cache_(network, cached_examples(network, batch_size)),
          stays_(cache_.capacity() == examples.m),
          batch_(examples, network.n(network.L()), cache_.capacity()),
          weights_(network, WeightPanels<T>::For::forward_and_backward, examples.is_sparse(), parts_of_first),
          units_(network, weights_, batch_size, examples.is_sparse()),
          first_(network, weights_, units_, cache_.capacity()),
          example_loss_(cache_.capacity()),
          scratch_(2 * network.n(network.L()) * cache_.capacity()),
          dZ_panels_(static_cast<std::size_t>(network.L())) {
        for (Index l = 1; l <= network.L(); ++l) {
            const Index n = network.n(l);
            // Whole vectors read past a shard's last column, where another worker may write.
            const bool shared = shards_ > 1 && n % simd::kLanes<T> != 0 && !is_narrow<T>(n, network.n(l - 1));
            if ((is_tall<T>(n) || shared) && !(l == 1 && examples.is_sparse()))
                dZ_panels_[at(l)].resize(shards_ * packed_size<T>(n, examples_of_shard()));
        }
        if (RowPass<T>::suits(network, examples, batch_size)) rows_.emplace(network, batch_size);
        if (kept == Gradient::whole || rows_ || cache_.capacity() < batch_size) {
            gradient_.resize(network.parameters().size());
        } else {
            // So far apart that no processor's prefetcher takes lines of the next worker's room.
            constexpr Index kApart = 8192 / sizeof(T);
            room_each_ = (units_.largest() + kApart) / kAlignment * kAlignment;
            gradient_.resize(room_each_ * workers);
        }
        if (shards_ > 1) shard_gradients_.resize(shards_ * network.parameters().size());
        if (stays_) {
            const double weight_sum = sum_of_weights(examples_, nullptr, 0, examples_.m);
            batch_.gather(examples_, nullptr, 0, examples_.m, 0, network.n(0), network.n(network.L()),
                          weight_sum);
        }
    }

    Step(const Step&) = delete;  ///< its parts know each other
    Step& operator=(const Step&) = delete;

    Index capacity() const { return cache_.capacity(); }
    const Units& units() const { return units_; }
    WeightPanels<T>& weights() { return weights_; }
    /// The gradient of a unit on which this worker works: its part of the whole, if that is kept.
    T* gradient_of(const Unit& unit, int worker) {
        return gradient_.data() + (room_each_ > 0 ? room_each_ * worker : unit.begin);
    }
    const Buffer<T>& whole_gradient() const { return gradient_; }

    /// Forward, loss and backward for all of the chunk. False: the crew does not go on.
    template <class Crew>
    bool propagate(const Chunk& chunk, const DropoutStream* dropout, const Crew& crew) {
        if (network_.normalises()) return propagate_by_layers(chunk, dropout, crew) && crew.meet();
        if (!crew.go_on()) return crew.meet();
        const Range own = share_of(chunk.m, crew.worker, crew.workers);
        if (rows_) {
            gather(chunk, 0, chunk.m);
            rows_->run(batch_, chunk.m, loss_, stays_, example_loss_.data(), gradient_.data());
        } else if (shards_ > 1) {
            propagate_shards(chunk, dropout, crew);
        } else if (first_.goes_ahead(crew.workers)) {
            first_.multiply(examples_, chunk, crew, cache_[1]);
            if (!crew.meet()) return false;
            first_.close(own, cache_[1]);
            pass(chunk, 0, own, /*begun=*/true, dropout, [] { return true; });
        } else {
            pass(chunk, 0, own, /*begun=*/false, dropout, crew.go_on);
        }
        return crew.meet();
    }

    /// The running means and variances take `rate` of those of the last step's batch.
    void update_state(double rate, Buffer<T>& state) const {
        for (Index l = 1; l < network_.L(); ++l) {
            const Layer& layer = network_.layer(l);
            if (!layer.batch_norm) continue;
            const T* moments = cache_[l].moments.data();
            T* running = state.data() + layer.running;
            for (Index k = 0; k < 2 * layer.n; ++k)
                running[k] += static_cast<T>(rate) * (moments[k] - running[k]);
        }
    }

    /// g = a unit's part of the gradient over the chunk's m examples, added to what earlier chunks left where
    /// `accumulate`.
    void gradient(const Unit& unit, Index m, bool accumulate, T* g) {
        if (rows_) return;  // It is there since propagate().
        if (shards_ == 1) return gradient_over(unit, 0, 0, m, accumulate, g);
        using namespace simd;
        for (Index i = 0; i < unit.count; i += kLanes<T>) {
            const Index lanes = std::min(kLanes<T>, unit.count - i);
            Vec<T> sum = accumulate ? load_first(g + i, lanes) : Vec<T>(T(0));
            for (Index shard = 0; shard < shards_; ++shard)
                sum += load_first(shard_gradient(shard) + unit.begin + i, lanes);
            store_first(g + i, sum, lanes);
        }
    }

    /// Sum of w_i L_i / sum of w over the chunk's examples, as interleaved sums.
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
    /// propagate() where layers normalise over all examples of the chunk, which is the whole step. False: the
    /// crew does not go on.
    template <class Crew>
    bool propagate_by_layers(const Chunk& chunk, const DropoutStream* dropout, const Crew& crew) {
        const Index L = network_.L(), n_L = network_.n(L);
        const auto [first, last] = share_of(chunk.m, crew.worker, crew.workers);
        const Share share{chunk.m, first, last, together_};
        gather(chunk, first, last);
        const T* p = batch_.weight.data();
        if (!forward_by_layers(network_, weights_, batch_.inputs(), p, share, dropout, crew, cache_))
            return false;
        T* Z_L = cache_[L].dZ.data() + first * n_L;
        close_forward(network_.layer(L), loss_, last - first, Z_L, batch_.Y_column(first, n_L),
                      batch_.label_at(first), p + first, example_loss_.data() + first, Z_L,
                      scratch_.data() + 2 * first * n_L);
        if (!backward_by_layers(network_, weights_, dropout != nullptr, p, share, crew, cache_)) return false;
        pack_derivatives(0, 0, first, last);
        return true;
    }

    /// propagate() where each shard has a gradient of its own.
    template <class Crew>
    void propagate_shards(const Chunk& chunk, const DropoutStream* dropout, const Crew& crew) {
        const auto [begin, end] = share_of(shards_, crew.worker, crew.workers);
        for (Index shard = begin; shard < end; ++shard) {
            if (shard > begin && !crew.go_on()) return;
            const Index first = first_of_shard(shard, chunk.m), last = first_of_shard(shard + 1, chunk.m);
            if (!pass(chunk, shard, {first, last}, /*begun=*/false, dropout, crew.go_on)) return;
            for (const Unit& unit : units_.all())
                gradient_over(unit, shard, first, last, false, shard_gradient(shard) + unit.begin);
        }
    }

    /// Forward, loss and backward for these examples of the chunk, which are a shard's; from A[1] on, where
    /// `begun`. False: `go_on` said no.
    template <class GoOn>
    bool pass(const Chunk& chunk, Index shard, Range of, bool begun, const DropoutStream* dropout,
              GoOn&& go_on) {
        const Index L = network_.L(), n_L = network_.n(L), count = of.count();
        const Index blocks = std::max<Index>(count > 0 ? 1 : 0, (count + together_ / 2) / together_);
        for (Index block = 0; block < blocks; ++block) {
            if (block > 0 && !go_on()) return false;
            const Index first = of.first + count * block / blocks,
                        last = of.first + count * (block + 1) / blocks, m = last - first;
            gather(chunk, first, last);
            forward(network_, weights_, batch_.inputs(), first, last, begun, dropout, cache_);
            T* Z_L = cache_[L].dZ.data() + first * n_L;
            close_forward(network_.layer(L), loss_, m, Z_L, batch_.Y_column(first, n_L),
                          batch_.label_at(first), batch_.weight.data() + first, example_loss_.data() + first,
                          Z_L, scratch_.data() + 2 * first * n_L);
            backward(network_, weights_, dropout != nullptr, first, last, cache_);
            pack_derivatives(shard, first_of_shard(shard, chunk.m), first, last);
        }
        return true;
    }

    /// g = a unit's part of the gradient over a shard's examples [first, last).
    void gradient_over(const Unit& unit, Index shard, Index first, Index last, bool accumulate, T* g) {
        const Layer& layer = network_.layer(unit.l);
        const Index m = last - first;
        const T* dZ = cache_[unit.l].dZ.data() + first * layer.n;
        if (unit.bias && layer.batch_norm) {  // which takes b[l] away again with the mean
            std::fill_n(g, layer.n, T(0));
            std::copy_n(cache_[unit.l].dgamma_dbeta.data(), 2 * layer.n, g + layer.n);
            return;
        }
        if (unit.bias) {
            bias_gradient(dZ, layer.n, m, accumulate, g);
            return;
        }
        if (unit.l == 1 && examples_.is_sparse()) {
            multiply_transposed_sparse(dZ, layer.n, batch_.sparse_x.data() + first, m, unit.columns.first,
                                       unit.columns.last, accumulate, g);
            return;
        }
        const bool packed = dZ_panels_[at(unit.l)].size() > 0;
        const auto [first_row, last_row] = weights_.part(unit.l, unit.part).rows;
        const Index rows = last_row - first_row, most = examples_of_shard();
        const LeftFactor<T> left =
            packed
                ? LeftFactor<T>{panels_of_shard(unit.l, shard) + first_row * most, rows, most, Layout::panels}
                : LeftFactor<T>{dZ + first_row, rows, most, Layout::columns, layer.n};
        const std::vector<const T*>& A_prev = unit.l == 1 ? batch_.x : cache_[unit.l - 1].A_column;
        weight_gradient(network_, unit.l, left, A_prev.data() + first, m, unit.columns, accumulate, g);
    }

    Index first_of_shard(Index shard, Index m) const { return m * shard / shards_; }
    /// The most there are in one.
    Index examples_of_shard() const { return (cache_.capacity() + shards_ - 1) / shards_; }
    T* shard_gradient(Index shard) { return shard_gradients_.data() + shard * network_.parameters().size(); }
    T* panels_of_shard(Index l, Index shard) {
        return dZ_panels_[at(l)].data() + shard * packed_size<T>(network_.n(l), examples_of_shard());
    }

    /// Examples [first, last) of the chunk become the batch's, unless they are already.
    void gather(const Chunk& chunk, Index first, Index last) {
        if (stays_) return;
        batch_.gather(examples_, chunk.order, chunk.first + first, chunk.first + last, first, network_.n(0),
                      network_.n(network_.L()), chunk.weight_sum);
    }

    /// dZ of examples [first, last) of a shard that begins at `begin` in panels, where these are faster.
    void pack_derivatives(Index shard, Index begin, Index first, Index last) {
        for (Index l = 1; l <= network_.L(); ++l) {
            if (dZ_panels_[at(l)].size() == 0) continue;
            const Index n = network_.n(l);
            pack(cache_[l].dZ.data() + begin * n, n, examples_of_shard(), first - begin, last - begin,
                 panels_of_shard(l, shard));
        }
    }

    static std::size_t at(Index l) { return static_cast<std::size_t>(l - 1); }

    const Network<T>& network_;
    Examples<T> examples_;
    Loss loss_;
    Index together_, shards_;
    Cache<T> cache_;
    bool stays_;  ///< all examples are in the cache, as they stand: they are gathered once
    Batch<T> batch_;
    WeightPanels<T> weights_;
    Units units_;
    FirstLayer<T> first_;
    Buffer<T> gradient_;
    Index room_each_ = 0;  ///< a worker's, in gradient_; 0 where that is the whole gradient
    Buffer<double> example_loss_;
    Buffer<T> scratch_;
    std::vector<Buffer<T>> dZ_panels_;
    Buffer<T> shard_gradients_;
    std::optional<RowPass<T>> rows_;  ///< the way of small networks
};

}  // namespace descend
