#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The figures of several clusters as a table, and whether they grow as the design says.

report.py CSV SIZES: both are written by sim/Makefile. SIZES has a line "STRUCT BYTES" for
each structure, from the debug information of the modules. Exit 1: something grows faster.
"""
import csv
import sys
from collections import defaultdict

STACK = 16384  # of each task in the kernel
RECEIVE = 65536  # krg_link_receive() has room for the largest message, as kmalloc rounds it
XA_NODE = 576

DEATHS = ("death", "death-coordinator", "death-two")


def read(path):
    figures = defaultdict(dict)
    with open(path) as lines:
        for nodes, processes, _, what, value in csv.reader(lines):
            figures[int(nodes)][what] = float(value)
            figures[int(nodes)]["processes"] = int(processes)
    return figures


def add_memory(figures, sizes):
    """Bytes a node: of its peers, and of processes that have one half elsewhere."""
    task = STACK + sum(sizes[s] for s in
                       ("task_struct", "signal_struct", "sighand_struct", "cred", "pid"))
    peer = sizes["krg_link"] + RECEIVE + sizes["task_struct"] + STACK + sizes["socket"]
    # an entry of a table may be the only one in its part of the tree
    stub = sizes["krg_stub"] + XA_NODE + task
    body = sizes["krg_body"] + XA_NODE
    for nodes, f in figures.items():
        f["bytes.peers"] = peer * (nodes - 1)
        f["bytes.stub"], f["bytes.body"] = stub, body
        f["bytes.processes"] = stub * f["memory.stubs-most"] + body * f["memory.bodies-most"]


def totals(f, change):
    return sum(f.get(f"{change}.{kind}", 0) for kind in ("membership", "connect"))


def bounds(nodes, f):
    """What may be, as (what, is, at most)."""
    yield "idle: TIPC's messages a second a node", f["idle.supervision"], 8 * (nodes - 1)
    yield "idle: the modules' messages", f["idle.modules"], 0
    # at most: who asks → home → answer, and home → body → answer
    yield "messages of locating a process", f["locate.most"], 2
    yield "messages of a signal", f["signal.most"], 4
    yield "messages of a fork elsewhere", f["fork-away.most"], 2
    yield "messages of a move", f["move.most"], 14
    yield "messages of a fork, a move, a kill and a wait elsewhere", f["family-away.most"], 32
    yield "messages of locating nobody", f["locate-nobody.most"], 2
    yield "messages of a signal to nobody", f["signal-nobody.most"], 2
    # only then all may have to be asked
    yield "messages of locating one whose home is dead", f["locate-homeless.most"], 2 * (nodes - 1)
    for change in ("join", "death-back", *DEATHS):
        yield f"messages of {change}", totals(f, change), 20 * nodes
        yield f"queue at {change}", f.get(f"{change}.queue", 0), max(nodes, 10)
    # the mix of main.c with the worst of each: nothing of it depends on the number of nodes
    yield "work: messages a second a node", f["work.all"], 10 * 2 + 10 * 4 + 4 * 32 + 2 * 2 + 2 * 4 + 2 * 14
    own = f["processes"] / nodes
    yield "stubs of a node", f["memory.stubs-most"], 0.3 * own + 10
    yield "bodies of a node", f["memory.bodies-most"], 0.3 * own + 10


ROWS = [
    ("processes", "processes", 0),
    ("idle: messages a second a node", None, 0),
    ("— supervision by TIPC", "idle.supervision", 0),
    ("— our modules", "idle.modules", 0),
    ("work: messages a second a node", "work.all", 0),
    ("— names: signals, locating", "work.name", 0),
    ("— body to home", "work.home", 0),
    ("— home to body", "work.body", 0),
    ("— moves", "work.move", 0),
    ("— the busiest node", "work.busiest", 0),
    ("— kB a second, with 20 kB a process that moves", "kB.work", 0),
    ("messages of one request, mean (most)", None, 0),
    ("— locate a process", "locate", 1),
    ("— signal to a process", "signal", 1),
    ("— the same, its home is dead", "signal-homeless", 0),
    ("— the same, there is none", "signal-nobody", 0),
    ("— fork of a moved process", "fork-away", 1),
    ("— move", "move", 1),
    ("a node joins", None, 0),
    ("— messages", "join", 0),
    ("— ms until all have the view", "join.ms", 0),
    ("a node dies", None, 0),
    ("— messages", "death", 0),
    ("— messages that wait at a node, most", "worst.queue", 0),
    ("— ms until all have the view, longest", "worst.ms", 0),
    ("memory of a node", None, 0),
    ("— kB for its peers", "kB.peers", 0),
    ("— stubs, most", "memory.stubs-most", 0),
    ("— bodies, most", "memory.bodies-most", 0),
    ("— kB for both", "kB.processes", 0),
]


def cell(f, what, digits):
    if what is None:
        return ""
    if what in ("join", "death"):
        return f"{totals(f, what):.0f}"
    if what.startswith("worst."):
        return f"{max(f.get(d + what[5:], 0) for d in DEATHS):,.0f}"
    if what.startswith("kB."):
        return f"{f['bytes.' + what[3:]] / 1000:,.0f}"
    if f"{what}.mean" in f:
        return f"{f[what + '.mean']:.{digits}f} ({f[what + '.most']:.0f})"
    return f"{f[what]:,.{digits}f}" if what in f else "–"


def main():
    figures = read(sys.argv[1])
    with open(sys.argv[2]) as lines:
        sizes = {name: int(size) for name, size in (line.split() for line in lines)}
    add_memory(figures, sizes)
    columns = sorted(figures)
    print("| nodes | " + " | ".join(str(n) for n in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for title, what, digits in ROWS:
        print(f"| {title} | " + " | ".join(cell(figures[n], what, digits) for n in columns) + " |")
    one = figures[columns[0]]
    print(f"\nA stub is {one['bytes.stub']:,.0f} bytes with its task, a body "
          f"{one['bytes.body']:,.0f} beside its process; both with a node of the table's tree.")
    failed = [f"{n} nodes: {what}: {value:g}, at most {limit:g}"
              for n in columns for what, value, limit in bounds(n, figures[n]) if value > limit]
    for line in failed:
        print(f"report.py: {line}", file=sys.stderr)
    return bool(failed)


sys.exit(main())
