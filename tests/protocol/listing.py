"""Evaluates the listings of docs/protocol.md, sections 8-14: the constraints as the document has
them, at given cells. Products are written side by side, as in print."""

import functools
import re

from field import F, P, inverse

OPS = (
    "TRAP ADD SUB ADDI UPPER JALR BEQ BNE BLT BGE BLTU BGEU SLT SLTU AND OR XOR SLL SRL SRA LW LB LBU "
    "LH LHU SW SB SH MUL MULH MULHSU MULHU DIV DIVU REM REMU ECALL").split()
CONSTANTS = {**{name: i for i, name in enumerate(OPS)}, "STATE": 1, "REG": 2, "RAM": 3, "HALT": 4}
BUSES = {name: i for i, name in enumerate((
    "RANGE PROG BYTES PAIR SHIFT MUL64 JOURNAL MICRO START LUT CELL EVAL KER SUM GARBAGE ELT RESULT "
    "SOFTMAX NORM QUAD SHA_STATE SHA_BLOCK BLAKE_STATE BLAKE_WORDS").split(), 1)}
CHALLENGES = ("gamma", "delta", "zx", "zy")
BLOCK = "real start end last call program step left".split()
LIMB = 2**16


def _first_primes(count):
    primes = []
    n = 2
    while len(primes) < count:
        if all(n % p for p in primes):
            primes.append(n)
        n += 1
    return primes


def _root(n, k):
    """The integer part of the k-th root."""
    low, high = 0, 2 ** (n.bit_length() // k + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**k <= n else (low, middle)
    return low


def _hash_words():
    """IV_i and K_t (sections 14.2 and 14.3): fractions of roots of primes, as words."""
    words = {f"IV_{i}": _root(p << 64, 2) % 2**32 for i, p in enumerate(_first_primes(4))}
    words.update({f"K_{t}": _root(p << 96, 3) % 2**32 for t, p in enumerate(_first_primes(64))})
    return {name: (word % LIMB, word // LIMB) for name, word in words.items()}


HASH_WORDS = _hash_words()


def split(text, separators=","):
    """Splits at separators outside parentheses and brackets."""
    parts, depth, part = [], 0, ""
    for char in text:
        depth += (char in "([") - (char in ")]")
        if char in separators and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += char
    return parts + [part.strip()]


# Expressions. A parsed one is a tuple: an operator and operands.

TOKEN = re.compile(r"\s*(\d+|[A-Za-z_]\w*|\.\.|\.lo|\.hi|['+\-*/^()=:,])")


class _Parser:
    def __init__(self, text):
        self.text = text
        self.tokens, at = [], 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if not match:
                raise ValueError(f"cannot read {text}")
            self.tokens.append(match.group(1))
            at = match.end()
        self.tokens.reverse()

    def peek(self):
        return self.tokens[-1] if self.tokens else None

    def take(self, expected=None):
        if not self.tokens or (expected and self.tokens[-1] != expected):
            raise ValueError(f"cannot read {self.text}")
        return self.tokens.pop()

    def accept(self, token):
        if self.peek() == token:
            self.tokens.pop()
            return True
        return False

    def sum(self):
        result = ("-", ("int", 0), self.product()) if self.accept("-") else self.product()
        while self.peek() in ("+", "-"):
            result = (self.take(), result, self.product())
        return result

    def product(self):
        result = self.power()
        while self.tokens and re.match(r"[\w(/]", self.peek()):
            if self.peek() in ("/", "mod", "div"):
                result = (self.take(), result, self.power())
            else:
                result = ("*", result, self.power())
        return result

    def power(self):
        result = self.atom()
        if self.accept("^"):
            negative = self.accept("-")
            exponent = self.atom()
            result = ("^", result, ("-", ("int", 0), exponent) if negative else exponent)
        return result

    def atom(self):
        token = self.take()
        if token == "(":
            result = self.sum()
            self.take(")")
            return result
        if token.isdigit():
            return ("int", int(token))
        if token in ("sum", "xor") and self.accept("("):
            return getattr(self, "read_" + token)()
        return self.name(token)

    def read_xor(self):
        operands = [self.sum()]
        while self.accept(","):
            operands.append(self.sum())
        self.take(")")
        return ("xor", *operands)

    def read_sum(self):
        variable = self.take()
        self.take("=")
        first = self.sum()
        self.take("..")
        last = self.sum()
        self.take(":")
        body = self.sum()
        self.take(")")
        return ("sum", variable, first, last, body)

    def name(self, token):
        """Parts between underscores; a part in parentheses is an expression."""
        parts = []
        while True:
            parts += [part for part in token.split("_") if part]
            if not token.endswith("_"):
                break
            self.take("(")
            parts.append(self.sum())
            self.take(")")
            if not (self.peek() or "").startswith("_"):
                break
            token = self.take()
        suffix = self.take() if self.peek() in (".lo", ".hi") else ""
        if self.accept("'"):
            suffix += "'"
        return ("name", tuple(parts), suffix)


@functools.lru_cache(maxsize=None)
def parse(text):
    parser = _Parser(text)
    result = parser.sum()
    if parser.tokens:
        raise ValueError(f"cannot read {text}")
    return result


# Statements.


def parse_loops(text):
    """`k = 0..3, i = 0, 1`: (variable, first, last) of each loop; bounds are texts."""
    loops = []
    for part in re.split(r",\s*(?=[a-z] =)", text):
        variable, values = part.split(" = ")
        first, last = values.split("..") if ".." in values else (
            values.split(",")[0], values.split(",")[-1])
        loops.append((variable.strip(), first.strip(), last.strip()))
    return loops


def parse_statements(lines):
    """Items in order: a text, or (loops, items). What is indented below a loop belongs to it."""
    items = []
    lines = list(lines)
    while lines:
        line = lines.pop(0)
        loop = re.match(r"( *)for ([^:]*):(.*)", line)
        if not loop:
            for statement in re.split(r";\s\s+", line.strip()):
                if statement:
                    items.append(parse_statement(statement))
            continue
        indent = len(loop.group(1))
        body = [loop.group(3)]
        while lines and len(lines[0]) - len(lines[0].lstrip()) > indent:
            body.append(lines.pop(0))
        items.append((parse_loops(loop.group(2)), parse_statements(body)))
    return items


def parse_statement(text):
    """A trailing `for i = 0..3` is a loop around one statement."""
    match = re.fullmatch(r"(.*?) for ([a-z] = .*)", text)
    return (parse_loops(match.group(2)), [match.group(1)]) if match else text


def find_macros(text):
    """Gadgets that the listings define: `Name(parameters):` and what follows, on the line and
    indented below it."""
    macros = {}
    for name, parameters, body in re.findall(
            r"^(\w+)\(([^()\n]*)\):((?:.*\n)(?: .*\n)*)", text, re.M):
        macros[name] = (split(parameters, ",;"), body.split("\n"))
    return macros


def columns_of(heading):
    """The column lists of a heading such as `fixed id w[4] | pc ts a(2) | folds v. Prose`, by kind;
    without a name they are main columns."""
    columns = {"fixed": [], "main": [], "garbage": [], "folds": []}
    kind = "main"
    for word in heading.split():
        bare = word.rstrip(".;")
        if word == "|":
            kind = "main"
        elif bare in columns:
            kind = bare
        elif bare == "block":
            columns[kind] += BLOCK
        else:
            columns[kind].append(bare)
        if word[-1] in ".;":
            break
    return columns


def cells_of(entry):
    """The names of a column entry such as `w[4](2)`, each with its number of cells."""
    name, extents, count = re.fullmatch(r"(\w+)((?:\[\d+\])*)(?:\((\d)\))?", entry).groups()
    names = [name]
    for extent in re.findall(r"\d+", extents):
        names = [f"{n}_{i}" for n in names for i in range(int(extent))]
    return [(n, int(count or 1)) for n in names]


class Listing:
    """One table: its columns, by kind, and its statements. `macros`: those of the document."""

    def __init__(self, columns, body, macros=None):
        self.columns = {kind: [cell for entry in entries for cell in cells_of(entry)]
                        for kind, entries in columns.items()}
        self.macros = macros or {}
        body = re.sub(r"^\w+\([^()\n]*\):(?:.*\n)(?: .*\n)*", "", body, flags=re.M)
        self.items = parse_statements(body.split("\n"))

    def evaluate(self, row, next_row, challenges=None):
        """The statements in order: (kind, values). Kinds: every, first, last; `lookup BUS`,
        `send BUS`, `provide BUS`, `receive BUS` (multiplicity first), `contribute BUS` (numerator
        first), `both BUS` (fields); pair (consumed, produced). `challenges`: gamma, delta, zx, zy,
        where they occur."""
        return _Evaluation(self, row, next_row, challenges or {}).run()

    def width(self, kind):
        return sum(count for _, count in self.columns[kind])

    def next_columns(self, kind):
        """The columns of a kind that the statements read in the next row."""
        widths = {k: self.width(k) for k in self.columns}
        row = [0] * sum(widths.values())
        evaluation = _Evaluation(self, row, row, dict.fromkeys(CHALLENGES, F(1)))
        evaluation.run()
        first = sum(list(widths.values())[: list(widths).index(kind)])
        cells = sorted(evaluation.next_cells)
        return [i - first for i in cells if first <= i < first + widths[kind]]


class _Evaluation:
    def __init__(self, listing, row, next_row, challenges):
        self.listing = listing
        self.values = dict(challenges)
        self.words = dict(HASH_WORDS)
        self.env = {}  # of loops
        self.powers = {}
        self.emitted = []
        for name, word in HASH_WORDS.items():
            self.define_word(name, *word)
        self.place, self.next_cells = {}, set()  # of columns of the next row; those that are read
        cells, next_cells = iter(row), iter(next_row)

        def column(name):
            self.values[name] = next(cells)
            self.values[name + "'"] = next(next_cells)
            self.place[name + "'"] = len(self.place)
            return self.values[name]

        for columns in listing.columns.values():
            for name, count in columns:
                self.define_column(name, count, column)
        if next(cells, None) is not None:
            raise ValueError("more cells than columns")

    def define_column(self, name, count, column):
        if count == 1:
            column(name)
        elif count == 2:
            self.define_word(name, column(name + ".lo"), column(name + ".hi"))
            self.values[name + "_0"], self.values[name + "_1"] = self.words[name]
        else:
            parts = [column(f"{name}_{i}") for i in range(count)]
            if count == 4:  # bytes are also a word
                self.define_word(name, parts[0] + parts[1] * 256, parts[2] + parts[3] * 256)

    def run(self):
        self.execute(self.listing.items)
        return self.emitted

    # Expressions.

    def define_word(self, name, lo, hi):
        self.words[name] = (lo, hi)
        self.values[name + ".lo"], self.values[name + ".hi"] = lo, hi

    def value(self, text):
        return self.of(parse(text))

    def of(self, node):
        operator = node[0]
        if operator == "int":
            return node[1]
        if operator == "name":
            return self.value_of(self.name_of(node))
        if operator == "^":
            return self.power(node[1], self.of(node[2]))
        if operator == "sum":
            return self.sum(*node[1:])
        operands = [self.of(operand) for operand in node[1:]]
        if operator == "xor":
            result = operands[0]
            for x in operands[1:]:
                result = result + x - 2 * (result * x)
            return result
        a, b = operands
        if operator == "+":
            return a + b
        if operator == "-":
            return a - b
        if operator == "*":
            return a * b
        if operator == "/":
            return a * inverse(b)
        return a % b if operator == "mod" else a // b

    def sum(self, variable, first, last, body):
        result = 0
        for self.env[variable] in range(self.of(first), self.of(last) + 1):
            result = result + self.of(body)
        del self.env[variable]
        return result

    def power(self, base, exponent):
        if base[0] == "int":
            return pow(base[1], exponent, P)
        key = base, exponent
        if key not in self.powers:
            x = F.of(self.of(base))
            self.powers[key] = x**exponent if exponent >= 0 else x.inverse() ** -exponent
        return self.powers[key]

    def name_of(self, node):
        _, parts, suffix = node
        parts = [str(self.env.get(part, part) if isinstance(part, str) else self.of(part))
                 for part in parts]
        return "_".join(parts) + suffix

    def value_of(self, name):
        if name in self.values:
            if name in self.place:
                self.next_cells.add(self.place[name])
            return self.values[name]
        return int(name) if name.isdigit() else CONSTANTS[name]

    def word(self, text):
        """A word by name, `(lo, hi)`, or `word(t: bit t)`."""
        if match := re.fullmatch(r"word\((\w): (.*)\)", text):
            variable, bit = match.group(1), parse(match.group(2))
            limbs = [0, 0]
            for t in range(32):
                self.env[variable] = t
                limbs[t // 16] = limbs[t // 16] + self.of(bit) * 2 ** (t % 16)
            del self.env[variable]
            return tuple(limbs)
        if text[0] == "(":
            lo, hi = split(text[1:-1])
            return self.value(lo), self.value(hi)
        return self.words[self.name_of(parse(text))]

    def fields(self, text):
        """A list of expressions; a word is its limbs, `x[]` and `x[4..7]` are elements of x."""
        values = []
        for field in split(text) if text else []:
            if match := re.fullmatch(r"(\w+)\[(.*)\]", field):
                name, bounds = match.groups()
                first, last = (map(self.value, bounds.split("..")) if bounds else (0, 2**32))
                i = first
                while i <= last and (f"{name}_{i}" in self.values or f"{name}_{i}" in self.words):
                    values += self.words.get(f"{name}_{i}") or [self.values[f"{name}_{i}"]]
                    i += 1
                continue
            node = parse(field)
            name = self.name_of(node) if node[0] == "name" else None
            if name in self.words and name not in self.values:
                values += self.words[name]
            else:
                values.append(self.of(node))
        return values

    # Statements.

    def execute(self, items):
        for item in items:
            if isinstance(item, str):
                self.statement(item)
            else:
                self.loop(*item)

    def loop(self, loops, items):
        if not loops:
            self.execute(items)
            return
        (variable, first, last), *rest = loops
        for i in range(self.value(first), self.value(last) + 1):
            self.env[variable] = i
            self.loop(rest, items)
        del self.env[variable]

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
        elif match := re.fullmatch(r"([A-Z]\w*)(?: (\d))?\((.*)\)", text):
            self.gadget(*match.groups())
        elif (match := re.fullmatch(
                r"(provide |send |receive |contribute |)([A-Z]\w+) (.*?) \((.*)\)", text)) and (
                    match.group(2) in BUSES):
            what, bus, multiplicity, fields = match.groups()
            values = [self.value(multiplicity), *self.fields(fields)]
            self.message(what.strip() or "lookup", bus, values)
        elif match := re.fullmatch(r"both ([A-Z]+) \((.*)\)", text):
            i, x, y, product = self.fields(match.group(2))
            self.zero(x * y - product)
            self.message("both", match.group(1), [i, x, y, product])
        elif text == "PAIR as in mul":
            for name in "ab":
                for i in (0, 2):
                    self.statement(f"PAIR 1 ({name}_{i}, {name}_{i + 1})")
        elif match := re.fullmatch(r"\((.*)\) -> \((.*)\)", text):
            self.pair(*map(self.fields, match.groups()))
        else:
            for definition in re.split(r",\s\s", text):
                self.define(*definition.strip().split(" = ", 1))

    def define(self, target, expression):
        name = self.name_of(parse(target))
        if expression.startswith("word(") or (
                expression[0] == "(" and len(split(expression[1:-1])) == 2):
            self.define_word(name, *self.word(expression))
        elif (node := parse(expression))[0] == "name" and self.name_of(node) in self.words:
            self.define_word(name, *self.words[self.name_of(node)])
        else:
            self.values[name] = self.of(node)

    def gadget(self, name, slot, arguments):
        arguments = split(arguments, ",;") if arguments else []
        if name in self.listing.macros:
            self.macro(*self.listing.macros[name], arguments)
        else:
            getattr(self, "gadget_" + name.lower())(*([int(slot)] if slot else []), *arguments)

    def macro(self, parameters, body, arguments):
        if len(parameters) != len(arguments):
            raise ValueError(f"{len(arguments)} arguments for ({parameters})")
        arguments = dict(zip(parameters, arguments))

        def substitute(match):
            head, underscore, rest = match.group().partition("_")
            if match.group() in arguments:
                argument = arguments[match.group()]
                return argument if re.fullmatch(r"\w+", argument) else f"({argument})"
            if underscore and head in arguments:
                return arguments[head] + underscore + rest
            return match.group()

        identifier = r"(?<![\w)]\.)[A-Za-z]\w*"
        self.execute(parse_statements(re.sub(identifier, substitute, line) for line in body))

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

    # Sections 8.7, 9.4 and 12.3.

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

    def gadget_call(self, enable, number, previous):
        enable, previous = self.value(enable), self.value(previous)
        self.message("lookup", "PROG",
                     [enable, self.values["pc"], CONSTANTS["ECALL"], 0, 0, 0, 0, 0, 0])
        word = (self.value(number), 0)
        self.access(2, 0, enable, 17, word, word, previous)

    def gadget_code(self, *flags):
        flags = self.fields(", ".join(flags))
        code = self.values["end"]
        for i, flag in enumerate(flags, 1):
            self.bool(flag)
            code = code + flag * 2**i
        self.values["code"] = code
        self.zero((1 - self.values["real"]) * code)
