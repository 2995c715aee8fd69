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
/// the others wait for it at a barrier, and one alone may be faster. So where much time goes into waiting,
/// steps are timed both ways, and go on in the faster one until they are timed again, up to a second or so
/// later. The bits are the same.
class Company {
  public:
    using Duration = std::chrono::steady_clock::duration;

    bool wanted() const { return together_; }

    /// A step has taken `whole`; of this, the first worker has spent `waiting` at barriers. Whether the next
    /// one is to be taken the other way: together, if this one was taken alone, or alone.
    bool changes(Duration whole, Duration waiting) {
        whole_ += whole;
        waiting_ += waiting;
        ++steps_;
        if (whole_ < kWindow) return false;
        const Duration pace = whole_ / steps_;
        windows_of_waiting_ = 5 * waiting_ > 2 * whole_ ? windows_of_waiting_ + 1 : 0;
        whole_ = waiting_ = {};
        steps_ = 0;

        if (tries_) {
            tries_ = false;
            const bool better = pace < pace_;
            pause_ = better ? kShortestPause : std::min(2 * pause_, kLongestPause);
            windows_to_trial_ = pause_;
            if (better) return false;
        } else {
            pace_ = pace;
            if (windows_to_trial_ > 0) --windows_to_trial_;
            if (windows_to_trial_ > 0 || (together_ && windows_of_waiting_ < kPatience)) return false;
            tries_ = true;
        }
        together_ = !together_;
        return true;
    }

  private:
    static constexpr Duration kWindow = std::chrono::milliseconds(20);
    static constexpr int kShortestPause = 4, kLongestPause = 64;  ///< windows between two trials
    static constexpr int kPatience = 2;                           ///< windows of waiting before a trial

    bool together_ = true;
    bool tries_ = false;  ///< this window is a trial of the other way
    int pause_ = kShortestPause;
    int windows_to_trial_ = 0;
    int windows_of_waiting_ = 0;
    Duration pace_{};  ///< a step's time in the last window that was no trial

    Duration whole_{};
    Duration waiting_{};
    int steps_ = 0;
};

}  // namespace descend
