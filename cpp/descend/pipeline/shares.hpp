// Who takes which units.
#pragma once

#include <algorithm>
#include <atomic>
#include <vector>

#include "descend/pipeline/units.hpp"

namespace descend {

/// Each worker of a team has units of its own, as many multiply-adds for each as whole units allow. Some it
/// keeps: those of a half, whose weights stay in its cache, and which alone it may have made ready; and small
/// ones. The others are open: a
/// worker that is through takes over what another has not come to.
class Shares {
  public:
    /// Each weight's gradient is the sum of so many terms.
    Shares(const Units& units, Index terms, int most_workers)
        : units_(units), terms_(terms), of_(static_cast<std::size_t>(most_workers)) {
        for (Own& own : of_) own.units.reserve(units.all().size());
    }

    /// Worker `worker` of `workers` finds its own.
    void deal(int worker, int workers) {
        Own& own = of(worker);
        own.units.clear();
        const bool halved = units_.halved_among(workers);
        const auto is_halved = [&](const Unit& unit) { return halved && unit.is_halved; };
        const auto is_open = [&](const Unit& unit) {
            return workers > 1 && !is_halved(unit) && is_large(unit);
        };
        const auto add = [&](Index u) { own.units.push_back(u); };
        if (halved) {
            const Half half = units_.half_of(worker, workers);
            for_share([&](const Unit& unit) { return is_halved(unit) && unit.part == half.part; },
                      half.worker, half.workers, add);
        }
        for_share([&](const Unit& unit) { return !is_halved(unit); }, worker, workers, add);
        const auto open = std::stable_partition(own.units.begin(), own.units.end(),
                                                [&](Index u) { return !is_open(units_[u]); });
        own.kept = static_cast<Index>(open - own.units.begin());
        own.next = own.count();
    }

    /// f(u) for the number of each unit that this worker keeps, or is the first to take. Between one round of
    /// this and the next, all workers meet.
    template <class F>
    void take(int worker, int workers, F&& f) {
        of(worker).next.store(of(worker).kept, std::memory_order_relaxed);
        for (int i = 0; i < workers; ++i) {
            Own& own = of((worker + i) % workers);
            for (Index k = i == 0 && own.kept > 0 ? 0 : own.take(); k < own.count();
                 k = k + 1 < own.kept ? k + 1 : own.take())
                f(own.units[static_cast<std::size_t>(k)]);
        }
    }

  private:
    /// What a worker has, on cache lines of its own.
    struct alignas(2 * kAlignment) Own {
        std::vector<Index> units;    ///< those it keeps, then the open ones
        Index kept = 0;              ///< how many it keeps
        std::atomic<Index> next{0};  ///< to be taken of the open ones; none, until the worker's round begins

        Index count() const { return static_cast<Index>(units.size()); }
        Index take() { return kept < count() ? next++ : count(); }
    };
    Own& of(int worker) { return of_[static_cast<std::size_t>(worker)]; }

    /// Whether it costs little beside a unit's work that its weights come from another worker's cache.
    bool is_large(const Unit& unit) const {
        constexpr double kLarge = 1e6;
        return static_cast<double>(unit.count) * static_cast<double>(terms_) >= kLarge;
    }

    /// f(u) for the share of worker `worker` of `workers` in the units for which belongs(unit) holds.
    template <class Belongs, class F>
    void for_share(Belongs belongs, int worker, int workers, F f) const {
        double all = 0.0, before = 0.0;
        for (const Unit& unit : units_.all()) all += belongs(unit) ? static_cast<double>(unit.count) : 0.0;
        for (Index u = 0; u < static_cast<Index>(units_.all().size()); ++u) {
            if (!belongs(units_[u])) continue;
            const auto count = static_cast<double>(units_[u].count);
            if (static_cast<int>((before + 0.5 * count) / all * workers) == worker) f(u);
            before += count;
        }
    }

    const Units& units_;
    Index terms_;
    std::vector<Own> of_;
};

}  // namespace descend
