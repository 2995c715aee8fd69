// A worker of a team, inside a step.
#pragma once

#include "descend/core/network.hpp"
#include "descend/kernels/company.hpp"
#include "descend/kernels/team.hpp"

namespace descend {

/// Worker `worker` of `workers`, and what it has to do with the others. go_on() is asked before every block
/// of examples; wait() is a barrier; meet() is a barrier after which all know whether they go on.
template <class GoOn, class Wait, class Meet>
struct Crew {
    int worker;
    int workers;
    GoOn go_on;
    Wait wait;
    Meet meet;
};

/// About the multiply-adds of a step over m examples: forward, the weights' gradient, the activations'.
template <class T>
double multiply_adds_of_step(const Network<T>& network, Index m) {
    return 3.0 * static_cast<double>(network.parameters().size() * m);
}

/// Whether such a step is too small for a second worker.
template <class T>
bool is_for_one_worker(const Network<T>& network, Index m) {
    return multiply_adds_of_step(network, m) < 2.0 * kMultiplyAddsOfStep;
}

}  // namespace descend
