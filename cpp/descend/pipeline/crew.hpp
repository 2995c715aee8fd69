// A worker of a team, inside a step.
#pragma once

#include "descend/core/types.hpp"

namespace descend {

/// Those of `count` things that fall to worker `worker` of `workers`.
inline Range share_of(Index count, int worker, int workers) {
    return {count * worker / workers, count * (worker + 1) / workers};
}

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
