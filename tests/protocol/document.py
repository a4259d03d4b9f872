"""The machine and the presets as docs/protocol.md lists them."""

import re
from dataclasses import dataclass

from listing import CHALLENGES, Listing, columns_of, find_macros, parse

# Section 10.
FIXED_LISTINGS = {
    "program": ("fixed pc op rd rs1 rs2 k0 k1 k2 | m",
                "provide PROG m (pc, op, rd, rs1, rs2, k0, k1, k2)"),
    "range": ("fixed bits v | m", "provide RANGE m (bits, v)"),
    "bytes": ("fixed x y w | m m2", "provide BYTES m (x, y, w);  provide PAIR m2 (x, y)"),
    "misc": (
        "fixed left c q P K | m m2 m3",
        "provide SHIFT m (left, c, q, P, K);  provide BYTES m2 (255, 255, 255);  "
        "provide PAIR m3 (255, 255)"),
    "image": ("fixed space addr init(2) | v(2) tsf",
              "(space, addr, v, tsf) -> (space, addr, init, 0)"),
}

# Section 8.9: the first and the last table that has a second part.
SECOND_PARTS = ("add_sub", "div_rem")


@dataclass
class Table:
    name: str
    optional: bool  # tables with fixed columns: present if and only if the key has them
    timed: bool
    model: bool  # the fixed columns are the model's
    fixed: int
    main: int
    garbage: int
    folds: int
    pairs: int
    fractions: int
    constraints: int
    listing: Listing

    def __post_init__(self):
        self.main_next = self.listing.next_columns("main")
        self.fold_next = self.listing.next_columns("folds")

    @property
    def product_columns(self):
        return (self.pairs + 1) // 2

    @property
    def sum_columns(self):
        return (self.fractions + 1) // 2

    @property
    def bus_columns(self):
        return self.product_columns + self.sum_columns

    @property
    def bus_next(self):
        """P and A, as far as they exist."""
        return ([self.product_columns - 1] if self.pairs else []) + (
            [self.bus_columns - 1] if self.fractions else [])


@dataclass
class Preset:
    log_blowup: int
    queries: int
    grind_bus: int
    grind_zeta: int
    grind_batch: int
    grind_fold: int
    grind_query: int


class Document:
    def __init__(self, text):
        self.text = text
        macros = find_macros(text)
        listings = {name: Listing(columns_of(heading), body)
                    for name, (heading, body) in FIXED_LISTINGS.items()}
        pattern = r"^\*\*(\w+)\*\* (\d+)([^:`]*): ([^`]*)\n```\n(.*?)```"
        for name, _, _, heading, body in re.findall(pattern, text, re.M | re.S):
            listings[name] = Listing(columns_of(heading), body, macros)
        self.tables = []
        for cells in self.rows("8.9"):
            name, optional, timed = cells[:3]
            fixed, main, garbage, folds, pairs, fractions = map(int, cells[3:9])
            self.tables.append(Table(
                name, optional != "no", timed == "yes", optional == "key", fixed, main, garbage,
                folds, pairs, fractions, int(cells[10]), listings[name]))
        names = [table.name for table in self.tables]
        first, last = (names.index(name) for name in SECOND_PARTS)
        self.tables += self.tables[first : last + 1]
        self.presets = {}
        for cells in self.rows("5.6"):
            blowup, *numbers = map(int, cells[2:])
            self.presets[int(cells[0])] = Preset(blowup.bit_length() - 1, *numbers)

    def section(self, number):
        return re.search(rf"^### {number} .*?(?=^##)", self.text, re.M | re.S).group()

    def rows(self, number):
        """The body of the table of a section."""
        lines = [line for line in self.section(number).split("\n") if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]

    def monomials(self):
        """Section 12.2: exponents of gamma, delta, zx, zy, in order."""
        result = []
        for first, count, monomial in (cells[:3] for cells in self.rows("12.2")):
            assert int(first) == len(result)
            for j in range(int(count)):
                result.append(exponents(parse(monomial), j))
        return result


def exponents(node, j):
    """Of a product of powers of the challenges, as a parsed expression in j."""

    def integer(node):
        if node[0] == "int":
            return node[1]
        if node[0] == "name":
            return j
        a, b = map(integer, node[1:])
        return {"-": a - b, "*": a * b, "mod": b and a % b, "div": b and a // b}[node[0]]

    if node[0] == "*":
        return tuple(map(sum, zip(*(exponents(factor, j) for factor in node[1:]))))
    base, exponent = (node[1], integer(node[2])) if node[0] == "^" else (node, 1)
    return tuple(exponent * (base[1] == (name,)) for name in CHALLENGES)
