// What it costs to work together: a barrier, and handing work over.
#include <string>

#include "ceilings.hpp"
#include "descend/kernels/limits.hpp"
#include "descend/kernels/team.hpp"
#include "register.hpp"

namespace descend::bench {

void register_teams() {
    for (int workers = 2; workers <= get_num_threads(); workers *= 2) {
        const std::string n = std::to_string(workers) + " workers";
        add({"barrier", n}, [workers](benchmark::State& state) {
            Team team(workers);
            while (state.KeepRunningBatch(1000)) {
                team.run([&](int) {
                    for (int i = 0; i < 1000; ++i) team.barrier();
                });
            }
        })->UseRealTime();
        add({"run", n}, [workers](benchmark::State& state) {
            Team team(workers);
            for (auto _ : state) team.run([](int) {});
        })->UseRealTime();
    }
}

}  // namespace descend::bench
