"""Evaluates the listings of docs/protocol.md, sections 8-10: the constraints as the document has
them, at given cells. Products are written side by side, as in print."""

import re

from field import F, P, inverse

OPS = (
    "TRAP ADD SUB ADDI UPPER JALR BEQ BNE BLT BGE BLTU BGEU SLT SLTU AND OR XOR SLL SRL SRA LW LB LBU "
    "LH LHU SW SB SH MUL MULH MULHSU MULHU DIV DIVU REM REMU ECALL").split()
CONSTANTS = {**{name: i for i, name in enumerate(OPS)}, "STATE": 1, "REG": 2, "RAM": 3, "HALT": 4}
BUSES = {"RANGE": 1, "PROG": 2, "BYTES": 3, "PAIR": 4, "SHIFT": 5, "MUL64": 6, "JOURNAL": 7}
LIMB = 2**16
TOKEN = re.compile(r"\s*(\d+\^\d+|\d+|[A-Za-z_]\w*(?:\.(?:lo|hi))?'?|[-+/()])")


def split(text, separator=","):
    """Splits at separators outside parentheses."""
    parts, depth, part = [], 0, ""
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == separator and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += char
    return parts + [part.strip()]


def columns_of(heading):
    """The column list of a heading such as `pc ts a(2) b(4). Prose`."""
    columns = []
    for word in heading.split():
        columns.append(word.rstrip(".;"))
        if word[-1] in ".;":
            break
    return columns


class Listing:
    """One table: its columns and its statements."""

    def __init__(self, columns, body):
        self.columns = columns
        self.statements = []
        in_definition = False
        for line in body.split("\n"):
            # Gadgets that a listing defines for itself are methods below.
            in_definition = bool(re.match(r"(Sum|NegIf)\(e[;,]", line)) or (
                in_definition and line.startswith("   "))
            if not in_definition:
                self.statements += [s.strip() for s in re.split(r";\s\s+", line) if s.strip()]

    def evaluate(self, row, next_row, constants=()):
        """The statements in order: (kind, values). Kinds: every, first, last, `lookup BUS`,
        `send BUS`, `provide BUS` (multiplicity first), `contribute BUS` (numerator first), pair
        (consumed, produced). `constants`: values of the monomials."""
        return _Evaluation(self, row, next_row, constants).run()


class _Evaluation:
    def __init__(self, listing, row, next_row, constants):
        self.listing = listing
        self.constants = constants
        self.values = {}
        self.words = {}
        self.emitted = []
        cells, next_cells = iter(row), iter(next_row)

        def column(name):
            self.values[name] = next(cells)
            self.values[name + "'"] = next(next_cells)
            return self.values[name]

        for entry in listing.columns:
            match = re.fullmatch(r"(\w+)\((\d)\)", entry)
            if not match:
                column(entry)
                continue
            name, count = match.group(1), int(match.group(2))
            if count == 2:
                self.define_word(name, column(name + ".lo"), column(name + ".hi"))
                self.values[name + "_0"], self.values[name + "_1"] = self.words[name]
            else:
                parts = [column(f"{name}_{i}") for i in range(count)]
                if count == 4:  # bytes are also a word
                    self.define_word(name, parts[0] + parts[1] * 256, parts[2] + parts[3] * 256)
        if next(cells, None) is not None:
            raise ValueError("more cells than columns")

    def run(self):
        for statement in self.listing.statements:
            self.statement(statement)
        return self.emitted

    # Expressions.

    def define_word(self, name, lo, hi):
        self.words[name] = (lo, hi)
        self.values[name + ".lo"], self.values[name + ".hi"] = lo, hi

    def value(self, text):
        tokens = TOKEN.findall(text)[::-1]
        result = self.sum(tokens)
        if tokens:
            raise ValueError(f"cannot read {text}")
        return result

    def sum(self, tokens):
        result = self.product(tokens)
        while tokens and tokens[-1] in "+-":
            sign = tokens.pop()
            term = self.product(tokens)
            result = result + term if sign == "+" else result - term
        return result

    def product(self, tokens):
        result = self.atom(tokens)
        while tokens and tokens[-1] not in "+-)":
            if tokens[-1] == "/":
                tokens.pop()
                result = result * inverse(self.atom(tokens))
            else:
                result = result * self.atom(tokens)
        return result

    def atom(self, tokens):
        token = tokens.pop()
        if token == "(":
            result = self.sum(tokens)
            tokens.pop()
            return result
        if token[0].isdigit():
            base, _, exponent = token.partition("^")
            return int(base) ** int(exponent or 1) % P
        return self.values[token] if token in self.values else CONSTANTS[token]

    def word(self, text):
        if text in self.words:
            return self.words[text]
        return tuple(map(self.value, split(text[1:-1])))

    # Statements.

    def zero(self, value, kind="every"):
        self.emitted.append((kind, F.of(value)))

    def message(self, what, bus, values):
        self.emitted.append((f"{what} {BUSES[bus]}", values))

    def pair(self, consumed, produced):
        self.emitted.append(("pair", (consumed, produced)))

    def bool(self, x):
        self.zero(x * (x - 1))

    def limb(self, value, bits=16):
        self.message("lookup", "RANGE", [1, bits, value])

    def statement(self, text):
        if match := re.fullmatch(r"(assert|first|last) (.*)", text):
            kind, expression = match.groups()
            self.zero(self.value(expression), "every" if kind == "assert" else kind)
            self.last_assertion = expression
        elif text == "the same for hi":
            self.zero(self.value(self.last_assertion.replace(".lo", ".hi")))
        elif match := re.fullmatch(r"(\w+)(?: (\d))?\((.*)\)", text):
            name, slot, arguments = match.groups()
            gadget = getattr(self, "gadget_" + name.lower())
            gadget(*([int(slot)] if slot else []), *split(arguments.replace(";", ",")))
        elif match := re.fullmatch(r"(provide |send |)([A-Z]+\d*) (.*?) \((.*)\)( for .*)?", text):
            self.messages(*match.groups())
        elif text == "PAIR as in mul":
            for name in "ab":
                for i in (0, 2):
                    self.messages("", "PAIR", "1", f"{name}_{i}, {name}_{i + 1}", None)
        elif match := re.fullmatch(r"\((.*)\) -> \((.*)\)", text):
            self.pair(*map(self.tuple, match.groups()))
        else:
            for definition in re.split(r",\s\s", text):
                name, expression = definition.strip().split(" = ", 1)
                if len(split(expression[1:-1])) == 2 and expression[0] == "(":
                    self.define_word(name, *self.word(expression))
                else:
                    self.values[name] = self.value(expression)

    def messages(self, what, bus, multiplicity, fields, repetition):
        """`for i = 0..3`, `for n = 0, 1, 2`: once for each value of the subscript."""
        if not repetition:
            values = [self.value(multiplicity), *map(self.value, split(fields))]
            self.message(what.strip() or "lookup", bus, values)
            return
        subscript, values = re.fullmatch(r" for (\w) = (.*)", repetition).groups()
        last = int(values[-1])
        for i in range(last + 1):
            self.messages(what, bus, multiplicity, fields.replace("_" + subscript, f"_{i}"), None)

    def tuple(self, text):
        values = []
        for field in split(text):
            values += self.words[field] if field in self.words else [self.value(field)]
        return values

    # Section 8.1.

    def gadget_flags(self, *flags):
        for flag in flags:
            self.bool(self.value(flag))
        self.values["r"] = self.value(" + ".join(flags))
        self.bool(self.values["r"])

    def gadget_bool(self, x):
        self.bool(self.value(x))

    def gadget_range(self, word):
        for limb in self.word(word):
            self.limb(limb)

    def sign(self, bits, signed, top, sign):
        self.bool(sign)
        self.zero(sign * (1 - signed))
        self.limb(top - sign * 2 ** (bits - 1), bits - signed)

    def gadget_sign(self, bits, signed, top, sign):
        self.sign(int(bits), *map(self.value, (signed, top, sign)))

    def gadget_prog(self, *fields):
        v = self.values
        self.message("lookup", "PROG", [v["r"], v["pc"], *map(self.value, fields)])

    def gadget_state(self, enable, next_pc):
        v, enable = self.values, self.value(enable)
        self.pair((1, v["pc"], 0, 0, v["ts"]),
                  (1, self.value(next_pc), 0, 0, v["ts"] + enable * 4))

    def access(self, space, slot, enable, address, old, new, previous, gap_high=None):
        ts = self.values["ts"]
        now = ts + enable * slot
        self.pair((space, address, *old, previous), (space, address, *new, now))
        gap = now - previous - enable
        self.limb(gap if gap_high is None else gap - gap_high * LIMB)
        if gap_high is not None:
            self.limb(gap_high, 14)
        self.zero((1 - enable) * (ts - previous))

    def keep(self, enable, old, new):
        for x, y in zip(old, new):
            self.zero((1 - enable) * (y - x))

    def gadget_read(self, slot, enable, address, word, previous):
        enable, address, previous = map(self.value, (enable, address, previous))
        self.access(2, slot, enable, address, self.word(word), self.word(word), previous)

    def gadget_write(self, slot, enable, address, old, new, previous):
        enable, address, previous = map(self.value, (enable, address, previous))
        old, new = self.word(old), self.word(new)
        self.access(2, slot, enable, address, old, new, previous)
        self.keep(enable, old, new)

    def gadget_readmem(self, slot, enable, address, word, previous, gap_high):
        enable, address, previous, gap_high = map(
            self.value, (enable, address, previous, gap_high))
        self.access(3, slot, enable, address, self.word(word), self.word(word), previous, gap_high)

    def gadget_writemem(self, slot, enable, address, old, new, previous, gap_high):
        enable, address, previous, gap_high = map(
            self.value, (enable, address, previous, gap_high))
        old, new = self.word(old), self.word(new)
        self.access(3, slot, enable, address, old, new, previous, gap_high)
        self.keep(enable, old, new)

    def gadget_operand(self, immediate, word, previous):
        immediate, real = self.value(immediate), self.values["r"]
        self.bool(immediate)
        self.zero(immediate * (1 - real))
        self.access(2, 1, real - immediate, self.values["rs2"], self.word(word), self.word(word),
                    self.value(previous))

    def gadget_address(self, base, immediate, wrap):
        (lo, hi), wrap = self.word(base), self.value(wrap)
        self.bool(wrap)
        self.limb(hi - wrap * LIMB + self.values["r"], 14)
        self.values["T"] = lo + hi * LIMB + self.value(immediate) - wrap * LIMB * LIMB

    def gadget_less(self, signed, x, y):
        signed, x, y = self.value(signed), self.word(x), self.word(y)
        borrow, less, sign_x, sign_y = (self.values[n] for n in ("borrow", "less", "sx", "sy"))
        for flag in (borrow, less, sign_x, sign_y):
            self.bool(flag)
        x_hi = x[1] + signed * 2**15 - sign_x * LIMB
        y_hi = y[1] + signed * 2**15 - sign_y * LIMB
        self.limb(x_hi)
        self.limb(y_hi)
        self.limb(x[0] - y[0] + borrow * LIMB)
        self.limb(x_hi - y_hi - borrow + less * LIMB)

    # Section 8.2, 8.7, 8.8 and 9.4.

    def gadget_sum(self, enable, x, y, z):
        enable, x, y, z = self.value(enable), *map(self.word, (x, y, z))
        low = (x[0] + y[0] - z[0]) * inverse(LIMB)
        high = (x[1] + y[1] + low - z[1]) * inverse(LIMB)
        for carry in (low, high):
            self.zero(enable * carry * (carry - 1))

    def gadget_product(self, count):
        count = int(count)
        a, b = ([self.values[f"{name}_{i}"] for i in range(4)] for name in "ab")
        t = [0] * 8
        for i in range(4):
            for j in range(4):
                t[i + j] = t[i + j] + a[i] * b[j]
        carries = [self.values[f"c_{n}"] for n in range(min(count, 3))]
        into = [0, *carries]
        out = [*carries, 0]
        for n in range(count):
            limb = t[2 * n] + t[2 * n + 1] * 256 + into[n]
            self.zero(limb - self.values[f"y_{n}"] - out[n] * LIMB)
        for carry in carries:
            self.limb(carry, 10)

    def gadget_negif(self, enable, x, y):
        enable, x, y = self.value(enable), self.word(x), self.word(y)
        low = (x[0] + y[0]) * inverse(LIMB)
        high = (x[1] + y[1] + low) * inverse(LIMB)
        self.keep(enable, x, y)
        for carry in (low, high):
            self.zero(enable * carry * (carry - 1))

    def gadget_call(self, enable, number, previous):
        enable, previous = self.value(enable), self.value(previous)
        self.message("lookup", "PROG",
                     [enable, self.values["pc"], CONSTANTS["ECALL"], 0, 0, 0, 0, 0, 0])
        word = (int(number), 0)
        self.access(2, 0, enable, 17, word, word, previous)
