// Whether to work in a team just now.
#pragma once

#include <algorithm>
#include <chrono>

namespace descend {

/// What is worth a worker inside a run, whose threads are awake, and in a single call, which wakes them.
inline constexpr double kMultiplyAddsOfStep = 1e6, kMultiplyAddsOfCall = 4e6;

/// How many of `most` workers so many multiply-adds are worth, at `each` for a worker.
inline int workers_worth(double multiply_adds, double each, int most) {
    return std::max(1, static_cast<int>(std::min(multiply_adds / each, static_cast<double>(most))));
}

/// Where other programs keep the processors busy, a worker can be off its processor for milliseconds while
/// the others wait for it at a barrier. Then the first one goes on alone for a while, each time for twice as
/// long, up to a second: the bits are the same, and a small step costs what it costs on one thread.
class Company {
  public:
    using Clock = std::chrono::steady_clock;

    bool wanted(Clock::time_point now) const { return now >= alone_until_; }
    void meets(Clock::time_point now) { together_since_ = now; }

    /// A step has lasted until `now`; of its time `whole`, the first worker has spent `waiting` at barriers.
    /// Whether it is to go on alone: where more than half of the last 20 milliseconds of work went into
    /// waiting.
    bool crowded(Clock::time_point now, Clock::duration whole, Clock::duration waiting) {
        whole_ += whole;
        waiting_ += waiting;
        if (whole_ < kWindow) return false;
        const bool crowd = 2 * waiting_ > whole_;
        whole_ = waiting_ = {};
        if (!crowd) return false;
        pause_ = now - together_since_ > kLongest ? kShortest : std::min(2 * pause_, kLongest);
        alone_until_ = now + pause_;
        return true;
    }

  private:
    static constexpr Clock::duration kWindow = std::chrono::milliseconds(20);
    static constexpr Clock::duration kShortest = std::chrono::milliseconds(20);
    static constexpr Clock::duration kLongest = std::chrono::seconds(1);

    Clock::time_point alone_until_{};
    Clock::time_point together_since_{};
    Clock::duration whole_{};
    Clock::duration waiting_{};
    Clock::duration pause_ = kShortest;
};

}  // namespace descend
