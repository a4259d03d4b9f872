"""Writes torch_cases.json: nodes with inputs, and outputs as PyTorch computes them.

Run with PyTorch 1.13: python3 torch_cases.py > torch_cases.json
"""

import itertools
import json
import sys

import torch
import torch.nn.functional as F

torch.manual_seed(7)
CASES = []
DTYPES = {torch.float32: 1, torch.int32: 6, torch.int64: 7, torch.float16: 10, torch.float64: 11}


def tensor(value, constant=False):
    values = [float(f"{v:.7g}") for v in value.double().flatten().tolist()]
    if not value.dtype.is_floating_point:
        values = value.flatten().tolist()
    return {
        "dtype": DTYPES[value.dtype],
        "shape": list(value.shape),
        "values": values,
        "constant": constant,
    }


def rand(*shape, dtype=torch.float32):
    """Multiples of 1/64, so that decimal text is exact in every type."""
    return (torch.randint(-96, 97, shape) / 64).to(dtype)


def case(name, op, inputs, outputs, opset=17, **attributes):
    CASES.append({
        "name": name,
        "op": op,
        "opset": opset,
        "attributes": attributes,
        "inputs": [
            None if i is None else tensor(*i) if isinstance(i, tuple) else tensor(i)
            for i in inputs
        ],
        "outputs": [None if o is None else tensor(o) for o in outputs],
    })


def padded(x, pads, value=0.0):
    """Pads as in ONNX: all beginnings, then all ends."""
    axes = len(pads) // 2
    torch_pads = []
    for a in reversed(range(axes)):
        torch_pads += [pads[a], pads[axes + a]]
    return F.pad(x, torch_pads, value=value)


def convolutions():
    conv = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
    for axes, x, w, stride, dilation, pads, group in [
        (1, (2, 4, 11), (6, 2, 3), [2], [3], [1, 4], 2),
        (2, (1, 6, 7, 9), (4, 3, 3, 2), [2, 3], [2, 1], [3, 0, 1, 2], 2),
        (2, (2, 4, 6, 5), (8, 1, 3, 3), [1, 2], [1, 1], [1, 1, 1, 1], 4),
        (2, (1, 5, 4, 6), (9, 5, 1, 1), [1, 1], [1, 1], [0, 0, 0, 0], 1),
        (3, (1, 2, 4, 5, 6), (3, 2, 2, 3, 2), [1, 2, 3], [2, 1, 2], [0, 1, 2, 1, 0, 1], 1),
    ]:
        for dtype in (torch.float32, torch.float64, torch.float16):
            if dtype != torch.float32 and axes != 2:
                continue
            xs, ws, bs = rand(*x, dtype=dtype), rand(*w, dtype=dtype), rand(w[0], dtype=dtype)
            y = conv[axes](padded(xs.double(), pads), ws.double(), bs.double(), stride, 0,
                           dilation, group)
            case(f"conv{axes}d groups {group} {dtype}", "Conv", [xs, ws, bs], [y.to(dtype)],
                 strides=stride, dilations=dilation, pads=pads, group=group)
    for mode, (h, w) in itertools.product(("SAME_UPPER", "SAME_LOWER"), ((7, 6), (8, 9))):
        x, weights = rand(1, 2, h, w), rand(3, 2, 4, 3)
        begins, ends = [], []
        for extent, kernel, stride, dilation in ((h, 4, 2, 1), (w, 3, 3, 2)):
            out = -(-extent // stride)
            total = max((out - 1) * stride + (kernel - 1) * dilation + 1 - extent, 0)
            begins.append(total // 2 if mode == "SAME_UPPER" else total - total // 2)
            ends.append(total - begins[-1])
        y = F.conv2d(padded(x, begins + ends), weights, None, (2, 3), 0, (1, 2))
        case(f"conv {mode} {h}x{w}", "Conv", [x, weights], [y], strides=[2, 3], dilations=[1, 2],
             auto_pad=mode)
    transposed = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
    for axes, x, w, stride, dilation, pad, extra, group in [
        (1, (1, 4, 5), (4, 3, 3), [3], [2], [1], [2], 2),
        (2, (2, 6, 3, 4), (6, 2, 3, 2), [2, 1], [1, 3], [1, 0], [1, 0], 3),
        (3, (1, 2, 2, 3, 2), (2, 3, 2, 2, 3), [2, 1, 2], [1, 2, 1], [0, 1, 1], [1, 0, 1], 1),
    ]:
        xs, ws, bs = rand(*x), rand(*w), rand(w[1] * group)
        y = transposed[axes](xs, ws, bs, stride, pad, extra, group, dilation)
        case(f"conv_transpose{axes}d", "ConvTranspose", [xs, ws, bs], [y], strides=stride,
             dilations=dilation, pads=pad + pad, output_padding=extra, group=group)
    x = rand(2, 3 * 6, 6)
    y = F.fold(x, (5, 6), (2, 3), dilation=(2, 1), padding=(1, 0), stride=(2, 2))
    case("fold", "Col2Im", [x, (torch.tensor([5, 6]), True), (torch.tensor([2, 3]), True)], [y],
         opset=18, dilations=[2, 1], pads=[1, 0, 1, 0], strides=[2, 2])


def pools():
    x = rand(2, 3, 9, 7)
    for ceil, include in itertools.product((False, True), repeat=2):
        y = F.avg_pool2d(x, (3, 2), (2, 2), (1, 1), ceil, include)
        case(f"avg_pool ceil {ceil} include {include}", "AveragePool", [x], [y],
             kernel_shape=[3, 2], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=int(ceil),
             count_include_pad=int(include))
    for ceil in (False, True):
        y, indices = F.max_pool2d(x, (2, 3), (3, 2), (1, 1), (2, 1), ceil, True)
        image = x.shape[2] * x.shape[3]
        offsets = torch.arange(6).reshape(2, 3, 1, 1) * image
        attributes = {"kernel_shape": [2, 3], "strides": [3, 2], "pads": [1, 1, 1, 1],
                      "dilations": [2, 1], "ceil_mode": int(ceil)}
        case(f"max_pool ceil {ceil}", "MaxPool", [x], [y], **attributes)
        case(f"max_pool with indices, ceil {ceil}", "MaxPool", [x], [y, indices + offsets],
             **attributes)
        column_major = indices % 7 * 9 + indices // 7
        case(f"max_pool column major, ceil {ceil}", "MaxPool", [x], [y, column_major + offsets],
             storage_order=1, **attributes)
    x3 = rand(1, 2, 5, 4, 6)
    case("max_pool3d", "MaxPool", [x3], [F.max_pool3d(x3, 2, (2, 1, 2))], kernel_shape=[2, 2, 2],
         strides=[2, 1, 2])
    positive = rand(1, 2, 8, 8).abs() + 0.25
    case("lp_pool", "LpPool", [positive], [F.lp_pool2d(positive, 3.0, (2, 3), 2)], p=3,
         kernel_shape=[2, 3], strides=[2, 2])


def reordered(weights, order):
    parts = weights.chunk(len(order))
    return torch.cat([parts[i] for i in order])


def recurrent():
    lengths = torch.tensor([5, 2, 4], dtype=torch.int32)
    steps, batch, inputs, hidden = 5, 3, 4, 6
    layers = {
        "LSTM": (torch.nn.LSTM, [0, 3, 1, 2]),
        "GRU": (torch.nn.GRU, [1, 0, 2]),
        "RNN": (torch.nn.RNN, [0]),
    }
    for op, (layer, order) in layers.items():
        for bidirectional, ragged in itertools.product((False, True), repeat=2):
            net = layer(inputs, hidden, bidirectional=bidirectional)
            for parameter in net.parameters():
                parameter.data = rand(*parameter.shape) / 2
            directions = 2 if bidirectional else 1
            x = rand(steps, batch, inputs)
            h, c = rand(directions, batch, hidden), rand(directions, batch, hidden)
            state = (h, c) if op == "LSTM" else h
            with torch.no_grad():
                if ragged:
                    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths.long(),
                                                                     enforce_sorted=False)
                    y, last = net(packed, state)
                    y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, total_length=steps)
                else:
                    y, last = net(x, state)
            y = y.reshape(steps, batch, directions, hidden).transpose(1, 2).contiguous()
            suffixes = ["", "_reverse"][:directions]

            def stacked(name):
                return torch.stack([reordered(getattr(net, name + s).data, order)
                                    for s in suffixes])

            w, r = stacked("weight_ih_l0"), stacked("weight_hh_l0")
            b = torch.cat([stacked("bias_ih_l0"), stacked("bias_hh_l0")], 1)
            sequence = lengths if ragged else None
            node_inputs = [x, w, r, b, sequence, h] + ([c] if op == "LSTM" else [])
            outputs = [y] + (list(last) if op == "LSTM" else [last])
            attributes = {"hidden_size": hidden,
                          "direction": "bidirectional" if bidirectional else "forward"}
            if op == "GRU":
                attributes["linear_before_reset"] = 1
            case(f"{op} bidirectional {bidirectional} ragged {ragged}", op, node_inputs, outputs,
                 **attributes)


def resizes():
    x = rand(1, 2, 7, 5)
    empty = None
    for (h, w), corners, mode in itertools.product(((13, 9), (4, 3), (9, 2)), (False, True),
                                                   ("linear", "cubic")):
        torch_mode = {"linear": "bilinear", "cubic": "bicubic"}[mode]
        y = F.interpolate(x, (h, w), mode=torch_mode, align_corners=corners)
        sizes = (torch.tensor([1, 2, h, w]), True)
        case(f"resize {mode} corners {corners} {h}x{w}", "Resize", [x, empty, empty, sizes], [y],
             mode=mode,
             coordinate_transformation_mode="align_corners" if corners else "half_pixel")
        if corners:
            continue
        y = F.interpolate(x, (h, w), mode=torch_mode, align_corners=False, antialias=True)
        case(f"resize {mode} antialias {h}x{w}", "Resize",
             [x, empty, empty, (torch.tensor([h, w]), True)], [y], opset=18, mode=mode,
             antialias=1, exclude_outside=1, axes=[2, 3],
             cubic_coeff_a=-0.5 if mode == "cubic" else -0.75)
    y = F.interpolate(x, (11, 3), mode="nearest")
    case("resize nearest", "Resize", [x, empty, empty, (torch.tensor([1, 2, 11, 3]), True)], [y],
         mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    x3 = rand(1, 1, 3, 4, 5)
    y = F.interpolate(x3, (5, 2, 7), mode="trilinear", align_corners=False)
    case("resize trilinear", "Resize", [x3, empty, empty, (torch.tensor([1, 1, 5, 2, 7]), True)],
         [y], mode="linear")


def samples():
    x = rand(2, 2, 4, 5)
    grid = rand(2, 3, 4, 2)
    for mode, padding, corners in itertools.product(("bilinear", "nearest", "bicubic"),
                                                    ("zeros", "border", "reflection"),
                                                    (False, True)):
        if (mode, padding) == ("bicubic", "border"):
            continue  # ONNX clamps the point, PyTorch its neighbours
        y = F.grid_sample(x, grid, mode, padding, corners)
        case(f"grid_sample {mode} {padding} {corners}", "GridSample", [x, grid], [y], mode=mode,
             padding_mode=padding, align_corners=int(corners))
    x3, grid3 = rand(1, 2, 3, 4, 2), rand(1, 2, 2, 3, 3)
    y = F.grid_sample(x3, grid3, "bilinear", "reflection", False)
    case("grid_sample 3d", "GridSample", [x3, grid3], [y], opset=20, mode="linear",
         padding_mode="reflection")
    theta = rand(2, 2, 3)
    for corners in (False, True):
        case(f"affine_grid {corners}", "AffineGrid", [theta, (torch.tensor([2, 3, 4, 5]), True)],
             [F.affine_grid(theta, (2, 3, 4, 5), corners)], opset=20, align_corners=int(corners))


def algebra():
    for a, b in [((3, 4), (4, 5)), ((2, 1, 3, 4), (5, 4, 2)), ((4,), (4, 3)), ((2, 3, 4), (4,)),
                 ((4,), (4,)), ((17, 9), (9, 1)), ((1, 9), (9, 21)), ((3, 2, 5), (5, 12))]:
        x, y = rand(*a), rand(*b)
        case(f"matmul {a} {b}", "MatMul", [x, y], [torch.matmul(x, y)])
    x, y = torch.randint(-50, 50, (3, 9)), torch.randint(-50, 50, (9, 11))
    case("matmul int64", "MatMul", [x, y], [x @ y])
    for trans_a, trans_b in itertools.product((0, 1), repeat=2):
        a = rand(7, 10) if trans_a else rand(10, 7)
        b = rand(13, 7) if trans_b else rand(7, 13)
        c = rand(10, 1)
        y = 0.5 * (a.T if trans_a else a) @ (b.T if trans_b else b) + 2 * c
        case(f"gemm {trans_a} {trans_b}", "Gemm", [a, b, c], [y], transA=trans_a, transB=trans_b,
             alpha=0.5, beta=2.0)
    for equation, shapes in [
        ("bhid,bhjd->bhij", [(2, 2, 3, 4), (2, 2, 5, 4)]),
        ("ij,jk", [(3, 4), (4, 12)]),
        ("...ij,...jk->...ik", [(2, 1, 3, 4), (5, 4, 2)]),
        ("ii->i", [(4, 4)]),
        ("iij->j", [(3, 3, 5)]),
        ("i,j,k->kij", [(2,), (3,), (4,)]),
        ("abc->", [(2, 3, 4)]),
        ("b...->...b", [(2, 3, 4)]),
    ]:
        operands = [rand(*s) for s in shapes]
        case(f"einsum {equation}", "Einsum", operands, [torch.einsum(equation, *operands)],
             equation=equation)
    m = rand(3, 5, 5)
    m[2, 4] = m[2, 1]
    case("det", "Det", [m], [torch.linalg.det(m)])


def norms():
    x = rand(2, 6, 3, 4)
    scale, bias = rand(6), rand(6)
    case("group_norm", "GroupNormalization", [x, scale, bias],
         [F.group_norm(x, 3, scale, bias, 1e-5)], opset=21, num_groups=3)
    case("instance_norm", "InstanceNormalization", [x, scale, bias],
         [F.instance_norm(x, None, None, scale, bias, True, 0.1, 1e-5)])
    mean, variance = rand(6), rand(6).abs() + 0.5
    case("batch_norm", "BatchNormalization", [x, scale, bias, mean, variance],
         [F.batch_norm(x, mean, variance, scale, bias, False, 0.1, 1e-5)])
    s, b = rand(3, 4), rand(3, 4)
    case("layer_norm", "LayerNormalization", [x, s, b], [F.layer_norm(x, (3, 4), s, b, 1e-5)],
         axis=-2)
    case("lrn", "LRN", [x], [F.local_response_norm(x, 3, 0.01, 0.75, 1.5)], size=3, alpha=0.01,
         beta=0.75, bias=1.5)
    case("lp_norm", "LpNormalization", [x], [F.normalize(x, 2.0, 1)], axis=1, p=2)


def signals():
    for length in (12, 16):
        x, z = rand(2, length, 3, 1), rand(2, length, 3, 2)
        real, complex_ = x[..., 0], torch.view_as_complex(z)
        axis = (torch.tensor(1), True)
        y = torch.view_as_real(torch.fft.fft(complex_, dim=1))
        case(f"dft {length}", "DFT", [z, None, axis], [y], opset=20)
        y = torch.view_as_real(torch.fft.ifft(complex_, dim=1))
        case(f"dft inverse {length}", "DFT", [z, None, axis], [y], opset=20, inverse=1)
        for cut in (8, 9, 16, 20):
            n = (torch.tensor(cut), True)
            y = torch.view_as_real(torch.fft.rfft(real, cut, dim=1))
            case(f"dft one-sided {length} to {cut}", "DFT", [x, n, axis], [y], opset=20,
                 onesided=1)
            y = torch.fft.irfft(complex_, cut, dim=1)[..., None]
            case(f"dft to real {length} to {cut}", "DFT", [z, n, axis], [y], opset=20, onesided=1,
                 inverse=1)
        window = rand(length)
        signal = rand(2, 40, 1)
        y = torch.stft(signal[..., 0], length, 5, window=window, center=False,
                       return_complex=True)
        case(f"stft {length}", "STFT", [signal, (torch.tensor(5), True), window],
             [torch.view_as_real(y.transpose(1, 2).contiguous())])


for group in (convolutions, pools, recurrent, resizes, samples, algebra, norms,
              signals):
    group()
json.dump(CASES, sys.stdout, separators=(",", ":"))
print()
