"""The machine and the presets as docs/protocol.md lists them."""

import re
from dataclasses import dataclass

from listing import Listing, columns_of

# Section 10. Fixed columns come first here, then main ones.
FIXED_LISTINGS = {
    "program": ("pc op rd rs1 rs2 k0 k1 k2 m", "provide PROG m (pc, op, rd, rs1, rs2, k0, k1, k2)"),
    "range": ("bits v m", "provide RANGE m (bits, v)"),
    "bytes": ("x y w m m2", "provide BYTES m (x, y, w);  provide PAIR m2 (x, y)"),
    "misc": (
        "left c q P K m m2 m3",
        "provide SHIFT m (left, c, q, P, K);  provide BYTES m2 (255, 255, 255);  "
        "provide PAIR m3 (255, 255)"),
    "image": ("space addr init(2) v(2) tsf", "(space, addr, v, tsf) -> (space, addr, init, 0)"),
}

# Section 8.9: the first and the last table that has a second part.
SECOND_PARTS = ("add_sub", "div_rem")


@dataclass
class Table:
    name: str
    optional: bool
    timed: bool
    fixed: int
    main: int
    pairs: int
    fractions: int
    constraints: int
    main_next: list
    listing: Listing
    model: bool = False
    garbage: int = 0
    folds: int = 0
    fold_next: tuple = ()

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
        self.monomials = []
        listings = {
            name: Listing(columns.split(), body) for name, (columns, body) in FIXED_LISTINGS.items()}
        pattern = r"^\*\*(\w+)\*\* (\d+)([^:`]*): ([^`]*)\n```\n(.*?)```"
        for name, width, _, heading, body in re.findall(pattern, text, re.M | re.S):
            listings[name] = Listing(columns_of(heading), body)
        next_columns = {
            name: [int(i) for i in numbers.split(",")]
            for name, numbers in re.findall(
                r"(\w+):\s+(\d+(?:,\s+\d+)*)[;)]", self.section("5.2"))}
        self.tables = []
        for cells in self.rows("8.9"):
            name = cells[0]
            numbers = [int(cells[i]) for i in (3, 4, 5, 6, 8)]
            self.tables.append(Table(
                name, cells[1] == "yes", cells[2] == "yes", *numbers,
                next_columns.get(name, []), listings[name]))
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
