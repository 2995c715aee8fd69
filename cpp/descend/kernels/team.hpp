// A few threads that work on one thing together, and sleep in between.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <type_traits>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "descend/core/types.hpp"

namespace descend {

/// The processor that the calling thread runs on at this moment; negative where the system does not say.
inline int current_processor() {
#if defined(__linux__)
    return sched_getcpu();
#else
    return -1;
#endif
}

/// Tells the processor that its thread is spinning.
inline void pause() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// Where threads wait for what another thread makes true: spinning for somewhat longer than the shares of a
/// step differ and than being woken takes (tens of microseconds each), then asleep.
class Bell {
  public:
    /// Returns once ready() holds. Spinning ends early where in_the_way() holds:
    /// the caller occupies the processor of a thread that it waits for.
    template <class Ready, class InTheWay>
    void wait(Ready ready, InTheWay in_the_way) {
        if (spin(ready, in_the_way)) return;
        sleepers_.fetch_add(1);
        for (std::uint32_t heard = rings_.load(); !ready(); heard = rings_.load()) rings_.wait(heard);
        sleepers_.fetch_sub(1);
    }

    /// Called after the condition has become true. Both sides write before they read, in one order for all
    /// (sequential consistency): either the sleeper still sees the condition, or the ringer sees the sleeper.
    void ring() {
        if (sleepers_.load() == 0) return;
        rings_.fetch_add(1);
        rings_.notify_all();
    }

  private:
    template <class Ready, class InTheWay>
    static bool spin(Ready& ready, InTheWay& in_the_way) {
        using Clock = std::chrono::steady_clock;
        constexpr int kGlances = 32;
        constexpr std::chrono::microseconds kLongest{100};
        Clock::time_point end{};
        for (;;) {
            for (int i = 0; i < kGlances; ++i) {
                if (ready()) return true;
                pause();
            }
            const Clock::time_point now = Clock::now();
            if (end == Clock::time_point{}) end = now + kLongest;
            if (now > end || in_the_way()) return false;
        }
    }

    std::atomic<std::uint32_t> sleepers_{0};
    std::atomic<std::uint32_t> rings_{0};
};

struct PooledThread;

/// Those of `count` things that fall to worker `worker` of `workers`.
inline Range share_of(Index count, int worker, int workers) {
    return {count * worker / workers, count * (worker + 1) / workers};
}

/// The thread that calls `run`, and threads leased from a process-wide pool until the team is destroyed. A
/// team is used by one thread at a time; after a fork, the child's copy works with threads of its own.
class Team {
  public:
    /// Leases n_threads - 1 threads; fewer where the system refuses to start as many.
    explicit Team(int n_threads);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    int size() const { return static_cast<int>(threads_.size()) + 1; }

    /// f(worker) for worker = 0 .. size - 1 at the same time, worker 0 being the caller; returns when all
    /// have returned. f starts no other run of this team. If f throws, the other workers are unwound from the
    /// barrier that they wait at or reach next, and the first exception is thrown again here. (So f may not
    /// be noexcept if any worker throws.)
    template <class F>
    void run(F&& f) {
        if (threads_.empty()) {
            f(0);
            return;
        }
        using Function = std::remove_reference_t<F>;
        run_all([](void* context, int worker) { (*static_cast<Function*>(context))(worker); },
                const_cast<void*>(static_cast<const void*>(std::addressof(f))));
    }

    /// Inside run, called by every worker: returns when all have called it; what any wrote before, all see
    /// after.
    void barrier() {
        if (!threads_.empty()) wait_for_all();
    }

  private:
    using Call = void (*)(void* context, int worker);

    /// Where a worker was last seen, on a cache line of its own.
    struct alignas(64) Seat {
        std::atomic<int> processor{-1};
    };

    friend struct PooledThread;
    void lease(int count);
    void run_all(Call call, void* context);
    void work(int worker) noexcept;
    void wait_for_all();
    bool in_the_way() const;

    std::vector<std::unique_ptr<PooledThread>> threads_;
    std::vector<Seat> seats_;
    std::uint64_t forks_ = 0;

    Call call_ = nullptr;
    void* context_ = nullptr;
    std::exception_ptr error_;

    alignas(64) std::atomic<std::uint64_t> arrivals_{0};
    Bell bell_;
};

}  // namespace descend
