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
    WithoutGil() : state_(PyEval_SaveThread()) {}
    ~WithoutGil() {
        stay_if_ended([this] { PyEval_RestoreThread(state_); });
    }
    WithoutGil(const WithoutGil&) = delete;
    WithoutGil& operator=(const WithoutGil&) = delete;

  private:
    PyThreadState* state_;
};

/// A thread that gave the lock up has it again while this exists.
class WithGil {
  public:
    WithGil() {
        stay_if_ended([this] { state_ = PyGILState_Ensure(); });
    }
    ~WithGil() { PyGILState_Release(state_); }
    WithGil(const WithGil&) = delete;
    WithGil& operator=(const WithGil&) = delete;

  private:
    PyGILState_STATE state_;
};

}  // namespace descend::python
