// What one thread could reach, and kernels held against it.
#pragma once

#include <benchmark/benchmark.h>

#include <ctime>

#include "descend/core/types.hpp"

namespace descend::bench {

/// Floating-point operations per second of multiply-adds that wait for nothing, at this level.
template <class T>
double peak_flops();

/// Bytes read and written per second by a copy whose source and destination take `footprint` bytes together.
double copy_bandwidth(Index footprint);

/// Calls a kernel as often as the benchmark asks; the processor time of one call, in seconds.
template <class Kernel>
double seconds_each(benchmark::State& state, Kernel&& kernel) {
    const std::clock_t begin = std::clock();
    for (auto _ : state) {
        kernel();
        benchmark::ClobberMemory();
    }
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC /
           static_cast<double>(state.iterations());
}

/// Measures a kernel of so many floating-point operations: GFLOP/s, and their share of the peak.
template <class T, class Kernel>
void measure_flops(benchmark::State& state, double flops, Kernel&& kernel) {
    const double rate = flops / seconds_each(state, kernel);
    state.counters["GFLOP/s"] = rate * 1e-9;
    state.counters["of peak"] = rate / peak_flops<T>();
}

/// Measures a kernel that reads and writes `bytes` bytes, of `footprint` different ones: GB/s, and their
/// share of a copy's.
template <class Kernel>
void measure_bytes(benchmark::State& state, Index bytes, Index footprint, Kernel&& kernel) {
    const double rate = static_cast<double>(bytes) / seconds_each(state, kernel);
    state.counters["GB/s"] = rate * 1e-9;
    state.counters["of copy"] = rate / copy_bandwidth(footprint);
}

}  // namespace descend::bench
