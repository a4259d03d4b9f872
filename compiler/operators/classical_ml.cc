// ai.onnx.ml: linear models, and the preprocessing of features.
#include <string>
#include <vector>

#include "compiler/operators/operator.h"
#include "compiler/operators/order.h"
#include "compiler/operators/scores.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

// --- LinearRegressor, LinearClassifier ---

// Scores of one row: x * coefficients^T + intercepts, `coefficients` [targets, features].
void LinearScores(Emitter& e, const Array& x, Scalar row, int64_t features,
                  const Array& coefficients, const std::vector<float>& intercepts,
                  const Array& scores, Scalar begin, int64_t targets) {
  const Array base = intercepts.empty() ? Array() : FloatTable(e, intercepts);
  e.For(targets, [&](Scalar t) {
    const Scalar first = row * static_cast<double>(features);
    const Scalar weights = t * static_cast<double>(features);
    const Scalar sum = e.Fold(features, e.Zero(DType::kFloat), [&](Scalar f, Scalar acc) {
      return acc + LoadFloat(e, x, first + f) * e.Load(coefficients, weights + f);
    });
    e.Store(scores, begin + t, intercepts.empty() ? sum : sum + e.Load(base, t));
  });
}

void CheckLinear(const InferContext& ctx, const Rows& x, int64_t targets) {
  const size_t coefficients = ctx.node().Floats("coefficients").size();
  if (targets < 1 || x.features < 1 ||
      coefficients / static_cast<size_t>(targets) != static_cast<size_t>(x.features) ||
      coefficients % static_cast<size_t>(targets) != 0) {
    ctx.Fail(std::to_string(coefficients) + " coefficients do not fit " +
             std::to_string(x.features) + " features and " + std::to_string(targets) + " scores");
  }
  CheckPostTransform(ctx);
}

void InferLinearRegressor(InferContext& ctx) {
  const Rows x = RowsOf(ctx, ctx.Input(0));
  const int64_t targets = ctx.node().Int("targets", 1);
  const size_t intercepts = ctx.node().Floats("intercepts").size();
  CheckLinear(ctx, x, targets);
  if (intercepts != 0 && intercepts != static_cast<size_t>(targets)) {
    ctx.Fail("there must be one intercept for each target");
  }
  ctx.Output(0, DType::kFloat, {x.rows, targets});
}

void EmitLinearRegressor(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Rows rows = RowsOf(x.type());
  const int64_t targets = e.node().Int("targets", 1);
  const Array coefficients = FloatTable(e, e.node().Floats("coefficients"));
  e.For(rows.rows, [&](Scalar row) {
    const Scalar begin = row * static_cast<double>(targets);
    LinearScores(e, x, row, rows.features, coefficients, e.node().Floats("intercepts"), y, begin,
                 targets);
    Transform(e, PostTransformOf(e.node()), y, begin, targets);
  });
}

std::vector<int64_t> LinearLabels(const Node& node) {
  return Labels(node, "classlabels_ints", "classlabels_strings");
}

// Scores are as many as intercepts; one score of two classes is that of the second.
void InferLinearClassifier(InferContext& ctx) {
  const Rows x = RowsOf(ctx, ctx.Input(0));
  const auto labels = static_cast<int64_t>(LinearLabels(ctx.node()).size());
  const auto scores = static_cast<int64_t>(ctx.node().Floats("intercepts").size());
  CheckLinear(ctx, x, scores);
  if (labels < 2 || (labels != scores && !(labels == 2 && scores == 1))) {
    ctx.Fail("there are " + std::to_string(labels) + " labels for " + std::to_string(scores) +
             " intercepts");
  }
  ctx.Output(0, DType::kInt64, {x.rows});
  ctx.Output(1, DType::kFloat, {x.rows, labels});
}

void EmitLinearClassifier(Emitter& e) {
  const Array x = e.Input(0);
  const Rows rows = RowsOf(x.type());
  const std::vector<int64_t> labels = LinearLabels(e.node());
  const std::vector<float> intercepts = e.node().Floats("intercepts");
  const auto classes = static_cast<int64_t>(labels.size());
  const auto count = static_cast<int64_t>(intercepts.size());
  const PostTransform transform = PostTransformOf(e.node());
  const Array coefficients = FloatTable(e, e.node().Floats("coefficients"));
  const Array scores = e.Temporary({DType::kFloat, {classes}});
  e.For(rows.rows, [&](Scalar row) {
    const bool single = count == 1;
    const Scalar begin = e.Int(single ? 1 : 0);
    LinearScores(e, x, row, rows.features, coefficients, intercepts, scores, begin, count);
    Scalar winner;
    if (single) {
      winner = Cast(OrderKey(e, e.Load(scores, 1)) > 0, DType::kInt32);
      Transform(e, transform, scores, begin, 1);
      e.Store(scores, 0, 1.0 - e.Load(scores, 1));
    } else {
      winner = ArgMax(e, scores, begin, count);
      Transform(e, transform, scores, begin, count);
    }
    if (e.Wants(0)) e.Store(e.Output(0), row, LabelOf(e, labels, winner));
    if (e.Wants(1)) {
      e.CopyRange(scores, e.Int(0), e.Output(1), row * static_cast<double>(classes),
                  e.Int(classes));
    }
  });
}

// --- Scaler, Normalizer, Binarizer, Imputer ---

void InferScaler(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const Rows rows = RowsOf(ctx, x);
  for (const char* name : {"offset", "scale"}) {
    const size_t count = ctx.node().Floats(name).size();
    if (count != 1 && count != static_cast<size_t>(rows.features)) {
      ctx.Fail(std::string(name) + " must have one number, or one for each feature");
    }
  }
  ctx.Output(0, DType::kFloat, x.shape);
}

void EmitScaler(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Rows rows = RowsOf(x.type());
  const Array offset = FloatTable(e, e.node().Floats("offset"));
  const Array scale = FloatTable(e, e.node().Floats("scale"));
  const auto load = [&](const Array& table, Scalar f) {
    return e.Load(table, table.elements() == 1 ? e.Int(0) : f);
  };
  e.For(rows.rows, [&](Scalar row) {
    e.For(rows.features, [&](Scalar f) {
      const Scalar at = row * static_cast<double>(rows.features) + f;
      e.Store(y, at, (LoadFloat(e, x, at) - load(offset, f)) * load(scale, f));
    });
  });
}

void InferNormalizer(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const std::string norm = ctx.node().String("norm", "MAX");
  RowsOf(ctx, x);
  if (norm != "MAX" && norm != "L1" && norm != "L2") ctx.Fail("unknown norm " + norm);
  ctx.Output(0, DType::kFloat, x.shape);
}

// Rows of which the norm is 0 stay as they are. MAX is the greatest element, not the greatest
// magnitude.
void EmitNormalizer(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Rows rows = RowsOf(x.type());
  const std::string norm = e.node().String("norm", "MAX");
  e.For(rows.rows, [&](Scalar row) {
    const Scalar begin = row * static_cast<double>(rows.features);
    const Scalar start = norm == "MAX" ? e.Lowest(DType::kFloat) : e.Zero(DType::kFloat);
    Scalar length = e.Fold(rows.features, start, [&](Scalar f, Scalar acc) {
      const Scalar value = LoadFloat(e, x, begin + f);
      if (norm == "MAX") return Max(acc, value);
      return acc + (norm == "L1" ? Abs(value) : value * value);
    });
    if (norm == "L2") length = Math("sqrt", length);
    length = Select(OrderKey(e, length) == 0, e.Number(DType::kFloat, 1), length);
    e.For(rows.features,
          [&](Scalar f) { e.Store(y, begin + f, LoadFloat(e, x, begin + f) / length); });
  });
}

void InferBinarizer(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  if (!IsFloat(x.dtype) && !IsInteger(x.dtype)) ctx.Fail("the input must have numbers");
  ctx.Output(0, x.dtype, x.shape);
}

void EmitBinarizer(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  e.For(x.elements(), [&](Scalar i) {
    const Scalar value = e.Load(x, i);
    const Scalar threshold = e.Number(DType::kFloat, e.node().Float("threshold", 0));
    const Scalar above =
        (value.type() == DType::kFloat ? value : Cast(value, DType::kFloat)) > threshold;
    e.Store(y, i, Cast(above, value.type()));
  });
}

// The numbers that replace missing ones, as doubles; empty: the attribute is missing.
std::vector<double> Imputed(const Node& node, DType type) {
  if (IsFloat(type)) {
    const std::vector<float> values = node.Floats("imputed_value_floats");
    return {values.begin(), values.end()};
  }
  const std::vector<int64_t> values = node.Ints("imputed_value_int64s");
  return {values.begin(), values.end()};
}

void InferImputer(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const Rows rows = RowsOf(ctx, x);
  const size_t count = Imputed(ctx.node(), x.dtype).size();
  if (count != 1 && count != static_cast<size_t>(rows.features)) {
    ctx.Fail("imputed values must be one, or one for each feature");
  }
  ctx.Output(0, x.dtype, x.shape);
}

void EmitImputer(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const Rows rows = RowsOf(x.type());
  const std::vector<double> imputed = Imputed(e.node(), x.dtype());
  const auto count = static_cast<int64_t>(imputed.size());
  const Array table = e.Table(Literal::Of<double>(DType::kDouble, {count}, imputed));
  const float replaced = e.node().Float("replaced_value_float", 0);
  e.For(rows.rows, [&](Scalar row) {
    e.For(rows.features, [&](Scalar f) {
      const Scalar at = row * static_cast<double>(rows.features) + f;
      const Scalar value = e.Load(x, at);
      Scalar missing;
      if (!IsFloat(value.type())) {
        missing = value == e.Integer(value.type(), e.node().Int("replaced_value_int64", 0));
      } else if (replaced != replaced) {
        missing = value != value;
      } else {
        missing = value == e.Number(value.type(), static_cast<double>(replaced));
      }
      const Scalar other = Cast(e.Load(table, count == 1 ? e.Int(0) : f), value.type());
      e.Store(y, at, Select(missing, other, value));
    });
  });
}

// --- ArrayFeatureExtractor, FeatureVectorizer ---

void InferArrayFeatureExtractor(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const Type& indices = ctx.Input(1);
  if (x.shape.empty() || ByteSize(x.dtype) == 0) ctx.Fail("the input must be a tensor of numbers");
  if (indices.dtype != DType::kInt64) ctx.Fail("indices must be int64");
  Shape shape(x.shape.begin(), x.shape.end() - 1);
  if (shape.empty()) shape.push_back(1);
  shape.push_back(indices.elements());
  ctx.Output(0, x.dtype, std::move(shape));
}

void EmitArrayFeatureExtractor(Emitter& e) {
  const Array x = Raw(e.Input(0)), indices = e.Input(1), y = Raw(e.Output(0));
  const int64_t extent = x.dim(x.rank() - 1), rows = Product(x.shape(), 0, x.rank() - 1);
  const int64_t count = indices.elements();
  e.For(count, [&](Scalar i) {
    const Scalar index = CheckedIndex(e, e.Load(indices, i), extent);
    CopyBox(e, {rows}, {x, index, {extent}}, {y, i, {count}});
  });
}

void InferFeatureVectorizer(InferContext& ctx) {
  const std::vector<int64_t> widths = ctx.node().Ints("inputdimensions");
  if (ctx.inputs() == 0) ctx.Fail("there is no input");
  int64_t features = 0;
  const int64_t rows = RowsOf(ctx, ctx.Input(0)).rows;
  for (size_t i = 0; i < ctx.inputs(); ++i) {
    const Rows x = RowsOf(ctx, ctx.Input(i));
    if (x.rows != rows) ctx.Fail("inputs have different numbers of rows");
    if (!widths.empty() && (widths.size() != ctx.inputs() || widths[i] != x.features)) {
      ctx.Fail("inputdimensions are not those of the inputs");
    }
    features += x.features;
  }
  ctx.Output(0, DType::kFloat, {rows, features});
}

void EmitFeatureVectorizer(Emitter& e) {
  const Array y = e.Output(0);
  int64_t begin = 0;
  for (size_t k = 0; k < e.inputs(); ++k) {
    const Array x = e.Input(k);
    const Rows rows = RowsOf(x.type());
    e.For(rows.rows, [&](Scalar row) {
      e.For(rows.features, [&](Scalar f) {
        const Scalar to = row * static_cast<double>(y.dim(1)) + f + static_cast<double>(begin);
        e.Store(y, to, LoadFloat(e, x, row * static_cast<double>(rows.features) + f));
      });
    });
    begin += rows.features;
  }
}

// --- OneHotEncoder, LabelEncoder ---

// Columns of 0 and 1 for integer categories.
void InferOneHotEncoder(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const auto categories = static_cast<int64_t>(ctx.node().Ints("cats_int64s").size());
  if (categories == 0) ctx.Fail("only integer categories (cats_int64s) are known");
  if (!IsFloat(x.dtype) && !IsInteger(x.dtype)) ctx.Fail("the input must have numbers");
  Shape shape = x.shape;
  shape.push_back(categories);
  ctx.Output(0, DType::kFloat, std::move(shape));
}

void EmitOneHotEncoder(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const std::vector<int64_t> categories = e.node().Ints("cats_int64s");
  const auto count = static_cast<int64_t>(categories.size());
  const Array table = e.Table(Literal::Int64s(categories));
  const bool zeros = e.node().Int("zeros", 1) != 0;
  e.For(x.elements(), [&](Scalar i) {
    const Scalar value = Cast(e.Load(x, i), DType::kInt64);
    const Variable known = e.Local(e.Int(0));
    e.For(count, [&](Scalar c) {
      const Scalar equal = value == e.Load(table, c);
      known.Set(known.Get() | Cast(equal, DType::kInt32));
      e.Store(y, i * static_cast<double>(count) + c, Cast(equal, DType::kFloat));
    });
    if (!zeros) e.Check(known.Get() != 0, "unknown category");
  });
}

// Keys and values by type: lists of int64 or float, or tensors (version 4).
struct LabelMap {
  Literal keys, values;
  double otherwise = 0;
};

Literal LabelList(const Node& node, const std::string& prefix) {
  if (const Literal* tensor = node.Tensor(prefix + "tensor")) return *tensor;
  const std::vector<int64_t> integers = node.Ints(prefix + "int64s");
  if (!integers.empty()) return Literal::Int64s(integers);
  const std::vector<float> floats = node.Floats(prefix + "floats");
  return Literal::Floats({static_cast<int64_t>(floats.size())}, floats);
}

LabelMap ReadLabelMap(const Node& node) {
  LabelMap map{LabelList(node, "keys_"), LabelList(node, "values_")};
  if (const Literal* tensor = node.Tensor("default_tensor")) {
    if (tensor->type().elements() == 1 && tensor->dtype() != DType::kString) {
      map.otherwise = tensor->ToDoubles()[0];
    }
  } else if (IsFloat(map.values.dtype())) {
    map.otherwise = static_cast<double>(node.Float("default_float", -0.0F));
  } else {
    map.otherwise = static_cast<double>(node.Int("default_int64", -1));
  }
  return map;
}

void InferLabelEncoder(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const LabelMap map = ReadLabelMap(ctx.node());
  if (map.keys.dtype() == DType::kString || map.values.dtype() == DType::kString ||
      map.keys.type().elements() == 0 ||
      map.keys.type().elements() != map.values.type().elements()) {
    ctx.Fail("only numbers can be encoded, as numbers: strings are not known to guests");
  }
  if (x.dtype != map.keys.dtype()) {
    ctx.Fail("keys are " + std::string(NameOf(map.keys.dtype())) + ", the input is " + ToString(x));
  }
  ctx.Output(0, map.values.dtype(), x.shape);
}

// NaN is found as a key.
void EmitLabelEncoder(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const LabelMap map = ReadLabelMap(e.node());
  const Array keys = e.Table(map.keys), values = e.Table(map.values);
  e.For(x.elements(), [&](Scalar i) {
    const Scalar value = e.Load(x, i);
    const Scalar first = e.Load(values, 0);
    const Variable result = e.Local(e.Number(first.type(), map.otherwise));
    e.For(keys.elements(), [&](Scalar k) {
      const Scalar key = e.Load(keys, k);
      const Scalar both_nan = (key != key) & (value != value);
      e.If((key == value) | both_nan, [&] { result.Set(e.Load(values, k)); });
    });
    e.Store(y, i, result.Get());
  });
}

}  // namespace

void RegisterClassicalMl(Registry& r) {
  const char* ml = "ai.onnx.ml";
  r.Add(ml, "LinearRegressor", {InferLinearRegressor, EmitLinearRegressor});
  r.Add(ml, "LinearClassifier", {InferLinearClassifier, EmitLinearClassifier});
  r.Add(ml, "Scaler", {InferScaler, EmitScaler});
  r.Add(ml, "Normalizer", {InferNormalizer, EmitNormalizer});
  r.Add(ml, "Binarizer", {InferBinarizer, EmitBinarizer});
  r.Add(ml, "Imputer", {InferImputer, EmitImputer});
  r.Add(ml, "ArrayFeatureExtractor", {InferArrayFeatureExtractor, EmitArrayFeatureExtractor});
  r.Add(ml, "FeatureVectorizer", {InferFeatureVectorizer, EmitFeatureVectorizer});
  r.Add(ml, "OneHotEncoder", {InferOneHotEncoder, EmitOneHotEncoder});
  r.Add(ml, "LabelEncoder", {InferLabelEncoder, EmitLabelEncoder});
}

}  // namespace zkvm::compiler
