#include "ceilings.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "descend/kernels/simd.hpp"

namespace descend::bench {
namespace {

/// Processor seconds of the fastest of many calls, each of which takes tens of microseconds at least.
template <class F>
double fastest(F&& f) {
    std::clock_t least = std::numeric_limits<std::clock_t>::max();
    for (std::clock_t spent = 0; spent < CLOCKS_PER_SEC / 10;) {
        const std::clock_t begin = std::clock();
        f();
        const std::clock_t took = std::clock() - begin;
        least = std::min(least, took);
        spent += took;
    }
    return static_cast<double>(least) / CLOCKS_PER_SEC;
}

}  // namespace

template <class T>
double peak_flops() {
    static const double peak = [] {
        using namespace simd;
        constexpr int kChains = kRegisters == 32 ? 24 : 12, kSteps = 100'000;
        const double seconds = fastest([] {
            Vec<T> chain[kChains];
            std::fill(chain, chain + kChains, Vec<T>(T(1)));
            const Vec<T> factor(T(0.5)), addend(T(0.25));
            for (int step = 0; step < kSteps; ++step) {
#pragma GCC unroll 24
                for (int k = 0; k < kChains; ++k) chain[k] = fma(chain[k], factor, addend);
            }
            for (Vec<T>& x : chain) benchmark::DoNotOptimize(x.v);
        });
        return 2.0 * kChains * kSteps * static_cast<double>(kLanes<T>) / seconds;
    }();
    return peak;
}
template double peak_flops<float>();
template double peak_flops<double>();

double copy_bandwidth(Index footprint) {
    static std::map<Index, double> known;
    double& bandwidth = known[footprint];
    if (bandwidth > 0.0) return bandwidth;

    using namespace simd;
    constexpr Index kBytesEach = 32 << 20;
    const Index size = (footprint / 2 / kBytes + 1) * kLanes<float>, bytes = 2 * size * Index{sizeof(float)};
    const Index repeats = std::max<Index>(1, kBytesEach / bytes);
    const Buffer<float> from(size);
    Buffer<float> to(size);
    const double seconds = fastest([&] {
        for (Index r = 0; r < repeats; ++r) {
            for (Index i = 0; i < size; i += kLanes<float>) store(to.data() + i, load(from.data() + i));
            benchmark::ClobberMemory();
        }
    });
    return bandwidth = static_cast<double>(bytes * repeats) / seconds;
}

}  // namespace descend::bench
