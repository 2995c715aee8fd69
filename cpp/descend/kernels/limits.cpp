#include "descend/kernels/limits.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace descend {
namespace {

constexpr int kUnlimited = std::numeric_limits<int>::max();

int rounded_up(double quota, double period) {
    if (quota <= 0.0 || period <= 0.0) return kUnlimited;
    return static_cast<int>(std::clamp(std::ceil(quota / period), 1.0, static_cast<double>(kUnlimited)));
}

/// Version 2: "200000 100000"; "max 100000" where there is no quota.
int quota_v2(const std::string& group) {
    std::ifstream file(group + "/cpu.max");
    double quota, period;
    return file >> quota >> period ? rounded_up(quota, period) : kUnlimited;
}

/// Version 1: a quota of -1 is none.
int quota_v1(const std::string& group) {
    std::ifstream quota_file(group + "/cpu.cfs_quota_us"), period_file(group + "/cpu.cfs_period_us");
    double quota, period;
    return quota_file >> quota && period_file >> period ? rounded_up(quota, period) : kUnlimited;
}

/// The least quota of the group "/a/b", of those that enclose it, and of the mount point.
template <class Quota>
int least_on_the_way_up(const std::string& mount, std::string group, Quota quota) {
    int limit = quota(mount);
    for (; !group.empty(); group.resize(std::min(group.rfind('/'), group.size() - 1))) {
        limit = std::min(limit, quota(mount + group));
    }
    return limit;
}

int affinity_count() {
#if defined(__linux__)
    for (std::size_t most = CPU_SETSIZE; most <= std::size_t{1} << 20; most *= 2) {
        const std::size_t bytes = CPU_ALLOC_SIZE(most);
        std::vector<cpu_set_t> set(bytes / sizeof(cpu_set_t));
        if (sched_getaffinity(0, bytes, set.data()) == 0) return CPU_COUNT_S(bytes, set.data());
    }
#endif
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

int read_default_threads() {
    int limit = affinity_count();
#if defined(__linux__)
    std::ostringstream self_cgroup;
    self_cgroup << std::ifstream("/proc/self/cgroup").rdbuf();
    limit = std::min(limit, cgroup_limit("/sys/fs/cgroup", self_cgroup.str()).value_or(limit));
#endif
    if (const char* omp = std::getenv("OMP_NUM_THREADS")) {
        limit = std::min(limit, first_of_list(omp).value_or(limit));
    }
    return limit;
}

std::atomic<int> default_known{0};  // 0: not read yet
std::atomic<int> cap{0};            // 0: none was set

}  // namespace

int default_threads() {
    int threads = default_known.load(std::memory_order_relaxed);
    if (threads == 0) {
#if defined(__unix__) || defined(__APPLE__)
        [[maybe_unused]] static const int registered =
            pthread_atfork(nullptr, nullptr, [] { default_known.store(0); });
#endif
        threads = read_default_threads();
        default_known.store(threads);
    }
    return threads;
}

int get_num_threads() {
    const int set = cap.load(std::memory_order_relaxed);
    return set > 0 ? set : default_threads();
}

void set_num_threads(int n) {
    if (n < 1) {
        throw std::invalid_argument("the number of threads is " + std::to_string(n) + "; set at least 1");
    }
    default_known.store(0);
    cap.store(n == default_threads() ? 0 : n);
}

int threads_or_default(int n_threads) {
    if (n_threads < 1) return get_num_threads();
    const int set = cap.load(std::memory_order_relaxed);
    return set > 0 ? std::min(n_threads, set) : n_threads;
}

std::optional<int> cgroup_limit(const std::string& root, std::string_view self_cgroup) {
    int limit = kUnlimited;
    std::istringstream lines{std::string(self_cgroup)};
    for (std::string id, controllers, group; std::getline(lines, id, ':') &&
                                             std::getline(lines, controllers, ':') &&
                                             std::getline(lines, group);) {
        if (controllers.empty()) {
            for (const char* mount : {"", "/unified"}) {
                limit = std::min(limit, least_on_the_way_up(root + mount, group, quota_v2));
            }
        } else if (("," + controllers + ",").find(",cpu,") != std::string::npos) {
            limit = std::min(limit, least_on_the_way_up(root + "/" + controllers, group, quota_v1));
            limit = std::min(limit, least_on_the_way_up(root + "/cpu", group, quota_v1));
        }
    }
    return limit < kUnlimited ? std::optional(limit) : std::nullopt;
}

std::optional<int> first_of_list(std::string_view omp_num_threads) {
    std::istringstream list{std::string(omp_num_threads)};
    int n;
    char next = ',';
    const bool is_number = list >> n && (list >> next, next == ',');
    return is_number && n > 0 ? std::optional(n) : std::nullopt;
}

}  // namespace descend
