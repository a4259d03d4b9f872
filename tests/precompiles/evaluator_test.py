"""Checks what write_tensor_runs prints: usage evaluator_test.py WRITE_TENSOR_RUNS."""

import json
import struct
import subprocess
import sys

import evaluator


def check_functions(tables):
    assert tables['exp'] == [evaluator.exp_table(d) for d in range(2 ** 15 + 2 ** 13)]
    mantissas = range(2 ** 14, 2 ** 15)
    assert tables['log'] == [evaluator.log_table(m) for m in mantissas]
    assert tables['ln2'] == [evaluator.ln2_table(t) for t in range(32)]
    assert tables['rsqrt'] == [evaluator.rsqrt_table(m, p) for p in (0, 1) for m in mantissas]


def check(run):
    machine = evaluator.Machine(*(bytes.fromhex(run[key]) for key in ('descriptors', 'data', 'ram')))
    for i, call in enumerate(run['calls']):
        begin = len(machine.cells)
        result = machine.call(call['descriptor'], call['source'])
        where = 'call %d, op %d' % (i, machine.descriptors[call['descriptor']].op)
        assert result == call['result'], (where, result, call['result'])
        for cell in range(begin, len(machine.cells)):
            want = list(struct.unpack_from('<16h', bytes.fromhex(run['cells'][64 * cell:][:64])))
            assert machine.cells[cell] == want, (where, cell, machine.cells[cell], want)
    assert 64 * len(machine.cells) == len(run['cells'])
    accumulators = struct.pack('<%di' % len(machine.accumulators), *machine.accumulators)
    assert accumulators.hex() == run['accumulators']
    assert machine.ram.hex() == run['ram_after']
    return {machine.descriptors[call['descriptor']].op for call in run['calls']}


def main():
    output = subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, check=True).stdout
    functions, *runs = output.decode().splitlines()
    check_functions(json.loads(functions))
    operations = set()
    for line in runs:
        operations |= check(json.loads(line))
    assert operations == set(range(1, 12)), operations
    print('%d runs agree' % len(runs))


main()
