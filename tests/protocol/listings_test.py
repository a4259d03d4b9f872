"""The listings of docs/protocol.md are the constraints of the code: both give the same values, in
the same order, at random cells.

    listings_test.py WRITE_TABLES PROTOCOL_MD
"""

import functools
import pathlib
import random
import re
import subprocess
import sys
import unittest

from document import SECOND_PARTS, Document
from field import F, P
from listing import CHALLENGES

WRITE_TABLES, PROTOCOL = sys.argv[1:3]
NAMES = ("fixed", "main", "garbage", "folds")


class CodeTable:
    """A table as WRITE_TABLES has it."""

    def __init__(self, lines):
        facts = lines[0].split()
        self.optional, self.timed = (fact == "yes" for fact in facts[:2])
        self.pairs, self.fractions, self.constraints = map(int, facts[2:])
        _, self.name, fixed, main, *rest = lines[1].split()
        self.model = "model" in rest
        widths = dict(zip(rest[::2], rest[1::2])) if not self.model else dict(
            zip(rest[1::2], rest[2::2]))
        self.widths = {"fixed": int(fixed), "main": int(main),
                       "garbage": int(widths.get("garbage", 0)),
                       "folds": int(widths.get("folds", 0))}
        self.statements = lines[2:-2]
        self.main_next, self.fold_next = ([int(i) for i in line.split()[1:]] for line in lines[-2:])


def read_code():
    output = subprocess.run([WRITE_TABLES], check=True, capture_output=True, text=True).stdout
    lines = [line for line in output.split("\n") if line]
    starts = [i - 1 for i, line in enumerate(lines) if line.startswith("table ")]
    end = next(i for i, line in enumerate(lines) if line.startswith("monomial "))
    tables = [CodeTable(lines[a:b]) for a, b in zip(starts, starts[1:] + [end])]
    return tables, [tuple(map(int, line.split()[1:])) for line in lines[end:]]


def expressions(text):
    """The prefix expressions of a line, as tuples and names."""
    stack = [[]]
    for token in re.findall(r"[()]|[^\s()]+", text):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = tuple(stack.pop())
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    return stack[0]


class Cells:
    """Random cells of a table, and the values of the code's statements there."""

    def __init__(self, widths, challenges, monomials):
        def element(kind):
            return random_f() if kind in ("garbage", "folds") else F(random.randrange(P))

        self.row, self.next_row, self.values = [], [], {}
        letters = {"fixed": "p-", "main": "cn", "garbage": "g-", "folds": "fh"}
        for kind in NAMES:
            here, there = letters[kind]
            for i in range(widths[kind]):
                self.row.append(element(kind))
                self.next_row.append(element(kind))
                self.values[f"{here}{i}"] = self.row[-1]
                self.values[f"{there}{i}"] = self.next_row[-1]
        self.challenges, self.monomials = challenges, monomials

    def value(self, expression):
        if isinstance(expression, tuple):
            operator, *operands = expression
            a, b = map(self.value, operands)
            return {"+": a.__add__, "-": a.__sub__, "*": a.__mul__}[operator](b)
        if expression in self.values:
            return self.values[expression]
        if expression[0] == "k":
            return self.constant(int(expression[1:]))
        return F(int(expression))

    @functools.lru_cache(maxsize=None)
    def constant(self, i):
        result = F(1)
        for name, e in zip(CHALLENGES, self.monomials[i]):
            x = self.challenges[name]
            result = result * (x**e if e >= 0 else x.inverse() ** -e)
        return result

    def code_values(self, statements):
        """As Listing.evaluate gives them."""
        result = []
        for line in statements:
            what, *rest = expressions(line)
            if what in ("every", "first", "last"):
                result.append((what, self.value(rest[0])))
            elif what == "consume":
                result.append(("pair", [self.value(e) for e in rest]))
            elif what == "produce":
                kind, consumed = result.pop()
                result.append((kind, (consumed, [self.value(e) for e in rest])))
            else:
                what = "both" if what == "pair" else what
                result.append((f"{what} {rest[0]}", [self.value(e) for e in rest[1:]]))
        return result


def random_f():
    return F(tuple(random.randrange(P) for _ in range(5)))


def plain(value):
    """Integers of F_p and elements of F, comparable."""
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return F.of(value).c


class ListingsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        random.seed(1)
        cls.document = Document(pathlib.Path(PROTOCOL).read_text(encoding="utf-8"))
        cls.code, cls.monomials = read_code()

    def test_tables(self):
        names = [table.name for table in self.code]
        first, last = (names.index(name) for name in SECOND_PARTS)
        expected = self.code + self.code[first : last + 1]
        self.assertEqual([t.name for t in self.document.tables], [t.name for t in expected])
        for table, code in zip(self.document.tables, expected):
            with self.subTest(table.name):
                for fact in ("optional", "timed", "model", "pairs", "fractions", "constraints"):
                    self.assertEqual(getattr(table, fact), getattr(code, fact), fact)
                for kind in NAMES:
                    self.assertEqual(getattr(table, kind), code.widths[kind], kind)
                    self.assertEqual(table.listing.width(kind), code.widths[kind], kind)
                self.assertEqual(table.main_next, code.main_next)
                self.assertEqual(table.fold_next, code.fold_next)

    def test_monomials(self):
        self.assertEqual(self.document.monomials(), self.monomials)

    def test_statements(self):
        challenges = {name: random_f() for name in CHALLENGES}
        for table, code in zip(self.document.tables, self.code):
            with self.subTest(table.name):
                cells = Cells(code.widths, challenges, self.monomials)
                expected = cells.code_values(code.statements)
                found = table.listing.evaluate(cells.row, cells.next_row, challenges)
                self.assertEqual([kind for kind, _ in found], [kind for kind, _ in expected])
                for i, ((_, x), (_, y)) in enumerate(zip(found, expected)):
                    self.assertEqual(plain(x), plain(y), code.statements[i][:200])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
