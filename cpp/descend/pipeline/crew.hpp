// A worker of a team, inside a step.
#pragma once

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

}  // namespace descend
