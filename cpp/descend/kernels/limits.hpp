// How many threads this process may use.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace descend {

/// The least of the CPU affinity, the control group's CPU quota and OMP_NUM_THREADS; at least 1. Read once,
/// and again after a fork or set_num_threads.
int default_threads();

/// The process-wide cap: default_threads() until set_num_threads has set another.
int get_num_threads();

/// Caps every later call at n >= 1 threads; n = default_threads() lifts the cap.
void set_num_threads(int n);

/// Threads for a call that asks for n_threads of them, 0 meaning the default: no more than a cap that was
/// set.
int threads_or_default(int n_threads);

/// The CPUs that a process's control groups grant it, rounded up; nothing where they set no quota. `root` is
/// where they are mounted (/sys/fs/cgroup), `self_cgroup` the text of /proc/self/cgroup. Quotas of enclosing
/// groups count too; groups that are out of sight, as a container's own path is inside it, are passed over.
std::optional<int> cgroup_limit(const std::string& root, std::string_view self_cgroup);

/// The first number of OMP_NUM_THREADS, a list such as "4,2"; nothing where it is not a number above zero.
std::optional<int> first_of_list(std::string_view omp_num_threads);

}  // namespace descend
