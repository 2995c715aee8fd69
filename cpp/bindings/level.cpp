// Compiled for the baseline, so that any processor may be asked what it supports.
#include <pybind11/pybind11.h>

namespace {

/// The highest of the levels v2, v3 and v4 that the processor and the operating system support, else
/// "portable". By the features that tell the levels apart: GCC before 12 and Clang before 18 do not know the
/// levels by name.
const char* cpu_level() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!(__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt"))) return "portable";
    if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
          __builtin_cpu_supports("bmi2"))) {
        return "v2";
    }
    if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
          __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vl"))) {
        return "v3";
    }
    return "v4";
#else
    return "portable";
#endif
}

}  // namespace

PYBIND11_MODULE(_level, m) {
    m.def("cpu_level", &cpu_level,
          "The highest of the levels v2, v3 and v4 that the processor and the operating system support, "
          "else 'portable'.");
}
