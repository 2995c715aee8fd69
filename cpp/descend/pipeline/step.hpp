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
// Where layer 1 looks at each of its units by itself, a worker also keeps to the columns of W[2] that meet
// its half of them; what crosses is Z[2] and dZ[2]:
//
//     forward     A[1] and Z[2]: a worker's half of W[1] and W[2], over all examples
//     ----------- barrier
//     propagate   as above, from A[2] on, back to dZ[2]
//     ----------- barrier
//     backward    dZ[1]: a worker's half of W[2], over all examples
//     ----------- barrier, but for two workers, since each has made all that its halves' gradient takes
//     gradient    as above, but of dW[1] and dW[2] a worker's half
//
// Where the gradient is smaller than what the examples leave in the cache, the examples are cut into shards,
// as many as the network's shape and the batch's size say. A shard has room of its own, away from the
// others', and propagate goes on to its gradient; what crosses the barrier is these, which gradient adds up,
// instead of A and dZ. Each worker makes copies of the weights of its own: to read what another one writes,
// and to write what another one has read, takes longer.
//
// No sum depends on a worker's share, so the bits do not know how many workers there were.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "descend/pipeline/by_rows.hpp"
#include "descend/pipeline/crew.hpp"
#include "descend/pipeline/first.hpp"
#include "descend/pipeline/halves.hpp"
#include "descend/pipeline/pass.hpp"
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

    /// W[1] lies in these parts, or is whole where there are none; W[2] follows from them.
    Step(const Network<T>& network, const Examples<T>& examples, const Loss& loss, Index batch_size,
         Gradient kept, const std::vector<Part>& parts_of_first, int workers)
        : network_(network),
          examples_(examples),
          loss_(loss),
          n_shards_(count_shards(network, examples, batch_size)),
          capacity_(n_shards_ > 1 ? batch_size : cached_examples(network, batch_size, false)),
          batch_size_(batch_size),
          own_copies_(n_shards_ > 1 && workers > 1),
          weights_(network, WeightPanels<T>::For::forward_and_backward, examples.is_sparse(),
                   {parts_of_first, parts_of_second(network, parts_of_first)}),
          units_(network, weights_, batch_size, examples.is_sparse(), n_shards_ > 1),
          layers_(units_.joined()),
          first_(network, weights_, units_, capacity_) {
        const bool sharded = n_shards_ > 1, halved = units_.second_halved();
        if (halved) halves_.emplace(network, units_, capacity_);
        const Index of_shard = (capacity_ + n_shards_ - 1) / n_shards_,
                    at_a_time = sharded ? cached_examples(network, of_shard, true) : capacity_,
                    room = sharded ? network.parameters().size() + kApart : 0;
        for (Index s = 0; s < n_shards_; ++s) {
            shards_.push_back({Pass<T>(network, examples, loss, at_a_time, halved), Buffer<T>(room)});
            if (own_copies_ && s > 0)
                shard(s).weights.emplace(network, WeightPanels<T>::For::forward_and_backward,
                                         examples.is_sparse());
        }
        if (RowPass<T>::suits(network, examples, batch_size)) rows_.emplace(network, batch_size);
        if (kept == Gradient::whole || rows_ || capacity_ < batch_size) {
            gradient_.resize(network.parameters().size());
        } else {
            room_each_ = (units_.largest() + kApart) / kAlignment * kAlignment;
            gradient_.resize(room_each_ * workers);
        }
        if (capacity_ == examples.m && at_a_time == of_shard) {
            const Chunk all{nullptr, 0, examples.m, 0, sum_of_weights(examples, nullptr, 0, examples.m)};
            for (Index s = 0; s < n_shards_; ++s) shard(s).pass.stay(chunk_of_shard(s, all));
        }
    }

    Step(const Step&) = delete;  ///< its parts know each other
    Step& operator=(const Step&) = delete;

    Index capacity() const { return capacity_; }
    /// How many terms gradient() adds up for each weight: shards, or examples.
    Index terms() const { return n_shards_ > 1 ? n_shards_ : capacity_; }
    const Units& units() const { return units_; }

    /// All weights have changed.
    void refresh_all() {
        if (!own_copies_) weights_.refresh_all(batch_size_);
    }
    /// These have.
    void refresh(const Unit& unit) {
        if (!own_copies_ && !unit.bias) weights_.refresh(unit.l, unit.part, unit.columns);
    }

    /// The gradient of a unit on which this worker works: its part of the whole, if that is kept.
    T* gradient_of(const Unit& unit, int worker) {
        return gradient_.data() + (room_each_ > 0 ? room_each_ * worker : unit.begin);
    }
    const Buffer<T>& whole_gradient() const { return gradient_; }

    /// Forward, loss and backward for all of the chunk. False: the crew does not go on.
    template <class Crew>
    bool propagate(const Chunk& chunk, const DropoutStream* dropout, const Crew& crew) {
        Pass<T>& pass = shards_.front().pass;
        if (network_.normalises()) return pass.run_by_layers(weights_, chunk, dropout, crew) && crew.meet();
        if (!crew.go_on()) return crew.meet();
        const Range own = share_of(chunk.m, crew.worker, crew.workers);
        if (rows_) {
            pass.gather(chunk, {0, chunk.m});
            rows_->run(pass.batch(), chunk.m, loss_, pass.stays(), pass.example_loss().data(),
                       gradient_.data());
        } else if (n_shards_ > 1) {
            propagate_shards(chunk, dropout, crew);
        } else if (halves_) {
            halves_->forward(weights_, examples_, chunk, crew, pass.cache());
            if (!crew.meet()) return false;
            halves_->close(own, pass.cache());
            pass.run(weights_, chunk, own, /*begun=*/2, dropout, [] { return true; });
            if (!crew.meet()) return false;
            halves_->backward(weights_, chunk.m, crew, pass.cache());
            // Of two workers, each has made all that its gradient takes.
            return crew.workers <= 2 || crew.meet();
        } else if (first_.goes_ahead(crew.workers)) {
            first_.multiply(weights_, examples_, chunk, crew, pass.cache()[1]);
            if (!crew.meet()) return false;
            first_.close(own, pass.cache()[1]);
            pass.run(weights_, chunk, own, /*begun=*/1, dropout, [] { return true; });
        } else {
            pass.run(weights_, chunk, own, /*begun=*/0, dropout, crew.go_on);
        }
        return crew.meet();
    }

    /// The running means and variances take `rate` of those of the last step's batch.
    void update_state(double rate, Buffer<T>& state) const {
        const Cache<T>& cache = shards_.front().pass.cache();
        for (Index l = 1; l < network_.L(); ++l) {
            const Layer& layer = network_.layer(l);
            if (!layer.batch_norm) continue;
            const T* moments = cache[l].moments.data();
            T* running = state.data() + layer.running;
            for (Index k = 0; k < 2 * layer.n; ++k)
                running[k] += static_cast<T>(rate) * (moments[k] - running[k]);
        }
    }

    /// g = a unit's part of the gradient over the chunk's m examples, added to what earlier chunks left where
    /// `accumulate`; a step in shards is one chunk. Meanwhile asks for what is `wanted` next.
    void gradient(const Unit& unit, Index m, bool accumulate, T* g, const Wanted<T>& wanted = {}) const {
        if (rows_) return;  // It is there since propagate().
        if (n_shards_ == 1)
            return shards_.front().pass.gradient(unit, cut_of(unit), m, accumulate, g, wanted);
        wanted.ask();
        const auto of_shard = [&](Index s) { return shard(s).gradient.data() + unit.begin; };
        simd::add(of_shard(0), of_shard(1), unit.count, g);
        for (Index s = 2; s < n_shards_; ++s) simd::add(g, of_shard(s), unit.count, g);
    }

    /// Sum of w_i L_i / sum of w over the chunk's m examples.
    double cost(Index m) const {
        if (n_shards_ == 1) return shards_.front().pass.cost(m);
        double sum = 0.0;
        for (const Shard& shard : shards_) sum += shard.cost;
        return sum;
    }

  private:
    /// What a shard's worker multiplies with.
    WeightPanels<T>& weights_of(Index s) {
        std::optional<WeightPanels<T>>& own = shard(s).weights;
        return own ? *own : weights_;
    }
    const Part& cut_of(const Unit& unit) const { return weights_.part(unit.l, unit.part); }

    /// So far apart that no processor's prefetcher takes what another worker writes: 8 KB are too few.
    static constexpr Index kApart = 65536 / sizeof(T);

    /// The only one goes all workers' way; of several, each a worker's.
    struct alignas(2 * kAlignment) Shard {
        Pass<T> pass;
        Buffer<T> gradient;  ///< its own, where there are several; then nothing, up to what the next one has
        double cost = 0.0;   ///< the same
        std::optional<WeightPanels<T>> weights = {};  ///< the same; the first one has weights_
    };

    /// propagate() where there are several shards.
    template <class Crew>
    void propagate_shards(const Chunk& chunk, const DropoutStream* dropout, const Crew& crew) {
        const Range own = share_of(n_shards_, crew.worker, crew.workers);
        if (own.count() == 0) return;
        WeightPanels<T>& weights = weights_of(own.first);
        if (own_copies_) weights.refresh_all(batch_size_);
        for (Index s = own.first; s < own.last; ++s) {
            if (s > own.first && !crew.go_on()) return;
            const Chunk all = chunk_of_shard(s, chunk);
            Pass<T>& pass = shard(s).pass;
            T* const gradient = shard(s).gradient.data();
            double& cost = shard(s).cost = 0.0;
            for (Index first = 0; first == 0 || first < all.m; first += pass.capacity()) {
                if (first > 0 && !crew.go_on()) return;
                const Chunk part = part_of(all, {first, std::min(first + pass.capacity(), all.m)});
                if (!pass.run(weights, part, {0, part.m}, /*begun=*/0, dropout, crew.go_on)) return;
                for (const Unit& unit : layers_)
                    pass.gradient(unit, cut_of(unit), part.m, /*accumulate=*/first > 0,
                                  gradient + unit.begin);
                cost += pass.cost(part.m);
            }
        }
    }

    /// The shard's examples of a chunk.
    Chunk chunk_of_shard(Index s, const Chunk& chunk) const {
        return part_of(chunk, share_of(chunk.m, static_cast<int>(s), static_cast<int>(n_shards_)));
    }
    Shard& shard(Index s) { return shards_[static_cast<std::size_t>(s)]; }
    const Shard& shard(Index s) const { return shards_[static_cast<std::size_t>(s)]; }

    const Network<T>& network_;
    Examples<T> examples_;
    Loss loss_;
    Index n_shards_;
    Index capacity_;
    Index batch_size_;
    bool own_copies_;          ///< each shard's worker makes copies of the weights, in every step
    WeightPanels<T> weights_;  ///< else these, of which each worker refreshes what it updates
    Units units_;
    std::vector<Unit> layers_;  ///< its units, joined
    FirstLayer<T> first_;
    std::optional<Halves<T>> halves_;  ///< where both W[1] and W[2] are in halves
    std::vector<Shard> shards_;
    Buffer<T> gradient_;
    Index room_each_ = 0;             ///< a worker's, in gradient_; 0 where that is the whole gradient
    std::optional<RowPass<T>> rows_;  ///< the way of small networks
};

}  // namespace descend
