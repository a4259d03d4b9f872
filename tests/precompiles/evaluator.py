"""A second evaluator of tensor calls, from precompiles/tensor/descriptor.h and the comments of
semantics.h alone: plain Python integers, and decimals of 40 digits for the fixed functions."""

import decimal
import struct
from fractions import Fraction
from functools import lru_cache

decimal.getcontext().prec = 40
D = decimal.Decimal

NO_DATA = 0xFFFFFFFF
SEQUENCE, IMAGE = 1, 2
I8, U8, I16, U15, I15, ONE_HOT = range(1, 7)
RANGES = {I8: (-128, 127), U8: (0, 255), I16: (-32768, 32767), U15: (0, 32767),
          I15: (-16384, 16384)}
(LINEAR, IMPORT, EXPORT, EVALUATE, ELEMENTWISE, UNPACK, GATHER, SOFTMAX, NORM, ONEHOT,
 ARGMAX) = range(1, 12)
WEIGHTS, RESIDUAL, OPERAND_K, OPERAND_V = range(1, 5)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def __call__(self, fmt):
        values = struct.unpack_from('<' + fmt, self.data, self.at)
        self.at += struct.calcsize('<' + fmt)
        return values


class Type:
    def __init__(self, read):
        (self.planes, self.height, self.width, self.segment, self.kind, self.element, self.role,
         self.clean, _) = read('IHHHBBBBH')
        if self.kind == IMAGE:
            w = self.width
            self.pitch = 4 if w <= 4 else 8 if w <= 8 else -(-w // 16) * 16
            lanes = self.height * self.pitch
        else:
            self.pitch = 0
            lanes = self.width
        self.plane_cells = 1 if self.element == ONE_HOT else -(-lanes // 16)
        self.lanes = self.segment or self.width

    def positions(self):
        """The lanes of a plane that hold elements, in row-major order."""
        if self.kind == IMAGE:
            return [y * self.pitch + x for y in range(self.height) for x in range(self.width)]
        return list(range(self.width))


class Source:
    def __init__(self, read):
        self.type = Type(read)
        self.use, self.channels, self.channel_stride, self.batch_stride = read('IIII')


class Group:
    def __init__(self, read):
        (self.weights, self.multiplier, self.kernel_h, self.kernel_w, self.pad_top, self.pad_left,
         self.dilation, self.depthwise) = read('IIHHHHHH')


class Descriptor:
    def __init__(self, data):
        read = Reader(data)
        self.op, self.mode = read('II')
        self.out = Type(read)
        self.sources = [Source(read) for _ in range(3)]
        self.groups = [Group(read) for _ in range(3)]
        self.bias, self.table, self.stride = read('III')
        self.param = read('16i')
        assert read.at == len(data) == 256


def to_nearest(x):
    """Ties up."""
    return int((x + D('0.5')).to_integral_value(decimal.ROUND_FLOOR))


@lru_cache(maxsize=None)
def exp_table(d):
    return 32767 if d == 0 else to_nearest(32768 * (D(-d) / 512).exp())


@lru_cache(maxsize=None)
def log_table(mu):
    return to_nearest(512 * (D(mu) / 32768).ln())


def ln2_table(t):
    return to_nearest(512 * t * D(2).ln())


def rsqrt_table(m, parity):
    return min(32767, to_nearest(D(2) ** 22 / ((D(m) + D('0.5')) * 2 ** parity).sqrt()))


def cut(v):
    return to_nearest_fraction(Fraction(v, 2 ** 14))


def to_nearest_fraction(x):
    return (x + Fraction(1, 2)).__floor__()


class Machine:
    def __init__(self, descriptors, data, ram):
        self.descriptors = [Descriptor(descriptors[i:i + 256])
                            for i in range(0, len(descriptors), 256)]
        self.data = data
        self.ram = bytearray(ram)
        self.cells = []  # lists of 16 lanes
        self.accumulators = []

    def plane(self, type_, cell):
        """The elements of the plane (or segment) that begins at a cell."""
        if type_.element == ONE_HOT:
            hot = [0] * type_.width
            hot[self.cells[cell][0] & 0xFFFF] = 1
            return hot
        lanes = sum(self.cells[cell:cell + type_.plane_cells], [])
        if type_.kind == SEQUENCE:
            return lanes[:type_.lanes]
        return [lanes[p] for p in type_.positions()]

    def append(self, type_, planes, unused=0):
        """Writes planes, given by their elements in row-major order."""
        for values in planes:
            lanes = [unused] * (16 * type_.plane_cells)
            for position, value in zip(type_.positions(), values, strict=True):
                lanes[position] = value
                assert RANGES[type_.element][0] <= value <= RANGES[type_.element][1]
            self.append_lanes(lanes)

    def append_lanes(self, lanes):
        self.cells += [lanes[i:i + 16] for i in range(0, len(lanes), 16)]

    def numbers(self, offset, count, code):
        return struct.unpack_from('<%d%s' % (count, code), self.data, offset)

    def look_up(self, table, y):
        first, count = struct.unpack_from('<iI', self.data, table)
        assert first <= y < first + count
        return struct.unpack_from('<h', self.data, table + 8 + 2 * (y - first))[0]

    def call(self, index, source):
        d = self.descriptors[index]
        pointer = len(self.cells)
        operations = {LINEAR: self.linear, IMPORT: self.import_, EXPORT: self.export,
                      ELEMENTWISE: self.elementwise, GATHER: self.gather, SOFTMAX: self.softmax,
                      NORM: self.norm, ONEHOT: self.one_hot}
        if d.op in (EVALUATE, UNPACK):
            return source[0]
        if d.op == ARGMAX:
            scores = self.plane(d.sources[0].type, source[0])
            return scores.index(max(scores))
        operations[d.op](d, source)
        return pointer

    # --- Linear: products are polynomial products, as in the proof ---

    def linear(self, d, source):
        values = self.image_values if d.out.kind == IMAGE else self.sequence_values
        planes = values(d, source)
        for plane in planes:
            lanes = [0] * (16 * d.out.plane_cells)
            for position, v in zip(d.out.positions(), plane, strict=True):
                lanes[position] = v
            self.accumulators += lanes
        self.append(d.out, [[self.look_up(d.table, cut(v)) for v in plane] for plane in planes])

    def sequence_values(self, d, source):
        tokens, outputs = d.out.planes, d.out.width
        bias = self.numbers(d.bias, outputs, 'i') if d.bias != NO_DATA else [0] * outputs
        v = [list(bias) for _ in range(tokens)]
        for s, group, handle in zip(d.sources, d.groups, source):
            if s.use not in (WEIGHTS, RESIDUAL):
                continue
            for c in range(s.channels):
                matrix = self.matrix(d, source, group, s, c)
                for b in range(tokens):
                    x = self.plane(s.type, handle + c * s.channel_stride + b * s.batch_stride)
                    for element, row in zip(x, matrix, strict=True):
                        if element:
                            for o, w in enumerate(row):
                                v[b][o] += group.multiplier * element * w
        return v

    def matrix(self, d, source, group, s, c):
        """What channel c of a source is multiplied by: rows of one weight for each output."""
        outputs = d.out.width
        if s.use == RESIDUAL:
            return [[int(i == o) for o in range(outputs)] for i in range(outputs)]
        if s.type.kind == IMAGE:
            size = s.type.height * s.type.width
            flat = self.numbers(group.weights, outputs * s.channels * size, 'h')
            rows = [flat[i:i + size] for i in range(c * size, len(flat), s.channels * size)]
            return list(zip(*rows))
        if group.weights != NO_DATA:
            size = s.type.lanes * outputs
            flat = self.numbers(group.weights + 2 * c * size, size, 'h')
            return [flat[i:i + outputs] for i in range(0, size, outputs)]
        for other, handle in zip(d.sources[1:], source[1:]):
            if other.use in (OPERAND_K, OPERAND_V):
                rows = [self.plane(other.type, handle + j * other.channel_stride)
                        for j in range(other.channels)]
                return list(zip(*rows)) if other.use == OPERAND_K else rows
        raise AssertionError('no kernel')

    def image_values(self, d, source):
        out = d.out
        bias = self.numbers(d.bias, out.planes, 'i') if d.bias != NO_DATA else [0] * out.planes
        v = [[b] * (out.height * out.width) for b in bias]
        for s, g, handle in zip(d.sources, d.groups, source):
            t = s.type
            if s.use == RESIDUAL:
                for o in range(out.planes):
                    x = self.plane(t, handle + o * s.channel_stride)
                    v[o] = [a + g.multiplier * b for a, b in zip(v[o], x, strict=True)]
            if s.use != WEIGHTS:
                continue
            taps = g.kernel_h * g.kernel_w
            inputs = 1 if g.depthwise else s.channels
            flat = self.numbers(g.weights, out.planes * inputs * taps, 'h')
            planes = [self.plane(t, handle + c * s.channel_stride) for c in range(s.channels)]
            for o in range(out.planes):
                for i in range(inputs):
                    kernel = flat[(o * inputs + i) * taps:][:taps]
                    self.correlate(d, g, t, planes[o if g.depthwise else i], kernel, v[o])
        return v

    @staticmethod
    def correlate(d, g, t, plane, kernel, v):
        """Every input pixel and tap goes to the output that it meets, if any."""
        for index, element in enumerate(plane):
            iy, ix = divmod(index, t.width)
            for tap, w in enumerate(kernel):
                r, s = divmod(tap, g.kernel_w)
                y, y_rest = divmod(iy + g.pad_top - g.dilation * r, d.stride)
                x, x_rest = divmod(ix + g.pad_left - g.dilation * s, d.stride)
                if y_rest == x_rest == 0 and 0 <= y < d.out.height and 0 <= x < d.out.width:
                    v[y * d.out.width + x] += g.multiplier * element * w

    # --- The others ---

    LANE_CODE = {I8: 'b', U8: 'B', I16: 'h', I15: 'h', U15: 'h'}

    def import_(self, d, source):
        count = 16 * d.out.planes * d.out.plane_cells
        code = '<%d%s' % (count, self.LANE_CODE[d.out.element])
        self.append_lanes(list(struct.unpack_from(code, self.ram, source[0])))

    def export(self, d, source):
        t = d.sources[1].type
        lanes = sum(self.cells[source[1]:source[1] + t.planes * t.plane_cells], [])
        struct.pack_into('<%d%s' % (len(lanes), self.LANE_CODE[t.element]), self.ram, source[0],
                         *lanes)

    def one_hot(self, d, source):
        for index in struct.unpack_from('<%dI' % d.out.planes, self.ram, source[0]):
            assert index < d.out.width
            self.append_lanes([index - 65536 if index >= 32768 else index] + [0] * 15)

    def elementwise(self, d, source):
        used = set(d.out.positions())
        for p in range(d.out.planes):
            lanes = []
            for i in range(d.out.plane_cells):
                u, v = (self.cells[handle + s.batch_stride * p + s.channel_stride * i]
                        for s, handle in zip(d.sources[:2], source))
                lanes += [self.combine(d, a, b) if 16 * i + j in used else 0
                          for j, (a, b) in enumerate(zip(u, v))]
            self.append_lanes(lanes)

    def combine(self, d, u, v):
        if d.mode == 0:
            return self.look_up(d.table, cut(d.param[0] * u * v))
        if d.mode == 3:
            return self.look_up(d.table, max(u, v))
        return self.look_up(d.table, (u + v if d.mode == 1 else u - v) + d.param[1])

    def gather(self, d, source):
        """Builds the result from the innermost digit outwards: None where it is filled."""
        indices = [d.param[0]]
        for extent, stride, valid in zip(*(d.param[i:14:3] for i in (2, 3, 4))):
            if extent == 0:
                break
            low, high = (valid & 0xFFFF, valid >> 16) if valid else (0, extent)
            indices = [index + digit * stride if index is not None and low <= digit < high else None
                       for digit in range(extent) for index in indices]
        lanes = [d.param[1] if i is None else self.cells[source[0] + i // 16][i % 16]
                 for i in indices]
        assert len(lanes) == 16 * d.out.planes * d.out.plane_cells
        self.append_lanes(lanes)

    def softmax(self, d, source):
        for p in range(d.out.planes):
            n = d.out.width
            if d.mode == 1:
                n = 1 + d.param[0] + (p % d.param[1] if d.param[1] else p)
            s = self.plane(d.sources[0].type, source[0] + p * d.out.plane_cells)[:n]
            distances = [max(s) - x for x in s]
            total = sum(exp_table(x) for x in distances)
            t = 0
            while total >> t >= 32768:
                t += 1
            log_sum = log_table(total >> t) + ln2_table(t)
            p_values = [exp_table(x + log_sum) for x in distances]
            assert sum(p_values) <= Fraction(257, 256) * (32768 + 2 * n)
            self.append(d.out, [p_values + [0] * (d.out.width - n)])

    def norm(self, d, source):
        width = d.out.width
        for p in range(d.out.planes):
            x = self.plane(d.sources[0].type, source[0] + p * d.out.plane_cells)
            # To nearest, ties down.
            mean = -to_nearest_fraction(Fraction(-sum(x), width)) if d.mode == 0 else 0
            v = sum((e - mean) ** 2 for e in x) + d.param[0]
            t = -14
            while Fraction(v) / Fraction(2) ** t >= 32768:
                t += 1
            m = (Fraction(v) / Fraction(2) ** t).__floor__()
            assert 16384 <= m < 32768
            f = rsqrt_table(m, t % 2)
            r = to_nearest_fraction(f * Fraction(2) ** (d.param[1] - 22 - t // 2))
            self.append(d.out, [[self.look_up(d.table, cut((e - mean) * r)) for e in x]])
