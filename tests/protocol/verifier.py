"""A second verifier, written from docs/protocol.md and docs/proof-format.md. It takes tables and
constraints from the document, and shares no code with the first."""

import struct
from collections import Counter
from dataclasses import dataclass
from operator import mul

from blake3 import keyed_hash, keyed_stream
from field import F, P, S, from_wire, inverse, root_of_unity
from listing import CHALLENGES

TREES = ("fixed", "model", "main", "garbage", "fold", "bus")  # 3.1, without the quotient's
OF_F = ("garbage", "fold", "bus")
FINAL_LOG = 6
BASIS = [F(tuple(int(i == k) for i in range(5))) for k in range(5)]  # 1, x, .., x^4


class Rejected(Exception):
    pass


def require(condition, what):
    if not condition:
        raise Rejected(what)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        require(self.at + size <= len(self.data), "cut off")
        self.at += size
        return self.data[self.at - size : self.at]

    def uint(self, size):
        return int.from_bytes(self.take(size), "little")

    def fp(self):
        try:
            return from_wire(self.uint(4))
        except ValueError as error:
            raise Rejected(str(error)) from error

    def f(self):
        return F(tuple(self.fp() for _ in range(5)))


class Transcript:
    """Section 4."""

    def __init__(self):
        self.state = keyed_hash("absorb", b"zkvm-1 transcript")

    def absorb(self, label, message):
        self.state = keyed_hash("absorb", self.state + bytes([label]) + u64(len(message)) + message)

    def squeeze(self, label):
        stream = keyed_stream("squeeze", self.state + bytes([label]))
        self.state = keyed_hash("absorb", self.state + bytes([label]) + u64(2**63))
        return stream

    def grind(self, label, bits, nonce):
        require(bits > 0 or nonce == 0, "a nonce without work")
        work = int.from_bytes(keyed_hash("pow", self.state + u64(nonce))[:4], "little")
        require(work % 2**bits == 0, "proof of work")
        self.absorb(label, u64(nonce))


def sample_f(stream):
    coordinates = []
    while len(coordinates) < 5:
        word = next(stream) & 0x7FFFFFFF
        if word < P:
            coordinates.append(from_wire(word))
    return F(tuple(coordinates))


def read_opening(reader, sizes, indices, root):
    """Section 3.3. sizes: (log_size, width), descending. Rows by (log_size, index)."""
    rows, words = {}, {}
    for log_size, width in sizes:
        for i in sorted({index % 2**log_size for index in indices}):
            at = reader.at
            words[log_size, i] = [reader.fp() for _ in range(width)]
            rows[log_size, i] = reader.data[at : reader.at]
    present = {log_size for log_size, _ in sizes}
    top = sizes[0][0]
    level = {i: keyed_hash("leaf", row) for (size, i), row in rows.items() if size == top}
    for log_size in range(top - 1, -1, -1):
        half = 2**log_size
        parents = {}
        for i in sorted({child % half for child in level}):
            left = level[i] if i in level else reader.take(32)
            right = level[i + half] if i + half in level else reader.take(32)
            parents[i] = keyed_hash("node", left + right)
            if log_size in present:
                leaf = keyed_hash("leaf", rows[log_size, i])
                parents[i] = keyed_hash("inject", parents[i] + leaf)
        level = parents
    require(level[0] == root, "a root does not match")
    return words


@dataclass
class Group:
    """The columns of one table in one tree."""

    table: int
    log_n: int
    columns: int
    next_columns: list
    words: int  # of a column
    first: int  # opening
    offset: int  # in the rows of its size


class BusState:
    """Sections 2.3 - 2.5: turns the statements of a table into constraints in order."""

    def __init__(self, table, column, next_column, totals, challenges, emit):
        self.table = table
        self.column, self.next_column = column, next_column
        self.totals = totals
        self.alpha, self.beta, self.a, self.b = challenges
        self.emit = emit
        self.pairs, self.fractions = [], []
        self.pair_groups = self.fraction_groups = 0

    def denominator(self, bus, fields):
        result, power = self.alpha - bus, F(1)
        for field in fields:
            power = power * self.beta
            result = result - power * field
        return result

    def factor(self, values):
        result, power = self.a, F(1)
        for value in values:
            result = result + power * value
            power = power * self.b
        return result

    def add_pair(self, consumed, produced):
        if len(self.pairs) == 2:
            self.close_pairs(self.column(self.pair_groups))
        self.pairs.append((self.factor(consumed), self.factor(produced)))

    def close_pairs(self, after):
        last_column = self.table.product_columns - 1
        before = self.column(self.pair_groups - 1 if self.pair_groups else last_column)
        for consumed, produced in self.pairs:
            after, before = after * consumed, before * produced
        self.emit("every", after - before)
        self.pair_groups += 1
        self.pairs = []

    def add_fraction(self, kind, values):
        if len(self.fractions) == 2:
            self.close_fractions(self.column(self.table.product_columns + self.fraction_groups))
        what, bus = kind.split()
        if what == "both":
            self.fractions.append(self.both(int(bus), *values))
            return
        numerator = F.of(values[0])
        self.fractions.append((
            -numerator if what in ("provide", "receive") else numerator,
            self.denominator(int(bus), values[1:])))

    def both(self, bus, i, x, y, product):
        c, square = self.denominator(bus, [i]), self.beta * self.beta
        return c * 2 - square * (x + y), c * c - c * square * (x + y) + square * square * product

    def close_fractions(self, value):
        (n, d), (n2, d2) = self.fractions if len(self.fractions) == 2 else (
            self.fractions[0], (F(0), F(1)))
        self.emit("every", value * d * d2 - n * d2 - n2 * d)
        self.fraction_groups += 1
        self.fractions = []

    def finish(self):
        table, (total, product) = self.table, self.totals
        if self.pairs:
            last = table.product_columns - 1
            self.close_pairs(self.next_column(last))
            self.emit("first", self.column(last) - 1)
            self.emit("terminal", self.column(last) - product)
        if self.fractions:
            last = table.bus_columns - 1
            step = self.next_column(last) - self.column(last)
            for j in range(table.product_columns, last):
                step = step - self.column(j)
            self.close_fractions(step)
            self.emit("first", self.column(last))
            self.emit("terminal", self.column(last) - total)


def fold(values, challenges, y):
    """Section 5.3: binary steps within a leaf whose first value lies at y."""
    while challenges:
        half = len(values) // 2
        step = root_of_unity((2 * half).bit_length() - 1)
        values = [
            (values[j] + values[j + half]) * inverse(2)
            + challenges[0] * ((values[j] - values[j + half]) * inverse(2 * y * pow(step, j, P)))
            for j in range(half)]
        y = y * y % P
        challenges = challenges[1:]
    return values[0]


class Verifier:
    def __init__(self, document):
        self.document = document
        self.tables = document.tables

    def verify(self, key, proof):
        """Returns (program_id, exit code, journal words); raises Rejected."""
        require(len(proof) <= 64 * 2**20, "too long")
        reader, transcript = Reader(proof), Transcript()
        self.read_header(key, reader)
        self.read_heights(reader)
        self.absorb_statement(transcript)
        self.make_groups()
        roots = {"fixed": self.fixed_root, "model": self.model_root, "main": reader.take(32)}
        transcript.absorb(4, roots["main"])
        self.read_folds(reader, transcript, roots)
        transcript.grind(7, self.preset.grind_bus, reader.uint(8))
        stream = transcript.squeeze(7)
        self.challenges = [sample_f(stream) for _ in range(4)]
        roots["bus"] = reader.take(32)
        transcript.absorb(8, roots["bus"])
        self.read_totals(reader, transcript)
        self.check_totals()

        stream = transcript.squeeze(9)
        chi = [sample_f(stream) for _ in range(sum(self.tables[t].constraints for t in self.present))]
        roots["quotient"] = reader.take(32)
        transcript.absorb(10, roots["quotient"])
        transcript.grind(11, self.preset.grind_zeta, reader.uint(8))
        self.eta = sample_f(transcript.squeeze(11))
        self.check_point()
        self.openings = [reader.f() for _ in range(self.num_openings)]
        transcript.absorb(12, b"".join(v.wire() for v in self.openings))
        self.check_identity(iter(chi))

        transcript.grind(13, self.preset.grind_batch, reader.uint(8))
        stream = transcript.squeeze(13)
        self.coefficients = [sample_f(stream) for _ in range(self.num_openings)]
        layers, final = self.read_fri_commitments(reader, transcript)
        transcript.grind(61, self.preset.grind_query, reader.uint(8))
        stream = transcript.squeeze(61)
        indices = [next(stream) % 2**self.log_domain for _ in range(self.preset.queries)]
        self.read_rows(reader, indices, roots)
        self.make_batch()
        log_size = self.log_domain
        for layer in layers:
            log_size -= layer["log_arity"]
            layer["leaves"] = read_opening(
                reader, [(log_size, 5 << layer["log_arity"])], indices, layer["root"])
        require(reader.at == len(proof), "surplus bytes")
        for index in indices:
            self.check_query(index, self.batch_at(index), layers, final)
        return self.program_id, self.exit_code, self.journal

    # Lines 2-8.

    def read_header(self, key, reader):
        require(len(key) == 126 and key[:4] == b"ZKVK", "not a key")
        require(key[4:6] == b"\2\0" and key[7] == 0, "another format of key")
        self.fixed_root, self.fixed_heights = key[40:72], key[72:77]
        self.model_root, self.model_heights = key[89:121], key[121:126]
        self.entry = int.from_bytes(key[77:81], "little")
        self.program_id = keyed_hash("id", u32(7) + b"program" + key[4:89])
        self.model_id = bytes(32)
        if any(self.model_heights):
            self.model_id = keyed_hash("id", u32(5) + b"model" + key[4:40] + key[89:])
        else:
            require(self.model_root == bytes(32), "the root of no model")
        self.vk_id = keyed_hash("id", u32(2) + b"vk" + self.program_id + self.model_id)
        require(reader.take(4) == b"ZKVP" and reader.uint(2) == 2, "not a proof of this format")
        self.preset_id = reader.uint(1)
        require(self.preset_id == key[6] and self.preset_id in self.document.presets, "preset")
        self.preset = self.document.presets[self.preset_id]
        require(reader.uint(1) == 0, "zero knowledge")
        require(reader.take(32) == self.vk_id, "another key")
        self.exit_code, length = reader.uint(4), reader.uint(4)
        require(length <= 2**20, "journal")
        self.journal = struct.unpack(f"<{length}I", reader.take(4 * length))

    def read_heights(self, reader):
        self.log_heights = list(reader.take(len(self.tables)))
        fixed, model = iter(self.fixed_heights), iter(self.model_heights)
        for table, log_n in zip(self.tables, self.log_heights):
            require(9 <= log_n <= 24 or (log_n == 0 and table.optional), "height of " + table.name)
            if table.fixed:
                height = next(model if table.model else fixed)
                require(log_n == height, "fixed height of " + table.name)
        self.present = [t for t, log_n in enumerate(self.log_heights) if log_n]
        self.log_k = max(self.log_heights)
        self.log_domain = self.log_k + self.preset.log_blowup
        require(self.log_domain <= 27, "domain")
        timed = sum(2 ** self.log_heights[t] for t in self.present if self.tables[t].timed)
        require(timed <= 2**26, "clock")

    # Steps 1-3 and 8, lines 12-16.

    def absorb_statement(self, transcript):
        transcript.absorb(1, self.vk_id)
        transcript.absorb(1, bytes([self.preset_id]))
        transcript.absorb(1, b"\0")
        transcript.absorb(2, u32(self.exit_code))
        transcript.absorb(2, u32(len(self.journal)))
        transcript.absorb(2, b"".join(map(u32, self.journal)))
        transcript.absorb(3, bytes(self.log_heights))

    def read_folds(self, reader, transcript, roots):
        """Steps 5, 6, 62 and 63."""
        self.fold_challenges = {}
        if not (self.groups["garbage"] or self.groups["fold"]):
            return
        stream = transcript.squeeze(5)
        gamma, delta = sample_f(stream), sample_f(stream)
        if self.groups["garbage"]:
            roots["garbage"] = reader.take(32)
            transcript.absorb(6, roots["garbage"])
        stream = transcript.squeeze(62)
        x, y = sample_f(stream), sample_f(stream)
        require(not x.is_base() and not y.is_base(), "x, y")
        if self.groups["fold"]:
            roots["fold"] = reader.take(32)
            transcript.absorb(63, roots["fold"])
        self.fold_challenges = dict(zip(CHALLENGES, (gamma, delta, x, y)))

    def read_totals(self, reader, transcript):
        self.totals, message = {}, b""
        for t in self.present:
            total, product = F(0), F(1)
            if self.tables[t].fractions:
                total = reader.f()
                message += total.wire()
            if self.tables[t].pairs:
                product = reader.f()
                message += product.wire()
            self.totals[t] = total, product
        transcript.absorb(8, message)

    def check_totals(self):
        alpha, beta, a, b = self.challenges
        sums, product = F(0), F(1)
        for total, factor in self.totals.values():
            sums, product = sums + total, product * factor
        for i, word in enumerate(self.journal):
            message = 7 + beta * i + beta**2 * (word % 2**16) + beta**3 * (word >> 16)
            sums = sums - (alpha - message).inverse()
        require(sums == 0, "the lookup buses do not balance")
        start = a + 1 + b * self.entry + b**4 * 4
        end = a + 4 + b**2 * (self.exit_code % 2**16) + b**3 * (self.exit_code >> 16)
        require(product * start == end, "the grand product does not balance")
        require(not end == 0, "a public tuple meets the challenge")

    def zeta(self, log_n):
        return S * self.eta ** (2 ** (self.log_k - log_n))

    def check_point(self):
        require(not self.eta.is_base(), "eta")
        require(not self.eta**2**self.log_domain == 1, "eta")
        for t in self.present:
            log_n = self.log_heights[t]
            require(not self.zeta(log_n) ** 2**log_n == 1, "eta")

    # Section 5.2.

    def make_groups(self):
        self.groups = {tree: [] for tree in TREES}
        self.num_openings = 0
        for tree in TREES:
            widths = {}
            for t in self.present:
                table, log_n = self.tables[t], self.log_heights[t]
                columns, next_columns = {
                    "fixed": (0 if table.model else table.fixed, []),
                    "model": (table.fixed if table.model else 0, []),
                    "main": (table.main, table.main_next),
                    "garbage": (table.garbage, []),
                    "fold": (table.folds, table.fold_next),
                    "bus": (table.bus_columns, table.bus_next)}[tree]
                if columns == 0:
                    continue
                words = 5 if tree in OF_F else 1
                offset = widths.get(log_n, 0)
                widths[log_n] = offset + columns * words
                self.groups[tree].append(
                    Group(t, log_n, columns, next_columns, words, self.num_openings, offset))
                self.num_openings += columns + len(next_columns)
        self.num_openings += 2

    def openings_of(self, table, tree):
        """Values here by column, and values at g zeta by column."""
        for group in self.groups[tree]:
            if group.table == table:
                split = group.first + group.columns
                here = self.openings[group.first : split]
                return here, dict(zip(group.next_columns, self.openings[split:]))
        return [], {}

    # Lines 17-24.

    def check_identity(self, chi):
        self.messages = Counter({7: len(self.journal)})
        quotient = self.openings[-2] + self.eta**2**self.log_k * self.openings[-1]
        constraints = F(0)
        for t in self.present:
            constraints = constraints + self.table_quotient(t, chi)
        require(quotient == constraints, "the constraints do not hold at the opening point")
        require(max(self.messages.values()) < P, "messages")  # line 8

    def table_quotient(self, t, chi):
        table, log_n = self.tables[t], self.log_heights[t]
        sums = dict.fromkeys(("every", "first", "last", "terminal"), F(0))
        emitted = 0

        def emit(kind, value):
            nonlocal emitted
            sums[kind] = sums[kind] + next(chi) * value
            emitted += 1

        fixed, _ = self.openings_of(t, "model" if table.model else "fixed")
        main, main_next = self.openings_of(t, "main")
        garbage, _ = self.openings_of(t, "garbage")
        folds, folds_next = self.openings_of(t, "fold")
        bus, bus_next = self.openings_of(t, "bus")
        state = BusState(table, bus.__getitem__, bus_next.__getitem__, self.totals[t],
                         self.challenges, emit)
        row = fixed + main + garbage + folds
        next_row = [F(0)] * len(fixed) + [main_next.get(c, F(0)) for c in range(len(main))]
        next_row += [F(0)] * len(garbage) + [folds_next.get(c, F(0)) for c in range(len(folds))]
        for kind, value in table.listing.evaluate(row, next_row, self.fold_challenges):
            if kind == "pair":
                state.add_pair(*value)
            elif kind in sums:
                emit(kind, value)
            else:
                state.add_fraction(kind, value)
                what, bus = kind.split()
                a_row = {"provide": 0, "contribute": 0, "both": 2}.get(what, 1)
                self.messages[int(bus)] += a_row * (2**log_n - 1)
        state.finish()
        require(emitted == table.constraints, f"{table.name} lists {emitted} constraints")

        n, g, zeta = 2**log_n, root_of_unity(log_n), self.zeta(log_n)
        terminal = zeta - pow(g, n - 1, P)
        return (sums["every"] * terminal * (zeta**n - 1).inverse()
                + sums["first"] * (zeta - 1).inverse()
                + sums["last"] * (zeta - pow(g, n - 2, P)).inverse()
                + sums["terminal"] * terminal.inverse())

    # Lines 27-40.

    def read_fri_commitments(self, reader, transcript):
        layers, rest = [], self.log_k - FINAL_LOG
        while rest:
            log_arity, label = min(3, rest), 14 + len(layers)
            root = reader.take(32)
            transcript.absorb(label, root)
            transcript.grind(label, self.preset.grind_fold, reader.uint(8))
            stream = transcript.squeeze(label)
            challenges = [sample_f(stream) for _ in range(log_arity)]
            layers.append({"root": root, "log_arity": log_arity, "challenges": challenges})
            rest -= log_arity
        final = [reader.f() for _ in range(2**FINAL_LOG)]
        transcript.absorb(60, b"".join(v.wire() for v in final))
        return layers, final

    def read_rows(self, reader, indices, roots):
        self.rows = {}
        for tree in TREES:
            if not self.groups[tree]:
                continue
            widths = {}
            for group in self.groups[tree]:
                width = group.columns * group.words
                widths[group.log_n] = widths.get(group.log_n, 0) + width
            sizes = [(log_n + self.preset.log_blowup, widths[log_n])
                     for log_n in sorted(widths, reverse=True)]
            self.rows[tree] = read_opening(reader, sizes, indices, roots[tree])
        self.rows["quotient"] = read_opening(
            reader, [(self.log_domain, 10)], indices, roots["quotient"])

    def make_batch(self):
        """Lines 26 and 35. For each height and point: V, and what is summed over the words of rows,
        (tree, which words, their coefficients by coordinate of F)."""
        self.batch = {}
        for tree in TREES:
            for group in self.groups[tree]:
                columns = [(c, False) for c in range(group.columns)]
                columns += [(c, True) for c in group.next_columns]
                for is_next in (False, True):
                    value, places, coefficients = F(0), [], []
                    for i, (c, of_next) in enumerate(columns, group.first):
                        if of_next == is_next:
                            value = value + self.coefficients[i] * self.openings[i]
                            place = group.offset + c * group.words
                            places += range(place, place + group.words)
                            coefficients += [self.coefficients[i] * x for x in BASIS[: group.words]]
                    if places:
                        batch = self.batch.setdefault((group.log_n, is_next), [F(0), []])
                        batch[0] = batch[0] + value
                        batch[1].append((tree, places, list(zip(*(f.c for f in coefficients)))))

    def batch_at(self, index):
        """f_0 at w_N^index."""
        y = pow(root_of_unity(self.log_domain), index, P)
        result = F(0)
        for (log_n, is_next), (value, parts) in self.batch.items():
            log_size = log_n + self.preset.log_blowup
            sums = [0] * 5
            for tree, places, coefficients in parts:
                row = self.rows[tree][log_size, index % 2**log_size]
                words = [row[place] for place in places]
                for k in range(5):
                    sums[k] += sum(map(mul, coefficients[k], words))
            x = S * pow(y, 2 ** (self.log_k - log_n), P)
            z = self.zeta(log_n) * (root_of_unity(log_n) if is_next else 1)
            difference = F(tuple(total % P for total in sums)) - value
            result = result + difference * (x - z).inverse()
        row = self.rows["quotient"][self.log_domain, index]
        for d in range(2):
            value = F(tuple(row[5 * d : 5 * d + 5]))
            term = self.coefficients[d - 2] * (value - self.openings[d - 2])
            result = result + term * (y - self.eta).inverse()
        return result

    def check_query(self, index, value, layers, final):
        log_size, position = self.log_domain, index
        for layer in layers:
            log_leaves = log_size - layer["log_arity"]
            leaf_index = position % 2**log_leaves
            words = layer["leaves"][log_leaves, leaf_index]
            leaf = [F(tuple(words[i : i + 5])) for i in range(0, len(words), 5)]
            require(leaf[position >> log_leaves] == value, "a layer is no fold of the one before")
            y = pow(root_of_unity(log_size), leaf_index, P)
            value = fold(leaf, layer["challenges"], y)
            log_size, position = log_leaves, leaf_index
        y, expected = pow(root_of_unity(log_size), position, P), F(0)
        for coefficient in reversed(final):
            expected = expected * y + coefficient
        require(expected == value, "the last fold is not the final polynomial")
