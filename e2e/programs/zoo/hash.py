#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""zoo-hash FILE DIRECTORY: threads of an interpreter that calculate, collect and wait (see zoo.h)."""
import ctypes
import decimal
import gc
import hashlib
import json
import os
import queue
import random
import signal
import sys
import threading
import time
import traceback
import zlib

FILE, DIRECTORY = sys.argv[1:]
THREADS = 3
stopping = threading.Event()
finished = queue.Queue()


def say(line):
    with open(FILE, "a") as out:
        out.write(line + "\n")


def chain(seed, length):
    value = seed.to_bytes(8, "little")
    for _ in range(length):
        value = hashlib.sha256(value).digest()
    return value


def hashes(number):
    """The same calculation on several ways, in any order of threads."""
    if chain(number, 2000) != chain(int.from_bytes(number.to_bytes(8, "little"), "little"), 2000):
        raise AssertionError("sha256 differs")
    data = random.Random(number).randbytes(20000)
    if zlib.decompress(zlib.compress(data)) != data or zlib.crc32(data) != zlib.crc32(bytes(data)):
        raise AssertionError("zlib differs")


def numbers(number):
    big = 3**500 + number
    if (big * big - 1) // (big - 1) != big + 1:
        raise AssertionError("long numbers differ")
    with decimal.localcontext() as context:
        context.prec = 60
        root = decimal.Decimal(number + 2).sqrt()
        if abs(root * root - number - 2) > decimal.Decimal("1e-50"):
            raise AssertionError("decimals differ")
    if sum(1 / 2**i for i in range(60)) != 2 - 2**-59:
        raise AssertionError("floats differ")


class Node:
    """Part of a ring that only the garbage collector can free."""

    alive = 0

    def __init__(self, value):
        self.value, self.next = value, self
        Node.alive += 1

    def __del__(self):
        Node.alive -= 1


def objects(number):
    names = {str(i): [i, {"half": i / 2}] for i in range(number % 7, 2000)}
    if json.loads(json.dumps(names)) != names:
        raise AssertionError("objects differ")
    first = last = Node(0)
    for i in range(1, 500):
        last.next = Node(i)
        last = last.next
    last.next = first
    values, at = [], first
    while not values or at is not first:
        values.append(at.value)
        at = at.next
    if values != list(range(500)):
        raise AssertionError("ring differs")


def work(kind, start):
    before, number = time.monotonic(), start
    try:
        while not stopping.is_set():
            kind(number)
            number += THREADS
            after = time.monotonic()
            if after < before:
                raise AssertionError("time stepped back")
            before = after
            finished.put(kind.__name__)
            time.sleep(0.02)
    except BaseException:
        finished.put(traceback.format_exc(limit=-1).replace("\n", " "))


def main():
    os.makedirs(DIRECTORY, exist_ok=True)
    os.chdir(DIRECTORY)
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    pid = ctypes.CDLL(None).getpid()
    kinds = (hashes, numbers, objects)
    threads = [threading.Thread(target=work, args=(k, i)) for i, k in enumerate(kinds)]
    for thread in threads:
        thread.start()
    say("ready")
    turn, missing = 0, {kind.__name__ for kind in kinds}
    while not stopping.is_set():
        try:
            done = finished.get(timeout=0.2)
        except queue.Empty:
            continue
        if done not in {kind.__name__ for kind in kinds}:
            say("broken: " + done)
            os._exit(1)
        missing.discard(done)
        if not missing:
            missing = {kind.__name__ for kind in kinds}
            turn += 1
            gc.collect()
            if Node.alive > 1000 or os.getpid() != pid or os.getcwd() != DIRECTORY:
                say("broken: garbage stays, or another process")
                os._exit(1)
            say("round %d" % turn)
    for thread in threads:
        thread.join()
    say("ok")
    return 42


sys.exit(main())
