"""Reading the next thing while somebody works on this one."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from typing import TypeVar

T = TypeVar("T")

_SECONDS = 0.1


def ahead(things: Iterable[T]) -> Iterator[T]:
    """The same things in the same order, each made in a thread while the one before is in use.

    At most two are held beside the one in use: one that waits, and one that is being made. An error of
    `things` is raised where its thing would have come.

    Raises
    ------
    BaseException
        Whatever `things` raised.
    """
    waiting: Queue[T | BaseException | None] = Queue(maxsize=1)
    done = threading.Event()

    def put(thing: T | BaseException | None) -> None:
        while not done.is_set():
            try:
                waiting.put(thing, timeout=_SECONDS)
                return
            except Full:
                continue

    def make() -> None:
        try:
            for thing in things:
                put(thing)
                if done.is_set():
                    return
            put(None)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=make, name="descend reads ahead", daemon=True)
    thread.start()
    try:
        while True:
            try:
                thing = waiting.get(timeout=_SECONDS)  # A wait without an end would be deaf to Ctrl-C.
            except Empty:
                continue
            if thing is None:
                return
            if isinstance(thing, BaseException):
                raise thing
            yield thing
            del thing
    finally:
        done.set()
        thread.join()
