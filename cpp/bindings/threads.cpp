// How many threads the process may use.
#include <pybind11/stl.h>

#include "descend/kernels/limits.hpp"
#include "register.hpp"

namespace descend::python {

namespace py = pybind11;

void register_threads(py::module_& m) {
    m.def("default_threads", &default_threads,
          "The least of the CPU affinity, the control group's CPU quota and OMP_NUM_THREADS; at least 1.");
    m.def("get_num_threads", &get_num_threads,
          "The process-wide cap on threads: default_threads() until another is set.");
    m.def("set_num_threads", &set_num_threads, py::arg("n"),
          "Cap every later call at n threads; n = default_threads() lifts the cap.");
    m.def("cgroup_limit", &cgroup_limit, py::arg("root"), py::arg("self_cgroup"),
          "The CPUs that control groups grant, rounded up; None without a quota. `root` is where the groups "
          "are "
          "mounted, `self_cgroup` the text of /proc/self/cgroup.");
}

}  // namespace descend::python
