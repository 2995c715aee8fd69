// The kernels at the level that this was built for, each beside what one thread could reach.
#include <cstdio>
#include <string>

#include "ceilings.hpp"
#include "register.hpp"

namespace {

std::string in_giga(double value, const char* unit) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %s", value * 1e-9, unit);
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace descend::bench;
    benchmark::AddCustomContext("level", DESCEND_LEVEL);
    benchmark::AddCustomContext("peak, float32", in_giga(peak_flops<float>(), "GFLOP/s"));
    benchmark::AddCustomContext("peak, float64", in_giga(peak_flops<double>(), "GFLOP/s"));
    for (const descend::Index kib : {16, 512, 64 * 1024}) {
        benchmark::AddCustomContext("copy within " + std::to_string(kib) + " KiB",
                                    in_giga(copy_bandwidth(kib << 10), "GB/s"));
    }
    register_products();
    register_elementwise();
    register_updates();
    register_teams();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
