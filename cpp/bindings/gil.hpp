// Python's lock, given up while C++ works and taken again, also at a time when the interpreter ends.
#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <thread>
#include <utility>

namespace descend::python {

/// call(), which enters Python. Before 3.14, Python ends a daemon thread that wants its lock while the
/// interpreter ends by unwinding it: off a stack that a team may be working on, through destructors that must
/// not be unwound. Here it stays instead for the little time that is left, which is what later versions do.
template <class Call>
void stay_if_ended(Call&& call) {
#ifdef __GLIBCXX__
    try {
        std::forward<Call>(call)();
    } catch (const abi::__forced_unwind&) {
        for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
    }
#else
    std::forward<Call>(call)();
#endif
}

/// Other threads run Python while this exists.
class WithoutGil {
  public:
    WithoutGil() { give(); }
    ~WithoutGil() { take(); }
    WithoutGil(const WithoutGil&) = delete;
    WithoutGil& operator=(const WithoutGil&) = delete;

  private:
    friend class WithGil;
    void give() { state_ = PyEval_SaveThread(); }
    void take() {
        stay_if_ended([this] { PyEval_RestoreThread(state_); });
    }

    PyThreadState* state_;
};

/// The thread that gave the lock up has it again while this exists. (Not by PyGILState_Ensure, which crashes
/// once the interpreter is gone.)
class WithGil {
  public:
    explicit WithGil(WithoutGil& outside) : outside_(outside) { outside_.take(); }
    ~WithGil() { outside_.give(); }
    WithGil(const WithGil&) = delete;
    WithGil& operator=(const WithGil&) = delete;

  private:
    WithoutGil& outside_;
};

}  // namespace descend::python
