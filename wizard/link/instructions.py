"""The machine instructions of a small function, classified by what they do, for x86-64 and AArch64.

Just as much as is needed to tell a stub from a function that works: which instruction follows, what is left in
the register for results, whether memory is written. What is none of the few instructions that a stub is made of
is "other". The registers are those of the processor supplements of the System V ABI.
"""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

Kind = Literal["computes", "sets", "stores", "call", "jump", "branch", "return", "trap", "other"]


class Instruction(NamedTuple):
    """One instruction. address: in its function.

    sets: it writes the register for results, value is what (None where that is not to be seen). stores: it
    writes to memory other than the stack. call, jump, branch: target is an address in the
    function, None where only the relocation says it. trap: the processor stops the program.
    """

    address: int
    size: int
    kind: Kind
    value: int | None = None
    target: int | None = None
    indirect: bool = False


MACHINES = ("EM_X86_64", "EM_AARCH64")
"""Whose instructions are read."""

_OF_STUBS = {
    "EM_X86_64": "mov movabs lea xor or and push pop sub add test cmp nop endbr64 movzx movsxd cdqe leave",
    "EM_AARCH64": "mov movz movn movk orr stp ldp str ldr ldur stur strb ldrb strh ldrh adrp adr add sub cmp"
    " tst nop bti paciasp autiasp pacibsp autibsp xpaclri hint mrs sxtw uxtw",
}
_TRAPS = {"EM_X86_64": ("ud2", "hlt", "int3"), "EM_AARCH64": ("brk", "udf", "hlt")}
_RESULT = {"EM_X86_64": ("rax", "eax", "ax", "al"), "EM_AARCH64": ("x0", "w0")}
_ZERO = ("xzr", "wzr")
_STACK = ("rsp", "rbp", "sp", "fp", "x29")
_GENERAL = {  # registers that hold no floats and do not configure the processor
    "EM_X86_64": re.compile(r"[re]?[abcd]x|[re]?[sd]i|[re]?[sb]p|r\d+[dwb]?|[abcd][lh]|[sd]il|[sb]pl|rip|fs"),
    "EM_AARCH64": re.compile(r"[wx]\d+|[wx]zr|w?sp|fp|lr"),
}


def instructions(machine: str, code: bytes) -> dict[int, Instruction]:
    """The instructions of a function by their address, as far as they can be read. machine is one of MACHINES."""
    import capstone

    kind, mode = {
        "EM_X86_64": (capstone.CS_ARCH_X86, capstone.CS_MODE_64),
        "EM_AARCH64": (capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM),
    }[machine]
    reader = capstone.Cs(kind, mode)
    reader.detail = True
    return {decoded.address: _classified(machine, decoded) for decoded in reader.disasm(code, 0)}


def _classified(machine: str, decoded: Any) -> Instruction:
    import capstone

    if decoded.mnemonic in _TRAPS[machine]:
        return Instruction(decoded.address, decoded.size, "trap")
    if decoded.group(capstone.CS_GRP_RET) or decoded.mnemonic == "ret":
        return Instruction(decoded.address, decoded.size, "return")
    call = decoded.group(capstone.CS_GRP_CALL)
    if call or decoded.group(capstone.CS_GRP_JUMP):
        always = decoded.mnemonic in ("jmp", "b", "br")
        numbers = [operand.imm for operand in decoded.operands if operand.type == capstone.CS_OP_IMM]
        return Instruction(
            decoded.address, decoded.size, "call" if call else "jump" if always else "branch",
            target=numbers[-1] if numbers else None, indirect=not numbers,
        )  # fmt: skip
    if decoded.mnemonic not in _OF_STUBS[machine].split() or not _general(machine, decoded):
        return Instruction(decoded.address, decoded.size, "other")
    if _stores(decoded):
        return Instruction(decoded.address, decoded.size, "stores")
    if any(decoded.reg_name(number) in _RESULT[machine] for number in decoded.regs_access()[1]):
        return Instruction(decoded.address, decoded.size, "sets", value=_constant(decoded))
    return Instruction(decoded.address, decoded.size, "computes")


def _general(machine: str, decoded: Any) -> bool:
    """True where all registers that an instruction names are general-purpose ones (mrs reads the thread's)."""
    import capstone

    names = [decoded.reg_name(operand.reg) for operand in decoded.operands if operand.type == capstone.CS_OP_REG]
    return all(_GENERAL[machine].fullmatch(name) for name in names)


def _stores(decoded: Any) -> bool:
    """True where it writes to memory that is not the stack's."""
    import capstone

    for operand in decoded.operands:
        if operand.type != capstone.CS_OP_MEM:
            continue
        # capstone calls AArch64's memory operands read and written alike: there the name says it
        writes = (
            decoded.mnemonic.startswith("st")
            if decoded.mnemonic[:2] in ("st", "ld")
            else operand.access & capstone.CS_AC_WRITE
        )
        if writes and decoded.mnemonic not in ("cmp", "test") and decoded.reg_name(operand.mem.base) not in _STACK:
            return True
    return False


def _constant(decoded: Any) -> int | None:
    """The number that an instruction leaves in the register for results, None where it is not to be seen."""
    import capstone

    operands = decoded.operands
    if len(operands) != 2:
        return None
    first, last = operands
    if last.type == capstone.CS_OP_IMM:
        value = int(last.imm)
        if decoded.mnemonic in ("mov", "movabs", "movz", "movn"):
            return value - (1 << 32) if 1 << 31 <= value < 1 << 32 else value
        if decoded.mnemonic == "or" and value in (-1, 0xFFFF_FFFF):
            return -1
        return None
    if last.type == capstone.CS_OP_REG:
        if decoded.mnemonic in ("xor", "sub") and first.type == last.type and first.reg == last.reg:
            return 0
        if decoded.mnemonic == "mov" and decoded.reg_name(last.reg) in _ZERO:
            return 0
    return None
