// What main.cpp runs, and how its benchmarks are named.
#pragma once

#include <benchmark/benchmark.h>

#include <initializer_list>
#include <string>
#include <utility>

namespace descend::bench {

void register_elementwise();
void register_products();
void register_teams();
void register_updates();

/// A benchmark whose name is its parts joined by slashes.
template <class Run>
benchmark::internal::Benchmark* add(std::initializer_list<std::string> parts, Run&& run) {
    std::string name;
    for (const std::string& part : parts) {
        if (!name.empty()) name += '/';
        name += part;
    }
    return benchmark::RegisterBenchmark(name.c_str(), std::forward<Run>(run));
}

}  // namespace descend::bench
