#include "descend/kernels/team.hpp"

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <signal.h>
#endif

namespace descend {

namespace {

/// Whether the calling thread keeps another one, last seen on `processor`, from running.
bool occupies(int processor) {
    return processor >= 0 && processor == current_processor();
}

}  // namespace

/// A thread and its letter box: the team to work for, null while there is none.
struct alignas(64) PooledThread {
    std::atomic<Team*> team{nullptr};
    int worker = 0;
    std::atomic<int> callers_processor{-1};
    Bell bell;

    void post(Team* work) {
        callers_processor.store(current_processor());
        team.store(work);
        bell.ring();
    }
    [[noreturn]] void serve() {
        for (;;) {
            bell.wait([this] { return team.load() != nullptr; },
                      [this] { return occupies(callers_processor.load()); });
            team.load()->work(worker);
            team.store(nullptr);
            bell.ring();
        }
    }
};

namespace {

/// Blocks the signals that are sent to the process, so that its own threads handle them, while a thread is
/// started.
class SignalsBlocked {
  public:
#if defined(__unix__) || defined(__APPLE__)
    SignalsBlocked() {
        sigset_t signals;
        sigfillset(&signals);
        for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&signals, fault);
        pthread_sigmask(SIG_SETMASK, &signals, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_;
#endif
};

/// The threads that no team has leased, asleep. Never destroyed: they sleep on while the process exits.
class Pool {
  public:
    static Pool& instance() {
        static Pool& pool = *new Pool;
        return pool;
    }

    std::unique_ptr<PooledThread> lease() {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                auto thread = std::move(idle_.back());
                idle_.pop_back();
                return thread;
            }
        }
        auto thread = std::make_unique<PooledThread>();
        const SignalsBlocked blocked;
        std::thread(&PooledThread::serve, thread.get()).detach();
        return thread;
    }

    void give_back(std::vector<std::unique_ptr<PooledThread>>& threads) {
        const std::lock_guard lock(mutex_);
        for (auto& thread : threads) idle_.push_back(std::move(thread));
    }

    std::uint64_t forks() const { return forks_.load(std::memory_order_relaxed); }

  private:
    Pool() {
#if defined(__unix__) || defined(__APPLE__)
        pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                       [] {
                           Pool& pool = instance();
                           pool.idle_.clear();
                           pool.forks_.fetch_add(1);
                           pool.mutex_.unlock();
                       });
#endif
    }

    std::mutex mutex_;
    std::vector<std::unique_ptr<PooledThread>> idle_;
    std::atomic<std::uint64_t> forks_{0};
};

/// Set in the count of arrivals once a worker has thrown.
constexpr std::uint64_t kBroken = std::uint64_t{1} << 63;

/// Unwinds the workers that wait for one that has thrown.
struct BrokenBarrier {};

/// Where the worker that this thread is says which processor it runs on.
thread_local std::atomic<int>* own_processor = nullptr;

}  // namespace

Team::Team(int n_threads) {
    if (n_threads < 2) return;
    seats_ = std::vector<Seat>(static_cast<std::size_t>(n_threads));
    try {
        lease(n_threads - 1);
    } catch (const std::exception&) {
    }
}

Team::~Team() {
    if (!threads_.empty() && forks_ == Pool::instance().forks()) Pool::instance().give_back(threads_);
}

void Team::lease(int count) {
    Pool& pool = Pool::instance();
    forks_ = pool.forks();
    threads_.clear();
    threads_.reserve(static_cast<std::size_t>(count));
    for (int worker = 1; worker <= count; ++worker) {
        threads_.push_back(pool.lease());
        threads_.back()->worker = worker;
    }
}

void Team::run_all(Call call, void* context) {
    if (forks_ != Pool::instance().forks()) lease(size() - 1);
    call_ = call;
    context_ = context;
    arrivals_.store(0);
    for (auto& thread : threads_) thread->post(this);
    work(0);
    for (auto& thread : threads_) {
        thread->bell.wait([&] { return thread->team.load() == nullptr; },
                          [&] { return occupies(seats_[thread->worker].processor.load()); });
    }
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void Team::work(int worker) noexcept {
    std::atomic<int>& processor = seats_[worker].processor;
    std::atomic<int>* const outer = std::exchange(own_processor, &processor);
    processor.store(current_processor());
    try {
        call_(context_, worker);
    } catch (const BrokenBarrier&) {
    } catch (...) {
        if ((arrivals_.fetch_or(kBroken) & kBroken) == 0) error_ = std::current_exception();
        bell_.ring();
    }
    own_processor = outer;
}

void Team::wait_for_all() {
    const auto n = static_cast<std::uint64_t>(size());
    std::uint64_t arrived = arrivals_.fetch_add(1) + 1;
    const std::uint64_t all = (arrived + n - 1) / n * n;
    if (arrived == all) {
        bell_.ring();
    } else if (arrived < kBroken) {
        bell_.wait([&] { return (arrived = arrivals_.load()) >= all; }, [&] { return in_the_way(); });
    }
    if (arrived >= kBroken) throw BrokenBarrier{};
    const int processor = current_processor();
    if (own_processor->load() != processor) own_processor->store(processor);
}

bool Team::in_the_way() const {
    return std::any_of(seats_.begin(), seats_.end(), [](const Seat& seat) {
        return &seat.processor != own_processor && occupies(seat.processor.load());
    });
}

}  // namespace descend
