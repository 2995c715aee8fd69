// What the gradient and the update are cut into.
#pragma once

#include <algorithm>
#include <vector>

#include "descend/core/network.hpp"
#include "descend/kernels/panels.hpp"
#include "descend/pipeline/crew.hpp"

namespace descend {

/// These columns of a part of W[l], or, where `bias`, b[l], or the part's rows of it, with batch
/// normalisation's gamma[l] and beta[l]: the work of one worker at a time, `count` elements of the flat
/// vectors from `begin`.
struct Unit {
    Index l;
    Index part;
    Range columns;
    bool bias;
    Index begin;
    Index count;
    bool is_halved = false;  ///< the part is a half, to which workers keep
};

/// The half of W[1], and of W[2] where that is in halves, that a worker keeps to, and which of the workers
/// that do so it is.
struct Half {
    Index part;
    int worker;
    int workers;
};

class Units {
  public:
    /// Of steps over so many examples; small layers are whole where these steps are for one worker. Where
    /// examples are cut into shards, each of which takes joined() units, they are small.
    template <class T>
    Units(const Network<T>& network, const WeightPanels<T>& weights, Index batch_size, bool sparse_inputs,
          bool sharded)
        : halved_(weights.parts(1) > 1 &&
                  weights.part(1, 0).rows.count() == weights.part(1, 1).rows.count()) {
        second_halved_ = halved_ && network.L() > 1 && weights.parts(2) > 1;
        for (Index l = 1; l <= network.L(); ++l) {
            const Layer& layer = network.layer(l);
            const auto first_of_layer = static_cast<std::ptrdiff_t>(units_.size());
            for (Index p = 0; p < weights.parts(l); ++p) {
                const Part& part = weights.part(l, p);
                const auto& [rows, columns_of_part, layout] = part;
                const bool is_halved = (l == 1 && halved_ && p < 2) || (l == 2 && second_halved_);
                const bool whole =
                    is_for_one_worker(network, batch_size) && rows.count() * layer.n_prev <= kMostWhole;
                const Index width = whole                                      ? layer.n_prev
                                    : l == 1 && sparse_inputs                  ? 1024
                                    : is_narrow<T>(rows.count(), layer.n_prev) ? narrow_width<T>(part)
                                    : sharded                                  ? kSmall / rows.count() + 1
                                    : layer.n_prev >= 768 && layer.n <= 256    ? 96
                                    : layer.n_prev >= 192 || layer.n > 256     ? 48
                                                                               : 24;
                for (Index first = columns_of_part.first; first < columns_of_part.last; first += width) {
                    const Range columns{first, std::min(first + width, columns_of_part.last)};
                    const Index begin = layer.W + rows.first * layer.n_prev + first * rows.count();
                    units_.push_back(
                        {l, p, columns, false, begin, rows.count() * columns.count(), is_halved});
                }
            }
            // Those that read the same inputs follow each other.
            std::stable_sort(units_.begin() + first_of_layer, units_.end(),
                             [](const Unit& a, const Unit& b) { return a.columns.last < b.columns.last; });
            if (l == 1 && second_halved_) {
                for (Index p = 0; p < 2; ++p) {
                    const Range rows = weights.part(1, p).rows;
                    units_.push_back({l, p, {}, true, layer.b + rows.first, rows.count(), true});
                }
            } else {
                units_.push_back({l, 0, {}, true, layer.b, layer.batch_norm ? 3 * layer.n : layer.n});
            }
        }
    }

    const std::vector<Unit>& all() const { return units_; }
    /// Those that lie side by side in one.
    std::vector<Unit> joined() const {
        std::vector<Unit> layers;
        for (const Unit& unit : units_) {
            if (!unit.bias && !layers.empty() && layers.back().l == unit.l &&
                layers.back().part == unit.part && layers.back().columns.last == unit.columns.first) {
                layers.back().columns.last = unit.columns.last;
                layers.back().count += unit.count;
            } else {
                layers.push_back(unit);
            }
        }
        return layers;
    }
    const Unit& operator[](Index u) const { return units_[static_cast<std::size_t>(u)]; }

    Index largest() const {
        Index count = 0;
        for (const Unit& unit : units_) count = std::max(count, unit.count);
        return count;
    }

    /// Whether so many workers keep to a half each.
    bool halved_among(int workers) const { return halved_ && workers % 2 == 0; }
    /// Whether W[2] is in halves as W[1] is, and b[1] with it.
    bool second_halved() const { return second_halved_; }

    /// That of worker `worker` of `workers`, among whom there are halves.
    static Half half_of(int worker, int workers) { return {worker % 2, worker / 2, workers / 2}; }

  private:
    /// Columns of a narrow layer's unit: so many that each example's are one long piece, and that the unit's
    /// weights lie side by side.
    template <class T>
    static Index narrow_width(const Part& part) {
        constexpr Index kWidth = 192;
        const NarrowPlaces<T> places{part.rows.count(), part.columns.count()};
        return part.layout == Layout::columns || places.one_group() ? kWidth : places.kBlock;
    }

    /// Weights whose gradient still is in the first-level cache when it is whole.
    static constexpr Index kMostWhole = 4096;
    /// Weights that are a small part of a layer's, and worth a call.
    static constexpr Index kSmall = 1024;

    bool halved_;  ///< W[1]'s parts 0 and 1 are halves
    bool second_halved_ = false;
    std::vector<Unit> units_;
};

}  // namespace descend
