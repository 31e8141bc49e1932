#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compare what our modules believe of the kernel with the kernel's own BTF.

btfcheck.py --kernel VMLINUX --stamp FILE DIR   checks every krg_*.ko under DIR
btfcheck.py --extract BZIMAGE VMLINUX           unpacks a kernel image

Of each module, every function of its symbol list (members of struct
krg_prototypes), every replacement krg_hook_<function>, and every struct that has
the name of a kernel struct must agree with the kernel.
"""
import argparse
import gzip
import lzma
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

(INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT,
 FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64) = range(1, 20)
# bytes behind struct btf_type, per kind: (fixed, per element)
TAIL = {INT: (4, 0), ARRAY: (12, 0), STRUCT: (0, 12), UNION: (0, 12), ENUM: (0, 8),
        FUNC_PROTO: (0, 8), VAR: (4, 0), DATASEC: (0, 12), DECL_TAG: (4, 0), ENUM64: (0, 12)}


class Btf:
    """The types of one BTF blob; index 0 is void."""

    def __init__(self, data):
        magic, _, _, hdr, type_off, type_len, str_off, str_len = struct.unpack_from("<HBBIIIII", data)
        if magic != 0xEB9F:
            sys.exit("btfcheck: not BTF")
        self.data = data
        self.strings = data[hdr + str_off:hdr + str_off + str_len]
        self.types = [(0, 0, 0, 0, 0)]  # kind, name offset, vlen, size or type, tail offset
        pos, end = hdr + type_off, hdr + type_off + type_len
        while pos < end:
            name, info, size = struct.unpack_from("<III", data, pos)
            kind, vlen = info >> 24 & 0x1F, info & 0xFFFF
            fixed, each = TAIL.get(kind, (0, 0))
            self.types.append((kind, name, vlen, size, pos + 12))
            pos += 12 + fixed + each * vlen
        self.by_name = {}
        for i, t in enumerate(self.types):
            if t[0] in (FUNC, STRUCT):
                self.by_name.setdefault((t[0], self.string(t[1])), []).append(i)

    def string(self, offset):
        return self.strings[offset:self.strings.index(b"\0", offset)].decode()

    def pairs(self, i, each="II"):
        """The elements behind a type, e.g. (name, type) of each parameter."""
        _, _, vlen, _, tail = self.types[i]
        fmt = "<" + each
        return [struct.unpack_from(fmt, self.data, tail + n * struct.calcsize(fmt)) for n in range(vlen)]

    def show(self, i):
        """The type as C text, typedefs and qualifiers resolved: what a call depends on."""
        kind, name, _, ref, tail = self.types[i]
        if kind == 0:
            return "void"
        if kind in (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG):
            return self.show(ref)
        if kind == PTR:
            return self.show(ref) + " *"
        if kind == ARRAY:
            element, _, count = struct.unpack_from("<III", self.data, tail)
            return f"{self.show(element)}[{count}]"
        if kind == FUNC_PROTO:
            args = ", ".join(self.show(t) for _, t in self.pairs(i))
            return f"{self.show(ref)} ({args})"
        # an incomplete type is named like the complete one
        word = {STRUCT: "struct ", FWD: "struct ", UNION: "union ", ENUM: "enum ", ENUM64: "enum "}.get(kind, "")
        text = self.string(name)
        if not text and kind in (STRUCT, UNION):
            return f"{word}{{{self.members(i)}}}"
        return word + text

    def members(self, i):
        names = ((self.string(n), offset & 0xFFFFFF) for n, _, offset in self.pairs(i, "III"))
        return " ".join(f"{n}@{offset // 8}" for n, offset in names)

    def layout(self, i):
        return f"{self.types[i][3]} bytes: {self.members(i)}"


def elf_section(path, wanted):
    data = Path(path).read_bytes()
    if data[:4] != b"\x7fELF":
        sys.exit(f"btfcheck: {path} is not an ELF file")
    shoff, = struct.unpack_from("<Q", data, 40)
    shentsize, shnum, shstrndx = struct.unpack_from("<HHH", data, 58)
    sections = [struct.unpack_from("<IIQQQQ", data, shoff + n * shentsize) for n in range(shnum)]
    names = sections[shstrndx][4]
    for name, _, _, _, offset, size in sections:
        start = names + name
        if data[start:data.index(b"\0", start)].decode() == wanted:
            return data[offset:offset + size]
    sys.exit(f"btfcheck: {path} has no section {wanted}")


def module_btf(path):
    """All types of a module, from its debug information (its own BTF leans on the kernel's)."""
    with tempfile.TemporaryDirectory() as work:
        # pahole reads the debug information only when there is no BTF yet
        plain, out = Path(work, "module.o"), Path(work, "module.btf")
        subprocess.run(["objcopy", "-R", ".BTF", "-R", ".BTF.base", path, plain], check=True)
        subprocess.run(["pahole", f"--btf_encode_detached={out}", plain], check=True)
        return Btf(out.read_bytes())


def check(kernel, module, path):
    """Yields what is wrong, as sentences."""
    name = path.name.removesuffix(".ko")

    def compare(function, ours):
        theirs = {kernel.show(kernel.types[i][3]) for i in kernel.by_name.get((FUNC, function), [])}
        if not theirs:
            return f"{name}: {function} is not in the kernel's BTF"
        if ours not in theirs:
            return f"{name}: {function}\n    ours:   {ours}\n    kernel: {' | '.join(sorted(theirs))}"
        return None

    for (kind, text), ids in module.by_name.items():
        for i in ids:
            wrong = None
            if kind == FUNC and text.startswith("krg_hook_") and \
                    (FUNC, text.removeprefix("krg_hook_")) in kernel.by_name:
                wrong = compare(text.removeprefix("krg_hook_"), module.show(module.types[i][3]))
            elif kind == STRUCT and text == "krg_prototypes":
                for member, pointer, _ in module.pairs(i, "III"):
                    wrong = compare(module.string(member), module.show(module.types[pointer][3]))
                    if wrong:
                        yield wrong
                wrong = None
            elif kind == STRUCT and text and (STRUCT, text) in kernel.by_name:
                theirs = {kernel.layout(k) for k in kernel.by_name[STRUCT, text]}
                if module.layout(i) not in theirs:
                    wrong = f"{name}: struct {text}\n    ours:   {module.layout(i)}\n" \
                            f"    kernel: {' | '.join(sorted(theirs))}"
            if wrong:
                yield wrong


def extract(image, out):
    """Unpacks the ELF file in a compressed kernel image."""
    data = Path(image).read_bytes()
    for magic, opener in ((b"\xfd7zXZ\0", lzma.LZMADecompressor), (b"\x1f\x8b\x08", None)):
        at = data.find(magic)
        while at >= 0:
            try:
                elf = opener().decompress(data[at:]) if opener else gzip.decompress(data[at:])
            except (lzma.LZMAError, OSError, EOFError):
                elf = b""
            if elf[:4] == b"\x7fELF":
                Path(out).write_bytes(elf)
                return
            at = data.find(magic, at + 1)
    sys.exit(f"btfcheck: no kernel that I can unpack in {image}")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--extract", action="store_true")
    args.add_argument("--kernel")
    args.add_argument("--stamp", type=Path)
    args.add_argument("paths", nargs="+")
    args = args.parse_args()
    if args.extract:
        extract(*args.paths)
        return
    since = args.stamp.stat().st_mtime if args.stamp.exists() else 0
    changed = [m for m in sorted(Path(args.paths[0]).rglob("krg_*.ko"))
               if max(m.stat().st_mtime, os.stat(__file__).st_mtime) > since]
    if not changed:
        return
    kernel = Btf(elf_section(args.kernel, ".BTF"))
    wrong = [w for m in changed for w in check(kernel, module_btf(m), m)]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        sys.exit(f"btfcheck: {len(wrong)} differ from the kernel")
    args.stamp.touch()


if __name__ == "__main__":
    main()
